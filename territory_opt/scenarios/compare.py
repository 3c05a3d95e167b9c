"""Plans side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.scenarios.value import value
from territory_opt.shown import ShownAsTable
from territory_opt.travel.place import FloatArray

Figure = Callable[[Audit], object]


@dataclass(frozen=True)
class Comparison(ShownAsTable):
    """Audits of several alignments of one problem, by the name of each."""

    audits: Mapping[str, Audit]

    def rows(self) -> list[dict[str, object]]:
        """One row a figure, one column a plan: money by term, range of each index, moves, clashes."""
        return [
            {"figure": figure} | {name: of(audit) for name, audit in self.audits.items()}
            for figure, of in _figures(next(iter(self.audits.values())))
        ]


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
    audits = {"today": value(problem, policy, Alignment.today(problem)).audit}
    audits |= {name: value(problem, policy, alignment).audit for name, alignment in alignments.items()}
    return Comparison(audits)
