"""The chapter on which method is fairest: all on the same books, for the same goal, by the same tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from territory_opt.arrays import Tabular
from territory_opt.deliver.plan import Plan
from territory_opt.deliver.quota_fairness import judged
from territory_opt.errors import DataError, PolicyError
from territory_opt.incentives import IncentiveSettings
from territory_opt.io.report import Chapter, Columns
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.quota import Backtest, QuotaFairness, Quotas, backtest_quotas, quotas_by_all
from territory_opt.result import Result

SHEET, FILE = "Quota methods", "quota_method_fairness.csv"
_SAME_RATIO = 1e-6


@dataclass(frozen=True)
class QuotaStandings(Tabular):
    """Every method that can be used, the fairest first; `str()` is the sentences, the fairest named.

    ahead: judged before the year, by the closed form. past: on the last year of the history, None where that
    has no two years. refused: why the others cannot be used.
    """

    quotas: Mapping[str, Quotas]
    ahead: Mapping[str, QuotaFairness]
    past: Backtest | None
    refused: Mapping[str, str]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.notes)

    def failed(self, method: str) -> tuple[str, ...]:
        """Names of the tests that a method does not stand."""
        then = self.past.years[method].failed if self.past and method in self.past.years else ()
        return (
            *(verdict.test for verdict in self.ahead[method].failed),
            *(f"last year: {v.test}" for v in then),
        )

    def told(self, method: str) -> int:
        """How many tests say anything."""
        then = self.past.years[method].verdicts if self.past and method in self.past.years else ()
        return sum(verdict.fair is not None for verdict in (*self.ahead[method].verdicts, *then))

    @property
    def fairest(self) -> tuple[str, ...]:
        """The method that fails the fewest tests and then has the most even chances; all that equal it."""
        first = next(iter(self.ahead))
        return same_as(self.quotas)[first]

    def columns(self) -> Columns:
        """One row a method."""
        chance = [judged.chance for judged in self.ahead.values()]
        columns: dict[str, Any] = {
            "method": np.array([*self.ahead], dtype=object),
            "tests failed": np.array([len(self.failed(name)) for name in self.ahead]),
            "tests told": np.array([self.told(name) for name in self.ahead]),
            "least chance": np.array([_over(np.min, each) for each in chance]).round(6),
            "greatest chance": np.array([_over(np.max, each) for each in chance]).round(6),
            "mean distance of chances": np.array([_uneven(j) for j in self.ahead.values()]).round(6),
        }
        if self.past is not None:
            off = [self.past.years[n].deviation if n in self.past.years else np.nan for n in self.ahead]
            columns["deviation last year"] = np.array(off).round(6)
        fails = ["; ".join(self.failed(name)) for name in self.ahead]
        return columns | {"fails": np.array(fails, dtype=object)}


def quota_standings(
    problem: Problem,
    policy: Policy,
    result: Result,
    quota: Mapping[str, Any] | None = None,
    incentives: IncentiveSettings | None = None,
) -> QuotaStandings:
    """Quotas by every method on the books of a plan, by the same tests of fairness: which is fairest.

    quota: keyword arguments of `territory_opt.quota.quotas_by`; all methods share its goal. incentives: pay
    plans. Ranked as `standings` says. Raises PolicyError or DataError where no method can be judged.
    """
    return standings(Plan(problem, policy, result, quota or {}, incentives=incentives or IncentiveSettings()))


def standings(plan: Plan) -> QuotaStandings:
    """All methods judged on the books of a plan; PolicyError or DataError where none can be.

    Ranked by tests failed before the year and, with a history of two years, on its last one; among equals by
    the mean distance of the chances to make the quota from their mean, then by the deviation of that year.
    """
    given = {name: value for name, value in plan.quota.items() if name != "method"}
    facts, alignment = plan.quota_facts.problem, plan.result.alignment
    goal = plan.quotas.goal
    found, refused = quotas_by_all(facts, alignment, **given | {"goal": goal})
    if not found:
        raise PolicyError("; ".join(dict.fromkeys(refused.values())))
    ahead = {name: judged(plan, 0, quotas)[0] for name, quotas in found.items()}
    past, why = _past(plan, given)
    whole = QuotaStandings(found, ahead, past, refused, ())

    def rank(name: str) -> tuple[float, ...]:
        off = past.years[name].deviation if past and name in past.years else 0.0
        return len(whole.failed(name)), round(_uneven(ahead[name]), 9), off

    order = sorted(ahead, key=rank)
    ranked = QuotaStandings(found, {name: ahead[name] for name in order}, past, refused, ())
    notes = (
        *_verdict(ranked),
        *_assumed(plan),
        why,
        *(f"{n}: not possible, {w}" for n, w in refused.items()),
    )
    return QuotaStandings(found, ranked.ahead, past, refused, tuple(note for note in notes if note))


def standing_chapters(plan: Plan) -> Iterator[Chapter]:
    """One row a method and a sentence that names the fairest; nothing where quotas cannot be judged."""
    try:
        found = standings(plan)
    except (DataError, PolicyError):  # the chapters on quotas and their fairness say why
        return
    yield Chapter(SHEET, FILE, found.columns(), found.notes)


def same_as(found: Mapping[str, Quotas]) -> dict[str, tuple[str, ...]]:
    """Each method, and all that give the same quotas to the cent, itself among them."""
    key = {name: tuple(quotas.quota.tolist()) for name, quotas in found.items()}
    return {name: tuple(n for n in found if key[n] == key[name]) for name in found}


def why_same(found: Mapping[str, Quotas]) -> str:
    """Why methods by revenue and by potential give the same quotas; "" where they do not."""
    quotas = next(iter(found.values()))
    sells = quotas.baseline > 0
    ratio = quotas.potential[sells] / quotas.baseline[sells]
    if len(ratio) < 2 or not ratio.min() > 0 or np.ptp(ratio) > _SAME_RATIO * ratio.max():
        return ""
    return (
        f"Every book has {ratio.mean():.4g} times its revenue as potential, so methods that share by revenue "
        "and by potential cannot differ: check where that potential comes from."
    )


def _past(plan: Plan, given: Mapping[str, Any]) -> tuple[Backtest | None, str]:
    """The methods on the last year of the history, restated to the books; and what was done, or why not."""
    facts = plan.quota_facts.problem
    history = facts.history
    if history is None or len(history.periods) < 2 * history.per_year:
        return None, "Two years of history.csv would also judge the methods by a year that is over."
    m = history.per_year
    before, after = history.revenue[:, -2 * m : -m].sum(axis=1), history.revenue[:, -m:].sum(axis=1)
    books = plan.result.alignment.total(before, len(facts.reps)).sum()
    grown = books * plan.quotas.goal / plan.quotas.baseline.sum() if plan.quotas.baseline.sum() > 0 else books
    try:
        past = backtest_quotas(
            facts,
            plan.result.alignment,
            lambda then, books: quotas_by_all(then, books, **{**given, "goal": round(float(grown), 2)})[0],
            before=np.maximum(before, 0.0),
            after=np.maximum(after, 0.0),
        )
    except (DataError, PolicyError) as error:
        return None, f"The past cannot judge the methods: {error}."
    first, last = history.periods[-m], history.periods[-1]
    return past, (
        f"Last year is {first} to {last}: quotas on the year before, with the growth of today's goal, "
        "against what was sold, both restated to these books. Potential is today's: methods that share by it "
        "knew more."
    )


def _verdict(found: QuotaStandings) -> Iterator[str]:
    names, first = found.fairest, found.fairest[0]
    judged, failed = found.ahead[first], found.failed(first)
    if not any(found.told(name) for name in found.ahead):
        yield "Which method is fairest cannot be told: no test says anything of so few reps."
        return
    same = f" ({', '.join(names[1:])}: the same quotas)" if len(names) > 1 else ""
    fails = f"fails {len(failed)} of {found.told(first)} tests" + (
        f" ({', '.join(failed)})" if failed else ""
    )
    low, high = (100 * _over(f, judged.chance) for f in (np.min, np.max))
    chances = f"chances to make the quota run from {low:.0f} to {high:.0f} %"
    yield f"Fairest by the tests: {first}{same}; it {fails}, and {chances}."
    if len(names) > 1 and (why := why_same(found.quotas)):
        yield why


def _assumed(plan: Plan) -> Iterator[str]:
    yield (
        "Chances of the methods are by the closed form of Gaussian sales; those of quota_fairness.csv are "
        "drawn year by year, and may differ by some points."
    )
    if plan.outlook.scaled:
        yield (
            "Books are expected to sell today's revenue at one rate, which favours methods that follow "
            "revenue: a column forecast of the accounts would judge them better."
        )


def _uneven(found: QuotaFairness) -> float:
    """Mean distance of the chances from their mean; infinite where nobody has one."""
    known = found.chance[np.isfinite(found.chance)]
    return float(np.abs(known - known.mean()).mean()) if len(known) else float("inf")


def _over(of: Any, values: Sequence[float] | np.ndarray) -> float:
    known = np.asarray(values)[np.isfinite(values)]
    return float(of(known)) if len(known) else float("nan")
