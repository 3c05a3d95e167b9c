"""Who would rather have another's book: by hand, against the plain definition, and for every input."""

from __future__ import annotations

import sys

import drawn
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory_opt import Accounts, Alignment, DataError, Eligible, Locked, Policy, PolicyError, Problem, Reps
from territory_opt.fairness import envy
from territory_opt.fairness import envy as envy_of
from territory_opt.problem import WORKLOAD_H


def books(*potentials: list[float], share: list[float] | None = None, **more) -> tuple[Problem, Alignment]:
    """A book a rep, all at one place, an hour an account."""
    rep = np.repeat(np.arange(len(potentials)), [len(book) for book in potentials])
    n = len(rep)
    accounts = Accounts.of(
        [f"A{i}" for i in range(n)],
        lat=np.zeros(n),
        lon=np.zeros(n),
        owner=rep,
        measures={
            "potential": np.concatenate([np.array(b, float) for b in potentials]),
            "visits": np.ones(n),
            "visit_h": np.ones(n),
        },
    )
    reps = Reps.of(
        [f"R{i}" for i in range(len(potentials))],
        lat=np.zeros(len(potentials)),
        lon=np.zeros(len(potentials)),
        share=share,
        **({"capacity_h": np.full(len(potentials), 1e6)} | more),
    )
    return Problem(accounts, reps), Alignment(rep)


def test_by_hand_up_to_one_account() -> None:
    found = envy(*books([40, 50], [60]))
    np.testing.assert_allclose(found.worth, [[90, 60], [90, 60]])
    np.testing.assert_allclose(found.less_one, [[40, 0], [40, 0]])
    assert found.prefers.tolist() == [[False, False], [True, False]]
    assert not found.prefers_less_one.any()  # 90 less 50 is 40, below 60
    assert found.favourite.tolist() == [-1, 0]


def test_envy_that_one_account_does_not_end() -> None:
    found = envy(*books([40, 50, 45], [60]))
    assert found.prefers_less_one.tolist() == [[False, False], [True, False]]  # 135 - 50 is 85


def test_half_a_share_is_content_with_half() -> None:
    assert not envy(*books([100], [50], share=[1.0, 0.5])).prefers.any()
    assert envy(*books([100], [40], share=[1.0, 0.5])).prefers.tolist() == [[False, False], [True, False]]


def test_hours_limit_what_a_book_is_worth() -> None:
    # Three hours of work for 90, but only one hour to work: a third of it, 30, is less than one's own 40.
    found = envy(*books([30, 30, 30], [40], capacity_h=[3.0, 1.0]))
    np.testing.assert_allclose(found.worth, [[90, 40], [30, 40]])
    assert not found.prefers.any()


def test_without_a_capacity_everybody_works_as_the_force_does() -> None:
    # Four hours of work for two reps: two hours each.
    found = envy(*books([30, 30, 30], [40], capacity_h=[np.nan, np.nan]))
    np.testing.assert_allclose(found.worth, [[60, 40], [60, 40]])


def test_a_part_timer_is_measured_with_the_hours_of_the_others_share() -> None:
    # Half a share works one hour; with a full share it would be two, enough for the other's book.
    found = envy(*books([30, 30], [25], share=[1.0, 0.5], capacity_h=[2.0, 1.0]))
    np.testing.assert_allclose(found.worth, [[60, 50], [60, 50]])


def test_who_drives_far_envies_less() -> None:
    problem, alignment = books([100], [60], capacity_h=[1.0, 1.0])
    far = Problem(
        problem.accounts,
        Reps.of(["R0", "R1"], lat=[0.0, 8.0], lon=[0.0, 0.0], capacity_h=[1.0, 40.0]),
    )
    near = envy(problem, alignment)
    assert near.prefers[1, 0]
    km = far.km(np.array([0]), np.array([1]))[0]
    hours = 1 + km * 2 * 1.3 / 60 / 4
    np.testing.assert_allclose(envy(far, alignment).worth[1, 0], 100 * min(1, 40 / hours))


def test_accounts_that_one_may_not_serve_are_not_wished_for_but_locked_ones_are() -> None:
    problem, alignment = books([100], [60])
    accounts = Accounts.of(
        problem.accounts.ids,
        lat=problem.accounts.lat,
        lon=problem.accounts.lon,
        owner=problem.accounts.owner,
        locked=[True, False],
        measures=problem.accounts.measures,
        tags={"segment": ["x", "y"]},
    )
    reps = Reps.of(["R0", "R1"], lat=[0, 0], lon=[0, 0], capacity_h=[9, 9], tags={"segments": ["x", "y"]})
    facts = Problem(accounts, reps)
    assert envy(facts, alignment, Policy([], [Locked()])).prefers[1, 0]
    assert not envy(facts, alignment, Policy([], [Locked(), Eligible("segment")])).prefers.any()


def test_leavers_are_left_out_and_vacant_seats_want_nothing() -> None:
    problem, alignment = books([10], [20], [30])
    tags = {"status": ["vacant", "leaving", "active"]}
    reps = Reps.of(["R0", "R1", "R2"], lat=[0] * 3, lon=[0] * 3, capacity_h=[9] * 3, tags=tags)
    found = envy(Problem(problem.accounts, reps), alignment)
    assert found.reps.tolist() == [0, 2]
    assert not found.prefers.any()
    assert found.worth[0, 1] > found.worth[0, 0]


def test_bad_input_is_said() -> None:
    problem, alignment = books([0], [0])
    with pytest.raises(PolicyError, match="no account has any potential"):
        envy(problem, alignment)
    with pytest.raises(PolicyError, match="no measure 'potentail'"):
        envy(problem, alignment, measure="potentail")
    problem, alignment = books([1], [2])
    nobody = Reps.of(["R0", "R1"], tags={"status": ["leaving", "leaving"]})
    with pytest.raises(PolicyError, match="no rep stays"):
        envy(Problem(problem.accounts, nobody), alignment)
    with pytest.raises(DataError, match="not known"):
        envy(Problem(problem.accounts, Reps.of(["R0", "R1"])), alignment)


def test_one_rep_and_one_account_with_everything() -> None:
    assert not envy(*books([5, 6])).prefers.any()
    found = envy(*books([100], [], []))
    assert found.prefers.sum(axis=1).tolist() == [0, 1, 1]
    assert not found.prefers_less_one.any()  # without its one account the book is empty


@given(drawn.problems(), st.randoms())
def test_the_plain_definition_gives_the_same(problem: Problem, random) -> None:
    rep = np.array([random.randrange(-1, len(problem.reps)) for _ in problem.accounts.ids], np.int32)
    policy = Policy([], [Eligible("segment"), Locked()])
    found = envy_of(problem, Alignment(rep), policy)
    judged = [r for r in range(len(problem.reps)) if not problem.reps.leaving[r]]
    assert found.reps.tolist() == judged
    for i, r in enumerate(judged):
        for j, s in enumerate(judged):
            book = np.flatnonzero(rep == s)
            assert found.worth[i, j] == pytest.approx(plainly(problem, rep, r, s, book, judged))
            fewer = [plainly(problem, rep, r, s, book[book != a], judged) for a in book]
            least = min([*fewer, found.worth[i, j]])
            assert found.less_one[i, j] == pytest.approx(least, rel=1e-6, abs=1e-6)


def plainly(problem: Problem, rep: np.ndarray, r: int, s: int, book: np.ndarray, judged: list[int]) -> float:
    """u(r, s) account by account."""
    share, rule = problem.reps.share, Eligible("segment")
    mine = [a for a in book if r == s or rule.allows(problem, np.array([a]), np.array([r]))[0]]
    hours = sum(problem.load(WORKLOAD_H, np.array([a]), np.array([r]))[0] for a in mine)
    per_share = problem.reps.capacity_h[r] / share[r]
    if np.isnan(per_share):
        served = [(a, q) for a, q in enumerate(rep) if q in judged]
        worked = sum(problem.load(WORKLOAD_H, np.array([a]), np.array([q]))[0] for a, q in served)
        per_share = worked / sum(share[q] for q in judged)
    part = min(1.0, per_share * share[s] / hours) if hours > 1e-9 else 1.0
    return float(sum(problem.accounts.measures["potential"][a] for a in mine)) / share[s] * part


@given(
    st.lists(st.lists(st.floats(1, 100), min_size=1, max_size=4), min_size=2, max_size=5),
    st.floats(0.01, 100),
)
def test_free_of_scale_and_of_the_order_of_accounts(potentials: list[list[float]], scale: float) -> None:
    found = envy(*books(*potentials))
    turned = envy(*books(*[[scale * x for x in reversed(book)] for book in potentials]))
    assert (found.prefers == turned.prefers).all()
    assert (found.prefers_less_one == turned.prefers_less_one).all()
    assert not (found.prefers_less_one & ~found.prefers).any()
    best = found.own.argmax()
    assert not found.prefers[best].any()  # all count alike here, so who has most envies nobody


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, alignment = books([1, 2], [3], [4, 5, 6], [2])
    whole = envy(problem, alignment)
    monkeypatch.setattr(sys.modules["territory_opt.fairness.envy"], "_BLOCK_PAIRS", 7)
    np.testing.assert_array_equal(envy(problem, alignment).worth, whole.worth)
