"""How much a change may touch before somebody has to say so: caps on its blast radius."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from territory_opt.crm.change import Changes
from territory_opt.policy.words import counted, range_faults
from territory_opt.problem import Problem
from territory_opt.travel.place import FloatArray


@dataclass(frozen=True)
class Limits:
    """Shares that a change may touch at most.

    accounts, revenue: of all. per_rep: of the book of each rep. pipeline: of the money in open deals.
    """

    accounts: float = 0.3
    revenue: float = 0.3
    per_rep: float = 0.5
    pipeline: float = 0.3

    def faults(self) -> Iterator[str]:
        """Parameters out of range."""
        for name in ("accounts", "revenue", "per_rep", "pipeline"):
            yield from range_faults(name, getattr(self, name), low=0.0, high=1.0)


def over_limits(
    problem: Problem, changes: Changes, limits: Limits, pipeline: FloatArray | None = None
) -> tuple[str, ...]:
    """Every limit that a change exceeds, in a sentence each; none means that it may go on.

    pipeline: money in open deals of each account (accounts,), None where nothing is known of them.
    """
    return (*_exceeded(problem, changes, limits), *_of_pipeline(changes, limits, pipeline))


def _of_pipeline(changes: Changes, limits: Limits, pipeline: FloatArray | None) -> Iterator[str]:
    total = 0.0 if pipeline is None else float(pipeline.sum())
    if pipeline is not None and total > 0:
        touched = float(pipeline[changes.account].sum()) / total
        if touched > limits.pipeline:
            yield (
                f"{100 * touched:.1f} % of the money in open deals would change owner; the limit is "
                f"{100 * limits.pipeline:g} %"
            )


def _exceeded(problem: Problem, changes: Changes, limits: Limits) -> Iterator[str]:
    n, revenue = len(problem.accounts), float(problem.accounts.measures["revenue"].sum())
    share = len(changes) / max(n, 1)
    if share > limits.accounts:
        yield (
            f"{counted(len(changes), 'account')} of {n:,} would change owner, {100 * share:.1f} %; "
            f"the limit is {100 * limits.accounts:g} %"
        )
    touched = float(changes.revenue.sum()) / revenue if revenue > 0 else 0.0
    if touched > limits.revenue:
        yield (
            f"{100 * touched:.1f} % of the revenue would change owner; the limit is "
            f"{100 * limits.revenue:g} %"
        )
    owner = problem.accounts.owner
    book = np.bincount(owner[owner >= 0], minlength=len(problem.reps))
    old = changes.old_rep[changes.old_rep >= 0]
    lost = np.bincount(old, minlength=len(problem.reps))
    # Who leaves loses everything, and that is no surprise.
    over = (lost > limits.per_rep * book) & ~problem.reps.leaving
    for rep in np.flatnonzero(over):
        yield (
            f"{problem.reps.names[rep]} would lose {lost[rep]:,} of {counted(int(book[rep]), 'account')}; "
            f"the limit is {100 * limits.per_rep:g} %"
        )
