"""The files of a design: a roster to plan on with, and who belongs to which seat."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from territory_opt.design.plan import Design
from territory_opt.errors import ExportError
from territory_opt.io.area_output import write_areas
from territory_opt.io.facts_file import reps_table
from territory_opt.io.outputs import write_csv
from territory_opt.io.report import Columns, alignment_table, area_table

#: Written where there is something to say; an earlier design's must not stay beside a new one.
_AREAS, _LEVELS, _OUTLINES, _PARTS, _IN_PARTS = (
    "area_alignment.csv",
    "levels.csv",
    "split_areas.geojson",
    "split_areas.csv",
    "split_accounts.csv",
)
_MAP = "map.html"


def write_design(design: Design, folder: str | Path) -> dict[str, Path]:
    """reps.csv, alignment.csv, territories.csv, map.html, each whole or not at all.

    With areas also area_alignment.csv, with levels levels.csv.

    Where areas were cut, also the map with the parts, what they are, and which accounts lie in them. Returns
    the path of each file by its name. Raises ExportError when the folder cannot be written, or holds
    accounts: its roster would be lost.
    """
    folder = Path(folder)
    if there := sorted(path.name for path in folder.glob("accounts.*")):
        raise ExportError(f"{folder} holds {there[0]}; its reps would be lost, so nothing was written")
    levels = [level.name for level in design.levels]
    tables: dict[str, Columns] = {
        "alignment.csv": alignment_table(design.problem, design.alignment, levels),
        "reps.csv": reps_table(design.problem.reps),
        "territories.csv": _columns(design.rows()),
    }
    if design.alignment.rep_of_area is not None:
        tables[_AREAS] = area_table(design.problem, design.alignment, levels)
    if levels:
        tables[_LEVELS] = _columns(design.level_rows())
    if design.splits:
        tables |= {_PARTS: _columns(design.split_rows()), _IN_PARTS: _accounts_in_parts(design)}
    written = [*tables, *([_OUTLINES] if design.splits else [])]
    try:
        for name in {_AREAS, _LEVELS, _OUTLINES, _PARTS, _IN_PARTS}.difference(written):
            (folder / name).unlink(missing_ok=True)
        for name, columns in tables.items():
            write_csv(folder / name, columns)
        if design.splits:
            assert design.problem.areas is not None
            write_areas(folder / _OUTLINES, design.problem.areas)
        _draw(design, folder / _MAP)
    except OSError as error:
        raise ExportError(f"cannot write to {folder}: {error.strerror or error}") from error
    return {name: folder / name for name in (*written, _MAP)}


def _draw(design: Design, path: Path) -> None:
    from territory_opt.maps import alignment_map, save_page

    status, _, proof, *_ = str(design).splitlines()
    said = f"{status.split(maxsplit=1)[-1]} {proof}"
    page = alignment_map(
        design.problem, design.alignment, design.policy, centres=design.centre, subtitle=said
    )
    save_page(page, path)


def _columns(rows: list[dict[str, object]]) -> Columns:
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _accounts_in_parts(design: Design) -> Columns:
    """Which part each account of an area that was cut lies in."""
    accounts, areas = design.problem.accounts, design.problem.areas
    assert areas is not None
    is_part = np.isin(areas.ids, [part for split in design.splits for part in split.parts])
    rows = np.flatnonzero((accounts.area >= 0) & is_part[accounts.area])
    return {"account_id": accounts.ids[rows], "area_id": areas.ids[accounts.area[rows]]}
