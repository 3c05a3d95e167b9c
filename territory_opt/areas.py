"""Areas: postcodes, counties or other pieces of the map, and which of them share a border.

Plain arrays only: whoever asks whether a territory is in one piece needs the graph and no geometry library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from territory_opt.arrays import floats, frozen, texts
from territory_opt.categories import Categories
from territory_opt.errors import DataError, Issue
from territory_opt.travel.place import FloatArray

Int32Array = NDArray[np.int32]
TextArray = NDArray[Any]  # dtype object, str entries


@dataclass(frozen=True)
class Outlines:
    """The shapes of areas as one run of points: areas are made of polygons, polygons of rings.

    lonlat: degrees, (points, 2); each ring ends where it begins, the first ring of a polygon is its outside
    and the others are holes. The three arrays of first positions have one entry more than there are things:
    ring r is `lonlat[ring[r]:ring[r + 1]]`, polygon p has the rings `polygon[p]:polygon[p + 1]`, area a the
    polygons `area[a]:area[a + 1]`.
    """

    lonlat: FloatArray
    ring: NDArray[np.int64]
    polygon: NDArray[np.int64]
    area: NDArray[np.int64]

    def __post_init__(self) -> None:
        ends = ((self.ring, len(self.lonlat)), (self.polygon, len(self.ring) - 1))
        for first, n in (*ends, (self.area, len(self.polygon) - 1)):
            if len(first) == 0 or first[0] != 0 or first[-1] != n or (np.diff(first) < 0).any():
                raise DataError("outlines do not fit together: first positions must rise from 0 to the end")
        for item in fields(self):
            object.__setattr__(self, item.name, frozen(getattr(self, item.name)))

    def __len__(self) -> int:
        return len(self.area) - 1


@dataclass(frozen=True)
class Areas:
    """Pieces of the map, one per row, and the graph of those that touch.

    lat, lon: a point inside, degrees. area_km2: size on the ground. measures, tags: numeric and text
    columns of the file.
    edges: pairs of areas that share a border, (edges, 2), the smaller index first, sorted and each once.
    border_km: length of the shared border, (edges,); 0 for a bridge: two areas that only count as neighbours.
    outlines: the shapes, None where only the graph is known.
    """

    ids: TextArray
    names: TextArray
    lat: FloatArray
    lon: FloatArray
    area_km2: FloatArray
    measures: Mapping[str, FloatArray]
    edges: Int32Array
    border_km: FloatArray
    outlines: Outlines | None = None
    tags: Mapping[str, Categories] = field(default_factory=dict)

    def __post_init__(self) -> None:
        issues = tuple(_faults(self))
        if issues:
            raise DataError(issues)
        measures = MappingProxyType({name: frozen(values) for name, values in self.measures.items()})
        object.__setattr__(self, "measures", measures)
        object.__setattr__(self, "tags", MappingProxyType(dict(self.tags)))
        for item in fields(self):
            if item.name not in ("measures", "tags", "outlines"):
                object.__setattr__(self, item.name, frozen(getattr(self, item.name)))

    @classmethod
    def of(
        cls,
        ids: Iterable[object],
        *,
        edges: ArrayLike = (),
        border_km: ArrayLike | None = None,
        names: Iterable[object] | None = None,
        lat: ArrayLike | None = None,
        lon: ArrayLike | None = None,
        area_km2: ArrayLike | None = None,
        measures: Mapping[str, ArrayLike] | None = None,
        outlines: Outlines | None = None,
        tags: Mapping[str, Iterable[object] | Categories] | None = None,
    ) -> Areas:
        """From plain sequences; pairs in any order. What is left out is not known (borders have length 0)."""
        id_array = texts(ids)
        pairs, km = _sorted_edges(edges, border_km)
        return cls(
            ids=id_array,
            names=id_array if names is None else texts(names),
            lat=floats(lat, len(id_array)),
            lon=floats(lon, len(id_array)),
            area_km2=floats(area_km2, len(id_array)),
            measures={k: np.array(v, dtype=np.float64) for k, v in (measures or {}).items()},
            edges=pairs,
            border_km=km,
            outlines=outlines,
            tags={k: v if isinstance(v, Categories) else Categories.of(v) for k, v in (tags or {}).items()},
        )

    def __len__(self) -> int:
        return len(self.ids)

    def __reduce__(self) -> tuple[Any, ...]:
        """How a map is sent to another process: frozen mappings cannot go as they are."""
        parts = (getattr(self, item.name) for item in fields(self))
        return type(self), tuple(dict(part) if isinstance(part, Mapping) else part for part in parts)

    def neighbours(self) -> tuple[NDArray[np.int64], Int32Array]:
        """The graph row by row: the neighbours of area a are `other[first[a]:first[a + 1]]`, rising."""
        one, other = np.concatenate([self.edges, self.edges[:, ::-1]]).T
        order = np.lexsort((other, one))
        first = np.searchsorted(one[order], np.arange(len(self) + 1))
        return first.astype(np.int64), frozen(other[order])

    def pieces(self, group: ArrayLike | None = None) -> Int32Array:
        """Number of the connected piece that each area belongs to, (areas,), numbered as they first appear.

        group: (areas,), a rep index, say: then only neighbours of one group hang together, so that a
        territory in one piece has one number. Group -1 is no group: its areas are alone.
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        edges = self.edges
        if group is not None:
            code = np.asarray(group)
            one, other = code[edges[:, 0]], code[edges[:, 1]]
            edges = edges[(one == other) & (one >= 0)]
        links = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(len(self),) * 2)
        label = connected_components(links, directed=False)[1]
        _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
        return np.argsort(np.argsort(first))[inverse].astype(np.int32)


def _faults(areas: Areas) -> Iterator[Issue]:
    n = len(areas.ids)
    columns = {name: getattr(areas, name) for name in ("names", "lat", "lon", "area_km2")} | dict(
        areas.measures
    )
    columns |= {name: tag.code for name, tag in areas.tags.items()}
    for name, values in columns.items():
        if len(values) != n:
            yield _fault(name, f"has {len(values)} rows where there are {n} areas")
    ids, count = np.unique(areas.ids.astype(str), return_counts=True)
    for twice in ids[count > 1]:
        yield Issue("areas", None, "area_id", str(twice), "the id appears twice", "Give each area its own id")
    edges = areas.edges
    if edges.ndim != 2 or edges.shape[1] != 2 or len(edges) != len(areas.border_km):
        yield _fault("edges", "must be pairs, with a border_km each")
    elif len(edges) and (edges.min() < 0 or edges.max() >= n or (edges[:, 0] >= edges[:, 1]).any()):
        yield _fault("edges", "must be pairs of two areas, the smaller index first")
    elif (np.diff(edges[:, 0].astype(np.int64) * n + edges[:, 1]) <= 0).any():
        yield _fault("edges", "must be sorted, each pair once")
    if areas.outlines is not None and len(areas.outlines) != n:
        yield _fault("outlines", f"has {len(areas.outlines)} shapes where there are {n} areas")


def _fault(column: str, fault: str) -> Issue:
    return Issue("areas", None, column, "", fault, "Build them with Areas.of")


def _sorted_edges(edges: ArrayLike, border_km: ArrayLike | None) -> tuple[Int32Array, FloatArray]:
    """Pairs with the smaller index first, sorted, each once; lengths of pairs given twice are added up."""
    pairs = np.sort(np.array(edges, dtype=np.int32).reshape(-1, 2), axis=1)
    km = np.zeros(len(pairs)) if border_km is None else np.array(border_km, np.float64)
    if len(km) != len(pairs):
        raise DataError(f"there are {len(pairs)} edges and {len(km)} lengths of borders")
    unique, row = np.unique(pairs, axis=0, return_inverse=True)
    return unique, np.bincount(row.ravel(), km, minlength=len(unique)).astype(np.float64)
