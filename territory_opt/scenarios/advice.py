"""Which tolerance to take, in the planner's words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from territory_opt.alignment import Alignment
from territory_opt.fairness import ELASTICITIES
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.result import Status
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
from territory_opt.scenarios.value import value
from territory_opt.solve.stop import OnStep, Stop

_NOTHING = 0.5  # money per year that is no difference


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
        """Least cost and lost sales together, of those that keep their bands; the tightest of equals."""
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
        limit = best.trade.total() - _NOTHING
        return tuple(p for p in self.points if p is not best and p.kept and p.least_total() < limit)

    def rows(self) -> list[dict[str, object]]:
        """One row for today and one for each tolerance, from tight to wide."""
        widest = next((point for point in reversed(self.points) if point.kept), None)
        return [self._row("today", self.today, None, widest)] + [
            self._row(f"±{100 * point.within:g} %", point.trade, point, widest) for point in self.points
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
        # The bound of a plan outside its bands is on its penalty too: it says nothing of money.
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
        return " ".join(self._sentences())

    def __str__(self) -> str:
        return self.verdict

    def _sentences(self) -> Iterator[str]:
        best = self.best
        if best is None:
            yield "None of these tolerances is kept by a plan that was found, so there is nothing to advise."
        else:
            yield from self._about(best)
        for point in self.points:
            if not point.kept:
                proved = point.result.status is Status.IMPOSSIBLE
                why = "meets every wish, that is proved" if proved else "was found that keeps it"
                yield f"{said(point)}: no plan {why}."
        left = self.asked[len(self.points) :]
        if left:
            yield f"Interrupted before {_listed([f'±{100 * within:g} %' for within in left])}."

    def _about(self, best: TolerancePoint) -> Iterator[str]:
        totals = [point.trade.total() for point in self.points if point.kept]
        if len(totals) > 1 and max(totals) - min(totals) < _NOTHING:
            yield f"The tolerance makes no difference: each costs {self._money(totals[0])} in all."
            return
        b, lost = ELASTICITIES[BASE], best.trade.imbalance[BASE]
        yield (
            f"{said(best)} costs least in all: {self._money(best.trade.total())}, of which "
            f"{self._money(lost)} are sales lost to imbalance (by {self.measure}, elasticity {b:g})."
        )
        yield from self._how_sure(best)
        yield from self._on_the_edge(best)
        yield from self._what_it_hangs_on(best)
        if self.today.total() == self.today.total():  # not NaN: somebody has a book today
            yield f"Today's books cost {self._money(self.today.total())} in all."

    def _how_sure(self, best: TolerancePoint) -> Iterator[str]:
        others = [point for point in self.points if point.kept and point is not best]
        same = [p for p in others if p.trade.total() - best.trade.total() < _NOTHING]
        if same:
            yield f"{_listed([said(p) for p in same])} {'cost' if len(same) > 1 else 'costs'} the same."
        if self.rivals:
            most = max(best.trade.total() - point.least_total() for point in self.rivals)
            yield (
                f"{_listed([said(p) for p in self.rivals])} may still be better, by {self._money(most)} at "
                "most: the proofs leave that open, and more time narrows it."
            )
        elif len(others) > len(same):
            lead = (
                min(p.least_total() for p in others if all(p is not one for one in same)) - best.trade.total()
            )
            word = "other one" if not same else "one of the rest"
            yield f"Each {word} costs at least {self._money(max(lead, 0.0))} more, its gap allowed for."

    def _on_the_edge(self, best: TolerancePoint) -> Iterator[str]:
        if len(self.points) > 1 and best is self.points[-1]:
            yield "It is the widest that was asked for; a wider one may cost still less."
        elif len(self.points) > 1 and best is self.points[0]:
            yield "It is the tightest that was asked for; a tighter one may cost still less."

    def _what_it_hangs_on(self, best: TolerancePoint) -> Iterator[str]:
        other = {
            b: point
            for i, b in enumerate(ELASTICITIES)
            if i != BASE and (point := self.best_at(i)) is not None
        }
        changed = {b: point for b, point in other.items() if point is not best}
        if changed:
            parts = [f"{said(point)} with an elasticity of {b:g}" for b, point in changed.items()]
            yield f"It would be {_listed(parts)}."
        else:
            yield f"It is the same with elasticities of {_listed([f'{b:g}' for b in other])}."

    def _money(self, money: float) -> str:
        return f"{money:,.0f} {self.currency} a year"


def said(point: TolerancePoint) -> str:
    """A tolerance as a planner writes it."""
    return f"±{100 * point.within:g} %"


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]


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
