"""A file of areas in any of the usual formats: shapes, ids and measures, with every fault on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from territory_opt.areas import TextArray
from territory_opt.categories import Categories
from territory_opt.errors import DataError, Issue, did_you_mean
from territory_opt.io.area_settings import AreaSettings, settings_fault
from territory_opt.io.columns import Column
from territory_opt.io.csv_file import damaged
from territory_opt.io.date_line import Shapes
from territory_opt.io.headers import renamed
from territory_opt.io.identity import read_ids, trim_decimals
from territory_opt.io.plane import WGS84
from territory_opt.io.tables import as_texts
from territory_opt.travel.place import FloatArray

TABLE = "areas"
AREA_COLUMNS = ("area_id", "name")
_ENDINGS = (".gpkg", ".geojson", ".shp", ".parquet", ".topojson")
_POLYGONS = ("Polygon", "MultiPolygon")
_SAVE = "Save it again as GeoPackage, GeoJSON or GeoParquet"


@dataclass
class AreaFile:
    """What a file says, in its own coordinates; every array has shape (areas,)."""

    ids: TextArray
    names: TextArray
    measures: dict[str, FloatArray]
    shapes: Shapes
    crs: Any
    issues: list[Issue] = field(default_factory=list)
    tags: dict[str, Categories] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        """Whether no fault is fatal."""
        return not any(issue.fatal for issue in self.issues)


def find_areas(folder: Path) -> Path | None:
    """The file of areas in a folder, whatever its format; DataError when there are several."""
    found = [path for ending in _ENDINGS if (path := folder / f"{TABLE}{ending}").is_file()]
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise DataError(Issue(TABLE, None, "", names, "there is more than one file", "Keep the one you mean"))
    return found[0] if found else None


def read_area_file(path: Path, mapping: Mapping[str, str], settings: AreaSettings) -> AreaFile:
    """All areas of a file. DataError when nothing in it can be judged; else its faults are `issues`.

    mapping: our name -> the file's name. Numeric columns are measures, other texts are tags.
    """
    return to_area_file(_frame(path, settings), mapping, settings)


def to_area_file(frame: Any, mapping: Mapping[str, str], settings: AreaSettings) -> AreaFile:
    """As `read_area_file`, for a GeoDataFrame that is there already."""
    shapes = np.asarray(frame.geometry.values, dtype=object)
    cells = pd.DataFrame(frame.drop(columns=frame.geometry.name)).reset_index(drop=True)
    texts = as_texts(cells, TABLE)
    column = renamed(TABLE, texts, mapping, AREA_COLUMNS)
    trim_decimals(column, ("area_id",))
    ids = read_ids(column, "area_id")
    names = column.text("name").where(column.text("name") != "", ids)
    sound = _polygons(column, shapes, ids)
    crs = _crs(column, frame, settings)
    ours = {*mapping.values(), *AREA_COLUMNS}
    measures = _measures(cells, ours)
    others = [n for n in texts.columns if n not in ours | {name.strip() for name in measures}]
    tags = {name: Categories.of(texts[name]) for name in others}
    return AreaFile(ids.to_numpy(object), names.to_numpy(object), measures, sound, crs, column.issues, tags)


def _frame(path: Path, settings: AreaSettings) -> Any:
    import geopandas as gpd

    try:
        if path.suffix == ".parquet":
            frame = gpd.read_parquet(path)
        else:
            frame = gpd.read_file(path, layer=_layer(path, settings))
        if not isinstance(frame, gpd.GeoDataFrame):
            raise damaged(path, TABLE, "holds no shapes", _SAVE)
    except DataError:
        raise
    except Exception as error:
        said = (str(error).splitlines() or [type(error).__name__])[0].replace(str(path), path.name)
        raise damaged(path, TABLE, f"cannot be read ({said[:120]})", _SAVE) from None
    if len(frame) == 0:
        raise damaged(path, TABLE, "holds no areas", "Fill it in or remove it")
    return frame


def _layer(path: Path, settings: AreaSettings) -> str:
    """The layer to read: the one that is named, called areas, or alone."""
    import pyogrio

    names = [str(name) for name, _ in pyogrio.list_layers(path)]
    if settings.layer is not None:
        if settings.layer not in names:
            hint = did_you_mean(settings.layer, names)
            raise DataError(settings_fault("layer", settings.layer, f"is no layer of {path.name}", hint))
        return settings.layer
    if TABLE in names or len(names) == 1:
        return TABLE if TABLE in names else names[0]
    mend = 'Write layer = "…" below [areas] in territory.toml'
    raise damaged(path, TABLE, f"has several layers ({', '.join(names)})", mend)


def _polygons(column: Column, shapes: Shapes, ids: pd.Series) -> Shapes:
    """The shapes with their rings repaired; what is no polygon is blamed."""
    import shapely

    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    column.blame(empty, "geometry", "has no shape", "Draw it or remove the row", shown=ids)
    kind = pd.Series(["" if shape is None else shape.geom_type for shape in shapes], index=ids.index)
    other = ~kind.isin(_POLYGONS).to_numpy(bool) & ~empty
    column.blame(
        other, "geometry", "is no polygon", "Areas are polygons; remove points and lines", shown=kind
    )
    usable = ~(empty | other)
    found = np.full(len(shapes), shapely.Polygon(), dtype=object)
    found[usable] = shapely.force_2d(shapes[usable])
    broken = usable & ~shapely.is_valid(found)
    found[broken] = shapely.make_valid(found[broken], method="structure", keep_collapsed=False)
    lost = broken & (shapely.area(found) == 0)
    column.blame(lost, "geometry", "has no area", "Draw it again or remove the row", shown=ids)
    mend = "Repaired where it is read; save it from a map program to be rid of this"
    fault = "its outline crosses or touches itself"
    column.blame(broken & ~lost, "geometry", fault, mend, fatal=False, shown=ids)
    return found


def _crs(column: Column, frame: Any, settings: AreaSettings) -> Any:
    """The file's coordinate system, else the stated one, else degrees where the numbers can be such."""
    import pyproj

    if frame.crs is not None:
        return frame.crs
    if settings.crs is not None:
        try:
            return pyproj.CRS.from_user_input(settings.crs)
        except pyproj.exceptions.CRSError:
            fault = "is no coordinate system"
            column.issues.append(
                settings_fault("crs", settings.crs, fault, 'Write a code such as "EPSG:4326"')
            )
            return pyproj.CRS.from_user_input(WGS84)
    low_x, low_y, high_x, high_y = frame.total_bounds
    degrees = low_x >= -180.01 and high_x <= 180.01 and low_y >= -90.01 and high_y <= 90.01
    mend = 'Write crs = "EPSG:…" below [areas] in territory.toml'
    if degrees:
        mend = f"Taken as longitude and latitude (WGS 84); if they are others: {mend}"
    column.blame_column("geometry", "the file states no coordinate system", mend, fatal=not degrees)
    return pyproj.CRS.from_user_input(WGS84)


def _measures(cells: pd.DataFrame, others: set[str]) -> dict[str, FloatArray]:
    numeric = cells.select_dtypes("number")
    return {
        str(name): numeric[name].to_numpy(np.float64, na_value=np.nan)
        for name in numeric.columns
        if name not in others
    }
