"""Methods that think in market share: revenue of the book ÷ its potential.

Potential of the year to come stands in the accounts' column `potential_next`; without it the market is
taken to stay as it is. Zoltners, Sinha & Lorimer (2006), "The Complete Guide to Sales Force Incentive
Compensation", describe goals by market share; the formulas are as used in practice.
"""

from __future__ import annotations

import numpy as np

from territory_opt.quota.books import Books, Shared
from territory_opt.quota.growth import revenue_line, risen
from territory_opt.quota.quotas import Line
from territory_opt.travel.place import FloatArray

NEXT = "potential_next"


def share_growth(books: Books, goal: float) -> Shared:
    """quota_r = (revenue_r / potential_r + δ) · next_r: the same points of market share, δ, for every book.

    next_r is the potential of the year to come, and δ takes the sum to the goal. Without `potential_next` it
    is the same as growth in proportion to potential. Where the market alone carries the books beyond the
    goal, all are cut at one rate, with a note. PolicyError without revenue or, for growth, without potential.
    """
    lines, coming = _carried(books, "share_growth")
    return risen(lines, goal, coming, "from share growth", "potential to come")


def potential_share_growth(books: Books, goal: float) -> Shared:
    """quota_r = (s_r + κ · (1 − s_r)) · next_r with s_r = revenue_r / potential_r: a book that has little of
    its market gains more points, in proportion to the share that others still have.

    Growth is κ times the untapped potential max(next_r − s_r · next_r, 0); κ takes the sum to the goal. A
    cut as in `share_growth`. PolicyError without revenue or, for growth, where nothing is untapped.
    """
    lines, coming = _carried(books, "potential_share_growth")
    carried = np.sum([line.money for line in lines], axis=0)
    untapped = np.maximum(coming - carried, 0.0)
    shared = risen(lines, goal, untapped, "from share growth", "untapped potential")
    beyond = goal - carried.sum() > untapped.sum()
    note = "The goal asks for more than all potential of the books: check goal and potential."
    return shared._replace(notes=(*shared.notes, note)) if beyond else shared


def _carried(books: Books, method: str) -> tuple[list[Line], FloatArray]:
    """Revenue, what the market adds to it at an unchanged share, and the potential to come (reps,)."""
    base = revenue_line(books, method)
    known = NEXT in books.problem.accounts.measures
    coming = books.measure(NEXT) if known else books.potential
    has = books.potential > 0
    change = np.divide(coming, books.potential, out=np.ones(len(coming)), where=has) - 1
    label = "change of the market at today's share" if known else ""
    return [base, Line("from the market", label, base.money * change)], coming
