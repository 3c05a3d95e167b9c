"""From torn territories to whole ones: the best piece of each stays and the rest goes to neighbours."""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np

from territory_opt.problem import Int32Array
from territory_opt.solve.ground import Ground, pair_table
from territory_opt.solve.model import Model
from territory_opt.travel.place import FloatArray, IndexArray


def regrown(model: Model, ground: Ground, reduced: FloatArray, choice: IndexArray) -> IndexArray:
    """The plan with each territory cut to its dearest piece, and grown from there at least priced cost.

    Units that no territory can reach keep their pair, so that the plan may still be torn where rules say
    who serves what.
    """
    choice = choice.copy()
    pair = pair_table(model.start, model.rep, model.bin.shape[1])
    kept = _dearest_pieces(model, ground, reduced, choice)
    holder = np.where(kept, ground.holder(model.rep[choice]), -1).astype(np.int32)
    least = np.minimum.reduceat(reduced, model.start[:-1])
    heap: list[tuple[float, int, int]] = []

    def offer_neighbours(area: int) -> None:
        for near in ground.other[ground.first[area] : ground.first[area + 1]].tolist():
            unit = int(ground.unit[near])
            if holder[near] < 0 <= unit and (p := int(pair[unit, holder[area]])) >= 0:
                heappush(heap, (float(reduced[p] - least[unit]), near, p))

    for area in np.flatnonzero(holder >= 0).tolist():
        offer_neighbours(area)
    while heap:
        _, area, p = heappop(heap)
        if holder[area] >= 0:
            continue
        unit = int(ground.unit[area])
        choice[unit] = p
        for own in ground.area[ground.start[unit] : ground.start[unit + 1]].tolist():
            holder[own] = model.rep[p]
            offer_neighbours(own)
    return choice


def _dearest_pieces(model: Model, ground: Ground, reduced: FloatArray, choice: IndexArray) -> np.ndarray:
    """Areas in the piece of each territory that it would cost most to give away; bool (areas,)."""
    holder: Int32Array = ground.holder(model.rep[choice])
    piece = ground.pieces(holder)
    worth = np.append(_cost_to_give_away(model, reduced, choice), 0.0)[ground.unit]
    size = np.bincount(piece, worth + 1e-9 * (1 + np.abs(worth).max(initial=0.0)))
    held = np.flatnonzero(holder >= 0)
    order = held[np.lexsort((size[piece[held]], holder[held]))]
    best = np.full(int(holder.max(initial=-1)) + 1, -1, np.int64)
    best[holder[order]] = piece[order]  # the last one written stays: the dearest
    kept = np.zeros(len(holder), bool)
    kept[held] = piece[held] == best[holder[held]]
    return kept


def _cost_to_give_away(model: Model, reduced: FloatArray, choice: IndexArray) -> FloatArray:
    """Priced cost of the best other pair of each unit, over that of its own; dear where there is none."""
    others = reduced.copy()
    others[choice] = np.inf
    second = np.minimum.reduceat(others, model.start[:-1])
    extra = second - reduced[choice]
    dear = 10.0 * float(np.abs(extra[np.isfinite(extra)]).sum()) + 1.0
    worth: FloatArray = np.where(np.isfinite(extra), np.maximum(extra, 0.0), dear)
    return worth
