"""A few reps by themselves, with the rest of the world at a price: how much they cost above the linear value.

A pair may be left out as soon as an answer that uses it is proved to cost more than the plan's own. Each rep
alone proves most of that: if a unit goes to r instead of its best rep b, every other rep of the group costs
at least its own rise above its linear value, and r and b at least what the unit loses there. So single reps
are solved first, then the whole on the pairs that are left: measured at 10,000 × 100, a third of them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from territory_opt.parallel import give_back_memory
from territory_opt.problem import BoolArray
from territory_opt.solve.bulk import in_lots, sizes
from territory_opt.solve.model import Model
from territory_opt.solve.prices import reduced_cost
from territory_opt.solve.relaxation import WIDER_FOR_BOUNDS, Bulk, branch_and_cut
from territory_opt.travel.place import FloatArray, IndexArray

#: Pairs looked at one by one. Measured on the richest group of 10,000 × 100, seed 2: they prove 86 % of its
#: excess in 17 s, all its pairs 88 % in 50 s.
_PAIRS_PER_REP = 600
_POOR = 0.1  # a rep with less of the excess has next to no rise alone
_AND_ROUNDING = 1 + 1e-6
_NUMERICS = 1e-6  # share of the excess that branch and cut may be wrong by; matters at senseless prices only


@dataclass(frozen=True)
class Group:
    """Some reps, the units that may pay with them, and staying outside at no cost as one more rep, the last.

    model: costs are above the units' worth, with the loads in it priced that other groups count too.
    prices, bins: price of each bin and its part of the linear value, 0 where it is not counted here (bins,).
    planned: whether the best plan uses a pair (pairs,); plan_bins: what each bin costs that plan above the
    linear value, 0 where it is not counted here (bins,).
    money: where the plan costs more than its linear value (reps + 1,).
    """

    model: Model
    prices: FloatArray
    bins: FloatArray
    planned: BoolArray
    plan_bins: FloatArray
    money: FloatArray
    hard: bool
    nodes: int
    deadline_s: float  # as time.time()

    @property
    def outside(self) -> int:
        """The rep that stands for staying outside."""
        return self.model.bin.shape[1] - 1

    @cached_property
    def reduced(self) -> FloatArray:
        """Cost of each pair with all loads priced (pairs,)."""
        return reduced_cost(self.model, self.prices)

    @cached_property
    def least(self) -> FloatArray:
        """That of the best pair of each unit (units,)."""
        least: FloatArray = np.minimum.reduceat(self.reduced, self.model.start[:-1])
        return least

    @cached_property
    def excess(self) -> float:
        """Of the plan above the linear value. An answer that costs more is of no interest."""
        if self.model.n_units == 0:
            return float(self.plan_bins.sum())
        return float(self.reduced[self.planned].sum() - self.least.sum() + self.plan_bins.sum())

    def only(self, wanted: BoolArray) -> Group:
        """The group on some pairs and the plan's, without the units that can only stay outside then."""
        wanted = wanted | self.planned | (self.model.rep == self.outside)
        several = np.add.reduceat(wanted, self.model.start[:-1], dtype=np.int64) > 1
        kept = wanted & several[self.model.unit]
        model = self.model.keep(wanted).of_units(np.flatnonzero(several))
        return replace(self, model=model, planned=self.planned[kept])


@dataclass(frozen=True)
class Proof:
    """How much a group costs at least above its linear value, and whether no answer costs that little."""

    rise: float
    exact: bool


def prove(group: Group) -> Proof:
    """The rise by branch and cut, of single reps first, then of the whole.

    The plan's own answer is one of the group's, so more than its excess is never proved.
    """
    if group.model.n_units == 0 or group.excess <= 0:
        return Proof(0.0, True)
    priced = _priced(group)
    rises = _rises_alone(group, priced)
    alone = min(float(rises.sum()), group.excess)
    whole = _solved(group.only(~_useless(group, priced, rises)), alone)
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


def _solved(group: Group, known: float) -> Proof:
    """By branch and cut on the pairs that are paid least for their size; the others are sold in bulk.

    known: a rise that is proved already.
    """
    if group.excess <= 0 or group.model.n_units == 0 or time.time() >= group.deadline_s:
        return Proof(known, known >= group.excess)
    size = sizes(group.model)
    paid = group.reduced / np.maximum(size, 1e-12)
    outside = group.model.rep == group.outside
    n_reps = len(np.unique(group.model.rep)) - 1
    limit = max(_smallest(paid[~outside], _PAIRS_PER_REP * n_reps), 0.0)
    near = group.only(paid <= limit)
    left = ~(group.planned | outside | (paid <= limit))
    rise, exact = _cut(near, in_lots(group.model, left, group.reduced, group.prices))
    rise = min(max(rise, 0.0), group.excess)
    return Proof(rise, exact or rise >= group.excess)


def _smallest(values: FloatArray, count: int) -> float:
    """The value that so many are not above."""
    return float(np.partition(values, count)[count]) if count < len(values) else np.inf


def _cut(group: Group, bulk: Bulk | None) -> tuple[float, bool]:
    """How much above its linear value the group costs at least, and whether no answer costs that little."""
    if group.model.n_units == 0:
        return 0.0, bulk is None
    # Bins that no pair reaches are part of the linear value, and stay.
    everyone = np.arange(group.outside + 1)
    whole = branch_and_cut(
        group.model.tightened(-WIDER_FOR_BOUNDS).beside(np.zeros(group.model.n_bins), everyone),
        hard=group.hard,
        max_nodes=group.nodes,
        runtime_s=group.deadline_s - time.time(),
        bulk=bulk,
    )
    give_back_memory()
    rise = whole.bound - float(group.least.sum() + group.bins.sum()) - _NUMERICS * group.excess
    return rise, whole.proved and bulk is None


@dataclass(frozen=True)
class _Priced:
    """Each unit's best pair, and its worth between the best rep and the second (units,)."""

    best: IndexArray
    worth: FloatArray


def _priced(group: Group) -> _Priced:
    model, reduced = group.model, group.reduced
    order = np.lexsort((reduced, model.unit))
    best, second = order[model.start[:-1]], order[model.start[:-1] + 1]  # staying outside is one of several
    share = share_of_best(group.money, model.rep[best], model.rep[second])
    return _Priced(best, reduced[best] + share * (reduced[second] - reduced[best]))


def _rises_alone(group: Group, priced: _Priced) -> FloatArray:
    """Proved rise of each rep alone, other reps at a price; 0 where it is not worth a look (reps + 1,)."""
    rises = np.zeros(group.outside + 1)
    for rep in np.flatnonzero(group.money > _POOR * group.excess):
        rises[rep] = _solved(_alone(group, int(rep), priced), 0.0).rise
    return rises


def _alone(group: Group, rep: int, priced: _Priced) -> Group:
    """The group of one of a group's reps."""
    model, inside = group.model, np.arange(group.outside + 1) == rep
    own, outside, here = own_bins(model, inside), model.rep == group.outside, model.rep == rep
    paid = np.where(outside, 0.0, group.reduced - priced.worth[model.unit])
    elsewhere = np.add.reduceat(group.planned & here, model.start[:-1], dtype=np.int64) == 0
    alone = replace(
        group,
        model=counted(model, group.prices, paid, own),
        prices=np.where(own[:-1], group.prices, 0.0),
        bins=np.where(own[:-1], group.bins, 0.0),
        planned=np.where(outside, elsewhere[model.unit], group.planned & here),
        plan_bins=np.where(own[:-1], group.plan_bins, 0.0),
    )
    return alone.only(here)


def _useless(group: Group, priced: _Priced, rises: FloatArray) -> BoolArray:
    """Pairs that only answers dearer than the plan's can use; shape (pairs,)."""
    model = group.model
    here, there = model.rep, model.rep[priced.best][model.unit]
    gained = np.maximum(rises[here], group.reduced - priced.worth[model.unit])
    lost = np.maximum(rises[there], (priced.worth - group.least)[model.unit])
    others = rises.sum() - rises[here] - rises[there]
    useless: BoolArray = others + gained + lost > _AND_ROUNDING * group.excess
    return useless & (here != there)
