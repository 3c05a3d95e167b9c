"""What a notebook shows: what `str` and `rows` say, and nothing that runs."""

from __future__ import annotations

import pytest

import territory_opt as to
from territory_opt.scenarios import value
from territory_opt.shown import html_table

HOSTILE = '<script>alert("1")</script>'


@pytest.fixture(scope="module")
def scenario() -> to.Scenario:
    reps = to.Reps.of(["R", "S"], names=[HOSTILE, "Sam"], lat=[0, 0], lon=[0, 1])
    accounts = to.Accounts.of(
        [HOSTILE, "B"], lat=[0, 0], lon=[0, 1], owner=[0, 1], measures={"potential": [9, 1]}
    )
    problem, policy = to.Problem(accounts, reps), to.Policy([to.Travel(), to.Balance("potential", 0.1)])
    result = value(problem, policy, to.Alignment.today(problem))
    return to.Scenario(problem, policy, HOSTILE, result=result)


def test_names_are_shown_and_do_not_run(scenario: to.Scenario) -> None:
    shown = [
        scenario,
        scenario.result,
        to.compare(scenario.problem, scenario.policy, {HOSTILE: scenario.result.alignment}),
    ]
    other = to.Scenario(scenario.problem, scenario.policy, "empty")
    shown.append(to.Difference(scenario, other))
    for one in shown:
        html = one._repr_html_()
        assert "<script" not in html
    assert "&lt;script&gt;" in scenario._repr_html_()


def test_tables_have_a_line_a_row_and_numbers_that_can_be_read() -> None:
    html = html_table([{"name": HOSTILE, "money": 1234567.5, "n": 1000, "yes": True}])
    assert "<script" not in html
    assert ">1,234,567.5<" in html
    assert ">1,000<" in html
    assert ">True<" in html
    assert html_table([]) == "<p>There is nothing to show.</p>"
