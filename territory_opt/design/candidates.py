"""Where a centre may be tried when there are too many units to try each: the middles of many small clusters.

Clusters by Lloyd's method on the globe (Lloyd 1982). When the territories are drawn, each gets its best
centre among all of its units; and the bound prices every unit as a centre, candidate or not.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from territory_opt.design.units import Units
from territory_opt.travel.place import FloatArray, IndexArray

#: A table of all units and centres must fit into memory: 5,000 × 5,000 take 200 MB.
ALL_PAIRS = 25_000_000
#: What the narrowed table may have at most: 480 MB, and three times as much to work in.
MOST_PAIRS = 60_000_000
_PER_TERRITORY = 4  # candidates at least
_ROUNDS = 8


def candidates_wanted(units: Units, k: int) -> int:
    """How many units are tried as centres: all of them as long as the table is small."""
    n = max(len(units), 1)
    if n * len(units.centres) <= ALL_PAIRS:
        return len(units.centres)
    return min(len(units.centres), max(ALL_PAIRS // n, _PER_TERRITORY * k))


def candidate_units(units: Units, weight: FloatArray, wanted: int) -> IndexArray:
    """Units to be tried as centres, rising; weight (units,): what being near to each is worth.

    Every part of the map that hangs together has one at least.
    """
    able = units.centres
    if wanted >= len(able):
        return able
    place = _vectors(units.lat[able], units.lon[able])
    pull = weight[able] + weight[able].mean() * 0.1 + 1e-12
    first = np.random.default_rng(0).choice(len(able), wanted, replace=False, p=pull / pull.sum())
    middle = place[first]
    for _ in range(_ROUNDS):
        _, cluster = cKDTree(middle).query(place)
        total = np.stack([np.bincount(cluster, pull * axis, minlength=wanted) for axis in place.T], axis=1)
        size = np.bincount(cluster, pull, minlength=wanted)
        middle[size > 0] = total[size > 0] / size[size > 0, None]
    _, nearest = cKDTree(place).query(middle)
    return np.unique(np.concatenate([able[nearest], _one_in_each_part(units, able, able[nearest])]))


def _one_in_each_part(units: Units, able: IndexArray, chosen: IndexArray) -> IndexArray:
    """Units for the parts of the map where none is chosen yet."""
    if not len(units.edges):
        return np.zeros(0, np.int64)
    links = coo_array((np.ones(len(units.edges)), tuple(units.edges.T)), shape=(len(units),) * 2)
    part = connected_components(links, directed=False)[1]
    missing = able[~np.isin(part[able], part[chosen])]
    _, first = np.unique(part[missing], return_index=True)
    return missing[first]


def _vectors(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Places on the unit globe; (places, 3)."""
    north, east = np.radians(lat), np.radians(lon)
    return np.column_stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)])
