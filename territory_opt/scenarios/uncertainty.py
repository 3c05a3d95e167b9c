"""Bands that hold although the future is not known: a safety margin, and how often it is enough."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from territory_opt.alignment import Alignment
from territory_opt.errors import PolicyError
from territory_opt.policy import Balance
from territory_opt.policy.words import range_faults
from territory_opt.problem import ACCOUNTS, WORKLOAD_H, BoolArray, Problem
from territory_opt.scenarios.changes import Band
from territory_opt.scenarios.scenario import Scenario
from territory_opt.shown import ShownAsText
from territory_opt.solve import Stop
from territory_opt.travel.place import FloatArray
from territory_opt.volatility import volatility_from_history, volatility_of

_ROUNDS = 4
_BLOCK = 4_000_000  # numbers drawn at a time
_GRAIN = 1e-4  # of a band
_FRESH = 7_000_033  # added to the seed of the draws by which plans are chosen


@dataclass(frozen=True)
class Noise:
    """How far a measure of an account may be from what is known: log-normal, the mean as it is known.

    variation: standard deviation ÷ mean of each account (accounts,), or one number for all.
    """

    variation: float | FloatArray

    @classmethod
    def of(cls, problem: Problem) -> Noise:
        """How much the sales of each account have varied from year to year, by its history.

        From whole years where there are two or more, as seasons are no surprise; else from single periods.
        Without a history, from the columns `volatility` or `revenue_sd` of the accounts.
        """
        past = problem.history
        if past is None:
            return cls(volatility_of(problem.accounts)[0])
        years = len(past.periods) // past.per_year
        if years < 2:
            return cls(volatility_from_history(past.revenue, past.per_year))
        recent = past.revenue[:, -years * past.per_year :]
        return cls(volatility_from_history(recent.reshape(len(recent), years, -1).sum(axis=2)))

    def draws(self, mean: FloatArray, n: int, seed: int) -> Iterator[FloatArray]:
        """Blocks of draws (some, accounts), n rows in all."""
        rng = np.random.default_rng(seed)
        spread = np.sqrt(np.log1p(np.broadcast_to(self.variation, mean.shape) ** 2))
        step = max(1, _BLOCK // max(len(mean), 1))
        for first in range(0, n, step):
            normal = rng.standard_normal((min(step, n - first), len(mean)))
            yield mean * np.exp(spread * normal - 0.5 * spread**2)


@dataclass(frozen=True)
class Sure(ShownAsText):
    """A plan whose band holds with a probability.

    scenario: with its plan. margin: what the band was narrowed by, as a share of the target. coverage: of
    each rep, how often the wished band held in draws that the search never saw (reps,), NaN without a target.
    probability: what was wished. kept: whether every rep reaches it.
    """

    scenario: Scenario
    measure: str
    within: float
    margin: float
    coverage: FloatArray
    probability: float

    @property
    def kept(self) -> bool:
        """Whether the band holds often enough for every rep."""
        return bool((self.coverage[np.isfinite(self.coverage)] >= self.probability).all())

    def rows(self) -> list[dict[str, object]]:
        """One row for each rep with a target: how often his index is within the wished band."""
        reps = self.scenario.problem.reps
        return [
            {
                "rep_id": str(reps.ids[r]),
                "name": str(reps.names[r]),
                "within the band": round(float(self.coverage[r]), 4),
                "often enough": "yes" if self.coverage[r] >= self.probability else "no",
            }
            for r in np.flatnonzero(np.isfinite(self.coverage)).tolist()
        ]

    def __str__(self) -> str:
        known = self.coverage[np.isfinite(self.coverage)]
        often = int((known >= self.probability).sum())
        return (
            f"{self.measure} within {100 * self.within:g} %: with a margin of {100 * self.margin:.1f} % the "
            f"band holds with a probability of {100 * self.probability:g} % or more for {often} of "
            f"{len(known)} reps, at worst {100 * known.min():.1f} % (in draws that the search did not see)."
        )


def solve_surely(
    scenario: Scenario,
    measure: str,
    noise: Noise,
    *,
    probability: float = 0.9,
    draws: int = 2000,
    stop: Stop | None = None,
    seed: int = 1,
    executor: Executor | None = None,
) -> Sure:
    """Narrow the band of a measure until the plan keeps the wished one with a probability, for each rep.

    The margin is z · σ for the rep whose index varies most in the plan (chance constraints: Charnes & Cooper
    1959, Management Science 6(1), with one margin for all reps); it is set again for each new plan, and the
    best of some rounds is returned. What it reaches is counted again on draws that chose nothing.

    Raises PolicyError when the measure has no symmetric band whose targets are shares of the whole market, or
    the parameters are out of range.
    """
    within = _within(scenario, measure)
    faults = list(range_faults("probability", probability, low=0.5, high=1 - 1e-9))
    faults += range_faults("variation", float(np.max(noise.variation)), low=0.0)
    if faults:
        raise PolicyError("; ".join(faults))
    solved = (
        scenario if scenario.result is not None else scenario.solve(stop=stop, seed=seed, executor=executor)
    )
    best, margin = None, 0.0
    for _ in range(_ROUNDS):
        found = _counted(solved, measure, within, margin, noise, probability, draws, seed)
        if best is None or _worst(found) > _worst(best):
            best = found
        wanted = _margin(solved, measure, noise, probability)
        if found.kept or within - wanted <= _GRAIN or wanted <= margin + _GRAIN:
            break
        margin = wanted
        narrow = scenario.with_(Band(measure, within - margin), name=f"{scenario.name}, sure")
        solved = narrow.solve(stop=stop, seed=seed, executor=executor)
    assert best is not None
    return _counted(best.scenario, measure, within, best.margin, noise, probability, draws, seed + _FRESH)


def _within(scenario: Scenario, measure: str) -> float:
    bands = [w for w in scenario.policy.wishes if isinstance(w, Balance) and w.measure == measure]
    even = [band for band in bands if band.at_least is None and band.at_most is None]
    grouped = [band for band in even if band.by is not None]
    if grouped:
        raise PolicyError(
            f"{grouped[0].label()!r} cannot be made sure of: its targets are shares of a {grouped[0].by}; "
            "only bands whose targets are shares of the whole market can"
        )
    if even and measure not in (WORKLOAD_H, ACCOUNTS):
        return even[0].within
    raise PolicyError(f"there is no symmetric band of {measure!r}, a column of the accounts, to make sure of")


def _worst(sure: Sure) -> float:
    return float(np.nanmin(sure.coverage))


def _margin(scenario: Scenario, measure: str, noise: Noise, probability: float) -> float:
    """z · σ of the index that varies most; both edges of a band may be missed."""
    assert scenario.result is not None
    problem, rep = scenario.problem, scenario.result.alignment
    mean = problem.accounts.measure(measure)
    variance = rep.total((noise.variation * mean) ** 2, len(problem.reps))
    target, known = _targets(problem, mean)
    z = float(ndtri(0.5 + 0.5 * probability))
    return float(z * np.sqrt(variance[known]).max() / target[known].min()) if known.any() else 0.0


def _targets(problem: Problem, mean: FloatArray) -> tuple[FloatArray, BoolArray]:
    share = np.where(problem.reps.leaving, 0.0, problem.reps.share)
    target = share / max(float(share.sum()), 1e-300) * float(mean.sum())
    return target, target > 0


def _counted(
    solved: Scenario,
    measure: str,
    within: float,
    margin: float,
    noise: Noise,
    probability: float,
    draws: int,
    seed: int,
) -> Sure:
    assert solved.result is not None
    held = coverage(solved.problem, solved.result.alignment, measure, within, noise, draws, seed + 1_000_003)
    return Sure(solved, measure, within, margin, held, probability)


def coverage(
    problem: Problem,
    alignment: Alignment,
    measure: str,
    within: float,
    noise: Noise,
    draws: int = 2000,
    seed: int = 1,
) -> FloatArray:
    """How often each rep's index is within the band when the measure varies (reps,), NaN without a target.

    The target varies too: it is the rep's share of what all accounts have together in that draw.
    """
    mean, n_reps = problem.accounts.measure(measure), len(problem.reps)
    target, known = _targets(problem, mean)
    part = target / max(float(target.sum()), 1e-300)
    served = alignment.rep >= 0
    order = np.argsort(alignment.rep[served], kind="stable")
    rep = alignment.rep[served][order]
    first = np.searchsorted(rep, np.arange(n_reps))
    empty = np.diff(np.append(first, len(rep))) == 0
    inside = np.zeros(n_reps)
    for block in noise.draws(mean, draws, seed):
        sorted_loads = np.append(block[:, served][:, order], np.zeros((len(block), 1)), axis=1)
        load = np.where(empty, 0.0, np.add.reduceat(sorted_loads, first, axis=1))
        fair = part * block.sum(axis=1, keepdims=True)
        inside += (np.abs(load - fair) <= within * fair).sum(axis=0)
    return np.where(known, inside / draws, np.nan)
