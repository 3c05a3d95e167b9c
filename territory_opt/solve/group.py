"""A few reps by themselves, with the rest of the world at a price: how much they cost above the linear value.

A pair may be left out as soon as an answer that uses it is proved to cost more than the plan's own. Each rep
alone proves most of that: if a unit goes to r instead of its best rep b, every other rep of the group costs
at least its own rise above its linear value, and r and b at least what the unit loses there. So single reps
are solved first, then the whole on the pairs that are left: measured at 10,000 × 100, a third of them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from territory_opt.parallel import give_back_memory
from territory_opt.problem import BoolArray
from territory_opt.solve.model import Model
from territory_opt.solve.prices import reduced_cost
from territory_opt.solve.relaxation import branch_and_cut
from territory_opt.travel.place import FloatArray, IndexArray

_MOST_PAIRS = 50_000  # branch and cut takes up to 10 KiB for each
_POOR = 0.1  # a rep with less of the excess has next to no rise alone
_AND_ROUNDING = 1 + 1e-6


@dataclass(frozen=True)
class Group:
    """Some reps, the units that may pay with them, and staying outside at no cost as one more rep, the last.

    model: costs are above the units' worth, with the loads in it priced that other groups count too.
    prices, bins: price of each bin and its part of the linear value, 0 where it is not counted here (bins,).
    excess: of the plan above the linear value; an answer that costs more is of no interest.
    money: where the plan costs more than its linear value (reps + 1,).
    """

    model: Model
    prices: FloatArray
    bins: FloatArray
    excess: float
    money: FloatArray
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
    """The rise by branch and cut, of single reps first, then of the whole.

    The plan's own answer is one of the group's, so more than its excess is never proved.
    """
    if group.excess <= 0 or group.model.n_units == 0:
        return Proof(0.0, True)
    priced = _priced(group)
    rises = _rises_alone(group, priced)
    alone = min(float(rises.sum()), group.excess)
    whole = _solved(*_nearest(_without(group, _useless(group, priced, rises))))
    return whole if whole.rise >= alone else Proof(alone, alone >= group.excess)


def share_of_best(money: FloatArray, best: IndexArray, second: IndexArray) -> FloatArray:
    """Of a unit's margin between its best owner and the second, the share that the best should pay for.

    money (owners,): whoever has more to prove pays more, so that the proof is about where the gap is.
    """
    rich = money + max(float(money.sum()) / max(int(np.count_nonzero(money)), 1), 1e-12)
    share: FloatArray = rich[best] / (rich[best] + rich[second])
    return share


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


@dataclass(frozen=True)
class _Priced:
    """What pairs cost with all loads priced (pairs,), each unit's best pair, and its worth between the best
    rep and the second (units,)."""

    reduced: FloatArray
    best: IndexArray
    worth: FloatArray

    @property
    def least(self) -> FloatArray:
        return self.reduced[self.best]


def _priced(group: Group) -> _Priced:
    model, reduced = group.model, reduced_cost(group.model, group.prices)
    order = np.lexsort((reduced, model.unit))
    best, second = order[model.start[:-1]], order[model.start[:-1] + 1]  # staying outside is one of several
    share = share_of_best(group.money, model.rep[best], model.rep[second])
    return _Priced(reduced, best, reduced[best] + share * (reduced[second] - reduced[best]))


def _rises_alone(group: Group, priced: _Priced) -> FloatArray:
    """Proved rise of each rep alone, other reps at a price; 0 where it is not worth a look (reps + 1,)."""
    rises = np.zeros(group.outside + 1)
    for rep in np.flatnonzero(group.money > _POOR * group.excess):
        rises[rep] = _solved(_alone(group, int(rep), priced), group.excess).rise
    return rises


def _alone(group: Group, rep: int, priced: _Priced) -> Group:
    """The group of one of a group's reps."""
    model, inside = group.model, np.arange(group.outside + 1) == rep
    own, outside = own_bins(model, inside), model.rep == group.outside
    paid = np.where(outside, 0.0, priced.reduced - priced.worth[model.unit])
    model = counted(model, group.prices, paid, own).keep(outside | inside[model.rep])
    return replace(
        group,
        model=model.of_units(np.flatnonzero(np.diff(model.start) > 1)),
        prices=np.where(own[:-1], group.prices, 0.0),
        bins=np.where(own[:-1], group.bins, 0.0),
    )


def _useless(group: Group, priced: _Priced, rises: FloatArray) -> BoolArray:
    """Pairs that only answers dearer than the plan's can use; shape (pairs,)."""
    model = group.model
    here, there = model.rep, model.rep[priced.best][model.unit]
    gained = np.maximum(rises[here], priced.reduced - priced.worth[model.unit])
    lost = np.maximum(rises[there], (priced.worth - priced.least)[model.unit])
    others = rises.sum() - rises[here] - rises[there]
    useless: BoolArray = others + gained + lost > _AND_ROUNDING * group.excess
    return useless & (here != there) & (here != group.outside)


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
