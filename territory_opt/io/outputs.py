"""The files of a plan: CSV for spreadsheets and CRMs, JSON for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from territory_opt.io.atomic import UNMARKED, csv_encoding, replacing, safe_cell, safe_cells
from territory_opt.io.report import (
    Columns,
    Report,
    alignment_table,
    area_table,
    moves_table,
    territory_table,
    trace_table,
    uncovered_table,
)
from territory_opt.io.shadow_prices import RESULT, price_record
from territory_opt.result import Result

#: What the figures of result.json mean, for whoever reads it without this program's documentation.
_MEANING = {
    "cost": "money per year: the sum of terms",
    "breach_cost": "penalty of the search for loads outside their bands; nobody pays it",
    "objective": "cost + breach_cost: what the search minimises",
    "bound": "no plan has a lower objective; null when nothing was proved",
    "gap": "(objective - bound) / objective; null when nothing was proved",
    "why_impossible": "which wishes clash, where that is proved of territories in one piece; else empty",
    "searched": "false for a plan that was only recounted, as it was given",
    "bands": "for each wish, how many bins are outside their band, of those that have one",
    "counts": "moved: to another rep; forced: moved because the owner leaves or may not serve the account; "
    "newly_assigned: without an owner today; not_covered_any_more: with an owner today, now with nobody; "
    "uncovered: with nobody in the plan",
    "prices": "for each wish and bin, money per year that one more unit of load there would cost the plan; "
    "at its breach_price it is that penalty and no money",
}


def write_outputs(report: Report, folder: Path, pictures: Mapping[str, bytes] | None = None) -> None:
    """All CSV and JSON files of a plan, and PNG files by name."""
    tables = {
        "alignment.csv": alignment_table(report.problem, report.result.alignment),
        "moves.csv": moves_table(report),
        "territories.csv": territory_table(report),
        "trace.csv": trace_table(report),
    }
    tables |= {chapter.file: chapter.columns for chapter in report.chapters}
    if len(report.result.audit.uncovered):
        tables["uncovered.csv"] = uncovered_table(report)
    if report.result.alignment.rep_of_area is not None:
        tables["area_alignment.csv"] = area_table(report.problem, report.result.alignment)
    for name, columns in tables.items():
        write_csv(folder / name, columns)
    write_pictures(folder, pictures or {})
    write_json(folder / "fairness.json", report.fairness)
    record = result_record(report.result) | price_record(report.policy, report.result)
    write_json(folder / RESULT, record)


def write_csv(path: Path, columns: Columns, *, for_program: bool = False) -> None:
    """Columns as UTF-8 CSV with safe cells and headers; whole or not at all.

    for_program: without a byte-order mark, whatever the name of the file.
    """
    frame = pd.DataFrame({safe_cell(name): _safe(values) for name, values in columns.items()})
    with replacing(path) as temporary:
        encoding = UNMARKED if for_program else csv_encoding(path)
        frame.to_csv(temporary, index=False, lineterminator="\n", encoding=encoding)


def write_pictures(folder: Path, pictures: Mapping[str, bytes]) -> None:
    """PNG files by their names; each whole or not at all."""
    for name, picture in pictures.items():
        with replacing(folder / name) as temporary:
            temporary.write_bytes(picture)


def _safe(values: Any) -> Any:
    array = np.asarray(values)
    if array.dtype.kind == "f":
        return np.where(np.isfinite(array), array, np.nan)  # blank: no spreadsheet reads inf
    return safe_cells(array) if array.dtype.kind in "OU" else array


def write_json(path: Path, record: Any) -> None:
    """JSON without NaN or Infinity, keys in their order; whole or not at all."""
    text = json.dumps(plain(record), indent=2, ensure_ascii=False, allow_nan=False)
    with replacing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def plain(value: Any) -> Any:
    """Python's own types throughout; numbers that JSON does not know become null."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def result_record(result: Result) -> dict[str, Any]:
    """What result.json says, and `--format json` prints."""
    audit = result.audit
    return {
        "status": result.status.value,
        "why_impossible": result.why_impossible,
        "searched": result.searched,
        "currency": audit.currency,
        "cost": audit.cost,
        "breach_cost": audit.breach_cost,
        "objective": result.objective,
        "bound": result.bound,
        "gap": result.gap,
        "terms": dict(audit.terms),
        "terms_today": dict(result.today.terms),
        "bands": [
            {
                "wish": m.label,
                "outside": int(m.outside.sum()),
                "of": int(m.judged.sum()),
                "breach_price": m.breach_price,
            }
            for m in audit.meters
        ],
        "violations": [
            {"wish": c.wish, "where": c.where, "amount": c.amount, "what": c.message} for c in audit.clashes
        ],
        "counts": {
            "accounts": len(result.alignment),
            "moved": int(audit.moved.sum()),
            "forced": int(audit.forced.sum()),
            "newly_assigned": int(audit.assigned.sum()),
            "not_covered_any_more": int(audit.dropped.sum()),
            "uncovered": len(audit.uncovered),
        },
        "seed": result.seed,
        "runtime_s": round(result.runtime_s, 3),
        "interrupted": result.interrupted,
        "fingerprint": result.fingerprint,
        "versions": dict(result.versions),
        "meaning": _MEANING,
    }
