"""Methods that add growth to the revenue of the new book.

Zoltners, Sinha & Lorimer (2006), "The Complete Guide to Sales Force Incentive Compensation", describe goals
by flat growth, by equal growth and by potential; the formulas are as used in practice.
"""

from __future__ import annotations

import numpy as np

from territory_opt.quota.books import Books, NoQuotas, Shared
from territory_opt.quota.filling import filled
from territory_opt.quota.quotas import Line
from territory_opt.quota.words import percent, plus, step_to_goal
from territory_opt.travel.place import FloatArray

CUT_BY_REVENUE = (
    "The goal is below what the books would sell anyhow, so every book is cut at the same rate: sharing a "
    "cut by potential would take most from the books that can sell most."
)


def uniform_growth(books: Books, goal: float) -> Shared:
    """quota_r = revenue_r · goal / Σ revenue: the same rate for every book. A bigger book, a bigger quota.

    PolicyError without revenue.
    """
    base = revenue_line(books, "uniform_growth")
    growth = goal / base.money.sum() - 1
    lines = [base, Line("from growth", step_to_goal(growth), growth * base.money)]
    return Shared(lines, plus(growth))


def equal_growth(books: Books, goal: float) -> Shared:
    """quota_r = revenue_r + (goal − Σ revenue) · share_r / Σ share: the same money for every full share.

    "Equal unit growth". A cut larger than a book leaves it at 0 and goes on to the others. PolicyError
    without revenue, or where a cut is due and those who have a share do not have the revenue for it.
    """
    base = revenue_line(books, "equal_growth")
    rise = goal - base.money.sum()
    moved = _level(base.money, books.share, goal) - base.money
    word, each = "growth" if rise >= 0 else "cut", abs(rise) / books.share.sum()
    line = Line("from growth", f"{word} of {each:,.2f} for a share of 1", moved)
    return Shared([base, line], plus(rise, f"{each:,.0f} a full share"))


def _level(revenue: FloatArray, share: FloatArray, goal: float) -> FloatArray:
    if not share.sum() > 0:
        raise NoQuotas("no rep who stays has a share, so that growth cannot be equal per share")
    if revenue[share == 0].sum() > goal:
        raise NoQuotas("books of reps without a share sell more than the goal: give them a share")
    nothing = np.zeros(len(revenue))
    return filled(revenue, share, nothing, np.full(len(revenue), np.inf), goal)


def potential_growth(books: Books, goal: float) -> Shared:
    """quota_r = revenue_r + (goal − Σ revenue) · potential_r / Σ potential.

    More revenue or more potential never means a smaller quota. Where the goal is below the revenue, the cut
    is at one rate for all, with a note. PolicyError without revenue or, for growth, without potential.
    """
    base = revenue_line(books, "potential_growth")
    return risen([base], goal, books.potential, "from growth", "potential")


def revenue_line(books: Books, method: str) -> Line:
    """The line that all of these begin with."""
    if not books.revenue.sum() > 0:
        raise NoQuotas(f"no book has revenue that {method} could start from; share by potential instead")
    return Line("from revenue", "revenue of the book", books.revenue)


def risen(lines: list[Line], goal: float, key: FloatArray, name: str, word: str) -> Shared:
    """Lines that sum to less than the goal, with the rest shared by a key; a cut by what there is."""
    start = np.sum([line.money for line in lines], axis=0)
    rise = goal - start.sum()
    if rise < 0:
        growth = goal / start.sum() - 1
        cut = Line(name, step_to_goal(growth), growth * start)
        return Shared([*lines, cut], plus(growth), (CUT_BY_REVENUE,))
    if rise > 0 and not key.sum() > 0:
        raise NoQuotas(f"no book has {word} that growth could be shared by; give the accounts a potential")
    part = rise / key.sum() if key.sum() > 0 else 0.0
    line = Line(name, f"growth of {percent(part)} of the {word} of the book", part * key)
    return Shared([*lines, line], plus(rise, f"{percent(part)} of its {word}"))
