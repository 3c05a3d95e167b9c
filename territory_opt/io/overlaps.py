"""Where areas lie over each other, and where they leave holes between them."""

from __future__ import annotations

import numpy as np
import shapely

from territory_opt.areas import Int32Array
from territory_opt.io.date_line import Shapes


def overlaps(flat: Shapes, snap_m: float) -> tuple[Int32Array, Shapes]:
    """Pairs of areas that lie over each other, (pairs, 2), the smaller index first, and what they share.

    Slivers up to snap_m wide are left out.
    """
    a, b = shapely.STRtree(flat).query(flat, predicate="intersects")
    a, b = a[a < b], b[a < b]
    inside = shapely.relate_pattern(flat[a], flat[b], "T********")  # their insides meet
    a, b = a[inside], b[inside]
    shared = shapely.intersection(flat[a], flat[b])
    wide = _wide(shared, snap_m)
    order = np.lexsort((b[wide], a[wide]))
    return np.column_stack([a, b])[wide][order].astype(np.int32), shared[wide][order]


def holes(flat: Shapes, snap_m: float) -> Shapes:
    """Pieces of the map that areas surround and none covers, wider than snap_m.

    A bay that opens to the outside of the map is none, however narrow its mouth.
    """
    together = shapely.get_parts(shapely.union_all(flat))
    rings = [shapely.get_interior_ring(shape, i) for shape in together for i in range(_inner(shape))]
    found = shapely.polygons(np.array(rings, dtype=object)) if rings else np.zeros(0, dtype=object)
    return found[_wide(found, snap_m)]


def _inner(shape: object) -> int:
    return int(shapely.get_num_interior_rings(shape))


def _wide(shapes: Shapes, snap_m: float) -> np.ndarray:
    """Whether anything is left of a shape when half the tolerance is taken off all around."""
    if snap_m <= 0:
        return shapely.area(shapes) > 0
    return ~shapely.is_empty(shapely.buffer(shapes, -snap_m / 2, quad_segs=2))
