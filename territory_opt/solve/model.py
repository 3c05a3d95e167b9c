"""The formula as plain arrays: what prices, shifts, exact solves and repairs all work on.

    minimise  Σ_p cost[p]·x[p] + Σ_b curve_b( Σ_{p in bin b} load[m,p]·x[p] ),  one pair per unit

Pairs are stored by unit (compressed rows). The bins of all meters are numbered in one row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from territory_opt.policy.base import BAND_TOLERANCE, Curve
from territory_opt.problem import BoolArray, Int32Array
from territory_opt.question import Question
from territory_opt.travel.place import FloatArray, IndexArray


@dataclass(frozen=True)
class Model:
    """Arrays of one question, or of a part of it.

    start (units + 1) int64; rep, cost (pairs); load (meters, pairs); bin (meters, reps) global bin of a
    rep in a meter, -1 for none; low, high, price (bins); grid, money (bins, points) the curve inside the
    band, `curved` (bins) whether it costs anything there.
    """

    start: IndexArray
    rep: Int32Array
    cost: FloatArray
    load: FloatArray
    bin: Int32Array
    low: FloatArray
    high: FloatArray
    price: FloatArray
    grid: FloatArray
    money: FloatArray
    curved: BoolArray

    @property
    def n_units(self) -> int:
        return len(self.start) - 1

    @property
    def n_pairs(self) -> int:
        return len(self.rep)

    @property
    def n_meters(self) -> int:
        return len(self.load)

    @property
    def n_bins(self) -> int:
        return len(self.low)

    @property
    def unit(self) -> Int32Array:
        """Unit of each pair, shape (pairs,)."""
        return np.repeat(np.arange(self.n_units, dtype=np.int32), np.diff(self.start))

    def unit_of(self, pairs: IndexArray) -> IndexArray:
        """Unit of some pairs, in the same shape."""
        return np.searchsorted(self.start, pairs, side="right") - 1

    def pairs_with(self, rep: IndexArray) -> IndexArray:
        """The pair of each unit with one rep each, -1 where there is none; rep, answer (units,)."""
        n_reps = int(max(self.rep.max(initial=0), rep.max(initial=0))) + 1
        key = self.unit.astype(np.int64) * n_reps + self.rep
        asked = np.arange(self.n_units) * n_reps + rep
        pair = np.minimum(np.searchsorted(key, asked), self.n_pairs - 1)
        return np.where((rep >= 0) & (key[pair] == asked), pair, -1)

    def loads(self, choice: IndexArray) -> FloatArray:
        """Load of every bin under a choice of one pair per unit; shape (bins,)."""
        total = np.zeros(self.n_bins)
        for bins, load in zip(self.bin, self.load, strict=True):
            b = bins[self.rep[choice]]
            total += np.bincount(b[b >= 0], load[choice][b >= 0], minlength=self.n_bins)
        return total

    def breach(self, loads: FloatArray) -> FloatArray:
        """Load outside the band per bin."""
        return np.maximum(self.low - loads, 0.0) + np.maximum(loads - self.high, 0.0)

    @property
    def limit(self) -> FloatArray:
        """Load that tolerances are a share of: the band's upper edge, else its lower one, else 0 (bins,)."""
        limit = np.abs(np.where(np.isfinite(self.high), self.high, self.low))
        return np.where(np.isfinite(limit), limit, 0.0)

    def broken(self, loads: FloatArray) -> BoolArray:
        """Bins outside their band by more than the tolerance that the audit grants."""
        return self.breach(loads) > BAND_TOLERANCE * self.limit

    def curve_cost(self, loads: FloatArray) -> float:
        """Money of all curves: imbalance inside the bands and priced breaches."""
        cost = float((self.price * self.breach(loads)).sum())
        for b in np.flatnonzero(self.curved):
            cost += float(np.interp(loads[b], self.grid[b], self.money[b]))
        return cost

    def value(self, choice: IndexArray) -> float:
        """The whole objective of a choice."""
        return float(self.cost[choice].sum()) + self.curve_cost(self.loads(choice))

    def keep(self, pairs: BoolArray) -> Model:
        """The same model with some pairs only; every unit must keep one."""
        count = np.add.reduceat(pairs, self.start[:-1], dtype=np.int64)
        return replace(
            self,
            start=np.concatenate([[0], np.cumsum(count)]),
            rep=self.rep[pairs],
            cost=self.cost[pairs],
            load=np.ascontiguousarray(self.load[:, pairs]),
        )

    def of_units(self, units: IndexArray) -> Model:
        """The same model with some units only, in the order given."""
        pair, size = pairs_of(self.start, units)
        return replace(
            self,
            start=np.concatenate([[0], np.cumsum(size)]),
            rep=self.rep[pair],
            cost=self.cost[pair],
            load=np.ascontiguousarray(self.load[:, pair]),
        )

    def beside(self, base: FloatArray, reps: IndexArray | None = None) -> Model:
        """The same model without the bins that no pair can reach, and with those loads already in the others.

        base (bins,). Bands and curves then speak of what is added. reps: whose bins stay, those of the pairs
        by default.
        """
        bins = np.unique(self.bin[:, np.unique(self.rep) if reps is None else reps])
        bins = bins[bins >= 0]
        number = np.full(self.n_bins + 1, -1, np.int32)
        number[bins] = np.arange(len(bins))
        return replace(
            self,
            bin=number[self.bin],
            low=(self.low - base)[bins],
            high=(self.high - base)[bins],
            price=self.price[bins],
            grid=self.grid[bins] - base[bins, None],
            money=self.money[bins],
            curved=self.curved[bins],
        )

    def tightened(self, share: float) -> Model:
        """The same model with its bands drawn in by a share of their limit, as solvers may miss by it."""
        margin = share * self.limit
        return replace(self, low=self.low + margin, high=self.high - margin)

    def united(self, other: Model) -> Model:
        """The pairs of two models of the same units together."""
        n_reps = int(max(self.rep.max(initial=-1), other.rep.max(initial=-1))) + 1
        key = np.concatenate([m.unit.astype(np.int64) * n_reps + m.rep for m in (self, other)])
        key, pair = np.unique(key, return_index=True)
        return replace(
            self,
            start=np.searchsorted(key, n_reps * np.arange(self.n_units + 1)),
            rep=np.concatenate([self.rep, other.rep])[pair],
            cost=np.concatenate([self.cost, other.cost])[pair],
            load=np.concatenate([self.load, other.load], axis=1)[:, pair],
        )

    def times(self, factor: float) -> Model:
        """The same model with every unit counted so many times over."""
        if factor == 1.0:
            return self
        return replace(self, cost=factor * self.cost, load=factor * self.load)


@dataclass(frozen=True)
class Cut:
    """Σ x[plus] - Σ x[minus] ≤ most, over pairs of a model."""

    plus: Int32Array
    minus: Int32Array
    most: int


def pairs_of(start: IndexArray, units: IndexArray) -> tuple[IndexArray, IndexArray]:
    """All pairs of some units, unit by unit, and how many each has."""
    size = np.diff(start)[units]
    first = np.cumsum(size) - size
    return np.repeat(start[units] - first, size) + np.arange(size.sum()), size


def least_pair(model: Model, value: FloatArray) -> IndexArray:
    """The pair of least value of each unit, the first among equals; shape (units,)."""
    least = np.minimum.reduceat(value, model.start[:-1])
    is_least = np.flatnonzero(value == np.repeat(least, np.diff(model.start)))
    return is_least[np.searchsorted(is_least, model.start[:-1])]


def curve_arrays(question: Question) -> dict[str, np.ndarray]:
    """Bins of all meters in one row, and their curves."""
    n_reps, first = len(question.problem.reps), 0
    bins = np.full((len(question.terms), n_reps), -1, np.int32)
    for m, (term, curve) in enumerate(zip(question.terms, question.curves, strict=True)):
        local, _ = term.bins(question.problem)
        bins[m] = np.where(local >= 0, local + first, -1)
        first += len(curve.low)
    grids = [curve.grid() for curve in question.curves] or [(np.zeros((0, Curve.SEGMENTS + 1)),) * 2]
    sizes = [len(curve.low) for curve in question.curves]
    return {
        "bin": bins,
        "low": np.concatenate([c.low for c in question.curves] or [np.zeros(0)]),
        "high": np.concatenate([c.high for c in question.curves] or [np.zeros(0)]),
        "price": np.repeat(question.breach_price, sizes),
        "grid": np.concatenate([g for g, _ in grids]),
        "money": np.concatenate([m for _, m in grids]),
        "curved": np.repeat(np.array([c.cost is not None for c in question.curves], bool), sizes),
    }
