"""Tests of the tests of fairness: by hand, against SciPy, and on quotas that are known to be fair or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import territory_opt as to
from territory_opt.quota import Quotas, backtest_quotas, judge_year, quota_fairness, top_down
from territory_opt.quota.association import rank_correlation, slope
from territory_opt.quota.verdict import bucket_verdict, chance_verdict, pay_verdict, slope_verdict

#: Whole numbers, so that no referee is at the end of its digits.
SAMPLE = st.lists(
    st.tuples(st.integers(1, 100), st.integers(1, 30)),
    min_size=4,
    max_size=25,
    unique_by=lambda point: point[0],
)


def quotas_of(quota: list[float], baseline: list[float], potential: list[float] | None = None) -> Quotas:
    n = len(quota)
    return Quotas(
        rep_ids=np.array([f"R{i}" for i in range(n)], dtype=object),
        goal=float(sum(quota)),
        over_assignment=0.0,
        quota=np.array(quota, np.float64),
        baseline=np.array(baseline, np.float64),
        potential=np.ones(n) if potential is None else np.array(potential, np.float64),
        share=np.ones(n),
        lines=(),
        basis="as given",
    )


def test_slope_by_hand() -> None:
    # Means 2 and 2; Σdx·dy = 1, Σdx² = 2, so b = 0.5; residuals 0.5·(1, -2, 1)·… are -0.5+…: y - ŷ.
    line = slope([1, 2, 3], [1, 3, 2], robust=False)
    assert (line.value, line.mean_x, line.mean_y, line.n) == (0.5, 2, 2, 3)
    # e = (-0.5, 1, -0.5), Σe² = 1.5, s² = 1.5, standard error √(1.5/2); t of 0.975 on one degree is 12.706.
    assert line.high - line.value == pytest.approx(12.7062047 * np.sqrt(0.75))
    # HC3: h = 1/3 + (1, 0, 1)/2 = (5/6, 1/3, 5/6); (e/(1-h))² = (9, 2.25, 9); √(9 + 9)/2.
    robust = slope([1, 2, 3], [1, 3, 2])
    assert robust.high - robust.value == pytest.approx(12.7062047 * np.sqrt(18) / 2)


@settings(max_examples=50, deadline=None)
@given(SAMPLE)
def test_slope_and_ranks_agree_with_scipy(sample: list[tuple[int, int]]) -> None:
    x, y = (np.array(column, np.float64) for column in zip(*sample, strict=True))
    line, referee = slope(x, y, robust=False), stats.linregress(x, y)
    half = stats.t.ppf(0.975, len(x) - 2) * referee.stderr
    np.testing.assert_allclose(
        [line.value, line.high - line.low], [referee.slope, 2 * half], rtol=1e-5, atol=1e-7
    )
    # HC3 by the matrices of its definition.
    design = np.column_stack([np.ones(len(x)), x])
    bread = np.linalg.inv(design.T @ design)
    hat = np.einsum("ij,jk,ik->i", design, bread, design)
    residual = y - design @ bread @ design.T @ y
    meat = design.T @ np.diag((residual / (1 - hat)) ** 2) @ design
    error = np.sqrt((bread @ meat @ bread)[1, 1])
    robust = slope(x, y)
    half = stats.t.ppf(0.975, len(x) - 2) * error
    np.testing.assert_allclose(robust.high - robust.low, 2 * half, rtol=1e-5, atol=1e-7)
    if np.ptp(y) > 0:
        rho, p = rank_correlation(x, y)
        expected = stats.spearmanr(x, y)
        np.testing.assert_allclose([rho, p], [expected.statistic, expected.pvalue], atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(SAMPLE, st.floats(0.01, 100), st.integers(0, 1000))
def test_unit_of_size_and_order_of_reps_change_no_verdict(
    sample: list[tuple[int, int]], unit: float, seed: int
) -> None:
    book, attained = (np.array(column, np.float64) for column in zip(*sample, strict=True))
    before, _ = slope_verdict("size", book, attained)
    order = np.random.default_rng(seed).permutation(len(book))
    after, _ = slope_verdict("size", unit * book[order], attained[order])
    assert before.fair == after.fair
    np.testing.assert_allclose(after.value, before.value, rtol=1e-6, atol=1e-9)


def test_a_slope_that_cannot_be_told_is_said() -> None:
    nan = np.nan
    for size, attained, words in (
        ([1.0, 2, 3, 4], [1.0, 1.1, 0.9, 1.0], "Only 4 reps have"),
        ([5.0, 5, 5, 5, 5], [1.0, 1.1, 0.9, 1, 1], "hardly differ in size"),
        ([0.0, 0, 0, 0, 9], [1.0, 1.1, 0.9, 1, 1], "or only one does"),  # all potential in one account
        ([5.0, 6, 7, 8, 9], [1.0, nan, nan, nan, nan], "Only one rep has"),
        ([5.0, 6, 7, 8, 9], [nan] * 5, "No rep has"),
    ):
        verdict, _ = slope_verdict("size", np.array(size), np.array(attained))
        assert verdict.fair is None
        assert words in verdict.sentence


def test_large_books_that_attain_less_are_told_what_to_do() -> None:
    size = np.arange(1.0, 13)
    noise = 0.01 * np.cos(7 * size)
    steep, _ = slope_verdict("size", size, 1.3 - 0.05 * size + noise)
    assert steep.fair is False
    assert steep.value == pytest.approx(-0.05 * size.mean(), abs=0.01)
    assert "points less of attainment" in steep.sentence
    assert "share less of the goal by today's revenue" in steep.sentence
    up, _ = slope_verdict("potential", size, 0.7 + 0.05 * size + noise)
    assert "give potential more weight" in up.sentence
    flat, _ = slope_verdict("size", size, 1 + noise)
    assert flat.fair
    assert flat.low < 0 < flat.high
    tiny, _ = slope_verdict("size", size, 1 + 1e-5 * size)  # regular, but nobody's grievance
    assert tiny.fair


def test_buckets_by_hand() -> None:
    def of(below: int, around: int, above: int) -> np.ndarray:
        return np.repeat(np.eye(3), [below, around, above], axis=0)

    usual = bucket_verdict(of(2, 6, 2), 0.9, 1.1)
    assert usual.fair
    assert "20 % of the reps end below 90 %" in usual.sentence
    assert bucket_verdict(of(3, 5, 2), 0.9, 1.1).fair
    assert "too hard for many and too easy" in bucket_verdict(of(4, 3, 3), 0.9, 1.1).sentence
    hard = bucket_verdict(of(4, 4, 2), 0.9, 1.1)
    assert hard.fair is False
    assert hard.value == pytest.approx(0.2)
    assert "too hard for many" in hard.sentence
    assert "too easy" in bucket_verdict(of(0, 5, 5), 0.9, 1.1).sentence
    assert "hardly differs" in bucket_verdict(of(0, 10, 0), 0.9, 1.1).sentence
    assert bucket_verdict(of(1, 1, 0), 0.9, 1.1).fair is None
    assert bucket_verdict(of(2, 2, 0), 0.9, 1.1).fair is False  # two of four: one more than one too many
    assert bucket_verdict(of(1, 2, 1), 0.9, 1.1).fair


def test_chances_and_pay_by_hand() -> None:
    ids = np.array(["a", "b", "c"], dtype=object)
    far = chance_verdict(ids, np.array([0.3, 0.62, 0.5]))
    assert far.fair is False
    assert far.value == pytest.approx(0.32)
    assert "from 30 % (a) to 62 % (b)" in far.sentence
    assert chance_verdict(ids, np.array([0.5, 0.6, np.nan])).fair
    assert chance_verdict(ids, np.array([0.5, np.nan, np.nan])).fair is None
    pay = pay_verdict(ids, np.array([0.8, 1.0, 1.2]))
    assert pay.fair is False
    assert "0.80 (a) to 1.20 (c)" in pay.sentence
    assert pay_verdict(ids, np.array([0.95, 1.0, 1.05])).fair
    nothing = pay_verdict(ids, np.zeros(3))
    assert nothing.fair is None
    assert nothing.sentence == "No book is expected to pay anything: whether pay is even cannot be told."


def force(reps: int = 20, seed: int = 4, **reps_columns: object) -> tuple[to.Problem, to.Alignment]:
    """Books of very different size, whose potential has little to do with it."""
    rng = np.random.default_rng(seed)
    rep = np.repeat(np.arange(reps), rng.integers(5, 60, reps))
    n = len(rep)
    measures = {
        "revenue": rng.lognormal(9, 0.7, n),
        "potential": rng.lognormal(10, 0.7, n) * rng.uniform(0.3, 3, reps)[rep],
    }
    accounts = to.Accounts.of(range(n), measures=measures)
    return to.Problem(accounts, to.Reps.of(range(reps), **reps_columns)), to.Alignment(rep)


def test_quotas_that_follow_what_is_expected_stand_every_test() -> None:
    problem, alignment = force()
    quotas = top_down(problem, alignment, growth=0.1, potential_weight=0)
    found = quota_fairness(
        problem, alignment, quotas, draws=500, expected=1.1 * problem.accounts.measures["revenue"]
    )
    assert not found.failed
    assert "stand all 7 tests" in str(found)
    np.testing.assert_allclose(found.attainment, 1, atol=1e-6)
    # Skewed sales make slightly less than half likely, the more so in small books.
    assert ((found.chance > 0.35) & (found.chance < 0.56)).all()


def test_growth_at_one_rate_cannot_be_judged_by_revenue_at_one_rate() -> None:
    """Attainment is 1 whatever the books: that follows from how sales are expected, and proves nothing."""
    problem, alignment = force()
    found = quota_fairness(problem, alignment, top_down(problem, alignment, potential_weight=0), draws=0)
    told = {verdict.test: verdict for verdict in found.verdicts}
    for of in ("size", "potential"):
        for test in (f"slope on {of}", f"rank correlation with {of}"):
            assert told[test].fair is None
            assert "by construction" in told[test].sentence
    assert told["equal chances"].fair is not None
    uneven = quota_fairness(problem, alignment, top_down(problem, alignment, potential_weight=0.5), draws=0)
    assert {v.fair for v in uneven.verdicts if v.test.startswith(("slope", "rank"))} <= {True, False}
    # A forecast that happens to say the same is a judge of its own.
    measures = {**problem.accounts.measures, "forecast": 1.05 * problem.accounts.measures["revenue"]}
    known = replace(problem, accounts=replace(problem.accounts, measures=measures))
    again = quota_fairness(known, alignment, top_down(known, alignment, potential_weight=0), draws=0)
    assert {v.fair for v in again.verdicts if v.test.startswith(("slope", "rank"))} == {True}


def test_quotas_by_potential_alone_fail_where_revenue_is_expected() -> None:
    problem, alignment = force(measures={"base_pay": [50e3] * 20, "variable_pay": [50e3] * 20})
    quotas = top_down(problem, alignment, potential_weight=1)
    found = quota_fairness(problem, alignment, quotas, draws=500, market_sd=0.05, churn=0.02)
    failed = {verdict.test for verdict in found.failed}
    assert {"equal chances", "expected pay"} <= failed
    assert any(test.startswith(("slope", "rank")) for test in failed)
    assert "The quotas fail" in str(found)
    table = found.columns()
    assert len({len(column) for column in table.values()}) == 1
    np.testing.assert_allclose(table["expected pay"], 50e3 + 50e3 * found.outcome.pay, atol=0.01)
    assert set(table["bucket"]) <= {"below", "around", "excellent"}
    assert any("chance of 2 %" in note for note in found.notes)
    again = quota_fairness(problem, alignment, quotas, draws=500, market_sd=0.05, churn=0.02, workers=1)
    assert str(again) == str(found)


def test_over_assignment_makes_it_less_likely_for_all() -> None:
    problem, alignment = force()
    fair, more = (top_down(problem, alignment, potential_weight=0, over_assignment=over) for over in (0, 0.1))
    chance = [quota_fairness(problem, alignment, quotas, draws=0).chance for quotas in (fair, more)]
    assert (chance[1] < chance[0]).all()


def test_one_rep_has_nobody_to_be_compared_with() -> None:
    problem = to.Problem(to.Accounts.of(["a"], measures={"revenue": [10.0]}), to.Reps.of(["R"]))
    alignment = to.Alignment(np.array([0]))
    found = quota_fairness(problem, alignment, top_down(problem, alignment, goal=12.0), draws=0)
    assert {verdict.fair for verdict in found.verdicts} == {None}
    assert "cannot be told" in str(found)
    assert found.chance[0] == pytest.approx(0.5)


def test_all_potential_in_one_account_is_an_answer() -> None:
    problem, alignment = force()
    potential = np.zeros(len(alignment))
    potential[0] = 1e6
    measures = {**problem.accounts.measures, "potential": potential}
    problem = replace(problem, accounts=replace(problem.accounts, measures=measures))
    found = quota_fairness(problem, alignment, top_down(problem, alignment, potential_weight=0.5), draws=0)
    told = {verdict.test: verdict for verdict in found.verdicts}
    assert told["slope on potential"].fair is None
    assert told["equal chances"].fair is False


def test_a_year_that_is_over_by_hand() -> None:
    # The whole force makes 450 of 500, 90 %; the goal's miss is nobody's, so 90 % counts as 1.
    quotas = quotas_of([100, 200, 200], [90, 210, 150])
    year = judge_year({"set": quotas}, [90, 180, 180]).years["set"]
    assert year.level == pytest.approx(0.9)
    np.testing.assert_allclose(year.attainment, 0.9)
    np.testing.assert_allclose(year.relative, 1)
    assert year.deviation == pytest.approx(0, abs=1e-12)
    assert not year.failed
    lucky = judge_year({"set": quotas}, [120, 180, 200]).years["set"]
    assert lucky.deviation == pytest.approx((0.2 + 0.1 + 0) / 3)


def test_the_fairest_fails_least_and_then_deviates_least() -> None:
    size = np.arange(1.0, 11)
    sold = 100 * size
    tilted = 100 * size**1.4
    uneven = sold * np.where(np.arange(10) % 2, 1.05, 0.95)
    found = judge_year(
        {
            name: quotas_of(list(q), list(size))
            for name, q in (("tilted", tilted), ("uneven", uneven), ("even", sold))
        },
        sold,
    )
    assert list(found.years) == ["even", "uneven", "tilted"]
    assert found.fairest == "even"
    assert "Fairest: even, which fails 0 of 4 tests" in str(found)
    assert "tilted: " in str(found)
    rows = found.rows()
    assert rows[0]["tests failed"] == 0
    assert rows[2]["tests failed"] > 0


def test_quotas_of_the_year_before_follow_the_accounts() -> None:
    """The year before is restated: an account that moves takes its sales of both years along."""
    measures = {
        "revenue": [1.0, 1, 1, 1],
        "sold_2024": [100.0, 100, 200, 50],
        "sold_2025": [110.0, 110, 220, 55],
    }
    problem = to.Problem(to.Accounts.of("abcd", measures=measures), to.Reps.of(["X", "Y", "Z"]))

    def by_growth(facts: to.Problem, plan: to.Alignment) -> dict[str, Quotas]:
        return {"growth": top_down(facts, plan, growth=0.2, potential_weight=0)}

    for plan in ([0, 0, 1, 2], [1, 0, 2, 2]):
        alignment = to.Alignment(np.array(plan))
        found = backtest_quotas(problem, alignment, by_growth, before="sold_2024", after="sold_2025")
        year = found.years["growth"]
        np.testing.assert_allclose(year.quota, 1.2 * alignment.total(measures["sold_2024"], 3))
        np.testing.assert_allclose(year.attainment, 1.1 / 1.2)
    with pytest.raises(to.PolicyError, match="Did you mean 'sold_202"):
        backtest_quotas(problem, alignment, by_growth, before="sold_20245", after="sold_2025")


def test_a_year_that_cannot_be_judged() -> None:
    quotas = quotas_of([100, 200], [1, 1])
    for sales, words in (
        ([1.0], "do not fit"),
        ([np.nan, 1], "missing"),
        ([-1, 5], "below 0"),
        ([0, 0], "nobody"),
    ):
        with pytest.raises(to.PolicyError, match=words):
            judge_year({"set": quotas}, sales)
    with pytest.raises(to.PolicyError, match="no quotas"):
        judge_year({}, [1, 2])
    found = judge_year({"set": quotas}, [100, 150])
    assert {verdict.fair for verdict in found.years["set"].verdicts} == {None}
    assert str(found).startswith("Fairest: set, which no test can be told of; its attainments lie")


def test_only_tests_that_were_told_are_counted() -> None:
    """Three reps are too few for slopes and ranks: the buckets alone can be told."""
    found = judge_year({"set": quotas_of([100, 200, 200], [90, 210, 150])}, [90, 180, 180])
    assert "set, which fails 0 of 1 tests;" in str(found)
