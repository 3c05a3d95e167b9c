"""Shapes as a net of lines, each of them once: what neighbours share is one line, not two alike."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


class Net(NamedTuple):
    """Lines between the points where more than two of them meet, and shapes as walks along them.

    lines: each (points, 2) lon and lat, in whole units of the grid. shapes: for each shape its polygons, for
    each polygon its rings, for each ring its lines in order: `i` forwards, `-1 - i` backwards.
    """

    lines: list[IntArray]
    shapes: list[list[list[list[int]]]]

    def flat(self) -> list[list[int]]:
        """Each line as its first point and the steps from there: lon, lat, dlon, dlat …"""
        return [np.diff(line, axis=0, prepend=0).ravel().tolist() for line in self.lines]


def net(shapes: NDArray[Any], grid: float) -> Net:
    """The net of polygons and multipolygons that share their corners; (shapes,) shapely geometries.

    grid: degrees; corners are moved to whole multiples of it, and rings that vanish by it are dropped.
    Source: the topology of TopoJSON (Bostock 2012).
    """
    part, shape = shapely.get_parts(shapes, return_index=True)
    ring, polygon = shapely.get_rings(part, return_index=True)
    if not len(ring):
        return Net([], [[] for _ in shapes])
    corner, row = shapely.get_coordinates(ring, return_index=True)
    place = np.rint(corner / grid).astype(np.int64)
    low = place.min(axis=0)
    height = int(np.ptp(place[:, 1])) + 1
    key, first, node = np.unique((place - low) @ (height, 1), return_index=True, return_inverse=True)
    rings = [_cleaned(nodes) for nodes in np.split(node, np.flatnonzero(np.diff(row)) + 1)]
    walks, lines = _walks(rings, _meeting(rings, len(key)))
    found: list[list[list[list[int]]]] = [[] for _ in range(len(shapes))]
    last = -1
    for walk, where in zip(walks, polygon.tolist(), strict=True):
        if walk and where != last:
            found[shape[where]].append([])
            last = where
        if walk:
            found[shape[where]][-1].append(walk)
    return Net([place[first[line]] for line in lines], found)


def _cleaned(nodes: IntArray) -> IntArray:
    """A ring without its closing point and repeated ones; empty when fewer than three are left."""
    nodes = nodes[:-1]
    nodes = nodes[nodes != np.roll(nodes, 1)]
    return nodes if len(nodes) > 2 else nodes[:0]


def _meeting(rings: list[IntArray], n: int) -> NDArray[np.bool_]:
    """Points where a line ends: not exactly two others are beside them; (points,)."""
    sides = [np.column_stack([nodes, np.roll(nodes, -1)]) for nodes in rings]
    pairs = np.unique(np.sort(np.concatenate([np.zeros((0, 2), np.int64), *sides]), axis=1), axis=0)
    return np.bincount(pairs.ravel(), minlength=n) != 2


def _walks(rings: list[IntArray], meeting: NDArray[np.bool_]) -> tuple[list[list[int]], list[IntArray]]:
    known: dict[bytes, int] = {}
    lines: list[IntArray] = []
    walks: list[list[int]] = []
    for nodes in rings:
        walks.append([])
        for line in _cut(nodes, meeting):
            number = known.get(line.tobytes())
            if number is None:
                number = len(lines)
                lines.append(line)
                known[line.tobytes()] = number
                known[line[::-1].tobytes()] = -1 - number
            walks[-1].append(number)
    return walks, lines


def _cut(nodes: IntArray, meeting: NDArray[np.bool_]) -> list[IntArray]:
    """A ring as lines between points where lines meet; from its first point by number if there is none."""
    if not len(nodes):
        return []
    ends = np.flatnonzero(meeting[nodes])
    start = int(ends[0]) if len(ends) else int(nodes.argmin())
    closed = np.append(np.roll(nodes, -start), nodes[start])
    cuts = [*np.flatnonzero(meeting[closed]).tolist()] if len(ends) else [0, len(nodes)]
    return [closed[a : b + 1] for a, b in pairwise(cuts)]
