"""Lazy cuts that keep territories in one piece, found where a plan tears one.

If a rep serves unit a and unit b, he serves some unit of every set whose removal parts them:
x[a] + x[b] ≤ 1 + Σ x[s] over such a set (Oehrlein & Haunert 2017; Validi, Buchanan & Lykhovyd 2022). There
are too many sets to write them all down, so they are added for the pieces that a solver leaves.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from territory_opt.problem import BoolArray, Int32Array
from territory_opt.solve.ground import Ground
from territory_opt.solve.model import Cut
from territory_opt.travel.place import FloatArray, IndexArray

FIXED = -2  # in a table of pairs: this rep has this unit, whatever is decided
_ENDS = 4  # units of a piece and of its core that cuts are made for


def separators(ground: Ground, pair: Int32Array, holder: Int32Array, merit: FloatArray) -> Iterator[Cut]:
    """Cuts that forbid the torn territories of a plan, none when there is none.

    pair: of each unit and rep (units, reps), -1 none, FIXED. holder: rep of each area. merit: of each area,
    those of greatest merit in a piece are thought to stay (areas,).
    """
    piece = ground.pieces(holder)
    held = np.flatnonzero(holder >= 0)
    for rep in np.unique(holder[held]).tolist():
        own = np.flatnonzero(holder == rep)
        numbers = _by_merit(piece[own], merit[own])
        if len(numbers) < 2:
            continue
        open_to = np.append(pair[:, rep] != -1, False)[ground.unit]
        core = np.flatnonzero(piece == numbers[0])
        for number in numbers[1:]:
            part = np.flatnonzero(piece == number)
            for one, far in ((part, core), (core, part)):
                between = ground.unit[_between(ground, open_to, one, far)]
                yield from _cuts(ground, pair[:, rep], part, core, np.unique(between), merit)


def _by_merit(piece: Int32Array, merit: FloatArray) -> Int32Array:
    """The pieces of a territory, that of greatest merit first."""
    numbers, code = np.unique(piece, return_inverse=True)
    return numbers[np.argsort(-np.bincount(code, merit), kind="stable")]


def _between(ground: Ground, open_to: BoolArray, part: IndexArray, far: IndexArray) -> IndexArray:
    """Areas beside a piece over which alone it can be reached from afar, among those open to the rep."""
    one = np.repeat(np.arange(len(ground.unit)), np.diff(ground.first))
    inside = np.zeros(len(ground.unit), bool)
    inside[part] = True
    fence = np.zeros(len(inside), bool)
    fence[ground.other[inside[one] & ~inside[ground.other]]] = True
    fence &= open_to
    outside = np.where(open_to & ~fence & ~inside, 0, -1).astype(np.int32)
    region = ground.pieces(outside)
    reached = np.isin(region, region[far]) & (outside == 0)
    beside = np.zeros(len(inside), bool)
    beside[ground.other[reached[one]]] = True
    return np.flatnonzero(fence & beside)


def _cuts(
    ground: Ground,
    pair: Int32Array,
    part: IndexArray,
    core: IndexArray,
    between: Int32Array,
    merit: FloatArray,
) -> Iterator[Cut]:
    minus = pair[between]
    for a in _ends(ground, part, merit):
        for b in _ends(ground, core, merit):
            both = pair[np.unique([a, b])]
            yield Cut(both[both >= 0], minus[minus >= 0], len(both) - 1 - int((both == FIXED).sum()))


def _ends(ground: Ground, areas: IndexArray, merit: FloatArray) -> list[int]:
    """The units of some areas that matter most."""
    best = areas[np.argsort(-merit[areas], kind="stable")[:_ENDS]]
    return list(dict.fromkeys(ground.unit[best].tolist()))
