"""Facts written as the tables that are read: what `generate` leaves behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from territory_opt.errors import ExportError
from territory_opt.io.atomic import csv_encoding, replacing, safe_cells
from territory_opt.problem import Accounts, Problem, Reps

Format = Literal["csv", "parquet"]
Columns = dict[str, NDArray[Any]]


def write_facts(
    problem: Problem, folder: str | Path, table_format: Format = "csv", wishes: str | None = None
) -> tuple[Path, ...]:
    """accounts and reps of a problem as tables in a folder, and its `territory.toml` where a text is given.

    Each file is there whole or not at all; the paths are returned.
    """
    folder = Path(folder)
    owner = np.append(problem.reps.ids, "")[problem.accounts.owner]
    accounts = _accounts(problem.accounts, owner)
    written = [
        _write(accounts, folder / f"accounts.{table_format}"),
        _write(reps_table(problem.reps), folder / f"reps.{table_format}"),
    ]
    if wishes is not None:
        written.append(folder / "territory.toml")
        with replacing(written[-1]) as temporary:
            temporary.write_text(wishes, encoding="utf-8")
    return tuple(written)


def refuse_facts(folder: str | Path) -> None:
    """ExportError when a folder holds accounts, reps or wishes: somebody's work would be lost or doubled."""
    names = ("accounts", "reps", "territory")
    there = sorted(path.name for path in Path(folder).glob("*") if path.stem.lower() in names)
    if there:
        raise ExportError(f"{folder} already has {', '.join(there)}; nothing was written")


def _accounts(accounts: Accounts, owner: np.ndarray) -> Columns:
    columns: Columns = {
        "account_id": accounts.ids,
        "name": accounts.names,
        "lat": accounts.lat,
        "lon": accounts.lon,
    }
    columns |= dict(accounts.measures)
    columns |= {"owner": owner}
    columns |= {name: tag.texts() for name, tag in accounts.tags.items()}
    return columns | {"locked": np.where(accounts.locked, "yes", "").astype(object)}


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
