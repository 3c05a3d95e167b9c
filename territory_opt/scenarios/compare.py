"""Plans side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit
from territory_opt.errors import PolicyError
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.result import Result
from territory_opt.scenarios.value import value
from territory_opt.shown import ShownAsTable
from territory_opt.travel.place import FloatArray

Figure = Callable[[Audit], object]


@dataclass(frozen=True)
class Comparison(ShownAsTable):
    """Several plans of one problem under the same wishes, by the name of each; `today` is none of them."""

    problem: Problem
    policy: Policy
    results: Mapping[str, Result]

    @property
    def audits(self) -> Mapping[str, Audit]:
        """The recount of today and of each plan."""
        first = next(iter(self.results.values()), None)
        today = value(self.problem, self.policy, Alignment.today(self.problem)) if first is None else None
        audit = today.audit if today is not None else first.today  # type: ignore[union-attr]
        return {"today": audit} | {name: result.audit for name, result in self.results.items()}

    def rows(self) -> list[dict[str, object]]:
        """One row a figure, one column a plan: money by term, range of each index, moves, clashes."""
        return [
            {"figure": figure} | {name: of(audit) for name, audit in self.audits.items()}
            for figure, of in _figures(next(iter(self.audits.values())))
        ]

    def accounts(self) -> list[dict[str, object]]:
        """One row for each account on which the plans differ, or the only plan and today: its reps."""
        ids, reps = self.problem.accounts.ids, np.append(self.problem.reps.ids, "")
        today = {"today": self.problem.accounts.owner}
        plans = today | {name: result.alignment.rep for name, result in self.results.items()}
        rep = np.stack([*plans.values()])
        compared = rep[1:] if len(self.results) > 1 else rep
        return [
            {
                "account_id": str(ids[a]),
                "name": str(self.problem.accounts.names[a]),
                **{name: str(reps[plan[a]]) for name, plan in plans.items()},
            }
            for a in np.flatnonzero((compared != compared[0]).any(axis=0)).tolist()
        ]

    def save(self, folder: str | Path) -> dict[str, Path]:
        """Write a page with all plans and a map of each, a page for leaders about each, and the tables.

        `compare.html`, `plan-1-….html` …, `figures.csv` and `accounts.csv`. Returns the path of each file by
        its name; PolicyError without a plan, ExportError when the folder cannot be written.
        """
        from territory_opt.pages.comparison import write_comparison

        if not self.results:
            raise PolicyError("there is no plan to compare with today")
        rows, accounts = self.rows(), self.accounts()
        return write_comparison(self.problem, self.policy, self.results, rows, accounts, folder)


def _figures(first: Audit) -> Iterator[tuple[str, Figure]]:
    for term in first.terms:
        yield f"{term} per year", partial(_money, term)
    yield "total per year", lambda a: round(a.cost, 2)
    for i, meter in enumerate(first.meters):
        if meter.by_rep and np.isfinite(meter.index).any():
            yield f"least index, {meter.label}", partial(_index, i, np.nanmin)
            yield f"largest index, {meter.label}", partial(_index, i, np.nanmax)
        yield f"outside, {meter.label}", partial(_outside, i)
    yield "accounts moved", lambda a: int(a.moved.sum())
    yield "accounts newly assigned", lambda a: int(a.assigned.sum())
    yield "accounts not covered any more", lambda a: int(a.dropped.sum())
    yield "accounts uncovered", lambda a: len(a.uncovered)
    yield "clashes", lambda a: len(a.clashes)


def _money(term: str, audit: Audit) -> float:
    return round(audit.terms[term], 2)


def _index(meter: int, extreme: Callable[[FloatArray], Any], audit: Audit) -> float:
    return round(float(extreme(audit.meters[meter].index)), 4)


def _outside(meter: int, audit: Audit) -> int:
    return int(audit.meters[meter].outside.sum())


def compare(problem: Problem, policy: Policy, alignments: Mapping[str, Alignment]) -> Comparison:
    """Value every alignment under the same wishes; `today` comes first.

    Raises PolicyError when the wishes make no sense for these facts.
    """
    results = {name: value(problem, policy, alignment) for name, alignment in alignments.items()}
    return Comparison(problem, policy, results)
