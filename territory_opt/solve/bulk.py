"""Pairs that a program need not hold one by one, and what they may still do to a bound.

Far pairs are many and hardly ever used, yet a bound must allow for all of them. Sorted into lots of one rep
and nearly one mix of loads, they are sold by size: fractional, at the least that any of a lot is paid per
size. That is a relaxation, so a bound stays a bound, and it is a weak one only where so much of a load is
missing that far pairs would be bought at that price.
"""

from __future__ import annotations

import numpy as np

from territory_opt.problem import BoolArray
from territory_opt.solve.model import Model
from territory_opt.solve.relaxation import Bulk
from territory_opt.travel.place import FloatArray

_MIXES = 8  # shares of a meter in a size that are told apart


def sizes(model: Model) -> FloatArray:
    """Size of each pair: the loads that are counted, each against its mean; shape (pairs,)."""
    return _shares(model).sum(axis=0)


def in_lots(model: Model, left: BoolArray, paid: FloatArray, prices: FloatArray) -> Bulk | None:
    """The pairs of a model that are left out, in lots; None where none of them weighs anything.

    paid (pairs,): what a pair costs with its loads priced, never below 0 where it has no size; a pair
    without a size helps nobody and is dropped. prices (bins,).
    """
    share = _shares(model)
    size = share.sum(axis=0)
    pair = np.flatnonzero(left & (size > 0))
    if len(pair) == 0:
        return None
    size, share = size[pair], share[:, pair] / size[pair]
    key = model.rep[pair].astype(np.int64)
    for row in share[:-1]:  # the last is what the others leave
        key = key * _MIXES + np.minimum((_MIXES * row).astype(np.int64), _MIXES - 1)
    order = np.argsort(key, kind="stable")
    first = np.concatenate([[0], np.flatnonzero(np.diff(key[order])) + 1])
    loads = model.load[:, pair[order]] / size[order]
    return Bulk(
        rep=model.rep[pair[order[first]]],
        paid=np.minimum.reduceat(paid[pair[order]] / size[order], first),
        size=np.add.reduceat(size[order], first),
        least=np.minimum.reduceat(loads, first, axis=1),
        most=np.maximum.reduceat(loads, first, axis=1),
        price=np.append(prices, 0.0)[model.bin[:, model.rep[pair[order[first]]]]],
    )


def _shares(model: Model) -> FloatArray:
    """Each pair's load of each meter against the mean, 0 where it is not counted; (meters, pairs)."""
    counted = np.where(model.bin[:, model.rep] >= 0, model.load, 0.0)
    some = np.count_nonzero(counted, axis=1)
    mean = np.where(some > 0, counted.sum(axis=1) / np.maximum(some, 1), 1.0)
    share: FloatArray = counted / np.maximum(mean, 1e-12)[:, None]
    return share
