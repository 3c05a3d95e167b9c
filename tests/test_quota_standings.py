"""All methods on the same books by the same tests: which is fairest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import plan
import pytest

import territory_opt as to
from territory_opt.cli.quota_output import said_once
from territory_opt.deliver.plan import Plan
from territory_opt.deliver.quota_methods import same_as, standing_chapters, standings, why_same
from territory_opt.io.glossary import MEANINGS
from territory_opt.policy import Policy
from territory_opt.quota import METHODS
from territory_opt.scenarios import value

QUICKSTART = Path(__file__).parents[1] / "instances" / "quickstart"


def made(problem: to.Problem, alignment: to.Alignment | None = None, **quota: object) -> Plan:
    alignment = to.Alignment.today(problem) if alignment is None else alignment
    return Plan(problem, Policy(), value(problem, Policy(), alignment), quota)


def force(revenue: list[float], potential: list[float], **more: list[float]) -> to.Problem:
    n = len(revenue)
    measures = {"revenue": revenue, "potential": potential, **more}
    at = {"lat": [45.0] * n, "lon": [9.0] * n}
    accounts = to.Accounts.of(range(n), owner=range(n), measures=measures, **at)
    return to.Problem(accounts, to.Reps.of(range(n), **at))


def test_the_method_that_follows_what_is_expected_is_fairest_by_hand() -> None:
    # What is expected is the potential of each book, so quotas by potential alone give everybody even odds.
    potential = [300.0, 500, 700, 900, 1100, 1300]
    problem = force([600.0, 100, 400, 900, 200, 300], potential, forecast=potential)
    found = standings(made(problem, goal=4800.0, potential_weight=1.0, volatility=0.2))
    assert found.fairest == ("top_down",)
    assert found.failed("top_down") == ()
    np.testing.assert_allclose(found.ahead["top_down"].chance, 0.5)
    assert found.notes[0].startswith("Fairest by the tests: top_down; it fails 0 of 7 tests")
    columns = found.columns()
    assert set(columns["method"]) == {*METHODS}
    assert (np.diff(columns["tests failed"]) >= 0).all()
    assert columns.keys() <= MEANINGS.keys()


def test_order_and_scale_change_no_standing() -> None:
    rng = np.random.default_rng(3)
    revenue, potential = rng.uniform(50, 150, 8), rng.uniform(200, 900, 8)
    one = standings(made(force(list(revenue), list(potential)), growth=0.1))
    order = rng.permutation(8)
    other = standings(made(force(list(1000 * revenue[order]), list(1000 * potential[order])), growth=0.1))
    assert [*one.ahead] == [*other.ahead]
    assert [one.failed(name) for name in one.ahead] == [other.failed(name) for name in other.ahead]


def test_potential_in_proportion_is_named_as_why_methods_agree() -> None:
    problem = force([100.0, 200, 300], [1000.0, 2000, 3000])
    found = standings(made(problem, goal=700.0))
    assert set(found.fairest) >= {"top_down", "uniform_growth", "potential_growth"}
    assert any("10 times its revenue as potential" in note for note in found.notes)
    assert why_same(standings(made(force([100.0, 200], [5.0, 6]), goal=400.0)).quotas) == ""
    twins = same_as(found.quotas)
    assert twins["top_down"] == twins["uniform_growth"]


def test_a_year_that_is_over_counts_with_a_history() -> None:
    problem = to.read(QUICKSTART)
    found = standings(made(problem))
    assert found.past is not None
    first = found.fairest[0]
    assert found.columns()["deviation last year"][0] == pytest.approx(
        found.past.years[first].deviation, abs=1e-6
    )
    assert any(note.startswith("Last year is 2025-Q1 to 2025-Q4") for note in found.notes)
    # By hand: quotas of uniform growth on the year before, restated, against the sales of the last year.
    history, today = problem.history, to.Alignment.today(problem)
    before, after = (history.revenue[:, part].sum(axis=1) for part in (slice(-8, -4), slice(-4, None)))
    books = [today.total(values, 4)[:3] for values in (before, after)]
    relative = books[1] / books[0] / (books[1].sum() / books[0].sum())
    assert found.past.years["uniform_growth"].deviation == pytest.approx(
        np.abs(relative - 1).mean(), abs=1e-6
    )
    alone = standings(made(replace(problem, history=None)))
    assert alone.past is None
    assert any("Two years of history.csv" in note for note in alone.notes)


def test_methods_that_cannot_be_used_are_named_and_nothing_to_judge_is_no_chapter() -> None:
    found = standings(made(force([100.0, 200], [0.0, 0]), goal=400.0))
    assert "potential_growth" in found.refused
    assert any(note.startswith("potential_growth: not possible") for note in found.notes)
    nothing = made(force([0.0, 0], [0.0, 0]), goal=400.0)
    assert list(standing_chapters(nothing)) == []


def test_the_report_has_it() -> None:
    facts = plan.problem()
    chapter = next(standing_chapters(Plan(facts, plan.POLICY, plan.result(facts), {})))
    assert chapter.file == "quota_method_fairness.csv"
    assert chapter.notes[0].startswith("Fairest by the tests")


def test_one_rep_is_no_contest() -> None:
    found = standings(made(force([100.0], [300.0]), goal=120.0))
    assert found.notes[0].startswith("Which method is fairest cannot be told")
    assert not any("Fairest" in note for note in found.notes)


def test_what_differs_in_its_numbers_alone_is_said_once() -> None:
    leaves = "R4: leaving with a book; the others carry {} of quota for it."
    notes = {"a": [leaves.format("9,100.50"), "All."], "b": [leaves.format("10,000"), "All."]}
    assert said_once(notes) == [
        "R4: leaving with a book; the others carry 9,100.50 to 10,000 of quota for it.",
        "All.",
    ]
    assert said_once({"a": ["1 of 2"], "b": ["1 of 3"], "c": []}) == ["a, b: 1 of 2 to 3"]
    assert said_once({}) == []
