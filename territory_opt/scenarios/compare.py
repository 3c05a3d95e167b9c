"""Plans side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.scenarios.value import value


@dataclass(frozen=True)
class Comparison:
    """Audits of several alignments of one problem, by the name of each."""

    audits: Mapping[str, Audit]

    def rows(self) -> list[dict[str, object]]:
        """One row a figure, one column a plan: money by term, range of each index, moves, clashes."""
        return [
            {"figure": figure} | {name: of(audit) for name, audit in self.audits.items()}
            for figure, of in _figures(next(iter(self.audits.values())))
        ]


def _figures(first: Audit) -> Iterator[tuple[str, Callable[[Audit], object]]]:
    for term in first.terms:
        yield f"{term} per year", lambda a, term=term: round(a.terms[term], 2)
    yield "total per year", lambda a: round(a.cost, 2)
    for i, meter in enumerate(first.meters):
        if meter.by_rep and np.isfinite(meter.index).any():
            yield f"least index, {meter.label}", lambda a, i=i: _round(np.nanmin(a.meters[i].index))
            yield f"largest index, {meter.label}", lambda a, i=i: _round(np.nanmax(a.meters[i].index))
        yield f"outside, {meter.label}", lambda a, i=i: int((a.meters[i].breach > 0).sum())
    yield "accounts moved", lambda a: int(a.moved.sum())
    yield "accounts uncovered", lambda a: len(a.uncovered)
    yield "clashes", lambda a: len(a.clashes)


def _round(index: float) -> float:
    return round(float(index), 4)


def compare(problem: Problem, policy: Policy, alignments: Mapping[str, Alignment]) -> Comparison:
    """Value every alignment under the same wishes; `today` comes first.

    Raises PolicyError when the wishes make no sense for these facts.
    """
    audits = {"today": value(problem, policy, Alignment.today(problem)).audit}
    audits |= {name: value(problem, policy, alignment).audit for name, alignment in alignments.items()}
    return Comparison(audits)
