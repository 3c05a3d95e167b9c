"""Makes outlines.json: country and US state outlines for the quiet background of a map.

    npm install world-atlas us-atlas
    python make_outlines.py node_modules

Sources, both in the public domain: Natural Earth 1:50m countries (npm world-atlas 2) and the US Census
Bureau's state boundaries (npm us-atlas 3). Simplified to about 20 km; degrees with two decimals.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

LAYERS = {
    "countries": ("world-atlas/countries-50m.json", "countries", 0.2, 0.6),
    "states": ("us-atlas/states-10m.json", "states", 0.08, 0.1),
}


def main(modules: Path) -> None:
    """Write outlines.json beside this file."""
    outlines = {name: rings(modules / path, *how) for name, (path, *how) in LAYERS.items()}
    text = json.dumps(outlines, separators=(",", ":"))
    Path(__file__).with_name("outlines.json").write_text(text + "\n", encoding="utf-8")


def rings(path: Path, layer: str, tolerance_deg: float, least_area_deg2: float) -> list[list[float]]:
    """Rings of a TopoJSON layer as flat lists lon, lat, lon, lat …; specks are left out."""
    shapes = gpd.read_file(path, layer=layer).geometry
    shapes = shapely.make_valid(shapes.values, method="structure", keep_collapsed=False)
    simple = shapely.coverage_simplify(shapes, tolerance_deg)
    polygons = shapely.get_parts(simple)
    polygons = polygons[shapely.get_type_id(polygons) == 3]
    polygons = polygons[shapely.area(polygons) > least_area_deg2]
    polygons = polygons[shapely.bounds(polygons)[:, 3] > -60]  # no one sells on Antarctica
    return [flat(shapely.get_coordinates(shapely.get_exterior_ring(p))) for p in polygons]


def flat(ring: np.ndarray) -> list[float]:
    """A ring as one list; one that jumps over the date line goes on beyond 180 degrees instead."""
    if (np.abs(np.diff(ring[:, 0])) > 180).any():
        ring = np.column_stack([ring[:, 0] % 360, ring[:, 1]])
    return ring.round(2).ravel().tolist()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
