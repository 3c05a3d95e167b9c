"""Facts and wishes together: every clash that is plain before a search."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from drawn import Drawn, questions
from hypothesis import given, settings

from territory_opt import (
    Accounts,
    Balance,
    Capacity,
    Eligible,
    KeepTogether,
    Locked,
    MaxTravel,
    Policy,
    Problem,
    Reps,
    Travel,
)
from territory_opt.check import check
from territory_opt.errors import Issue
from territory_opt.generate import generate


def market(n: int = 4, n_reps: int = 2, **columns: object) -> Problem:
    """Accounts and reps around one town; columns replace those of the accounts."""
    given: dict[str, object] = {
        "lat": np.linspace(48, 48.3, n),
        "lon": np.linspace(11, 11.3, n),
        "owner": np.arange(n) % n_reps,
        "measures": {
            "visits": np.full(n, 10.0),
            "visit_h": np.ones(n),
            "potential": np.full(n, 100.0),
            "revenue": np.full(n, 50.0),
        },
    }
    accounts = Accounts.of([f"A{i}" for i in range(n)], **{**given, **columns})  # type: ignore[arg-type]
    return Problem(accounts, roster(n_reps))


def roster(n_reps: int, **columns: object) -> Reps:
    given: dict[str, object] = {"lat": np.linspace(48, 48.3, n_reps), "lon": np.linspace(11, 11.3, n_reps)}
    return Reps.of([f"R{i}" for i in range(n_reps)], **{**given, **columns})  # type: ignore[arg-type]


def said(issues: tuple[Issue, ...]) -> list[tuple[bool, str, int | None, str]]:
    return [(i.fatal, i.table, i.row, i.column) for i in issues]


def test_a_sound_question_has_no_fault() -> None:
    policy = Policy([Travel(), Balance("potential"), Balance("workload_h")], [Locked(), MaxTravel(km=500)])
    assert check(market(), policy) == ()


def test_every_wish_states_its_faults() -> None:
    """Faults of several wishes come together, under the word of the wish."""
    issues = check(market(), Policy([Travel(hour_cost=-1), Balance("potental", within=-1)], [MaxTravel()]))
    assert [i.column for i in issues] == ["travel", "balance", "balance", "max_travel"]
    assert all(i.fatal and i.table == "policy" for i in issues)


@pytest.mark.parametrize(("capacity_h", "named"), [(19.0, True), (1000.0, False), (np.nan, False)])
def test_locked_load_over_capacity(capacity_h: float, named: bool) -> None:
    """Two locked accounts of 10 hours and their driving do not fit into 19 hours."""
    problem = market(locked=[True, False, True, False])
    reps = roster(2, capacity_h=[capacity_h, 1000.0])
    problem = Problem(problem.accounts, reps)
    issues = check(problem, Policy([Capacity()], [Locked()]))
    assert said(issues) == ([(False, "reps", 2, "capacity_h")] if named else [])
    assert not check(problem, Policy([Capacity()]))  # without the rule, locks bind nobody


def test_uncovered_accounts_name_the_rule() -> None:
    problem = market(tags={"segment": ["bank", "farm", "", "bank"]})
    problem = Problem(problem.accounts, roster(2, tags={"segments": ["bank;shop", "shop"]}))
    issues = check(problem, Policy([], [Eligible(), MaxTravel(km=1000)]))
    assert said(issues) == [(False, "accounts", 3, "account_id")]
    assert "(eligible)" in issues[0].fault
    assert issues[0].value == "A1"


def test_two_rules_together_leave_nobody() -> None:
    """A lock to one rep and a segment of the other: neither rule alone, both together."""
    problem = market(2, locked=[True, False], tags={"segment": ["farm", "bank"]})
    problem = Problem(problem.accounts, roster(2, tags={"segments": ["bank", "farm"]}))
    issues = check(problem, Policy([], [Locked(), Eligible()]))
    assert said(issues) == [(False, "accounts", 2, "account_id")]
    assert "locked with eligible" in issues[0].fault


def test_reps_who_leave() -> None:
    """A lock on a leaver falls away with a warning; with no seat left there is nothing to plan."""
    problem = market(locked=[True, True, False, False])
    policy = Policy([], [Locked()])
    some = Problem(problem.accounts, roster(2, tags={"status": ["leaving", "active"]}))
    assert said(check(some, policy)) == [(False, "accounts", 2, "locked")]
    every = Problem(problem.accounts, roster(2, tags={"status": ["leaving", "leaving"]}))
    assert said(check(every, policy)) == [(True, "reps", None, "status")]


def test_shares() -> None:
    problem = market()
    for share, expected in (
        ([1.0, 0.0], [(False, "reps", 3, "share")]),
        ([0.0, 0.0], [(True, "reps", None, "share")]),
        ([1.0, -1.0], [(True, "reps", 3, "share")]),
        ([1.0, np.nan], [(True, "reps", 3, "share")]),
    ):
        assert said(check(Problem(problem.accounts, roster(2, share=share)), Policy())) == expected


def test_family_locked_to_two_reps() -> None:
    tags = {"family": ["F", "F", "G", "G"]}
    policy = Policy([], [Locked(), KeepTogether()])
    both = market(locked=[True, True, False, True], tags=tags)
    issues = check(both, policy)
    assert said(issues) == [(False, "accounts", 2, "family")]
    assert "R0, R1" in issues[0].fault
    one = market(locked=[True, False, False, True], tags=tags)
    assert not check(one, policy)
    assert not check(both, Policy([], [Locked(), KeepTogether(mode="free")]))


def test_balance_of_nothing() -> None:
    problem = market(measures={"potential": np.zeros(4)})
    issues = check(problem, Policy([Balance("potential"), Balance("accounts")]))
    assert said(issues) == [(True, "accounts", None, "potential")]


@pytest.mark.parametrize(
    ("measure", "value"), [("potential", -1.0), ("revenue", np.nan), ("visits", np.inf), ("visit_h", np.nan)]
)
def test_numbers_are_sound(measure: str, value: float) -> None:
    """Facts that were made in Python are held to the same rules as files."""
    problem = market(measures={measure: [1.0, 1.0, value, 1.0]})
    assert said(check(problem, Policy())) == [(True, "accounts", 4, measure)]


def test_places_and_ids_are_sound() -> None:
    accounts = Accounts.of(["A", "A", "B"], lat=[48, 91, np.nan], lon=[11, 11, 11], owner=[0, 0, 5])
    found = said(check(Problem(accounts, roster(1)), Policy()))
    assert set(found) == {
        (True, "accounts", 3, "account_id"),
        (True, "accounts", 4, "owner"),
        (True, "accounts", 3, "lat, lon"),
        (True, "accounts", 4, "lat, lon"),
    }


def test_a_leaver_who_serves_nobody_needs_no_place() -> None:
    reps = Reps.of(["R0", "R1"], lat=[48, np.nan], lon=[11, np.nan], tags={"status": ["active", "leaving"]})
    assert said(check(Problem(market(owner=[0, 0, 0, -1]).accounts, reps), Policy())) == []
    found = check(Problem(market(owner=[0, 0, 0, 1]).accounts, reps), Policy())  # today's travel needs it
    assert said(found) == [(True, "reps", 3, "lat, lon")]


def test_half_characters_are_named_before_a_search() -> None:
    accounts = Accounts.of(
        ["A", "B"],
        names=["fine", "bro\ud800ken"],
        lat=[48, 48],
        lon=[11, 11],
        tags={"segment": ["x\udfff", "ok"], "\udc80": ["", ""]},
    )
    found = check(Problem(accounts, roster(1)), Policy())
    assert said(found) == [
        (True, "accounts", 3, "name"),
        (True, "accounts", 2, "segment"),
        (True, "accounts", 1, "\\udc80"),
    ]
    assert [issue.value for issue in found] == ["bro\\ud800ken", "x\\udfff", ""]


def test_nothing_to_plan() -> None:
    found = check(Problem(Accounts.of([]), Reps.of([])), Policy([Travel()], [Locked()]))
    assert {i.table for i in found if i.fatal} == {"accounts", "reps"}


def test_many_uncovered_accounts_are_counted() -> None:
    n = 120
    problem = market(n, tags={"segment": ["farm"] * n})
    problem = Problem(problem.accounts, roster(2, tags={"segments": ["bank", "shop"]}))
    issues = check(problem, Policy([], [Eligible()]))
    assert len(issues) == 51
    assert "70 more" in issues[-1].fault


@settings(max_examples=60, deadline=None)
@given(questions())
def test_uncovered_as_counted_pair_by_pair(drawn: Drawn) -> None:
    """The quick search for accounts without a rep agrees with a look at every pair."""
    problem, policy = drawn.problem, drawn.policy
    issues = check(problem, policy)
    if any(issue.fatal for issue in issues):
        return
    account = np.arange(len(problem.accounts))[:, None]
    rep = np.flatnonzero(~problem.reps.leaving)[None, :]
    allowed = np.ones((len(account), rep.size), bool)
    for rule in policy.pair_rules():
        allowed &= rule.allows(problem, account, rep)
    expected = {str(i) for i in problem.accounts.ids[~allowed.any(axis=1)]}
    assert {i.value for i in issues if "no rep may serve it" in i.fault} == expected


def test_a_large_market_is_searched_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of any size give the same answer, with more reps than one look takes."""
    rng = np.random.default_rng(3)
    n, n_reps = 500, 40
    lists = [f"s{i % 17}" for i in range(n_reps)]
    accounts = Accounts.of(
        [f"A{i}" for i in range(n)],
        lat=rng.uniform(48, 49, n),
        lon=rng.uniform(11, 12, n),
        owner=rng.integers(-1, n_reps, n),
        tags={"segment": [f"s{i}" for i in rng.integers(0, 18, n)]},
    )
    problem = Problem(accounts, roster(n_reps, tags={"segments": lists}))
    policy = Policy([], [Eligible()])
    whole = check(problem, policy)
    nobody = accounts.tags["segment"].texts() == "s17"
    assert sum(i.value != "" for i in whole) == min(50, int(nobody.sum()))
    monkeypatch.setattr(importlib.import_module("territory_opt.check"), "_BLOCK_PAIRS", 7)
    assert check(problem, policy) == whole


def test_a_band_said_twice_is_a_fault() -> None:
    policy = Policy([Balance("potential"), Balance("potential"), Balance("potential", 0.2)])
    faults = [issue for issue in check(generate(20, 2), policy) if issue.table == "policy"]
    assert [(issue.value, issue.fault, issue.fatal) for issue in faults] == [
        ("potential within 10 %", "is there twice", True)
    ]
