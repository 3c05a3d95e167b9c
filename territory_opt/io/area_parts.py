"""Areas with some of them cut into parts, each an area of its own: outlines, neighbours, accounts.

The ground, the accounts, and the length of every border stay what they were; new ones run inside an area.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from territory_opt.areas import Areas, Int32Array, TextArray
from territory_opt.io.borders import borders
from territory_opt.io.cuts import Inside, cut_area, united
from territory_opt.io.date_line import Shapes
from territory_opt.io.plane import WGS84, Plane, area_km2, outlines_of, shapes_of
from territory_opt.problem import BoolArray
from territory_opt.travel.place import FloatArray, IndexArray

_SNAP_M = 1.0


@dataclass(frozen=True)
class Parts:
    """areas: with parts in the place of those that were cut. area (accounts,): index in them, -1 for none.

    parent (areas,): which of the former areas each is, or is a part of.
    """

    areas: Areas
    area: Int32Array
    parent: IndexArray


@dataclass(frozen=True)
class Placed:
    """Accounts on the map, (accounts,) each. area: of the uncut areas, -1 for none. lat, lon: degrees.

    load: what parts are to share; item: accounts of one number are rather kept together.
    """

    area: Int32Array
    lat: FloatArray
    lon: FloatArray
    load: FloatArray
    item: IndexArray


def divided(areas: Areas, accounts: Placed, n_parts: IndexArray) -> Parts:
    """Areas cut into n_parts (areas,) each, 1 for those that stay; no more parts than accounts in it.

    Parts share the accounts' load, item by item as far as there are items enough, and what an area measures
    in proportion to it. Needs outlines.
    """
    assert areas.outlines is not None
    parent = np.repeat(np.arange(len(areas)), n_parts)
    first = np.concatenate([[0], np.cumsum(n_parts)])
    area = np.append(first[:-1], -1)[accounts.area]
    old = shapes_of(areas.outlines)
    shapes = old[parent]
    for a in np.flatnonzero(n_parts > 1):
        rows = np.flatnonzero(accounts.area == a)
        label, cut = _cut(old[a], accounts, rows, int(n_parts[a]))
        shapes[first[a] : first[a + 1]] = cut
        area[rows] = first[a] + label
    return _assembled(areas, parent, shapes, area, accounts.load)


def rejoined(areas: Areas, parts: Parts, load: FloatArray, territory: IndexArray, seat: BoolArray) -> Parts:
    """Parts of one area that touch and are in one territory as one part again, and `areas` where it is whole.

    load (accounts,). territory, seat (parts,): whose each part is, and whether a centre lies at its point:
    that place is then the point of the new part too.
    """
    assert areas.outlines is not None
    assert parts.areas.outlines is not None
    _, code = np.unique(np.column_stack([parts.parent, territory]), axis=0, return_inverse=True)
    cut = np.bincount(parts.parent)[parts.parent] > 1
    alone = code.max() + 1 + np.arange(len(code))
    piece = parts.areas.pieces(np.where(cut, code.ravel(), alone))
    _, first = np.unique(piece, return_index=True)
    parent = parts.parent[first]
    shapes, old = shapes_of(parts.areas.outlines), shapes_of(areas.outlines)
    whole = np.bincount(parent, minlength=len(areas)) == 1
    new = np.where(whole[parent], old[parent], shapes[first])
    for p in np.flatnonzero((np.bincount(piece) > 1) & ~whole[parent]):
        new[p] = _one_shape(shapes[piece == p])
    area = np.append(piece, -1)[parts.area]
    found = _assembled(areas, parent, new, area, load)
    lat, lon = found.areas.lat.copy(), found.areas.lon.copy()
    lat[piece[seat]], lon[piece[seat]] = parts.areas.lat[seat], parts.areas.lon[seat]
    return replace(found, areas=replace(found.areas, lat=lat, lon=lon))


def _one_shape(shapes: Shapes) -> Any:
    plane, flat = _flat(shapes)
    return plane.lonlat(np.array([united(flat)], dtype=object))[0]


def _assembled(areas: Areas, parent: IndexArray, shapes: Shapes, area: IndexArray, load: FloatArray) -> Parts:
    """The parts as areas; area, load (accounts,): where each account lies in them, and what it weighs."""
    inside = area >= 0
    own = np.bincount(area[inside], load[inside], minlength=len(parent))
    whole = np.bincount(parent, own, minlength=len(areas))[parent]
    even = 1.0 / np.bincount(parent, minlength=len(areas))[parent]
    share = np.where(whole > 0, own / np.where(whole > 0, whole, 1.0), even)
    edges, km = _graph(areas, parent, shapes)
    return Parts(_renewed(areas, parent, shapes, share, edges, km), area.astype(np.int32), parent)


def _cut(shape: Any, accounts: Placed, rows: IndexArray, n: int) -> tuple[IndexArray, Shapes]:
    """Parts of one area, west to east, on a plane of its own."""
    alone = np.array([shape], dtype=object)
    plane = Plane.of(WGS84, alone)
    flat = plane.flat(alone)[0]
    points = plane.points(accounts.lon[rows], accounts.lat[rows])
    xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    middle = shapely.get_coordinates(shapely.point_on_surface(flat))
    point = shapely.points(np.where(np.isfinite(xy), xy, middle))
    near = shapely.get_coordinates(shapely.shortest_line(flat, point)).reshape(-1, 2, 2)[:, 0]
    outside = ~shapely.intersects(flat, point)
    xy = np.where(outside[:, None], near, shapely.get_coordinates(point))
    label, parts = cut_area(flat, Inside(xy, accounts.load[rows], accounts.item[rows]), n, plane)
    order = np.argsort(shapely.get_x(shapely.centroid(parts)), kind="stable")
    degrees = plane.lonlat(parts[order])
    return np.argsort(order)[label], degrees


def _renewed(
    areas: Areas, parent: IndexArray, shapes: Shapes, share: FloatArray, edges: Int32Array, km: FloatArray
) -> Areas:
    n_parts = np.bincount(parent, minlength=len(areas))
    is_part = n_parts[parent] > 1
    number = np.arange(len(parent)) - np.concatenate([[0], np.cumsum(n_parts)])[parent] + 1
    lat, lon, size = areas.lat[parent], areas.lon[parent], areas.area_km2[parent]
    if is_part.any():
        inside = shapely.get_coordinates(shapely.point_on_surface(_largest(shapes[is_part])))
        lon[is_part], lat[is_part] = inside.T
        ground = np.where(is_part, 0.0, 1.0)
        ground[is_part] = area_km2(shapes[is_part])
        size = size * ground / np.bincount(parent, ground)[parent]
    said = zip(areas.names[parent], number, n_parts[parent], strict=True)
    names = [f"{name} ({i} of {n})" if n > 1 else name for name, i, n in said]
    return Areas.of(
        _ids(areas.ids, parent, number, is_part),
        names=names,
        lat=lat,
        lon=lon,
        area_km2=size,
        measures={name: values[parent] * share for name, values in areas.measures.items()},
        edges=edges,
        border_km=km,
        outlines=outlines_of(shapes),
        tags={name: tag.take(parent) for name, tag in areas.tags.items()},
    )


def _ids(ids: TextArray, parent: IndexArray, number: IndexArray, is_part: BoolArray) -> list[str]:
    """06037/1, 06037/2 …, or with more strokes where such an id is taken."""
    taken, stroke = set(map(str, ids)), "/"
    while any(f"{ids[p]}{stroke}{i}" in taken for p, i in zip(parent[is_part], number[is_part], strict=True)):
        stroke += "/"
    rows = zip(ids[parent], number, is_part, strict=True)
    return [f"{i}{stroke}{n}" if cut else str(i) for i, n, cut in rows]


def _largest(shapes: Shapes) -> Shapes:
    """Of each shape the polygon with the greatest area."""
    part, row = shapely.get_parts(shapes, return_index=True)
    order = np.lexsort((shapely.area(part), row))
    return part[order[np.append(np.diff(row[order]) > 0, True)]]


def _graph(old: Areas, parent: IndexArray, shapes: Shapes) -> tuple[Int32Array, FloatArray]:
    """Pairs of neighbours and their km, (edges, 2) and (edges,).

    A border of an area that was cut is shared out among its parts and is as long as before; a bridge, and a
    border that the outlines do not show, go to the parts that are nearest to each other.
    """
    cut = np.bincount(parent, minlength=len(old)) > 1
    first = np.searchsorted(parent, np.arange(len(old) + 1))
    touched: BoolArray = np.asarray(cut[old.edges].any(axis=1))
    edges = [first[old.edges[~touched]]]
    km = [old.border_km[~touched]]
    around = np.zeros(len(old), bool)
    around[np.flatnonzero(cut)] = True
    around[old.edges[touched].ravel()] = True
    rows = np.flatnonzero(around[parent])
    plane, flat = _flat(shapes[rows])
    at = np.full(len(parent), -1)
    at[rows] = np.arange(len(rows))
    pair, length = borders(flat, plane, _SNAP_M) if cut.any() else (np.zeros((0, 2), int), np.zeros(0))
    pair = rows[pair]
    same = parent[pair[:, 0]] == parent[pair[:, 1]]
    inner = list(_linked_parts(np.flatnonzero(cut), first, pair[same], flat, at))
    edges += [pair[same], np.array(inner, np.int64).reshape(-1, 2)]
    km += [length[same], np.zeros(len(inner))]
    outer, outer_km = _outer(old, touched, (parent, first), (pair[~same], length[~same]), (flat, at))
    return np.concatenate([*edges, outer]).astype(np.int32), np.concatenate([*km, outer_km])


def _flat(shapes: Shapes) -> tuple[Plane, Shapes]:
    plane = Plane.of(WGS84, shapes)
    return plane, plane.flat(shapes)


def _outer(
    old: Areas,
    touched: BoolArray,
    family: tuple[IndexArray, IndexArray],
    found: tuple[IndexArray, FloatArray],
    ground: tuple[Shapes, IndexArray],
) -> tuple[IndexArray, FloatArray]:
    """What becomes of the borders of areas that were cut. family: parents, and the first part of each."""
    (parent, first), (pair, length), (flat, at) = family, found, ground
    code = np.sort(parent[pair], axis=1) @ np.array([len(old), 1])
    edges, km = [np.zeros((0, 2), np.int64)], [np.zeros(0)]
    for (a, b), whole in zip(old.edges[touched].astype(np.int64), old.border_km[touched], strict=True):
        own = np.flatnonzero(code == a * len(old) + b)
        if whole > 0 and len(own):
            edges.append(pair[own])
            km.append(length[own] * whole / length[own].sum())
        else:
            ones, others = np.arange(first[a], first[a + 1]), np.arange(first[b], first[b + 1])
            edges.append(np.array([_nearest(ones, others, flat, at)]))
            km.append(np.array([whole]))
    return np.concatenate(edges), np.concatenate(km)


def _nearest(ones: IndexArray, others: IndexArray, flat: Shapes, at: IndexArray) -> tuple[int, int]:
    far = shapely.distance(flat[at[ones]][:, None], flat[at[others]][None, :])
    i, j = np.unravel_index(far.argmin(), far.shape)
    return int(ones[i]), int(others[j])


def _linked_parts(
    cut: Iterable[int], first: IndexArray, pair: IndexArray, flat: Shapes, at: IndexArray
) -> Iterator[tuple[int, int]]:
    """Links between parts of one area that do not hang together, on islands, say: the area counted as one."""
    for a in cut:
        parts = np.arange(first[a], first[a + 1])
        inside = pair[(pair[:, 0] >= first[a]) & (pair[:, 0] < first[a + 1])] - first[a]
        while True:
            links = coo_array((np.ones(len(inside)), tuple(inside.T)), shape=(len(parts),) * 2)
            n, piece = connected_components(links, directed=False)
            if n == 1:
                break
            link = _nearest(parts[piece == 0], parts[piece != 0], flat, at)
            inside = np.concatenate([inside, [np.array(link) - first[a]]])
            yield link
