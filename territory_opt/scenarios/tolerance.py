"""What a tighter band costs and what it earns: the same facts solved under one tolerance after another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from territory_opt.audit import COVERAGE, Audit
from territory_opt.errors import Issue, PolicyError, did_you_mean
from territory_opt.fairness import ELASTICITIES, has_index, of_meter
from territory_opt.policy import Balance, Policy
from territory_opt.problem import Problem
from territory_opt.result import Result, Status, relative_gap
from territory_opt.scenarios.value import value
from territory_opt.solve import solve
from territory_opt.solve.stop import OnStep, Stop

TOLERANCES = (0.02, 0.05, 0.10, 0.15, 0.20)
BASE = ELASTICITIES.index(0.3)  # the elasticity that totals are counted with
_IMBALANCE = "imbalance of "


@dataclass(frozen=True)
class Trade:
    """Money per year of one plan: what it costs, and the sales that its imbalance loses.

    terms: cost by term, imbalance apart. imbalance: for each of `ELASTICITIES`.
    """

    terms: dict[str, float]
    imbalance: tuple[float, ...]
    moved: int  # accounts that change owner
    moved_revenue: float  # money per year that they buy

    @property
    def cost(self) -> float:
        return sum(self.terms.values())

    def total(self, elasticity: int = BASE) -> float:
        """Cost and lost sales together."""
        return self.cost + self.imbalance[elasticity]


@dataclass(frozen=True)
class TolerancePoint:
    """The plan found under one tolerance. `result.bound` holds for every plan that keeps it."""

    within: float
    result: Result
    trade: Trade
    kept: bool  # whether the plan keeps every band of this width, and every other wish
    broken: tuple[str, ...] = ()  # the other wishes that it breaks

    @property
    def unproved(self) -> float:
        """Money per year that a better plan could save at most, inf where nothing was proved."""
        return max(self.result.objective - self.result.bound, 0.0)

    def least_total(self, elasticity: int = BASE) -> float:
        """The total if a plan as uneven as this one cost no more than what is proved."""
        return self.trade.total(elasticity) - self.unproved


def sweep(
    problem: Problem,
    policy: Policy,
    tolerances: Sequence[float],
    measure: str,
    worth: float,
    *,
    stop: Stop | None,
    seed: int,
    on_step: OnStep | None,
    executor: Executor | None,
) -> tuple[TolerancePoint, ...]:
    """A point for each tolerance, which come from tight to wide; fewer when Ctrl-C ends it.

    Points help each other: a plan for a tight band keeps every wider one, so the next never costs more; and
    what is proved for a wide band holds for every tighter one. worth: money per year that all sales are.
    """
    found: list[TolerancePoint] = []
    for within in tolerances:
        wishes = with_tolerance(policy, within)
        result = solve(problem, wishes, stop=stop, seed=seed, on_step=on_step, executor=executor)
        if found:
            result = _no_dearer(problem, wishes, result, found[-1].result)
        found.append(_point(within, wishes, result, trade_of(problem, result.audit, measure, worth)))
        if result.interrupted:
            break
    priced = any(isinstance(wish, Balance) and wish.price for wish in policy.wishes)
    return tuple(found if priced else _bounded(found))


def with_tolerance(policy: Policy, within: float) -> Policy:
    """The same wishes with every balance within ± so much of its target."""

    def wide(wish: object) -> object:
        if isinstance(wish, Balance):
            return replace(wish, within=within, at_least=None, at_most=None)
        return wish

    return Policy(map(wide, policy.terms), map(wide, policy.rules))  # type: ignore[arg-type]


def trade_of(problem: Problem, count: Audit, measure: str, worth: float) -> Trade:
    """What a plan costs and loses; its imbalance is that of one measure, counted outside every band too."""
    terms = {name: money for name, money in count.terms.items() if not name.startswith(_IMBALANCE)}
    meters = [m for m in count.meters if m.measure == measure and has_index(m)]
    share = of_meter(meters[0]).lost_share if meters else (math.nan,) * len(ELASTICITIES)
    revenue = problem.accounts.measures["revenue"]
    moved = count.moved
    lost = tuple(part * worth for part in share)
    return Trade(terms, lost, int(moved.sum()), float(revenue[moved].sum()))


def _point(within: float, policy: Policy, result: Result, trade: Trade) -> TolerancePoint:
    """What a plan is for a choice: one that buys its band with another wish is none.

    That nobody serves an account holds for every width alike, so it takes no point away.
    """
    clashed = list(dict.fromkeys(clash.wish for clash in result.clashes if clash.wish != COVERAGE))
    bands = {term.label() for term in policy.load_terms() if isinstance(term, Balance)}
    broken = tuple(wish for wish in clashed if wish not in bands)
    return TolerancePoint(within, result, trade, kept=not clashed, broken=broken)


def _no_dearer(problem: Problem, policy: Policy, result: Result, tighter: Result) -> Result:
    """The plan of a tighter band where it is better here too, with the bound of this one."""
    if _rank(tighter) >= _rank(result):
        return result
    known = value(problem, policy, tighter.alignment)
    if _rank(known) >= _rank(result):
        return result
    better = replace(result, alignment=known.alignment, audit=known.audit)
    return _with_bound(better, min(result.bound, known.objective))


def _rank(result: Result) -> tuple[bool, float]:
    """Plans that keep every limit come first, since a bound may hold for those alone."""
    return result.audit.breach_cost > 0, result.objective


def _bounded(points: Sequence[TolerancePoint]) -> list[TolerancePoint]:
    """Points with every bound raised to that of a wider band, where the plan keeps its own."""
    raised, least = [], -math.inf
    for point in reversed(points):
        result = point.result
        if result.audit.breach_cost == 0:
            result = _with_bound(result, min(max(result.bound, least), result.objective))
        least = max(least, result.bound) if result.audit.breach_cost == 0 else least
        raised.append(replace(point, result=result))
    return raised[::-1]


def _with_bound(result: Result, bound: float) -> Result:
    """A result with another bound, and the status that follows."""
    status = result.status
    if not result.clashes:
        closed = relative_gap(result.objective, bound) <= 1e-6
        status = Status.OPTIMAL if closed else Status.FEASIBLE
    elif status is not Status.IMPOSSIBLE:
        status = Status.CLASH
    return replace(result, bound=bound, status=status)


def question_of(
    problem: Problem,
    policy: Policy,
    tolerances: Sequence[float],
    measure: str | None,
    sales: float | None,
    margin: float,
) -> tuple[str, float]:
    """The measure whose imbalance is priced, and what all sales are worth; PolicyError lists every fault."""
    balanced = [wish.measure for wish in policy.wishes if isinstance(wish, Balance)]
    sold = float(problem.accounts.measures["revenue"].sum()) if sales is None else sales
    faults = [
        *_faults_of_bands(balanced, tolerances, measure),
        *_faults_of_money(sold, sales is None, margin),
    ]
    if faults:
        raise PolicyError([Issue("", None, "", "", fault, "") for fault in faults])
    first = next((name for name in ("potential", "revenue") if name in balanced), balanced[0])
    return measure or first, margin * sold


def _faults_of_bands(
    balanced: Sequence[str], tolerances: Sequence[float], measure: str | None
) -> Iterator[str]:
    if not balanced:
        yield "no wish balances anything, so there is no tolerance: add a term of type balance"
    elif measure is not None and measure not in balanced:
        yield f"measure {measure!r} is not balanced. {did_you_mean(measure, balanced)}"
    if not tolerances:
        yield "give at least one tolerance, such as 0.1 for ±10 %"
    for within in tolerances:
        if not (math.isfinite(within) and within >= 0):
            yield f"tolerance {within:g} must be a number of at least 0, such as 0.1 for ±10 %"


def _faults_of_money(sold: float, from_accounts: bool, margin: float) -> Iterator[str]:
    if not (math.isfinite(sold) and sold > 0):
        missing = "no account has revenue, so nobody knows what imbalance costs: fill it in, or give `sales`"
        yield missing if from_accounts else f"sales = {sold:g} must be more than 0"
    if not (math.isfinite(margin) and margin > 0):
        yield f"margin = {margin:g} must be more than 0; 0.3 counts 30 % of a sale"
