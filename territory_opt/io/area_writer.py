"""Areas written as the files that are read: a map, and where its graph is not that of its borders."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np

from territory_opt.areas import Areas, Int32Array, Outlines
from territory_opt.errors import ExportError
from territory_opt.io.area_file import AreaFile
from territory_opt.io.area_map import to_map
from territory_opt.io.area_settings import AreaSettings
from territory_opt.io.atomic import replacing
from territory_opt.io.links import among
from territory_opt.io.plane import WGS84, shapes_of

_DIGITS = 15  # decimals of degrees that keep every bit of a float


def write_areas(areas: Areas, folder: Path, table_format: Literal["csv", "parquet"]) -> Path:
    """areas.geojson, or areas.parquet beside tables in Parquet; ExportError when there are no outlines."""
    import geopandas as gpd

    columns: dict[str, Any] = {"area_id": areas.ids, "name": areas.names}
    columns |= {name: tag.texts() for name, tag in areas.tags.items()} | dict(areas.measures)
    frame = gpd.GeoDataFrame(columns, geometry=shapes_of(_outlines(areas)), crs=WGS84)
    path = folder / ("areas.parquet" if table_format == "parquet" else "areas.geojson")
    with replacing(path) as temporary:
        if table_format == "parquet":
            frame.to_parquet(temporary, index=False)
        else:
            frame.to_file(temporary, driver="GeoJSON", layer="areas", COORDINATE_PRECISION=_DIGITS)
    return path


def edit_tables(areas: Areas) -> dict[str, dict[str, Any]]:
    """The tables bridges and forbidden that make the graph of the map's borders that of the areas.

    A table without rows is left out. ExportError when there are no outlines.
    """
    shapes = shapes_of(_outlines(areas))
    drawn = to_map(AreaFile(areas.ids, areas.names, {}, shapes, WGS84), AreaSettings()).areas
    assert drawn is not None, "shapes that make an area are sound"
    pairs = {
        "bridges": areas.edges[~among(areas.edges, drawn.edges)],
        "forbidden": drawn.edges[~among(drawn.edges, areas.edges)],
    }
    return {name: _columns(areas, rows) for name, rows in pairs.items() if len(rows)}


def _columns(areas: Areas, rows: Int32Array) -> dict[str, Any]:
    note = np.full(len(rows), "", dtype=object)
    return {"area_id_a": areas.ids[rows[:, 0]], "area_id_b": areas.ids[rows[:, 1]], "note": note}


def _outlines(areas: Areas) -> Outlines:
    if areas.outlines is None:
        raise ExportError("the areas have no outlines, so that no map of them can be written")
    return areas.outlines
