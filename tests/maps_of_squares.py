"""Maps that are easy to check by hand: squares on a grid, and files of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from territory_opt.areas import Areas
from territory_opt.io.area_file import AreaFile
from territory_opt.io.area_map import AreaMap, to_map
from territory_opt.io.area_settings import AreaSettings

STEP = 0.1  # degrees: a square is about 11 km high


def grid(columns: int, rows: int, west: float = 10.0, south: float = 48.0) -> dict[str, Any]:
    """Squares a0, a1 … row by row from the south-west."""
    return {
        f"a{columns * j + i}": shapely.box(
            west + STEP * i, south + STEP * j, west + STEP * (i + 1), south + STEP * (j + 1)
        )
        for j in range(rows)
        for i in range(columns)
    }


def map_of(shapes: Mapping[str, Any], crs: str = "EPSG:4326", **settings: Any) -> AreaMap:
    """Areas as if they had been read from a file."""
    ids = np.array(list(shapes), dtype=object)
    polygons = np.array(list(shapes.values()), dtype=object)
    return to_map(AreaFile(ids, ids, {}, polygons, crs), AreaSettings(**settings))


def areas_of(shapes: Mapping[str, Any], **settings: Any) -> Areas:
    """The areas of a map without fatal faults."""
    areas = map_of(shapes, **settings).areas
    assert areas is not None
    return areas


def named_edges(areas: Areas) -> set[tuple[str, ...]]:
    """Neighbours as sorted pairs of ids."""
    return {tuple(sorted(pair)) for pair in areas.ids[areas.edges]}


def write_folder(
    folder: Path, shapes: Mapping[str, Any], accounts: Sequence[Sequence[object]], toml: str = ""
) -> Path:
    """A data folder with areas.geojson, accounts (account_id, lat, lon, area_id) and one rep."""
    features = [
        {
            "type": "Feature",
            "properties": {"area_id": name, "people": 100.0 + i},
            "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
        }
        for i, (name, shape) in enumerate(shapes.items())
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (folder / "areas.geojson").write_text(text)
    lines = [",".join(map(str, row)) + ",1,1,10,5," for row in accounts]
    header = "account_id,lat,lon,area_id,visits,visit_h,potential,revenue,owner"
    (folder / "accounts.csv").write_text("\n".join([header, *lines]) + "\n")
    (folder / "reps.csv").write_text("rep_id,lat,lon\nX,48,10\n")
    if toml:
        (folder / "territory.toml").write_text(toml)
    return folder
