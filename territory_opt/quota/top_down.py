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
    """One step from the book to the quota: its money per rep (reps,).

    name: the same for every goal, what the column is called. label: with its percentages, "" for a step that
    the settings leave out, whose money is 0.
    """

    name: str
    label: str
    money: FloatArray


@dataclass(frozen=True)
class Quotas:
    """Quota per rep (reps,), exact to the cent, and the lines it is the sum of.

    baseline, potential: revenue and potential of each rep's new book (reps,). share: each rep's part of the
    force, FTE × ramp, 0 for one who leaves (reps,). basis: where the goal comes from and how it is shared, in
    one sentence. notes: what was done where the books could not be used as asked, and what looks wrong.
    """

    rep_ids: TextArray
    goal: float
    over_assignment: float
    quota: FloatArray
    baseline: FloatArray
    potential: FloatArray
    share: FloatArray
    lines: tuple[Line, ...]
    basis: str
    notes: tuple[str, ...] = ()

    @property
    def assigned(self) -> float:
        """Sum of all quotas: the goal and its over-assignment, to the cent."""
        return round(float(self.quota.sum()), 2)

    @property
    def index(self) -> FloatArray:
        """Quota ÷ the rep's share of all quotas (reps,), NaN without a share.

        1.00 asks of a rep what it asks of all others for their time: one at half time or on half a ramp with
        half of a full quota has 1.00.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            fair = self.share / self.share.sum() * self.assigned
            return np.where(fair > 0, self.quota / fair, np.nan)

    def account_of(self, rep: int) -> str:
        """How one rep's quota arose, line by line."""
        rows = [f"{line.label}: {round(line.money[rep], 2) + 0.0:,.2f}" for line in self.lines if line.label]
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
    revenue = float(baseline.sum())
    weight, notes = _usable_weight(baseline, potential, potential_weight)
    goal, source = _goal(problem, revenue, goal, growth)
    notes += tuple(_strange_growth(goal, revenue))
    assigned = round(goal * (1 + over_assignment), 2)
    lines = list(_lines(goal, baseline, potential, weight, over_assignment))
    exact = np.sum([line.money for line in lines], axis=0)
    quota = largest_remainder(exact, assigned)
    lines.append(Line("from rounding", "rounding to the cent", quota - exact))
    share = np.where(problem.reps.leaving, 0.0, problem.reps.share)
    basis = _basis(goal, source, revenue, weight, over_assignment)
    ids, parts = problem.reps.ids, tuple(lines)
    return Quotas(ids, goal, over_assignment, quota, baseline, potential, share, parts, basis, notes)


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
        far = f"{_against(growth)} what the books sell today, {revenue:,.0f}"
        yield (
            f"The goal of {goal:,.0f} is {far}: too far for one year's change, so check that both count the "
            "same sales over the same time."
        )


def _goal(problem: Problem, revenue: float, goal: float | None, growth: float) -> tuple[float, str]:
    """The goal, and where it comes from."""
    if goal is not None:
        return goal, "as given"
    today = problem.reps.measures.get("quota")
    if today is not None and np.nansum(today) > 0:
        return float(np.nansum(today)), "the sum of today's quotas"
    if revenue <= 0:
        raise PolicyError("without revenue, and without a quota of today, a goal must be given")
    return revenue * (1 + growth), f"{_against(growth)} the revenue of the books"


def _basis(goal: float, source: str, revenue: float, weight: float, over: float) -> str:
    parts = {"revenue": 1 - weight, "potential": weight}
    shared = " and ".join(f"{_percent(part)} by the {name}" for name, part in parts.items() if part)
    sentence = f"The goal of {goal:,.0f} ({source}) is shared {shared} of each new book"
    if revenue > 0:
        sentence += f"; it is {_against(goal / revenue - 1)} what the books sell today"
    return sentence + (f"; the quotas exceed it by {_percent(over)}." if over else ".")


def _against(growth: float) -> str:
    """A rate as a word, since a bare minus is overlooked."""
    if abs(growth) < 5e-5:
        return "equal to"
    return f"{_percent(abs(growth))} {'below' if growth < 0 else 'above'}"


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"


def _lines(
    goal: float, baseline: FloatArray, potential: FloatArray, weight: float, over: float
) -> Iterator[Line]:
    """The parts of each quota, always the same; together they sum to the goal and its over-assignment."""
    nothing = np.zeros(len(baseline))
    kept, grown, fair = nothing, nothing, nothing
    labels = dict.fromkeys(("revenue", "growth", "potential"), "")
    if weight < 1:
        growth = goal / baseline.sum() - 1
        kept = (1 - weight) * baseline
        grown = growth * kept
        labels["revenue"] = f"{_percent(1 - weight)} of the revenue of the book"
        word = "growth" if growth >= 0 else "cut"
        labels["growth"] = f"{word} of {_percent(abs(growth))} to the goal"
    if weight > 0:
        fair = weight * goal * potential / potential.sum()
        labels["potential"] = f"share of potential in {_percent(weight)} of the goal"
    yield Line("from revenue", labels["revenue"], kept)
    yield Line("from growth", labels["growth"], grown)
    yield Line("from potential", labels["potential"], fair)
    extra = f"over-assignment of {_percent(over)}" if over else ""
    yield Line("from over-assignment", extra, over * (kept + grown + fair))
