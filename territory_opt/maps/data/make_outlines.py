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
    outlines = {
        name: rings(modules / path, layer, tolerance, least)
        for name, (path, layer, tolerance, least) in LAYERS.items()
    }
    text = json.dumps(outlines, separators=(",", ":"))
    Path(__file__).with_name("outlines.json").write_text(text + "\n", encoding="utf-8")


def rings(path: Path, layer: str, tolerance_deg: float, least_area_deg2: float) -> list[list[float]]:
    """Rings of a TopoJSON layer as flat lists lon, lat, lon, lat …; specks are left out."""
    parts = shapely.get_parts(gpd.read_file(path, layer=layer).geometry.values)
    parts = [shapely.transform(p, past_date_line) if np.ptp(p.bounds[::2]) > 180 else p for p in parts]
    shapes = shapely.make_valid(parts, method="structure", keep_collapsed=False)
    simple = shapely.coverage_simplify(shapes, tolerance_deg)
    polygons = shapely.get_parts(simple)
    polygons = polygons[shapely.get_type_id(polygons) == 3]
    polygons = polygons[shapely.area(polygons) > least_area_deg2]
    polygons = polygons[shapely.bounds(polygons)[:, 3] > -60]  # no one sells on Antarctica
    return [shapely.get_coordinates(p.exterior).round(2).ravel().tolist() for p in polygons]


def past_date_line(ring: np.ndarray) -> np.ndarray:
    """Coordinates of a shape that lies on both sides of the date line, going on beyond 180 degrees."""
    return np.column_stack([ring[:, 0] % 360, ring[:, 1]])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
