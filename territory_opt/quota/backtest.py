"""Quotas judged by a year that is over: would they have been fair?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.alignment import Alignment
from territory_opt.errors import PolicyError
from territory_opt.problem import Problem, TextArray
from territory_opt.quota.association import Slope
from territory_opt.quota.attainment import EXCELLENCE, THRESHOLD, has_quota
from territory_opt.quota.judgement import slopes_of
from territory_opt.quota.quotas import Quotas
from territory_opt.quota.verdict import Verdict, association_verdicts, bucket_verdict
from territory_opt.travel.place import FloatArray


@dataclass(frozen=True)
class Year:
    """One set of quotas against the sales of the year; arrays are (reps,), NaN without a quota.

    attainment: sales ÷ quota. relative: the same ÷ that of the whole force, which takes the goal's own miss
    out: what is judged is how the goal was shared, not whether it was right. deviation: mean distance of the
    relative attainment from 1.
    """

    rep_ids: TextArray
    quota: FloatArray
    sales: FloatArray
    attainment: FloatArray
    relative: FloatArray
    verdicts: tuple[Verdict, ...]
    slopes: Mapping[str, Slope]

    @property
    def level(self) -> float:
        """Attainment of the whole force."""
        known = np.isfinite(self.quota)
        return float(self.sales[known].sum() / self.quota[known].sum())

    @property
    def deviation(self) -> float:
        """Mean distance of relative attainments from 1: 0 is even."""
        return float(np.nanmean(np.abs(self.relative - 1)))

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The tests that the quotas do not stand."""
        return tuple(verdict for verdict in self.verdicts if verdict.fair is False)


@dataclass(frozen=True)
class Backtest:
    """Several sets of quotas against one and the same year, the fairest first."""

    years: Mapping[str, Year]

    @property
    def fairest(self) -> str:
        """The set that fails the fewest tests, and among equals has the least deviation."""
        return next(iter(self.years))

    def rows(self) -> list[dict[str, Any]]:
        """One row a set of quotas, the fairest first."""
        return [_row(name, year) for name, year in self.years.items()]

    def __str__(self) -> str:
        """Which was fairest, and what each fails."""
        best = self.years[self.fairest]
        told = sum(verdict.fair is not None for verdict in best.verdicts)
        fails = f"fails {len(best.failed)} of {told} tests" if told else "no test can be told of"
        lines = [
            f"Fairest: {self.fairest}, which {fails}; its attainments lie {100 * best.deviation:.1f} % from "
            "that of the whole force on average."
        ]
        who: dict[str, list[str]] = {}
        for name, year in self.years.items():
            for verdict in year.failed:
                who.setdefault(verdict.sentence, []).append(name)
        lines += [f"{', '.join(names)}: {sentence}" for sentence, names in who.items()]
        return "\n".join(lines)


def judge_year(
    quotas: Mapping[str, Quotas],
    sales: ArrayLike,
    *,
    threshold: float = THRESHOLD,
    excellence: float = EXCELLENCE,
) -> Backtest:
    """Test sets of quotas, by name, on what the reps have sold.

    Slope and rank correlation of relative attainment with the size (the baseline that the quotas were set
    on) and the potential of the books, and 20–60–20 buckets. Fairest is the set that fails the fewest of
    them; among equals the one whose relative attainments are nearest to 1 on average.

    Args:
        quotas: as they were before the year. sales: of the year, money per rep (reps,), for the same books.

    Raises PolicyError when there are no quotas, when sales are missing or below 0, or nothing was sold.
    """
    sold = np.asarray(sales, np.float64)
    if not quotas:
        raise PolicyError("there are no quotas to judge")
    judged = {name: _year(each, sold, threshold, excellence) for name, each in quotas.items()}
    order = sorted(judged, key=lambda name: (len(judged[name].failed), judged[name].deviation))
    return Backtest({name: judged[name] for name in order})


def backtest_quotas(
    problem: Problem,
    alignment: Alignment,
    set_quotas: Callable[[Problem, Alignment], Mapping[str, Quotas]],
    *,
    before: str | ArrayLike,
    after: str | ArrayLike,
    threshold: float = THRESHOLD,
    excellence: float = EXCELLENCE,
) -> Backtest:
    """Back-test on last year restated to the books of an alignment.

    Quotas are set on what the accounts sold in the year before, wherever they were then, and judged by what
    they sold in the year after; both follow the accounts to the rep who has them in the alignment. Potential
    is that of the input: where it was estimated after the year, quotas that share by it know too much.

    Args:
        set_quotas: from facts and alignment to quotas by name; `revenue` of the facts is the year before.
        before, after: columns of the accounts, or values (accounts,), money per year.
    """
    sales = _values(problem, after)
    then = restated(problem, before)
    books = alignment.total(sales, len(problem.reps))
    return judge_year(set_quotas(then, alignment), books, threshold=threshold, excellence=excellence)


def restated(problem: Problem, before: str | ArrayLike) -> Problem:
    """The facts as they were when `before`, of the accounts, was the revenue."""
    accounts = problem.accounts
    measures = {**accounts.measures, "revenue": _values(problem, before)}
    return replace(problem, accounts=replace(accounts, measures=measures))


def _values(problem: Problem, given: str | ArrayLike) -> FloatArray:
    """A column of the accounts by name, or values that come with the call (accounts,)."""
    if isinstance(given, str):
        return problem.accounts.measure(given)
    values, n = np.asarray(given, np.float64), len(problem.accounts)
    if values.shape != (n,):
        raise PolicyError(f"sales of {values.size:,} accounts do not fit {n:,} accounts")
    return values


def _year(quotas: Quotas, sales: FloatArray, threshold: float, excellence: float) -> Year:
    known = has_quota(quotas)
    if sales.shape != known.shape:
        raise PolicyError(f"sales of {sales.size} reps do not fit quotas of {known.size}")
    if not (np.isfinite(sales[known]) & (sales[known] >= 0)).all():
        raise PolicyError("sales of the year are missing or below 0 for a rep who has a quota")
    if not sales[known].sum() > 0:
        raise PolicyError("nobody who has a quota sold anything, so there is nothing to judge by")
    quota = np.where(known, quotas.quota, np.nan)
    attained = sales / quota
    relative = attained / (sales[known].sum() / quota[known].sum())
    found = list(association_verdicts(quotas.baseline, quotas.potential, relative))
    verdicts = tuple(verdict for verdict, _ in found)
    buckets = _buckets(relative, threshold, excellence)
    verdicts = (*verdicts, bucket_verdict(buckets, threshold, excellence, relative=True))
    return Year(quotas.rep_ids, quota, sales, attained, relative, verdicts, slopes_of(found))


def _buckets(attained: FloatArray, threshold: float, excellence: float) -> FloatArray:
    """1 where the rep ended, (reps, 3), NaN without a quota."""
    below, above = attained < threshold, attained >= excellence
    where = np.stack([below, ~below & ~above, above], axis=1).astype(np.float64)
    where[np.isnan(attained)] = np.nan
    return where


def _row(name: str, year: Year) -> dict[str, Any]:
    value = {verdict.test: round(verdict.value, 4) for verdict in year.verdicts}
    fails = "; ".join(verdict.test for verdict in year.failed)
    return {
        "quotas": name,
        "tests failed": len(year.failed),
        "deviation": round(year.deviation, 4),
        "attainment of all": round(year.level, 4),
        **value,
        "fails": fails,
    }
