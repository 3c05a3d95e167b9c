"""Every method by its name, and the way from books to quotas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.errors import PolicyError
from territory_opt.problem import Problem
from territory_opt.quota.books import Books, Shared, goal_of, strange_growth
from territory_opt.quota.bottom_up import bottom_up, expected
from territory_opt.quota.growth import equal_growth, potential_growth, uniform_growth
from territory_opt.quota.market_share import potential_share_growth, share_growth
from territory_opt.quota.quotas import Line, Quotas
from territory_opt.quota.settings import settings_of
from territory_opt.quota.steps import Account
from territory_opt.quota.top_down import fair_share
from territory_opt.quota.weighted import parts_of, weighted_index
from territory_opt.quota.words import against, percent

Method = Callable[[Books, float], Shared]


def blend(books: Books, goal: float) -> Shared:
    """quota_r = Σ_m w_m · quota_r by method m, the weights as parts of their sum; all methods share one goal.

    What holds for all its methods holds for the blend: totals, and that a bigger book has no smaller quota.
    PolicyError where one of the methods cannot be used. Source: as used in practice.
    """
    lines: list[Line] = []
    notes: list[str] = []
    parts = parts_of(books.settings.blend)
    for name, part in parts.items():
        shared = METHODS[name](books, goal)
        money = part * np.sum([line.money for line in shared.lines], axis=0)
        lines.append(Line(f"from {name}", f"{percent(part)} of the quota by {name}", money))
        notes += shared.notes
    how = " and ".join(f"{percent(part)} of {name}" for name, part in parts.items())
    return Shared(lines, f"as a blend of {how}", tuple(dict.fromkeys(notes)))


METHODS: Mapping[str, Method] = {
    "top_down": fair_share,
    "uniform_growth": uniform_growth,
    "equal_growth": equal_growth,
    "potential_growth": potential_growth,
    "share_growth": share_growth,
    "potential_share_growth": potential_share_growth,
    "weighted_index": weighted_index,
    "bottom_up": bottom_up,
    "blend": blend,
}


def quotas_by(problem: Problem, alignment: Alignment, method: str = "top_down", **settings: Any) -> Quotas:
    """Quotas on the books of an alignment, by one of the `METHODS`, exact to the cent and line by line.

    The method shares the goal out; then, each where it is asked for: seats that leave hand their part to
    the others, over-assignment or hedges raise all, new reps ramp up, growth is held between its bounds by
    water-filling, and amounts are rounded by largest remainder.

    Args:
        settings: any of `territory_opt.quota.settings.QuotaSettings`: goal, growth, over_assignment …

    Raises:
        PolicyError: settings out of range (all of them listed), a goal of nothing, books that hold nothing
            that the method shares by, and bounds on growth that no quotas keep (with the total they allow).
    """
    asked = settings_of({"method": method, **settings})
    books = Books.of(problem, alignment, asked)
    goal, source = _goal(books)
    shared = METHODS[asked.method](books, goal)
    account = Account(books, list(shared.lines), list(shared.notes))
    account.release_leavers()
    account.over_assign()
    account.limit_growth(account.ramp_up())
    quota = account.rounded(goal)
    revenue = float(books.revenue.sum())
    notes = (*account.notes, *strange_growth(goal, revenue), *books.notes())
    return Quotas(
        problem.reps.ids,
        goal,
        asked.total_hedge,
        quota,
        books.revenue,
        books.potential,
        books.share,
        tuple(account.lines),
        _basis(goal, source, revenue, shared.how, asked.total_hedge),
        tuple(dict.fromkeys(notes)),
        asked.method,
    )


def quotas_by_all(
    problem: Problem, alignment: Alignment, **settings: Any
) -> tuple[dict[str, Quotas], dict[str, str]]:
    """Quotas by every method for one and the same goal, and why the others cannot be used.

    PolicyError where settings are out of range, or there is nothing to make a goal of.
    """
    given = {name: value for name, value in settings.items() if name != "method"}
    goal, _ = goal_of(Books.of(problem, alignment, settings_of(given)))
    found, refused = dict[str, Quotas](), dict[str, str]()
    for method in METHODS:
        try:
            found[method] = quotas_by(problem, alignment, method, **{**given, "goal": goal})
        except PolicyError as error:
            refused[method] = str(error)
    return found, refused


def top_down(problem: Problem, alignment: Alignment, **settings: Any) -> Quotas:
    """Quotas by the method that is the default, whatever method the settings name."""
    return quotas_by(problem, alignment, **{**settings, "method": "top_down"})


def _goal(books: Books) -> tuple[float, str]:
    if books.settings.method == "bottom_up" and books.settings.goal is None:
        return float(sum(line.money.sum() for line in expected(books))), "the sum over all accounts"
    return goal_of(books)


def _basis(goal: float, source: str, revenue: float, how: str, over: float) -> str:
    sentence = f"The goal of {goal:,.0f} ({source}) is shared {how}"
    if revenue > 0:
        sentence += f"; it is {against(goal / revenue - 1)} what the books sell today"
    return sentence + (f"; the quotas exceed it by {percent(over)}." if over else ".")
