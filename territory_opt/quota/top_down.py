"""A company goal shared out over the new books."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.errors import Issue, PolicyError
from territory_opt.problem import Problem, TextArray
from territory_opt.quota.rounding import largest_remainder
from territory_opt.travel.place import FloatArray


@dataclass(frozen=True)
class Line:
    """One step from the book to the quota: what it is, and its money per rep (reps,)."""

    label: str
    money: FloatArray


@dataclass(frozen=True)
class Quotas:
    """Quota per rep (reps,), exact to the cent, and the lines it is the sum of.

    baseline, potential: revenue and potential of each rep's new book (reps,).
    notes: what was done where the books could not be used as asked.
    """

    rep_ids: TextArray
    goal: float
    over_assignment: float
    quota: FloatArray
    baseline: FloatArray
    potential: FloatArray
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()

    @property
    def assigned(self) -> float:
        """Sum of all quotas: the goal and its over-assignment, to the cent."""
        return round(float(self.quota.sum()), 2)

    def account_of(self, rep: int) -> str:
        """How one rep's quota arose, line by line."""
        rows = [f"{line.label}: {line.money[rep]:,.2f}" for line in self.lines]
        return "; ".join([*rows, f"quota: {self.quota[rep]:,.2f}"])


def top_down(
    problem: Problem,
    alignment: Alignment,
    *,
    goal: float | None = None,
    growth: float = 0.05,
    potential_weight: float = 0.5,
    over_assignment: float = 0.0,
) -> Quotas:
    """Share a goal out by the revenue and the potential of the new books.

    quota_r = (1 + over) · goal · ((1 - w) · revenue_r / Σ revenue + w · potential_r / Σ potential)

    A weight w of 0 gives every book the same growth on its revenue, 1 shares by potential alone; between,
    both parts are blended. Revenue and potential move with the accounts, so a quota follows its book; a
    book that is empty gets a quota of 0. Method: top-down fair share with over-assignment, as in Zoltners,
    Sinha & Lorimer (2006), "The Complete Guide to Sales Force Incentive Compensation", on setting goals.

    Args:
        goal: money per year; by default the sum of the reps' present `quota` column where there is one
            (of all seats, also those that leave: the company still wants it), else revenue × (1 + growth).
        over_assignment: share by which the quotas exceed the goal, 0.05 for 5 %.

    Raises:
        PolicyError: a goal of nothing, no book to share it over, or parameters out of range.
    """
    parameter_faults = list(faults(goal, growth, potential_weight, over_assignment))
    if parameter_faults:
        raise PolicyError([Issue("", None, "", "", fault, "") for fault in parameter_faults])
    n_reps = len(problem.reps)
    baseline = alignment.total(problem.accounts.measures["revenue"], n_reps)
    potential = alignment.total(problem.accounts.measures["potential"], n_reps)
    weight, notes = _usable_weight(baseline, potential, potential_weight)
    if goal is None:
        goal = _default_goal(problem, float(baseline.sum()), growth)
    notes += tuple(_strange_growth(goal, float(baseline.sum())))
    assigned = round(goal * (1 + over_assignment), 2)
    lines = list(_lines(goal, baseline, potential, weight, over_assignment))
    exact = np.sum([line.money for line in lines], axis=0)
    quota = largest_remainder(exact, assigned)
    lines.append(Line("rounding to the cent", quota - exact))
    return Quotas(problem.reps.ids, goal, over_assignment, quota, baseline, potential, tuple(lines), notes)


def faults(
    goal: float | None, growth: float, potential_weight: float, over_assignment: float
) -> Iterator[str]:
    """Every parameter out of range, before any book is looked at."""
    if goal is not None and not (np.isfinite(goal) and goal > 0):
        yield f"the goal of {goal:g} must be above 0"
    if not (np.isfinite(growth) and growth > -1):
        yield f"growth = {growth:g} must be above -1 (-0.05 is 5 % less)"
    if not 0 <= potential_weight <= 1:
        yield f"potential_weight = {potential_weight:g} must be between 0 and 1"
    if not (np.isfinite(over_assignment) and over_assignment >= 0):
        yield f"over_assignment = {over_assignment:g} must be 0 or more"


def _usable_weight(
    baseline: FloatArray, potential: FloatArray, weight: float
) -> tuple[float, tuple[str, ...]]:
    """The weight, or the only one that the books allow, with a note that says so."""
    for name, book in (("revenue", baseline), ("potential", potential)):
        if not np.isfinite(book).all() or (book < 0).any():
            raise PolicyError(
                f"the {name} of a book is missing or below 0, so that no quota can follow from it"
            )
    sold, open_ = baseline.sum() > 0, potential.sum() > 0
    if not (sold or open_):
        raise PolicyError("no book has revenue or potential to share a goal by")
    if not open_ and weight > 0:
        return 0.0, ("No book has potential, so the goal is shared by revenue alone.",)
    if not sold and weight < 1:
        return 1.0, ("No book has revenue, so the goal is shared by potential alone.",)
    return weight, ()


def _strange_growth(goal: float, revenue: float) -> Iterator[str]:
    """A note when the goal and the books can hardly count the same thing."""
    growth = goal / revenue - 1 if revenue > 0 else 0.0
    if abs(growth) > 0.5:
        yield (
            f"The goal of {goal:,.0f} is {growth:+.0%} against the revenue of the books, {revenue:,.0f}: "
            "check that both count the same sales over the same time."
        )


def _default_goal(problem: Problem, revenue: float, growth: float) -> float:
    today = problem.reps.measures.get("quota")
    if today is not None and np.nansum(today) > 0:
        return float(np.nansum(today))
    if revenue <= 0:
        raise PolicyError("without revenue, and without a quota of today, a goal must be given")
    return revenue * (1 + growth)


def _lines(
    goal: float, baseline: FloatArray, potential: FloatArray, weight: float, over: float
) -> Iterator[Line]:
    """The parts of each quota; together they sum to the goal and its over-assignment."""
    base = np.zeros(len(baseline))
    if weight < 1:
        growth = goal / baseline.sum() - 1
        part = "" if weight == 0 else f"{1 - weight:.0%} of "
        yield Line(f"{part}revenue of the book", (1 - weight) * baseline)
        yield Line(f"its growth of {growth:+.2%}", (1 - weight) * growth * baseline)
        base = base + (1 - weight) * (1 + growth) * baseline
    if weight > 0:
        fair = weight * goal * potential / potential.sum()
        part = "" if weight == 1 else f"{weight:.0%} of "
        yield Line(f"share of potential in {part}the goal", fair)
        base = base + fair
    if over:
        yield Line(f"over-assignment of {over:.2%}", over * base)
