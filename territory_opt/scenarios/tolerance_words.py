"""The verdict on tolerances in the planner's words: which to take, how sure that is, what it hangs on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from territory_opt.fairness import ELASTICITIES
from territory_opt.result import Status
from territory_opt.scenarios.tolerance import BASE, TolerancePoint

if TYPE_CHECKING:
    from territory_opt.scenarios.advice import ToleranceAdvice

NOTHING = 0.5  # money per year that is no difference


def verdict(advice: ToleranceAdvice) -> str:
    """All sentences in one line."""
    return " ".join(_sentences(advice))


def said(within: float) -> str:
    """A tolerance as a planner writes it."""
    return f"±{100 * within:g} %"


def _sentences(advice: ToleranceAdvice) -> Iterator[str]:
    best = advice.best
    if best is None:
        yield "No plan that was found keeps one of these tolerances and all other wishes: nothing to advise."
    else:
        yield from _about(advice, best)
    for point in advice.points:
        if not point.kept:
            yield f"{said(point.within)}: {_why_not(point)}."
    left = advice.asked[len(advice.points) :]
    if left:
        yield f"Interrupted before {_listed([said(within) for within in left])}."


def _why_not(point: TolerancePoint) -> str:
    """Why a tolerance is no choice, with the wishes that its band would cost."""
    broken = _listed(point.broken) if point.broken else ""
    if point.result.status is Status.IMPOSSIBLE:
        return "no plan meets every wish, that is proved" + (
            f"; the one found breaks {broken}" if broken else ""
        )
    return f"the plan that was found breaks {broken}" if broken else "no plan was found that keeps it"


def _about(advice: ToleranceAdvice, best: TolerancePoint) -> Iterator[str]:
    totals = [point.trade.total() for point in advice.points if point.kept]
    if len(totals) > 1 and max(totals) - min(totals) < NOTHING:
        yield f"The tolerance makes no difference: each costs {_money(advice, totals[0])} in all."
        return
    b, lost = ELASTICITIES[BASE], best.trade.imbalance[BASE]
    yield (
        f"{said(best.within)} costs least in all: {_money(advice, best.trade.total())}, of which "
        f"{_money(advice, lost)} are sales lost to imbalance (by {advice.measure}, elasticity {b:g})."
    )
    yield from _how_sure(advice, best)
    yield from _on_the_edge(advice, best)
    yield from _what_it_hangs_on(advice, best)
    if math.isfinite(advice.today.total()):  # somebody has a book today
        yield f"Today's books cost {_money(advice, advice.today.total())} in all."


def _how_sure(advice: ToleranceAdvice, best: TolerancePoint) -> Iterator[str]:
    others = [point for point in advice.points if point.kept and point is not best]
    same = [p for p in others if p.trade.total() - best.trade.total() < NOTHING]
    if same:
        yield f"{_listed([said(p.within) for p in same])} {'cost' if len(same) > 1 else 'costs'} the same."
    if advice.rivals:
        most = max(best.trade.total() - point.least_total() for point in advice.rivals)
        yield (
            f"{_listed([said(p.within) for p in advice.rivals])} may still be better, by "
            f"{_money(advice, most)} at most: the proofs leave that open, and more time narrows it."
        )
    elif len(others) > len(same):
        lead = min(p.least_total() for p in others if all(p is not one for one in same)) - best.trade.total()
        word = "other one" if not same else "one of the rest"
        yield f"Each {word} costs at least {_money(advice, max(lead, 0.0))} more, its gap allowed for."


def _on_the_edge(advice: ToleranceAdvice, best: TolerancePoint) -> Iterator[str]:
    if len(advice.points) > 1 and best is advice.points[-1]:
        yield "It is the widest that was asked for; a wider one may cost still less."
    elif len(advice.points) > 1 and best is advice.points[0]:
        yield "It is the tightest that was asked for; a tighter one may cost still less."


def _what_it_hangs_on(advice: ToleranceAdvice, best: TolerancePoint) -> Iterator[str]:
    other = {
        b: point for i, b in enumerate(ELASTICITIES) if i != BASE and (point := advice.best_at(i)) is not None
    }
    changed = {b: point for b, point in other.items() if point is not best}
    if changed:
        parts = [f"{said(point.within)} with an elasticity of {b:g}" for b, point in changed.items()]
        yield f"It would be {_listed(parts)}."
    else:
        yield f"It is the same with elasticities of {_listed([f'{b:g}' for b in other])}."


def _money(advice: ToleranceAdvice, money: float) -> str:
    return f"{money:,.0f} {advice.currency} a year"


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
