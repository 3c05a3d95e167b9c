"""Quotas judged: what each rep may expect of them, and the tests of fairness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.alignment import Alignment
from territory_opt.problem import Problem, TextArray
from territory_opt.quota.association import Slope
from territory_opt.quota.attainment import EXCELLENCE, THRESHOLD, Attainment, attainment
from territory_opt.quota.outlook import Shape, outlook_of
from territory_opt.quota.payout import PROPORTIONAL, Payout
from territory_opt.quota.quotas import Quotas
from territory_opt.quota.verdict import (
    Verdict,
    alike,
    association_verdicts,
    bucket_verdict,
    by_construction,
    chance_verdict,
    pay_verdict,
)
from territory_opt.travel.place import FloatArray
from territory_opt.volatility import USUAL

BUCKETS = ("below", "around", "excellent")


@dataclass(frozen=True)
class QuotaFairness:
    """How fair a set of quotas is; arrays are (reps,).

    size, potential: of the books, money per year. expected_pay: fixed and expected variable pay for effort on
    target, money per year, NaN where nobody says what is paid on target; `outcome.pay` is the variable part
    per 1.00 of that on target.
    slopes: the lines behind the verdicts, by "size" and "potential". notes: what was assumed.
    """

    rep_ids: TextArray
    outcome: Attainment
    size: FloatArray
    potential: FloatArray
    expected_pay: FloatArray
    verdicts: tuple[Verdict, ...]
    slopes: Mapping[str, Slope]
    notes: tuple[str, ...]

    @property
    def attainment(self) -> FloatArray:
        """Expected sales ÷ quota, NaN without a quota (reps,)."""
        return self.outcome.attainment

    @property
    def chance(self) -> FloatArray:
        """P(attainment ≥ 100 %), NaN without a quota (reps,)."""
        return self.outcome.chance

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The tests that the quotas do not stand."""
        return tuple(verdict for verdict in self.verdicts if verdict.fair is False)

    @property
    def bucket(self) -> TextArray:
        """Where each rep most likely ends: below, around, excellent; "" without a quota."""
        likely = np.where(np.isfinite(self.outcome.buckets), self.outcome.buckets, -1.0)
        names = np.array([*BUCKETS], dtype=object)[likely.argmax(axis=1)]
        names[np.isnan(self.chance)] = ""
        return names

    def columns(self) -> dict[str, Any]:
        """One row a rep."""
        outcome = self.outcome
        table: dict[str, Any] = {
            "rep_id": self.rep_ids,
            "quota": outcome.quota,
            "expected sales": outcome.expected.round(2),
            "standard deviation": outcome.sd.round(2),
            "expected attainment": self.attainment.round(6),
            "chance of quota": outcome.chance.round(6),
            "bucket": self.bucket,
        }
        table |= {f"chance {name}": outcome.buckets[:, i].round(6) for i, name in enumerate(BUCKETS)}
        table["expected pay per 1.00"] = outcome.pay.round(6)
        if np.isfinite(self.expected_pay).any():
            table["expected pay"] = self.expected_pay.round(2)
        return table

    def rows(self) -> list[dict[str, object]]:
        """The tests as a table: test, fair, value, low, high, sentence."""
        return [verdict.as_dict() for verdict in self.verdicts]

    def __str__(self) -> str:
        head = summary_of(self.verdicts)
        marks = {True: "holds", False: "FAILS", None: "?"}
        return "\n".join([head, *(f"{marks[v.fair]:<7}{v.test}: {v.sentence}" for v in self.verdicts)])


def quota_fairness(
    problem: Problem,
    alignment: Alignment,
    quotas: Quotas,
    *,
    expected: str | ArrayLike | None = None,
    volatility: float | Mapping[str, float] = USUAL,
    churn: float | ArrayLike = 0.0,
    market_sd: float = 0.0,
    shape: Shape = "lognormal",
    draws: int = 10_000,
    seed: int = 1,
    workers: int | None = None,
    threshold: float = THRESHOLD,
    excellence: float = EXCELLENCE,
    payout: Payout = PROPORTIONAL,
    on_target: tuple[ArrayLike, ArrayLike] | None = None,
) -> QuotaFairness:
    """Judge quotas on the books of an alignment before the year has begun.

    What is expected of a book is the sum of its accounts; see `quota.outlook.outlook_of` for `expected`,
    `volatility`, `churn`, `market_sd` and `shape`, and `quota.attainment.attainment` for the rest. on_target:
    fixed and variable pay of each rep (reps,), money per year; by default the reps' columns `base_pay` and
    `variable_pay`.

    Tests: slope of expected attainment on size (revenue of the book) and on potential, with a 95 % interval;
    rank correlation with both; 20–60–20 buckets; chances to make the quota; expected pay. With one rep, or
    none with a quota, a test says that it cannot be told; so do slope and rank where quotas and expected
    sales are both today's revenue at one rate, so that attainment is even by construction. A year that is
    over: see `backtest_quotas`.

    Raises PolicyError or DataError that lists every parameter or account at fault.
    """
    outlook = outlook_of(
        problem,
        alignment,
        quotas.goal,
        expected=expected,
        volatility=volatility,
        churn=churn,
        market_sd=market_sd,
        shape=shape,
    )
    outcome = attainment(
        quotas,
        outlook,
        draws=draws,
        seed=seed,
        workers=workers,
        threshold=threshold,
        excellence=excellence,
        payout=payout,
    )
    found = list(association_verdicts(quotas.baseline, quotas.potential, outcome.attainment))
    if outlook.scaled and alike(outcome.attainment):
        found = [(by_construction(verdict), line) for verdict, line in found]
    verdicts = (
        *(verdict for verdict, _ in found),
        bucket_verdict(outcome.buckets, threshold, excellence),
        chance_verdict(quotas.rep_ids, outcome.chance),
        pay_verdict(quotas.rep_ids, outcome.pay),
    )
    return QuotaFairness(
        quotas.rep_ids,
        outcome,
        quotas.baseline,
        quotas.potential,
        _pay(problem, outcome.pay, on_target),
        verdicts,
        slopes_of(found),
        (*outlook.notes, _how(draws)),
    )


def slopes_of(found: Sequence[tuple[Verdict, Slope | None]]) -> dict[str, Slope]:
    """The lines, by what they are on."""
    return {verdict.test.removeprefix("slope on "): line for verdict, line in found if line is not None}


def summary_of(verdicts: Sequence[Verdict]) -> str:
    """How many tests hold, in one sentence."""
    failed = [verdict.test for verdict in verdicts if verdict.fair is False]
    told = [verdict for verdict in verdicts if verdict.fair is not None]
    if not told:
        return "Whether the quotas are fair cannot be told."
    if not failed:
        return f"The quotas stand all {len(told)} tests of fairness that can be made."
    return f"The quotas fail {len(failed)} of {len(told)} tests of fairness: {', '.join(failed)}."


def _pay(problem: Problem, pay: FloatArray, given: tuple[ArrayLike, ArrayLike] | None) -> FloatArray:
    """Fixed and expected variable pay, money per year (reps,); NaN where nothing says what is on target."""
    nothing, of_reps = np.full(len(pay), np.nan), problem.reps.measures
    fixed, variable = given or (of_reps.get("base_pay", 0.0), of_reps.get("variable_pay", nothing))
    return np.asarray(fixed, np.float64) + pay * np.asarray(variable, np.float64)


def _how(draws: int) -> str:
    if not draws:
        return "Chances are by the closed form of Gaussian sales."
    most = 100 * 0.5 / np.sqrt(draws)
    return f"Chances are from {draws:,} years drawn at random: a standard error of at most {most:.2g} points."
