"""Facts written as the files that are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from territory_opt.errors import ExportError
from territory_opt.io.atomic import csv_encoding, replacing, safe_cells
from territory_opt.problem import Problem, Reps
from territory_opt.travel import TravelTable

Format = Literal["csv", "parquet"]
Columns = dict[str, NDArray[Any]]


def write_facts(
    problem: Problem, folder: str | Path, table_format: Format = "csv", wishes: str | None = None
) -> tuple[Path, ...]:
    """All facts of a problem as the files of a data folder, and its `territory.toml` where a text is given.

    accounts and reps; travel, where distances are a table; areas, and their bridges and forbidden borders,
    where there are any. What `read` makes of the folder is the same problem, if territory.toml says nothing
    else of currency, driving and areas, and an account in no area stands outside of all.

    Each file is there whole or not at all; the paths are returned. ExportError, before anything is written,
    when areas have no outlines: no file holds a graph alone.
    """
    folder = Path(folder)
    tables = {"accounts": _accounts(problem), "reps": reps_table(problem.reps)}
    if isinstance(problem.distances, TravelTable):
        tables["travel"] = _travel(problem, problem.distances)
    written = []
    if problem.areas is not None:
        from territory_opt.io.area_writer import edit_tables, write_areas

        tables |= edit_tables(problem.areas)
        written.append(write_areas(problem.areas, folder, table_format))
    written += [_write(columns, folder / f"{name}.{table_format}") for name, columns in tables.items()]
    if wishes is not None:
        written.append(folder / "territory.toml")
        with replacing(written[-1]) as temporary:
            temporary.write_text(wishes, encoding="utf-8")
    return tuple(written)


def refuse_facts(folder: str | Path) -> None:
    """ExportError when a folder holds facts or wishes: somebody's work would be lost or doubled."""
    names = ("accounts", "reps", "territory", "travel", "areas", "bridges", "forbidden")
    there = sorted(path.name for path in Path(folder).glob("*") if path.stem.lower() in names)
    if there:
        raise ExportError(f"{folder} already has {', '.join(there)}; nothing was written")


def _accounts(problem: Problem) -> Columns:
    accounts = problem.accounts
    columns: Columns = {
        "account_id": accounts.ids,
        "name": accounts.names,
        "lat": accounts.lat,
        "lon": accounts.lon,
    }
    columns |= dict(accounts.measures)
    columns |= {"owner": np.append(problem.reps.ids, "")[accounts.owner]}
    columns |= {name: tag.texts() for name, tag in accounts.tags.items()}
    if problem.areas is not None:
        columns["area_id"] = np.append(problem.areas.ids, "")[accounts.area]
    return columns | {"locked": np.where(accounts.locked, "yes", "").astype(object)}


def _travel(problem: Problem, distances: TravelTable) -> Columns:
    """Every pair of an account and a rep, with its km."""
    n_accounts, n_reps = distances.table.shape
    return {
        "account_id": np.repeat(problem.accounts.ids, n_reps),
        "rep_id": np.tile(problem.reps.ids, n_accounts),
        "km": distances.table.ravel(),
    }


def reps_table(reps: Reps) -> Columns:
    """The roster as the table that is read."""
    columns: Columns = {"rep_id": reps.ids, "name": reps.names, "lat": reps.lat, "lon": reps.lon}
    columns |= {"capacity_h": reps.capacity_h, "share": reps.share}
    columns |= dict(reps.measures)
    return columns | {name: tag.texts() for name, tag in reps.tags.items()}


def _write(columns: Columns, path: Path) -> Path:
    with replacing(path) as temporary:
        if path.suffix == ".parquet":
            pd.DataFrame(columns).to_parquet(temporary, index=False)
        else:
            safe = {k: safe_cells(v) if v.dtype == object else v for k, v in columns.items()}
            pd.DataFrame(safe).to_csv(
                temporary, index=False, lineterminator="\n", encoding=csv_encoding(path)
            )
    return path
