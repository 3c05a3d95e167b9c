"""The shapes a wish can have. A new wish is one small class with one of these shapes.

Everything is vectorised: `account` and `rep` are index arrays of one broadcast shape, and so is the answer.
The search, the bound and the audit know only these shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np

from territory_opt.problem import BoolArray, Int32Array, Problem
from territory_opt.travel.place import FloatArray, IndexArray

#: Loads outside a band by less than this share of it still count as inside (rounding of floats).
BAND_TOLERANCE = 1e-6


@runtime_checkable
class Wish(Protocol):
    """What every term and rule has."""

    name: ClassVar[str]  # its word in `territory.toml`

    def faults(self, problem: Problem) -> Iterator[str]:
        """Every reason why this wish makes no sense for these facts, in the planner's words."""


class PairTerm(Wish, Protocol):
    """Money per year that depends on which rep serves an account."""

    def cost(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        """Money per year for each pair."""


@dataclass(frozen=True)
class Curve:
    """What the sum of a load in each bin may be and what it costs; every array has shape (bins,).

    low, high: the band (-inf, inf where there is none). target: what an index of 1 means, NaN if nothing.
    cost: money per year of the loads inside a finite band, convex; None for free. It counts as the
    straight lines between its values at `SEGMENTS + 1` even points of the band.
    """

    SEGMENTS: ClassVar[int] = 8

    low: FloatArray
    high: FloatArray
    target: FloatArray
    cost: Callable[[FloatArray], FloatArray] | None = field(default=None, compare=False)

    def grid(self) -> tuple[FloatArray, FloatArray]:
        """Loads and money at the even points of each band, both (bins, SEGMENTS + 1)."""
        low = np.maximum(np.where(np.isfinite(self.low), self.low, 0.0), 0.0)
        high = np.where(np.isfinite(self.high), self.high, low)
        load = np.linspace(low, np.maximum(high, low), self.SEGMENTS + 1, axis=1)
        if self.cost is None:
            return load, np.zeros_like(load)
        columns = [self.cost(load[:, k]) for k in range(load.shape[1])]
        return load, np.stack(columns, axis=1)


class LoadTerm(Wish, Protocol):
    """A measure that is balanced or capped: a load per pair, summed in bins, each with a curve.

    One with `firm = True` comes before the others where a plan cannot keep them all.
    """

    def label(self) -> str:
        """How the planner knows this wish, e.g. 'workload_h within 10 %'."""

    def load(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        """Load of each pair, 0 or more."""

    def bins(self, problem: Problem) -> tuple[Int32Array, tuple[str, ...]]:
        """Bin of each rep (reps,) with -1 for none, and the names of the bins."""

    def curve(self, problem: Problem, least: FloatArray) -> Curve:
        """The curves; least (accounts,) is each account's load on the rep where its unit weighs least."""


class PairRule(Wish, Protocol):
    """Which rep may serve which account.

    A rule with `pins = True` decides single accounts, and no target of a band depends on it.
    """

    def allows(self, problem: Problem, account: IndexArray, rep: IndexArray) -> BoolArray:
        """True where the rep may serve the account."""


class GroupRule(Wish, Protocol):
    """Which accounts move as one piece."""

    def groups(self, problem: Problem) -> Int32Array:
        """Group code per account (accounts,), -1 for an account on its own."""


class ShapeRule(Wish, Protocol):
    """What each territory must look like on the map: a rule about a territory as a whole."""

    def cautions(self, problem: Problem) -> Iterator[tuple[str, str]]:
        """What the rule cannot do for these facts, and what mends it; no fault, as a plan can be made."""

    def torn(self, problem: Problem, rep_of_area: Int32Array) -> Iterator[tuple[int, int, str]]:
        """Each territory that breaks the rule: rep, in how many pieces it is, and how in words.

        rep_of_area: who holds each area (areas,), -1 for nobody.
        """


def rep_bins(problem: Problem) -> tuple[Int32Array, tuple[str, ...]]:
    """One bin a rep: what most meters use."""
    return np.arange(len(problem.reps), dtype=np.int32), tuple(problem.reps.ids)
