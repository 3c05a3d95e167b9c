"""What reps earn at an attainment, and over many years that might come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.arrays import Tabular
from territory_opt.errors import Issue, did_you_mean
from territory_opt.incentives.curves import pay_multiple
from territory_opt.incentives.settings import IncentiveSettings, fault_of, refuse, setting_issues
from territory_opt.policy.words import listed
from territory_opt.problem import BoolArray, Problem, Reps, TextArray
from territory_opt.travel.place import FloatArray

_REPS_AT_ONCE = 100
_LOW, _HIGH = 10, 90  # percentiles
USUAL_VOLATILITY = 0.2  # of attainment, where neither the books nor the planner say it


@dataclass(frozen=True)
class Payouts(Tabular):
    """What each rep earns who stays and is there, (such reps,); money per year.

    rate: variable pay ÷ quota, what a sale pays on the way to target. mean, low, high: variable pay over the
    draws, its mean and 10th and 90th percentile; all the same where attainments are given. reached: share of
    the draws at or above target, NaN without a quota. cost: fixed and variable pay of all, mean, low and
    high. cost_share: the same ÷ sales of the same draw.
    """

    rep_ids: TextArray
    plan: TextArray
    base: FloatArray
    variable: FloatArray
    quota: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    reached: FloatArray
    cost: tuple[float, float, float]
    cost_share: tuple[float, float, float]
    notes: tuple[str, ...] = ()

    @property
    def rate(self) -> FloatArray:
        """Commission per unit of sales up to the quota; NaN without a quota."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.quota > 0, self.variable / self.quota, np.nan)

    def columns(self) -> dict[str, Any]:
        return {
            "rep_id": self.rep_ids,
            "plan": self.plan,
            "fixed pay": self.base.round(2),
            "variable pay on target": self.variable.round(2),
            "on-target earnings": (self.base + self.variable).round(2),
            "quota": self.quota.round(2),
            "rate on target": self.rate.round(6),
            "mean variable pay": self.mean.round(2),
            "variable pay P10": self.low.round(2),
            "variable pay P90": self.high.round(2),
            "reaches target": self.reached.round(4),
        }


def payouts(
    problem: Problem,
    quota: ArrayLike,
    settings: IncentiveSettings,
    *,
    attainment: ArrayLike | None = None,
    expected: ArrayLike | None = None,
    years: Iterable[tuple[int, FloatArray]] | None = None,
) -> Payouts:
    """What the plans pay on these quotas, over years drawn at random, or at given attainments.

    The years may come with the call; so pay and the chance of quota can be counted over the same ones. Else
    attainment is drawn log-normal, which is never below 0, with the expected mean and the `volatility` of the
    settings (0.2 without one); luck is shared in part where `correlation` says so. Draws follow the ids, so
    that the order of the reps changes nothing. Reps' own columns `base_pay` and `variable_pay` win over their
    plan. Without a quota there is no variable pay, and nobody is paid on a vacant seat: the notes name both.
    Source: Zoltners, Sinha & Lorimer (2006), on testing a plan by simulation before it is announced.

    Args:
        quota: money per year, (reps,). attainment: sales ÷ quota of each rep, (reps,): nothing is drawn then.
        expected: mean attainment of each rep, (reps,); else that of the settings. years: index and sales ÷
        quota in each year (draws,) of every rep who has a quota, as `quota.attainment.attained_years` has it.

    Raises PolicyError that lists every fault.
    """
    reps = problem.reps
    there = np.flatnonzero(reps.there)
    which, issues = plans_of(problem, settings)
    money = np.asarray(quota, np.float64)
    fixed = [np.asarray(x, np.float64) for x in (attainment, expected) if x is not None]
    for values, name in [(money, "quota"), *((x, "attainment") for x in fixed)]:
        if values.shape != (len(reps),) or not (np.isfinite(values[there]) & (values[there] >= 0)).all():
            issues.append(
                Issue("reps", None, name, "", "must be a number of 0 or more per rep", "Correct it")
            )
    refuse(issues)
    base, variable = pay_on_target(problem, settings, which)
    mean = np.full(len(reps), settings.expected_attainment)
    paid = _Paid(settings, base, variable, money, which)
    if attainment is not None:
        found = paid.given(reps.ids, there, fixed[0])
    elif years is not None:
        found = paid.over(reps.ids, there, _one_by_one(years, reps.there))
    else:
        luck = paid.luck(reps.ids, there, mean if expected is None else fixed[-1])
        found = paid.over(reps.ids, there, luck)
    return replace(found, notes=(*found.notes, *_unpaid(reps.ids[there[money[there] == 0]], reps)))


def _one_by_one(
    years: Iterable[tuple[int, FloatArray]], there: BoolArray
) -> Iterator[tuple[np.ndarray, FloatArray]]:
    return ((np.array([rep]), attained[:, None]) for rep, attained in years if there[rep])


def _unpaid(without_quota: TextArray, reps: Reps) -> Iterator[str]:
    """Who gets no variable pay, or none at all."""
    vacant = reps.ids[reps.vacant]
    if len(without_quota):
        yield f"Without a quota there is no variable pay: {listed(without_quota)}."
    if len(vacant):
        yield f"Nobody is paid on vacant seats, which are left out: {listed(vacant)}."


@dataclass(frozen=True)
class _Paid:
    """Pay by rep, (reps,) each, and how it answers to attainment."""

    settings: IncentiveSettings
    base: FloatArray
    variable: FloatArray
    quota: FloatArray
    which: np.ndarray

    def at(self, rep: np.ndarray, attainment: FloatArray) -> FloatArray:
        """Variable pay of some reps, 0 without a quota; attainment (draws, those reps)."""
        multiple = np.empty_like(attainment)
        for number in np.unique(self.which[rep]):
            own = self.which[rep] == number
            multiple[:, own] = pay_multiple(self.settings.plans[number], attainment[:, own])
        return multiple * np.where(self.quota[rep] > 0, self.variable[rep], 0.0)

    def given(self, ids: TextArray, rep: np.ndarray, attainment: FloatArray) -> Payouts:
        """Everybody at one attainment."""
        pay = self.at(rep, attainment[None, rep])
        sales = (attainment[rep] * self.quota[rep]).sum(keepdims=True)
        figures = [pay[0], pay[0], pay[0], (attainment[rep] >= 1).astype(np.float64)]
        return self._table(ids, rep, figures, pay.sum(axis=1), sales)

    def luck(
        self, ids: TextArray, rep: np.ndarray, mean: FloatArray
    ) -> Iterator[tuple[np.ndarray, FloatArray]]:
        """Attainments drawn around a mean, some reps at a time so that memory holds: (draws, those reps)."""
        settings = self.settings
        rng, n = np.random.default_rng(settings.seed), settings.draws
        volatility = USUAL_VOLATILITY if settings.volatility is None else settings.volatility
        spread = np.sqrt(np.log1p(volatility**2))
        shared, own = np.sqrt(settings.correlation), np.sqrt(1 - settings.correlation)
        market = rng.standard_normal(n)[:, None]
        order = rep[np.argsort(ids[rep], kind="stable")]
        for first in range(0, len(order), _REPS_AT_ONCE):
            rows = order[first : first + _REPS_AT_ONCE]
            luck = shared * market + own * rng.standard_normal((n, len(rows)))
            yield rows, mean[rows] * np.exp(spread * luck - spread**2 / 2)

    def over(
        self, ids: TextArray, rep: np.ndarray, years: Iterable[tuple[np.ndarray, FloatArray]]
    ) -> Payouts:
        """Everybody over all years, as they come; who does not come has no variable pay."""
        figures = np.zeros((4, len(self.quota)))
        total = sales = np.zeros(1)
        for rows, attained in years:
            pay = self.at(rows, attained)
            low, high = np.percentile(pay, [_LOW, _HIGH], axis=0)
            figures[:, rows] = pay.mean(axis=0), low, high, (attained >= 1).mean(axis=0)
            total = total + pay.sum(axis=1)
            sales = sales + attained @ self.quota[rows]
        return self._table(ids, rep, list(figures[:, rep]), total, sales)

    def _table(
        self, ids: TextArray, rep: np.ndarray, figures: list[FloatArray], pay: FloatArray, sales: FloatArray
    ) -> Payouts:
        cost = self.base[rep].sum() + pay
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(sales > 0, cost / sales, np.nan)
        names = np.array([plan.name for plan in self.settings.plans], dtype=object)
        costs, shares = _spread(cost), _spread(share)
        said = f"Pay costs {costs[0]:,.0f} a year"
        if np.isfinite(shares[0]):
            said += f", {100 * shares[0]:.2f} % of sales"
        if len(pay) > 1 and np.isfinite(shares[0]):
            said += (
                f" on average; in 8 of 10 years between {costs[1]:,.0f} and {costs[2]:,.0f}"
                f" ({100 * shares[1]:.2f} to {100 * shares[2]:.2f} %)"
            )
        mean, low, high, reached = figures
        return Payouts(
            rep_ids=ids[rep],
            plan=names[self.which[rep]],
            base=self.base[rep],
            variable=self.variable[rep],
            quota=self.quota[rep],
            mean=mean,
            low=low,
            high=high,
            reached=np.where(self.quota[rep] > 0, reached, np.nan),
            cost=costs,
            cost_share=shares,
            notes=(said + ".",),
        )


def _spread(values: FloatArray) -> tuple[float, float, float]:
    low, high = np.percentile(values, [_LOW, _HIGH])
    return float(values.mean()), float(low), float(high)


def plans_of(problem: Problem, settings: IncentiveSettings) -> tuple[np.ndarray, list[Issue]]:
    """Which plan each rep has, (reps,), and every fault."""
    issues = setting_issues(settings)
    if not settings.plans:
        mend = "Write [[incentives.plans]] with base and variable"
        return np.zeros(len(problem.reps), np.int64), [*issues, fault_of("plans", "are missing", mend)]
    if "plan" in problem.reps.measures:
        mend = "Give the plans names with a letter in them"
        issues.append(Issue("reps", None, "plan", "", "is a column of numbers", mend))
    tag, names = problem.reps.tags.get("plan"), [plan.name for plan in settings.plans]
    if tag is None:
        return np.zeros(len(problem.reps), np.int64), issues
    unknown = [text for text in tag.names if text not in names]
    issues += [Issue("reps", None, "plan", t, "is no plan", did_you_mean(t, names)) for t in unknown]
    number = [names.index(text) if text in names else 0 for text in tag.names]
    return np.array([*number, 0])[tag.code], issues


def pay_on_target(
    problem: Problem, settings: IncentiveSettings, which: np.ndarray
) -> tuple[FloatArray, FloatArray]:
    """Fixed and variable pay of each rep on target, (reps,): the rep's own where known."""
    found = []
    for name in ("base", "variable"):
        of_plan = np.array([float(getattr(plan, name)) for plan in settings.plans])[which]
        own = problem.reps.measures.get(f"{name}_pay")
        if own is not None:
            if (own < 0).any():
                refuse([Issue("reps", None, f"{name}_pay", "", "is below 0 for a rep", "Correct it")])
            of_plan = np.where(np.isnan(own), of_plan, own)
        found.append(of_plan)
    return found[0], found[1]
