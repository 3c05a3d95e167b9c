"""Which wishes clash, against exhaustive search; and repairs that really repair."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pytest
from drawn import Drawn, questions
from hypothesis import HealthCheck, assume, given, settings

import territory_opt as to
from territory_opt.policy import BAND_TOLERANCE
from territory_opt.problem import Problem
from territory_opt.question import ask
from territory_opt.scenarios.conflict import conflict, repairs
from territory_opt.scenarios.conflict.core import clashing
from territory_opt.scenarios.conflict.pieces import WHOLE, Piece, Pieces
from territory_opt.solve.possible import possible

core = sys.modules["territory_opt.scenarios.conflict.core"]  # hidden by the function `conflict`


def satisfied(problem: Problem, policy: to.Policy, pieces: list[Piece]) -> np.ndarray:
    """Which pieces each plan meets, (plans, pieces): every plan there is, counted one by one."""
    question = ask(problem, policy)
    n, n_reps = len(problem.accounts), len(problem.reps)
    stay = np.flatnonzero(~problem.reps.leaving)
    plans = np.array(list(itertools.product(stay, repeat=n)), np.int64).reshape(-1, n)
    account = np.arange(n)
    met = np.ones((len(plans), len(pieces)), bool)
    for column, piece in enumerate(pieces):
        wish = policy.wishes[piece.wish]
        if hasattr(wish, "curve"):
            curve = question.curves[[id(t) for t in question.terms].index(id(wish))]
            bins = wish.bins(problem)[0]
            for row, plan in enumerate(plans):
                load = np.bincount(bins[plan], wish.load(problem, account, plan), minlength=len(curve.low))
                slack = BAND_TOLERANCE * np.abs(np.where(np.isfinite(curve.high), curve.high, curve.low))
                low, high = load >= curve.low - slack, load <= curve.high + slack
                if piece.part == WHOLE:
                    met[row, column] = (low & high).all()
                else:
                    met[row, column] = (low if piece.side < 0 else high)[piece.part]
        elif hasattr(wish, "groups"):
            code = wish.groups(problem)
            groups = set(code[code >= 0]) if piece.part == WHOLE else {piece.part}
            for group in groups:
                members = plans[:, code == group]
                met[:, column] &= (members == members[:, :1]).all(axis=1)
        else:
            which = account if piece.part == WHOLE else np.array([piece.part])
            table = wish.allows(problem, account[:, None], np.arange(n_reps)[None, :])
            met[:, column] = table[which[None, :], plans[:, which]].all(axis=1)
    return met


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions())
def test_clashing_wishes_are_what_exhaustive_search_finds(drawn: Drawn) -> None:
    problem, policy = drawn.problem, drawn.policy
    assume((~problem.reps.leaving).sum() ** len(problem.accounts) <= 2500)
    found = conflict(problem, policy, runtime_s=60)
    everything = Pieces(problem, policy).whole()
    all_met = satisfied(problem, policy, everything).all(axis=1).any()
    assert found.possible is bool(all_met)
    if all_met:
        assert found.wishes == ()
        assert str(found) == "All wishes can be met together."
        return
    assert found.proved
    assert found.minimal
    met = satisfied(problem, policy, list(found.pieces))
    assert not met.all(axis=1).any()
    for left_out in range(len(found.pieces)):
        assert np.delete(met, left_out, axis=1).all(axis=1).any(), found.wishes[left_out]


def two_reps(**band: float) -> tuple[to.Problem, to.Policy]:
    """Four accounts of equal potential; three are locked to the first rep."""
    accounts = to.Accounts.of(
        ["A", "B", "C", "D"],
        lat=[0, 0, 0, 0],
        lon=[0, 1, 2, 3],
        owner=[0, 0, 0, 1],
        locked=[True, True, True, False],
        measures={"potential": [10, 10, 10, 10], "visits": [1, 1, 1, 1]},
    )
    reps = to.Reps.of(["R1", "R2"], lat=[0, 0], lon=[0, 3])
    return to.Problem(accounts, reps), to.Policy(
        [to.Travel(), to.Balance("potential", **{"within": 0.1, **band})], [to.Locked()]
    )


def test_locks_against_a_band_in_words() -> None:
    problem, policy = two_reps()
    found = conflict(problem, policy)
    assert found.minimal
    assert len([wish for wish in found.wishes if "locked to R1" in wish]) == 3
    assert sum("potential within 10 %: R" in wish for wish in found.wishes) == 1
    assert "Leave any one of them out" in str(found)


def test_repairs_are_least_and_work() -> None:
    problem, policy = two_reps()
    offers = repairs(problem, policy, conflict(problem, policy), runtime_s=30)
    words = [offer.words for offer in offers]
    assert "potential within 50 %" in words  # 30 against 20 is 1.5; 49.9 % would not do
    assert sum("set free" in word for word in words) == 3
    for offer in offers:
        facts, wishes = offer.changes[0].apply(problem, policy)
        result = to.solve(facts, wishes)
        assert not result.clashes
        assert offer.bound <= result.objective <= offer.cost + 1e-6
    assert [offer.cost for offer in offers] == sorted(offer.cost for offer in offers)


def test_a_band_with_limits_of_its_own_keeps_its_shape() -> None:
    """30 of 40 are locked to a rep whose band ends at 26: both limits go out by as much."""
    problem, policy = two_reps(at_least=0.4, at_most=1.3)
    words = [offer.words for offer in repairs(problem, policy, conflict(problem, policy), runtime_s=30)]
    ours = "potential between 40 % and 130 %"
    assert f"potential between 20 % and 150 % instead of {ours}" in words
    assert not any("within" in word for word in words)


def test_the_first_question_gets_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    given_s = []

    def slow(*asked: object) -> bool | None:
        given_s.append(asked[1])
        return False if len(given_s) == 1 else None

    monkeypatch.setattr(core, "possible", slow)
    found = conflict(*two_reps(), runtime_s=100)
    assert found.proved
    assert given_s[0] > 95
    assert max(given_s[1:]) <= 25


def test_a_cap_on_moves_is_raised_no_further_than_it_must_be() -> None:
    problem, policy = two_reps()
    free = to.Policy([*policy.terms, to.MoveCap("accounts", at_most=0)], [])
    found = conflict(problem, free)
    assert any("moved" in wish for wish in found.wishes)
    offers = {offer.words: offer for offer in repairs(problem, free, found, runtime_s=30)}
    assert "at most 1 of accounts moved instead of at most 0 of accounts moved" in offers


def test_nobody_may_serve() -> None:
    problem, _ = two_reps()
    found = conflict(problem, to.Policy([to.Travel()], [to.MaxTravel(km=1)]))
    assert found.wishes == ("max_travel (km 1)",) or found.wishes[0].startswith("max_travel")
    assert found.minimal


def test_possible_says_nothing_that_is_not_settled() -> None:
    problem, policy = two_reps()
    assert possible(ask(problem, policy)) is False
    assert possible(ask(problem, to.Policy(policy.terms, []))) is True


def test_unsettled_answers_make_no_wish_vanish() -> None:
    pieces = [Piece(i, str(i)) for i in range(5)]

    def can(active: list[Piece]) -> bool | None:
        numbers = {piece.wish for piece in active}
        return False if numbers >= {0, 1, 2, 3, 4} else None  # only the whole is known to be impossible

    assert clashing(pieces, can) == pieces


@pytest.mark.parametrize("needed", [{0}, {3}, {1, 4}, {0, 2, 3}, {0, 1, 2, 3, 4}])
def test_halving_finds_the_one_core(needed: set[int]) -> None:
    pieces = [Piece(i, str(i)) for i in range(5)]
    found = clashing(pieces, lambda active: not {piece.wish for piece in active} >= needed)
    assert {piece.wish for piece in found} == needed
