"""A few reps by themselves, with the rest of the world at a price: how much they cost above the linear value.

A pair may be left out as soon as an answer that uses it is proved to cost more than the plan's own. Finer
groups prove most of that: if u goes to r instead of its best rep b, each piece p of the group costs at least
its own rise above its linear value, and the pieces of r and of b at least what u loses there. So the pieces
are solved first, then the whole on the pairs that are left: a few thousand instead of tens of thousands.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from territory_opt.parallel import give_back_memory
from territory_opt.problem import BoolArray, Int32Array
from territory_opt.solve.model import Model
from territory_opt.solve.prices import reduced_cost
from territory_opt.solve.relaxation import branch_and_cut
from territory_opt.travel.place import FloatArray, IndexArray

_MOST_PAIRS = 50_000  # branch and cut takes up to 10 KiB for each
_POOR = 0.02  # a piece with less of the excess has next to no rise
_AND_ROUNDING = 1 + 1e-6


@dataclass(frozen=True)
class Group:
    """Some reps, the units that may pay with them, and staying outside at no cost as one more rep, the last.

    model: costs are above the units' worth, with the loads in it priced that other groups count too.
    prices, bins: price of each bin and its part of the linear value, 0 where it is not counted here (bins,).
    excess: of the plan above the linear value; an answer that costs more is of no interest.
    money: the plan's excess by rep. pieces: finer groups, a label per rep each; both (reps + 1,).
    """

    model: Model
    prices: FloatArray
    bins: FloatArray
    excess: float
    money: FloatArray
    pieces: tuple[Int32Array, ...]
    hard: bool
    nodes: int
    deadline_s: float  # as time.time()

    @property
    def outside(self) -> int:
        """The rep that stands for staying outside."""
        return self.model.bin.shape[1] - 1


@dataclass(frozen=True)
class Proof:
    """How much a group costs at least above its linear value, and whether no answer costs that little."""

    rise: float
    exact: bool


def prove(group: Group) -> Proof:
    """The rise by branch and cut, piece by piece, then of the whole.

    The plan's own answer is one of the group's, so more than its excess is never proved.
    """
    rise = 0.0
    for label in group.pieces:
        if group.excess <= 0 or group.model.n_units == 0:
            return Proof(0.0, True)
        worth, rises = _of_pieces(group, label)
        rise = max(rise, min(float(rises.sum()), group.excess))
        group = _without(group, _useless(group, label, worth, rises))
    group, limit = _nearest(group)
    proof = _solved(group, limit)
    return proof if proof.rise >= rise else Proof(rise, rise >= group.excess)


def counted(model: Model, prices: FloatArray, paid: FloatArray, own: BoolArray) -> Model:
    """The model with some bins counted, from costs with all loads priced; the others stay priced.

    paid (pairs,); own (bins + 1,), False for bin -1.
    """
    padded, cost, load = np.append(prices, 0.0), paid.copy(), model.load.copy()
    for row, table in zip(load, model.bin, strict=True):
        b = table[model.rep]
        row[~own[b]] = 0.0
        cost -= padded[b] * row
    return replace(
        model,
        cost=cost,
        load=load,
        bin=np.where(own[model.bin], model.bin, -1).astype(np.int32),
        low=np.where(own[:-1], model.low, -np.inf),
        high=np.where(own[:-1], model.high, np.inf),
        curved=model.curved & own[:-1],
    )


def own_bins(model: Model, inside: BoolArray) -> BoolArray:
    """Bins that count loads of some reps and of no others, and False for bin -1; shape (bins + 1,)."""
    own, others = np.zeros(model.n_bins + 1, bool), np.zeros(model.n_bins + 1, bool)
    own[model.bin[:, inside]] = True
    others[model.bin[:, ~inside]] = True
    others[-1] = True
    return own & ~others


def _solved(group: Group, limit: float) -> Proof:
    """By branch and cut. limit: regret that a pair left out has at least."""
    if group.excess <= 0 or group.model.n_units == 0:
        return Proof(0.0, True)
    whole = branch_and_cut(
        group.model.beside(np.zeros(group.model.n_bins)), hard=group.hard,
        max_nodes=group.nodes, runtime_s=group.deadline_s - time.time(),
    )  # fmt: skip
    give_back_memory()
    least = np.minimum.reduceat(reduced_cost(group.model, group.prices), group.model.start[:-1])
    floor = float(least.sum() + group.bins.sum())
    rise = min(max(whole.bound - floor, 0.0), limit)
    return Proof(rise, rise >= group.excess or (whole.proved and rise < limit))


def _of_pieces(group: Group, label: Int32Array) -> tuple[FloatArray, FloatArray]:
    """What each unit is worth between the pieces (units,), and the rise of each piece (pieces,)."""
    reduced, n_pieces = reduced_cost(group.model, group.prices), int(label.max()) + 1
    best = np.full((group.model.n_units, n_pieces), np.inf)
    np.minimum.at(best, (group.model.unit, label[group.model.rep]), reduced)
    least, second = np.partition(best, 1, axis=1)[:, :2].T
    worth: FloatArray = least + 0.5 * (second - least)
    rises = np.zeros(n_pieces)
    money = np.bincount(label[label >= 0], group.money[label >= 0], minlength=n_pieces)
    for piece in np.flatnonzero(money > _POOR * group.excess):
        rises[piece] = _solved(_piece(group, label == piece, worth), group.excess).rise
    return worth, rises


def _piece(group: Group, inside: BoolArray, worth: FloatArray) -> Group:
    """The group of some of a group's reps; inside (reps + 1,), worth (units,)."""
    model, own = group.model, own_bins(group.model, inside)
    paid = reduced_cost(model, group.prices) - worth[model.unit]
    outside = model.rep == group.outside
    paid[outside] = 0.0
    model = counted(replace(model, cost=paid), group.prices, paid, own).keep(outside | inside[model.rep])
    return replace(
        group,
        model=model.of_units(np.flatnonzero(np.diff(model.start) > 1)),
        prices=np.where(own[:-1], group.prices, 0.0),
        bins=np.where(own[:-1], group.bins, 0.0),
    )


def _useless(group: Group, label: Int32Array, worth: FloatArray, rises: FloatArray) -> BoolArray:
    """Pairs that only answers dearer than the plan's can use; shape (pairs,)."""
    model, reduced = group.model, reduced_cost(group.model, group.prices)
    least = np.minimum.reduceat(reduced, model.start[:-1])
    best = np.flatnonzero(reduced == least[model.unit])[_first(reduced == least[model.unit], model)]
    there, here = label[model.rep[best]][model.unit], label[model.rep]
    apart = np.where(
        here == there,
        np.maximum(rises[here], reduced - least[model.unit]),
        np.maximum(rises[here], reduced - worth[model.unit])
        + np.maximum(rises[there], (worth - least)[model.unit]),
    )
    others = rises.sum() - rises[here] - np.where(here == there, 0.0, rises[there])
    useless: BoolArray = others + apart > _AND_ROUNDING * group.excess
    return useless & (model.rep != group.outside)


def _first(chosen: BoolArray, model: Model) -> IndexArray:
    """Number of the first chosen pair of each unit among all that are chosen."""
    return np.searchsorted(np.flatnonzero(chosen), model.start[:-1])


def _without(group: Group, useless: BoolArray) -> Group:
    """The group without some pairs, and without the units that only stay outside then."""
    model = group.model.keep(~useless)
    return replace(group, model=model.of_units(np.flatnonzero(np.diff(model.start) > 1)))


def _nearest(group: Group) -> tuple[Group, float]:
    """The group up to a regret, and that regret: the excess, or less where memory would not do."""
    if group.model.n_pairs <= _MOST_PAIRS:
        return group, group.excess
    model, reduced = group.model, reduced_cost(group.model, group.prices)
    regret = reduced - np.minimum.reduceat(reduced, model.start[:-1])[model.unit]
    limit = float(np.partition(regret, _MOST_PAIRS)[_MOST_PAIRS])
    return _without(group, (regret > limit) & (model.rep != group.outside)), min(limit, group.excess)
