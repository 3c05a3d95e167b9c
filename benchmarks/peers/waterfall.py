"""A greedy waterfall, as commercial planning tools run it: accounts by size, the nearest rep with room.

Nearest is cheapest here (driving and disruption together), which is kinder to it than distance alone. Where
nobody has room left, the account goes to the rep who is least loaded. It also starts the exact solvers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.market import Effort, Market, Proposal, bin_scale
from territory_opt.solve.model import Model

MOST_PAIRS, PER_UNIT = 3_000_000, 24


def align(market: Market, effort: Effort) -> Proposal:
    """Two passes, with reps full at the middle of their bands and at the top; the better plan."""
    model, form = market.model(MOST_PAIRS, PER_UNIT)
    best = min(
        (fill(model, full) for full in ("middle", "top")), key=lambda c: market.objective(model.rep[c])
    )
    return Proposal(market.rep_of_account(model.rep[best]), form, f"best of 2 passes in {effort.spent:.2f} s")


def fill(model: Model, full: str = "middle") -> NDArray[np.int64]:
    """Pair of each unit, shape (units,); reps have room up to the middle or the top of each band."""
    start = np.asarray(model.start)
    n_units, scale = len(start) - 1, bin_scale(model)
    choice = np.zeros(n_units, np.int64)
    unit = np.repeat(np.arange(n_units), np.diff(start))
    by_cost = np.lexsort((model.cost, unit))
    bins = model.bin[:, model.rep[by_cost]]
    counts = bins >= 0
    bins = np.where(counts, bins, 0)
    share = np.where(counts, model.load[:, by_cost] / scale[bins], 0.0)
    middle = (np.where(np.isfinite(model.low), model.low, model.high) + model.high) / 2
    most = (model.high if full == "top" else middle) / scale
    limit = np.where(counts, most[bins], np.inf)
    used = np.zeros(len(scale))
    for u in np.argsort(-_size(share, start), kind="stable"):
        pairs = slice(start[u], start[u + 1])
        filled = used[bins[:, pairs]] * counts[:, pairs] + share[:, pairs]
        room = (filled <= limit[:, pairs]).all(axis=0)
        best = int(room.argmax()) if room.any() else int(filled.max(axis=0, initial=0.0).argmin())
        p = start[u] + best
        np.add.at(used, bins[:, p], share[:, p])
        choice[u] = by_cost[p]
    return choice


def _size(share: NDArray[np.float64], start: NDArray[np.integer]) -> NDArray[np.float64]:
    """How much of a territory each unit fills on the rep where it weighs least, all measures together."""
    if not len(share):
        return np.zeros(len(start) - 1)
    size: NDArray[np.float64] = np.minimum.reduceat(share, start[:-1], axis=1).sum(axis=0)
    return size
