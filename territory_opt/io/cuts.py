"""One area cut into parts along the accounts in it, by straight lines across its outline.

Halves are halved again, each by a short line that shares the load well (recursive bisection, Berger & Bokhari
1987). A piece of ground that a line cuts off from the rest of its part goes, with the accounts on it,
to the part that it shares most border with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from territory_opt.io.borders import borders
from territory_opt.io.date_line import Shapes
from territory_opt.io.plane import Plane
from territory_opt.problem import BoolArray
from territory_opt.travel.place import FloatArray, IndexArray

_ANGLES = np.arange(16) * np.pi / 8
_UNEVEN = 3.0  # how much a load astray by a part counts against a line as long as the area is wide
_SAME_PLACE_M, _SAME_PLACE = 1.0, 0.25  # accounts so near are rather left together: a quarter of a part
_LEAST_GROUND = 1e-6  # of the area; a part must lie somewhere
_HALVINGS = 40
_SNAP_M = 1.0
_SAME_CORNER_M = 1e-4


@dataclass(frozen=True)
class Inside:
    """The accounts of one area. xy (accounts, 2): metres, within the area; load (accounts,).

    item (accounts,): those of one number stay together as long as there are enough others.
    """

    xy: FloatArray
    load: FloatArray
    item: IndexArray

    def take(self, rows: IndexArray | BoolArray) -> Inside:
        """Some of the accounts."""
        return Inside(self.xy[rows], self.load[rows], self.item[rows])


@dataclass(frozen=True)
class _Line:
    """Items with `along` up to `at` on one side; the less the score, the better the line."""

    angle: float
    at: float
    low: BoolArray
    score: float


def cut_area(shape: object, inside: Inside, n_parts: int, plane: Plane) -> tuple[IndexArray, Shapes]:
    """Part of each account (accounts,), and the shape of each part (parts,), of no more than accounts.

    Parts cover the shape once, hold an account each, and hang together but for islands of the shape.
    shape: a polygon or several, of the plane.
    """
    label, shapes = np.zeros(len(inside.load), np.int64), np.full(n_parts, shapely.Polygon(), dtype=object)
    todo = [(shape, np.arange(len(inside.load)), 0, n_parts)]
    while todo:
        ground, own, first, n = todo.pop()
        if n == 1:
            label[own], shapes[first] = first, ground
            continue
        sides, low = _halved(ground, inside.take(own), n)
        todo.append((sides[0], own[low], first, n // 2))
        todo.append((sides[1], own[~low], first + n // 2, n - n // 2))
    return _rejoined(shapes, label, inside, plane)


def _halved(shape: object, inside: Inside, n: int) -> tuple[Shapes, BoolArray]:
    """Both sides of the best line, and which accounts are on the first, that of n // 2 parts."""
    _, item = np.unique(inside.item, return_inverse=True)
    if item.max() + 1 < n:
        item = np.arange(len(item))
    lines = sorted(_lines(shape, inside, item, n), key=lambda line: line.score)
    least = _LEAST_GROUND * shapely.area(shape)
    for line in lines:
        sides = _sides(shape, line.angle, line.at)
        if (shapely.area(sides) > least).all():
            return sides, line.low[item]
    return _sides_by_ground(shape, lines[0].angle, n // 2 / n), lines[0].low[item]


def _lines(shape: object, inside: Inside, item: IndexArray, n: int) -> Iterator[_Line]:
    """For each angle the line that shares the load best, with at least a piece for each part on its side."""
    weight = np.bincount(item, inside.load)
    size = np.bincount(item)
    middle = np.column_stack([np.bincount(item, xy) / size for xy in inside.xy.T])
    half, share = n // 2, n // 2 / n
    count = np.arange(half, len(size) - (n - half) + 1)
    wide_m = float(np.sqrt(shapely.area(shape)))
    for angle in _ANGLES:
        along = middle @ _direction(angle)
        order = np.argsort(along, kind="stable")
        filled = np.cumsum(weight[order]) / max(float(weight.sum()), 1e-300)
        gap = along[order[np.minimum(count, len(order) - 1)]] - along[order[count - 1]]
        uneven = np.abs(filled[count - 1] - share) * n + _SAME_PLACE * (gap < _SAME_PLACE_M)
        best = int(uneven.argmin())
        j = int(count[best])
        at = float(along[order[j - 1]] + along[order[j]]) / 2
        low = np.zeros(len(size), bool)
        low[order[:j]] = True
        long = shapely.length(shapely.intersection(_chord(shape, angle, at), shape))
        yield _Line(float(angle), at, low, _UNEVEN * float(uneven[best]) + float(long) / wide_m)


def _direction(angle: float) -> FloatArray:
    return np.array([np.cos(angle), np.sin(angle)])


def _ends(shape: object, angle: float, at: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Two points of the line beyond the shape, and a step over it on the first side."""
    along, across = _direction(angle), _direction(angle + np.pi / 2)
    west, south, east, north = shapely.bounds(shape)
    reach = float(np.hypot(east - west, north - south)) + 1.0
    foot = along * at + across * float(across @ [(west + east) / 2, (south + north) / 2])
    return foot - across * reach, foot + across * reach, 2 * reach * along


def _chord(shape: object, angle: float, at: float) -> object:
    one, other, _ = _ends(shape, angle, at)
    return shapely.LineString([one, other])


def _sides(shape: object, angle: float, at: float) -> Shapes:
    """What of a shape lies before and beyond a line; (2,)."""
    one, other, step = _ends(shape, angle, at)
    halves = [shapely.Polygon([one, other, other + sign * step, one + sign * step]) for sign in (-1, 1)]
    return _ground(shapely.intersection(shape, np.array(halves, dtype=object)))


def _ground(shapes: Shapes) -> Shapes:
    """The polygons of what came out of an intersection: no lines where a cut ran along a border."""
    found = np.asarray(shapes, dtype=object)
    mixed = shapely.get_type_id(found) == shapely.GeometryType.GEOMETRYCOLLECTION
    for i in np.flatnonzero(mixed):
        part = shapely.get_parts(found[i])
        found[i] = shapely.union_all(part[shapely.get_dimensions(part) == 2])
    return found


def _sides_by_ground(shape: object, angle: float, share: float) -> Shapes:
    """Both sides of the line that shares the ground: where accounts lie says nothing."""
    corners = shapely.get_coordinates(shape) @ _direction(angle)
    low, high = float(corners.min()), float(corners.max())
    for _ in range(_HALVINGS):
        at = (low + high) / 2
        if shapely.area(_sides(shape, angle, at)[0]) < share * shapely.area(shape):
            low = at
        else:
            high = at
    return _sides(shape, angle, (low + high) / 2)


def _rejoined(shapes: Shapes, label: IndexArray, inside: Inside, plane: Plane) -> tuple[IndexArray, Shapes]:
    """Pieces that are cut off from their part go to the part around them, with the accounts on them."""
    piece, part = shapely.get_parts(shapes, return_index=True)
    if len(piece) == len(shapes):
        return label, shapes
    on = [
        np.flatnonzero((label == p) & shapely.intersects_xy(ground, *inside.xy.T))
        for ground, p in zip(piece, part, strict=True)
    ]
    load = np.array([float(inside.load[rows].sum()) for rows in on])
    count = np.array([len(rows) for rows in on])
    heaviest = np.lexsort((shapely.area(piece), count, load, part))
    main = heaviest[np.append(np.diff(part[heaviest]) > 0, True)]
    owner = np.full(len(piece), -1)
    owner[main] = part[main]
    _spread(owner, *borders(piece, plane, _SNAP_M))
    owner = np.where(owner < 0, part, owner)
    label = label.copy()
    for i in np.flatnonzero(owner != part):
        label[on[i]] = owner[i]
    whole = [united(piece[owner == p]) for p in range(len(shapes))]
    return label, _ground(np.array(whole, dtype=object))


def united(pieces: Shapes) -> object:
    """One shape, also where the end of a line on a border is a corner of one piece and not of the other."""
    whole = pieces[0]
    for piece in pieces[1:]:
        near = shapely.snap(piece, whole, _SAME_CORNER_M)
        whole = shapely.union(shapely.snap(whole, near, _SAME_CORNER_M), near)
    return whole


def _spread(owner: IndexArray, edges: IndexArray, km: FloatArray) -> None:
    """Give pieces without an owner (-1) to the one they share most border with, until none touches any."""
    one, other = np.concatenate([edges, edges[:, ::-1]]).T
    both = np.concatenate([km, km])
    while True:
        open_ones = (owner[one] < 0) & (owner[other] >= 0)
        if not open_ones.any():
            return
        row = np.flatnonzero(open_ones)[both[open_ones].argmax()]
        owner[one[row]] = owner[other[row]]
