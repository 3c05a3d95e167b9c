"""The trade between balance, travel and broken relationships: plans of which none is worse in everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from territory_opt.errors import Issue, PolicyError
from territory_opt.policy import Balance, Disruption, Policy
from territory_opt.policy.words import range_faults
from territory_opt.problem import BoolArray, Problem
from territory_opt.result import Result
from territory_opt.scenarios.exchange import Place, Results, exchanged, largest_deviation, weighed
from territory_opt.scenarios.many import as_solved
from territory_opt.scenarios.scenario import Scenario
from territory_opt.shown import ShownAsTable
from territory_opt.solve import MaxRuntime, Stop
from territory_opt.travel.place import FloatArray

WIDTHS = (0.05, 0.10, 0.15, 0.25)
WEIGHTS = (0.25, 1.0, 4.0)
_SAME = 1e-9


@dataclass(frozen=True)
class Point:
    """One plan of a frontier.

    within: width of every band. weight: how often disruption counted against travel. imbalance: the largest
    distance of an index from 1.00. travel, disruption: money per year. value, bound: of what was minimised,
    travel and all other costs with disruption so many times over; no plan within the bands has less than the
    bound. moved: accounts. knee: whether it is where the trade turns. kept: whether all wishes are kept.
    """

    within: float
    weight: float
    imbalance: float
    travel: float
    disruption: float
    moved: int
    value: float
    bound: float
    kept: bool
    knee: bool
    result: Result

    @property
    def gap(self) -> float:
        """Share of the value that a better plan could save at most."""
        return self.result.gap

    def row(self) -> dict[str, object]:
        """Plain values for a table."""
        return {
            "within": self.within,
            "weight of disruption": self.weight,
            "largest deviation": round(self.imbalance, 4),
            "other costs per year": round(self.travel, 2),
            "disruption per year": round(self.disruption, 2),
            "accounts moved": self.moved,
            "gap": round(self.gap, 6),
            "wishes kept": "yes" if self.kept else "no",
            "knee": "yes" if self.knee else "",
        }


@dataclass(frozen=True)
class Frontier(ShownAsTable, Sequence[Point]):
    """Points of which none is beaten, by imbalance; a sequence that shows itself as a table."""

    points: tuple[Point, ...]

    def __getitem__(self, i: Any) -> Any:
        return self.points[i]

    def __len__(self) -> int:
        return len(self.points)

    def rows(self) -> list[dict[str, object]]:
        """One row a point."""
        return [point.row() for point in self.points]


def frontier(
    problem: Problem,
    policy: Policy,
    *,
    widths: Sequence[float] = WIDTHS,
    weights: Sequence[float] = WEIGHTS,
    stop: Stop | None = None,
    seed: int = 1,
    executor: Executor | None = None,
) -> Frontier:
    """Plans for every width of the bands and every weight of disruption, without those that others beat.

    A plan is beaten when another is at least as good in imbalance, travel and disruption and better in one.
    Plans that keep all wishes come before any other: a broken one is a point only where none keeps them.
    Each point is a minimum of weighed costs within its bands, so that up to its gap no plan beats it
    (weighted sums with a constraint: Ehrgott 2005, "Multicriteria Optimization"). Sorted by imbalance.
    One weight is solved for every width first, and the others start from its plans; in the end each point
    takes the best of all plans within its bands, and the best of what all bounds prove for it.

    Args:
        stop: of each point, 20 s by default.
        executor: each point is one piece of work.

    Raises PolicyError, before anything is solved, when nothing is balanced, when there is no disruption to
    weigh, and for widths below 0 and weights that are not above it; every fault is listed.
    """
    faults = list(_faults(policy, widths, weights))
    if faults:
        raise PolicyError([Issue("frontier", None, "", "", fault, "") for fault in faults])
    solve = partial(_solved, problem, policy, stop=stop or MaxRuntime(20.0), seed=seed, executor=executor)
    middle = sorted(weights)[len(weights) // 2]
    found = solve([(width, middle) for width in widths], {})
    found |= solve([(w, weight) for w, weight in product(widths, weights) if weight != middle], found)
    points = [_point(*at, result) for at, result in exchanged(problem, policy, found).items()]
    ordered = sorted(undominated(points), key=lambda p: (p.imbalance, p.travel, p.disruption))
    return Frontier(_named_knee(ordered))


def _faults(policy: Policy, widths: Sequence[float], weights: Sequence[float]) -> Iterator[str]:
    if not any(isinstance(w, Balance) for w in policy.wishes):
        yield "a frontier needs at least one `balance`"
    if not any(isinstance(w, Disruption) for w in policy.wishes):
        yield "a frontier needs the term `disruption`"
    for width in widths:
        yield from range_faults("width", width, low=0.0)
    for weight in weights:
        if not (weight > 0 and np.isfinite(weight)):
            yield f"weight = {weight} must be a number above 0"
    if not (widths and weights):
        yield "a frontier needs at least one width and one weight"


def _solved(
    problem: Problem,
    policy: Policy,
    at: Sequence[Place],
    known: Results,
    *,
    stop: Stop,
    seed: int,
    executor: Executor | None,
) -> Results:
    """A result for each width and weight, begun from a known one of the same width, where there is one."""
    near = {width: Scenario(problem, weighed(policy, width, w), result=r) for (width, w), r in known.items()}
    asked = [Scenario(problem, weighed(policy, *place), parent=near.get(place[0])) for place in at]
    found = dict(as_solved(asked, stop=stop, seed=seed, executor=executor))
    results = {place: found[i].result for i, place in enumerate(at)}
    return {place: result for place, result in results.items() if result is not None}


def _point(within: float, weight: float, result: Result) -> Point:
    audit = result.audit
    weighed = audit.terms[Disruption.name]
    return Point(
        within=within,
        weight=weight,
        imbalance=largest_deviation(audit),
        travel=audit.cost - weighed,
        disruption=weighed / weight,
        moved=int(audit.moved.sum()),
        value=result.objective,
        bound=result.bound,
        kept=not result.clashes,
        knee=False,
        result=result,
    )


def undominated(points: Sequence[Point]) -> list[Point]:
    """The points that no other beats, each plan once; broken ones only where none keeps all wishes."""
    points = [point for point in points if point.kept] or points
    figures = np.array([(p.imbalance, p.travel, p.disruption) for p in points]).reshape(-1, 3)
    return [points[i] for i in np.flatnonzero(pareto(figures)).tolist()]


def pareto(figures: FloatArray) -> BoolArray:
    """Which rows no other row beats, less is better in every column; of equal rows the first. (rows,)"""
    keep = np.ones(len(figures), bool)
    slack = _SAME * np.maximum(np.abs(figures).max(axis=0, initial=0.0), 1.0)
    for i, row in enumerate(figures):
        as_good = (figures <= row + slack).all(axis=1)
        better = (figures < row - slack).any(axis=1)
        twin = as_good & ~better & (np.arange(len(figures)) < i)
        keep[i] = not (as_good & better).any() and not twin.any()
    return keep


def _named_knee(points: list[Point]) -> tuple[Point, ...]:
    """The same points, with the one marked that is nearest to the best of everything at once.

    Each figure is scaled from its least, 0, to its most, 1, and the distance is Euclidean (compromise
    programming: Zeleny 1973). There is none among plans that break wishes.
    """
    if len(points) < 3 or not all(point.kept for point in points):
        return tuple(points)
    figures = np.array([(p.imbalance, p.travel, p.disruption) for p in points])
    spread = np.maximum(figures.max(axis=0) - figures.min(axis=0), 1e-12)
    distance = np.linalg.norm((figures - figures.min(axis=0)) / spread, axis=1)
    knee = int(distance.argmin())
    return tuple(replace(point, knee=i == knee) for i, point in enumerate(points))
