"""The files of a design: a roster to plan on with, and who belongs to which seat."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from territory_opt.design.plan import Design
from territory_opt.errors import ExportError
from territory_opt.io.facts_file import reps_table
from territory_opt.io.outputs import write_csv
from territory_opt.io.report import Columns, alignment_table, area_table

_MAP = "map.html"

#: Written where there are areas; an earlier design's must not stay beside a new one.
_AREAS = "area_alignment.csv"


def write_design(design: Design, folder: str | Path) -> dict[str, Path]:
    """reps.csv, alignment.csv, territories.csv, map.html and, with areas, area_alignment.csv.

    Each is there whole or not at all.

    Returns the path of each file by its name. Raises ExportError when the folder cannot be written, or holds
    accounts: its roster would be lost.
    """
    folder = Path(folder)
    if there := sorted(path.name for path in folder.glob("accounts.*")):
        raise ExportError(f"{folder} holds {there[0]}; its reps would be lost, so nothing was written")
    tables: dict[str, Columns] = {
        "alignment.csv": alignment_table(design.problem, design.alignment),
        "reps.csv": reps_table(design.problem.reps),
        "territories.csv": _columns(design),
    }
    if design.alignment.rep_of_area is not None:
        tables[_AREAS] = area_table(design.problem, design.alignment)
    try:
        if _AREAS not in tables:
            (folder / _AREAS).unlink(missing_ok=True)
        for name, columns in tables.items():
            write_csv(folder / name, columns)
        _draw(design, folder / _MAP)
    except OSError as error:
        raise ExportError(f"cannot write to {folder}: {error.strerror or error}") from error
    return {name: folder / name for name in (*tables, _MAP)}


def _draw(design: Design, path: Path) -> None:
    from territory_opt.maps import alignment_map, save_page

    status, _, proof, *_ = str(design).splitlines()
    said = f"{status.split(maxsplit=1)[-1]} {proof}"
    page = alignment_map(
        design.problem, design.alignment, design.policy, centres=design.centre, subtitle=said
    )
    save_page(page, path)


def _columns(design: Design) -> Columns:
    rows = design.rows()
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}
