"""Costs and loads given as tables: found by id whatever the order of rows, and every fault is named."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import territory_opt as to
from territory_opt.io.shadow_prices import fingerprint
from territory_opt.io.snapshot import read_snapshot, write_snapshot
from territory_opt.policy import PairCost, PairLoad, PairTable

ACCOUNTS, REPS = ["d", "a", "c", "b"], ["Y", "X"]
VALUE = np.array([[1.0, 5.0], [2.0, 4.0], [7.0, 3.0], [6.0, 8.0]])


def facts(accounts: list[str] = ACCOUNTS, reps: list[str] = REPS) -> to.Problem:
    n, r = len(accounts), len(reps)
    return to.Problem(
        to.Accounts.of(accounts, lat=np.zeros(n), lon=np.zeros(n)),
        to.Reps.of(reps, lat=np.zeros(r), lon=np.zeros(r)),
    )


@pytest.mark.parametrize("accounts", list(itertools.permutations("abcd")))
def test_a_pair_has_its_value_whatever_the_order(accounts: tuple[str, ...]) -> None:
    problem = facts(list(accounts), ["X", "Y"])
    got = PairTable(ACCOUNTS, REPS, VALUE).of(problem, np.arange(4)[:, None], np.arange(2)[None, :])
    for (i, account), (j, rep) in itertools.product(enumerate(accounts), enumerate(["X", "Y"])):
        assert got[i, j] == VALUE[ACCOUNTS.index(account), REPS.index(rep)]


def test_the_table_is_a_copy_and_frozen() -> None:
    value = VALUE.copy()
    table = PairTable(ACCOUNTS, REPS, value)
    value[:] = 0.0
    assert table.value.sum() == VALUE.sum()
    with pytest.raises(ValueError, match="read-only"):
        table.value[0, 0] = 1.0


def test_a_table_is_written_by_its_content_and_so_are_the_wishes_that_hold_it() -> None:
    def mark(value: np.ndarray, accounts: list[str] = ACCOUNTS, capacity: float = 1.0) -> str:
        table = PairTable(accounts, REPS, value)
        return fingerprint(to.Policy([PairCost(table), PairLoad(table, {"X": capacity, "Y": 1.0})]))

    other = VALUE.copy()
    other[3, 1] += 1e-9
    assert mark(VALUE) == mark(VALUE.copy())
    assert len({mark(VALUE), mark(other), mark(VALUE, ["d", "a", "c", "e"]), mark(VALUE, capacity=2.0)}) == 4
    turned = PairTable(ACCOUNTS[::-1], REPS, VALUE[::-1])
    assert repr(turned) == repr(PairTable(ACCOUNTS, REPS, VALUE))  # the same pairs in another order
    assert repr(PairTable(["a"], ["b", "c"], [[1, 2]])) != repr(PairTable(["a", "b"], ["c"], [[1], [2]]))


def test_wishes_with_tables_keep_their_fingerprint_in_a_file(tmp_path: Path) -> None:
    policy = to.Policy([PairCost(PairTable(ACCOUNTS, REPS, VALUE))])
    write_snapshot(policy, tmp_path / "policy.npz")
    assert fingerprint(read_snapshot(tmp_path / "policy.npz")) == fingerprint(policy)


def test_the_plan_is_the_best_that_fits_and_the_audit_agrees() -> None:
    load = np.array([[2.0, 3.0], [1.0, 1.0], [2.0, 4.0], [3.0, 2.0]])
    capacity = {"X": 5.0, "Y": 4.0}
    wishes = [
        PairCost(PairTable(ACCOUNTS, REPS, VALUE)),
        PairLoad(PairTable(ACCOUNTS, REPS, load), capacity, title="hours"),
    ]
    values = {}
    for reps in itertools.product(range(2), repeat=4):
        used = np.bincount(reps, load[np.arange(4), list(reps)], minlength=2)
        if (used <= [capacity[rep] for rep in REPS]).all():
            values[reps] = VALUE[np.arange(4), list(reps)].sum()
    result = to.solve(facts(), to.Policy(wishes))
    assert result.status is to.Status.OPTIMAL
    assert result.objective == pytest.approx(min(values.values()))
    assert values[tuple(result.alignment.rep.tolist())] == pytest.approx(result.objective)
    (meter,) = result.audit.meters
    assert meter.label == "hours within its capacity"
    assert (meter.high == [4.0, 5.0]).all()


def test_no_limit_is_no_limit() -> None:
    load = PairLoad(PairTable(ACCOUNTS, REPS, VALUE), {"X": np.inf, "Y": np.inf})
    result = to.solve(facts(), to.Policy([PairCost(PairTable(ACCOUNTS, REPS, VALUE)), load]))
    assert result.objective == pytest.approx(VALUE.min(axis=1).sum())


@pytest.mark.parametrize(
    ("wish", "fault"),
    [
        (PairCost(PairTable(["a"], REPS, VALUE[:1])), "no account 'b', 'c', 'd'"),
        (PairCost(PairTable(ACCOUNTS, ["X"], VALUE[:, :1])), "no rep 'Y'"),
        (PairCost(PairTable(ACCOUNTS, REPS, np.where(VALUE == 7, np.nan, VALUE))), "of 'c' and 'Y' is nan"),
        (PairLoad(PairTable(ACCOUNTS, REPS, 5 - VALUE), {"X": 1, "Y": 1}), "below 0"),
        (PairLoad(PairTable(ACCOUNTS, REPS, VALUE), {"X": 1}), "no capacity for the rep 'Y'"),
        (PairLoad(PairTable(ACCOUNTS, REPS, VALUE), {"X": np.nan, "Y": -1}), "capacity of 'X' is nan"),
        (PairLoad(PairTable(ACCOUNTS, REPS, VALUE), {"X": np.nan, "Y": -1}), "capacity of 'Y' is -1"),
    ],
)
def test_faults_are_named(wish: object, fault: str) -> None:
    with pytest.raises(to.PolicyError, match=fault):
        to.solve(facts(), to.Policy([wish]))


def test_shapes_and_ids_are_checked_at_the_door() -> None:
    with pytest.raises(to.PolicyError, match=r"4 accounts and 2 reps has shape \(2, 4\)"):
        PairTable(ACCOUNTS, REPS, VALUE.T)
    with pytest.raises(to.PolicyError, match="accounts have the id 'a' twice"):
        PairTable(["a", "b", "a", "c"], REPS, VALUE)


def test_two_loads_need_two_titles() -> None:
    load = PairLoad(PairTable(ACCOUNTS, REPS, VALUE), {"X": 9, "Y": 9})
    with pytest.raises(to.PolicyError, match="is there twice"):
        to.solve(facts(), to.Policy([load, load]))
