"""Bottom-up: what the accounts of a book are expected to buy."""

from __future__ import annotations

import numpy as np

from territory_opt.quota.books import Books, NoQuotas, Shared
from territory_opt.quota.quotas import Line
from territory_opt.quota.words import percent, step_to_goal
from territory_opt.travel.place import FloatArray


def bottom_up(books: Books, goal: float) -> Shared:
    """quota_r = goal · e_r / Σ e, where e_r sums the expectation of each account a of the book.

    e_a is the account's `plan` where a column is named for it, else revenue_a + capture · max(potential_a −
    revenue_a, 0). Without a goal the quotas are the expectations themselves; with one they are reconciled to
    it at one rate, on a line of its own. More of either never means a smaller quota. PolicyError where the
    accounts are expected to buy nothing. Source: as used in practice.
    """
    lines = expected(books)
    total = float(sum(line.money.sum() for line in lines))
    growth = goal / total - 1
    rest = growth * np.sum([line.money for line in lines], axis=0)
    label = step_to_goal(growth) if abs(growth) > 1e-12 else ""
    plan, capture = books.settings.plan, percent(books.settings.capture)
    by = f"the {plan}" if plan else f"the revenue and {capture} of the untapped potential"
    return Shared([*lines, Line("from growth", label, rest)], f"by {by} of the accounts of each new book")


def expected(books: Books) -> list[Line]:
    """The expectations per rep (reps,), one line a part; PolicyError where they sum to nothing."""
    plan = books.settings.plan
    if plan:
        lines = [Line("from plans", f"{plan} of the accounts", books.measure(plan))]
    else:
        part = f"{percent(books.settings.capture)} of the untapped potential of the accounts"
        lines = [
            Line("from revenue", "revenue of the book", books.revenue),
            Line("from potential", part, books.settings.capture * _untapped(books)),
        ]
    if not sum(line.money.sum() for line in lines) > 0:
        raise NoQuotas("the accounts are expected to buy nothing, so that no quota can follow from them")
    return lines


def _untapped(books: Books) -> FloatArray:
    """Per account, so that one who buys beyond its potential hides nothing of another's (reps,)."""
    m = books.problem.accounts.measures
    return books.alignment.total(np.maximum(m["potential"] - m["revenue"], 0.0), len(books.share))
