"""Where a map looks first, and longitudes that run on over the date line."""

from __future__ import annotations

import numpy as np

from territory_opt.travel.place import FloatArray

_DATE_LINE = -180.0
_REST = 0.02  # share of the things that may lie far off on each side
_NEAR = 0.2  # of the size of what is left: so far beyond it still belongs to it
_SMALLER = 2.0  # times smaller has a view to be that is worth leaving something out


def seam(west: FloatArray, east: FloatArray) -> float:
    """Where to cut the globe: in the middle of the widest stretch that lies in none of these ranges.

    west, east: longitudes where things begin and end, degrees within -180 … 180. What seems to reach around
    more than half of the globe is taken as two things at its ends: it crosses the date line.
    """
    wide = east - west > 180
    starts = np.concatenate([west, east[wide]])
    ends = np.concatenate([np.where(wide, west, east), east[wide]])
    order = np.argsort(starts)
    starts, reached = starts[order], np.maximum.accumulate(ends[order])
    if not len(starts):
        return _DATE_LINE
    gap = np.append(starts[1:], starts[0] + 360) - reached
    last = int(gap.argmax())
    if last == len(gap) - 1:
        return _DATE_LINE  # the map as everybody knows it
    cut = float(reached[last] + gap[last] / 2)
    return cut - 360 if cut > 0 else cut


def unwrapped(lon: FloatArray, cut: float) -> FloatArray:
    """The same longitudes between the cut and 360 degrees east of it."""
    return np.asarray(lon - 360 * np.floor((lon - cut) / 360), np.float64)


def frame(low: FloatArray, high: FloatArray) -> list[list[float]] | None:
    """The corners [[south, west], [north, east]] that a map shows first; None when there is nothing.

    low, high: south-west and north-east corners of the things on it, as lat and lon, (things, 2). A few that
    lie far off are left out (Hawaii, say) where the rest then fills a much smaller map.
    """
    known = np.isfinite(low).all(axis=1) & np.isfinite(high).all(axis=1)
    low, high = low[known], high[known]
    if not len(low):
        return None
    middle = (low + high) / 2
    south_west, north_east = np.quantile(middle, [_REST, 1 - _REST], axis=0)
    margin = _NEAR * (north_east - south_west)
    near = ((middle >= south_west - margin) & (middle <= north_east + margin)).all(axis=1)
    whole, core = _corners(low, high), _corners(low[near], high[near])
    chosen = core if _size(whole) > _SMALLER * _size(core) > 0 else whole
    return [[round(float(v), 4) for v in corner] for corner in chosen]


def _corners(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    return low.min(axis=0), high.max(axis=0)


def _size(corners: tuple[FloatArray, FloatArray]) -> float:
    return float(np.prod(corners[1] - corners[0]))
