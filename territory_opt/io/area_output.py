"""A map of areas as the file that is read: GeoJSON in degrees."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from territory_opt.areas import Areas
from territory_opt.io.atomic import replacing
from territory_opt.io.plane import shapes_of

_DIGITS = 8  # of degrees: a millimetre


def write_areas(path: Path, areas: Areas) -> None:
    """Areas with outlines as GeoJSON, one a line, whole or not at all: area_id, name, texts, measures."""
    assert areas.outlines is not None
    shapes = shapely.transform(shapes_of(areas.outlines), lambda degrees: np.round(degrees, _DIGITS))
    rows = (_feature(areas, i, text) for i, text in enumerate(shapely.to_geojson(shapes)))
    with replacing(path) as temporary:
        text = '{"type": "FeatureCollection", "features": [\n' + ",\n".join(rows) + "\n]}\n"
        temporary.write_text(text, encoding="utf-8")


def _feature(areas: Areas, row: int, geometry: str) -> str:
    said: dict[str, Any] = {"area_id": str(areas.ids[row]), "name": str(areas.names[row])}
    said |= {name: str(tag.texts()[row]) for name, tag in areas.tags.items()}
    for name, values in areas.measures.items():
        said[name] = float(values[row]) if math.isfinite(values[row]) else None
    properties = json.dumps(said, ensure_ascii=False, allow_nan=False)
    return f'{{"type": "Feature", "properties": {properties}, "geometry": {geometry}}}'
