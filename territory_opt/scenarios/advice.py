"""Which tolerance to take: what each costs and earns, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from territory_opt.alignment import Alignment
from territory_opt.fairness import ELASTICITIES
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.scenarios.tolerance import (
    BASE,
    TOLERANCES,
    TolerancePoint,
    Trade,
    question_of,
    sweep,
    trade_of,
    with_tolerance,
)
from territory_opt.scenarios.tolerance_words import NOTHING, said, verdict
from territory_opt.scenarios.value import value
from territory_opt.solve.stop import OnStep, Stop


@dataclass(frozen=True)
class ToleranceAdvice:
    """Points from tight to wide, and what they say together; all money is per year.

    today: the trade of today's books. measure: the one whose imbalance is priced. `str()` is the verdict.
    """

    points: tuple[TolerancePoint, ...]
    asked: tuple[float, ...]  # more than the points where Ctrl-C ended the sweep
    today: Trade
    measure: str
    currency: str

    @property
    def best(self) -> TolerancePoint | None:
        """Least cost and lost sales together, of those that keep every wish; the tightest of equals."""
        return self.best_at(BASE)

    def best_at(self, elasticity: int) -> TolerancePoint | None:
        """The same for another of `ELASTICITIES`."""
        kept = [point for point in self.points if point.kept]
        return min(kept, key=lambda point: point.trade.total(elasticity)) if kept else None

    @property
    def rivals(self) -> tuple[TolerancePoint, ...]:
        """Points that could be better than the best one, by what is not proved yet."""
        best = self.best
        if best is None:
            return ()
        limit = best.trade.total() - NOTHING
        return tuple(p for p in self.points if p is not best and p.kept and p.least_total() < limit)

    def rows(self) -> list[dict[str, object]]:
        """One row for today and one for each tolerance, from tight to wide."""
        widest = next((point for point in reversed(self.points) if point.kept), None)
        return [self._row("today", self.today, None, widest)] + [
            self._row(said(point.within), point.trade, point, widest) for point in self.points
        ]

    def _row(
        self, name: str, trade: Trade, point: TolerancePoint | None, widest: TolerancePoint | None
    ) -> dict[str, object]:
        nan = float("nan")
        row: dict[str, object] = {"tolerance": name, "status": point.result.status.value if point else ""}
        row |= {term: round(money, 2) for term, money in trade.terms.items()}
        row |= {
            "accounts moved": trade.moved,
            "revenue moved": round(trade.moved_revenue, 2),
            "gap": point.result.gap if point else nan,
        }
        for b, money in zip(ELASTICITIES, trade.imbalance, strict=True):
            row[f"sales lost (b = {b:g})"] = round(money, 2)
        row["in all"] = round(trade.total(), 2)
        # The bound of a plan that breaks a wish is on its penalty too: it says nothing of money.
        kept = point is not None and point.kept
        row["in all, at least"] = round(point.least_total(), 2) if point and kept else nan
        against = widest.trade if widest and kept else None
        row["costs against the widest"] = round(trade.cost - against.cost, 2) if against else nan
        saved = against.imbalance[BASE] - trade.imbalance[BASE] if against else nan
        row["earns against the widest"] = round(saved, 2)
        return row

    @property
    def verdict(self) -> str:
        """The tolerance to take, how sure that is, and what it hangs on."""
        return verdict(self)

    def __str__(self) -> str:
        return self.verdict


def tolerance_advice(
    problem: Problem,
    policy: Policy,
    tolerances: Sequence[float] = TOLERANCES,
    *,
    stop: Stop | None = None,
    seed: int = 1,
    measure: str | None = None,
    sales: float | None = None,
    margin: float = 1.0,
    on_step: OnStep | None = None,
    executor: Executor | None = None,
) -> ToleranceAdvice:
    """Solve the same facts under each tolerance, and weigh what it costs against what it earns.

    A tight band costs travel and broken relationships; it earns the sales that imbalance would lose (see
    `territory_opt.fairness.price_of_imbalance`, whose share is taken of all sales). The knee is the
    tolerance with the least sum of both. Every point has a bound that is proved for the full problem, so
    the verdict says which tolerances the proofs do not tell apart; it takes the imbalance of the plan that
    was found for that of a better one.

    Args:
        tolerances: 0.1 for ±10 %; every balance of the policy gets this width, its other limits fall away.
        stop, seed, on_step, executor: as for `solve`, for each point; 60 s a point by default.
        measure: the balanced measure whose imbalance is priced: potential, else revenue, else the first.
        sales: money per year that all accounts buy, the sum of `revenue` by default.
        margin: what a unit of sales is worth beside the other costs, 1 counts sales as they are.

    Ctrl-C ends the sweep and keeps the points so far.

    Raises PolicyError with every fault: no balance, a tolerance below 0, a measure that is not balanced, no
    sales to lose; and for what `solve` refuses.
    """
    widths = sorted({float(within) for within in tolerances})
    priced, worth = question_of(problem, policy, widths, measure, sales, margin)
    points = sweep(
        problem,
        policy,
        widths,
        priced,
        worth,
        stop=stop,
        seed=seed,
        on_step=on_step,
        executor=executor,
    )
    now = value(problem, with_tolerance(policy, max(widths)), Alignment.today(problem)).audit
    return ToleranceAdvice(
        points, tuple(widths), trade_of(problem, now, priced, worth), priced, problem.currency
    )
