"""The fairness sheet: every figure today and in the plan, and the index of each rep for the charts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np

from territory_opt.io.glossary_fairness import FAIRNESS
from territory_opt.io.meaning import YEAR
from territory_opt.io.report import Report, index_meters
from territory_opt.io.sheets import Book, write_number, write_text

_KIND = {
    "share": "share",
    "number": "count",
    "ratio": "ratio",
    "small share": "small share",
    "in units of the measure": "money",
    YEAR: "money",
}
_ROW_PIXELS = 20  # of a row of 15 points


@dataclass(frozen=True)
class ChartRows:
    """Where the indexes of one measure stand on the fairness sheet: rows, and its first column of four."""

    name: str
    first: int
    last: int
    column: int  # index today, index in the plan, lower and upper limit of the band


def write_fairness(
    report: Report, book: Book, sheet: Any, pictures: Sequence[bytes] = ()
) -> tuple[ChartRows, ...]:
    """Write figures, pictures (PNG) beside them and the indexes below; where charts find their numbers."""
    row = _write_figures(report, book, sheet)
    below = _place_pictures(sheet, pictures)
    return _write_indexes(report, book, sheet, max(row, below) + 2)


def _place_pictures(sheet: Any, pictures: Sequence[bytes]) -> int:
    """Pictures one below the other, right of the figures; returns the first row below them."""
    row = 0
    for i, picture in enumerate(pictures):
        sheet.insert_image(row, 5, f"fairness {i}.png", {"image_data": BytesIO(picture)})
        height = int.from_bytes(picture[20:24], "big")  # of a PNG, in its header
        row += height // _ROW_PIXELS + 2
    return row


def _write_figures(report: Report, book: Book, sheet: Any) -> int:
    for j, heading in enumerate(("measure", "figure", "today", "plan")):
        write_text(sheet, 0, j, heading, book.header)
    today = {entry["label"]: entry for entry in report.fairness["today"]}
    row = 1
    for entry in report.fairness["plan"]:
        same = today.get(entry["label"])
        before = {} if same is None else {name: value for name, _, value in figures(same)}
        for name, unit, value in figures(entry):
            form = book.number(_KIND.get(unit, "plain"))
            write_text(sheet, row, 0, entry["label"], book.text)
            write_text(sheet, row, 1, name.replace("_", " "), book.text)
            write_number(sheet, row, 2, before.get(name, np.nan), form)
            write_number(sheet, row, 3, value, form)
            row += 1
    if row == 1:
        write_text(
            sheet, row, 0, "No wish gives the reps a target, so there is nothing to compare.", book.text
        )
        row += 1
    sheet.autofilter(0, 0, row - 1, 3)
    sheet.freeze_panes(1, 2)
    sheet.set_column(0, 1, 26)
    sheet.set_column(2, 2 + 4 * max(len(report.result.audit.meters), 1), 14)
    return row


def figures(entry: dict[str, Any]) -> Iterator[tuple[str, str, float]]:
    """Name, unit and value of each figure of one measure; prices of imbalance one by one."""
    for name, meaning in FAIRNESS.items():
        value = entry[name]
        if isinstance(value, dict):
            for elasticity, amount in value.items():
                yield f"{name} (b = {elasticity})", meaning.unit, float(amount)
        else:
            yield name, meaning.unit, float(value)


def _write_indexes(report: Report, book: Book, sheet: Any, top: int) -> tuple[ChartRows, ...]:
    """One row a rep from `top` on, four columns a measure."""
    reps = report.problem.reps
    meters = list(index_meters(report.result))
    if not meters:
        return ()
    write_text(sheet, top, 0, "rep_id", book.header)
    write_text(sheet, top, 1, "name", book.header)
    for i in range(len(reps)):
        write_text(sheet, top + 1 + i, 0, reps.ids[i], book.text)
        write_text(sheet, top + 1 + i, 1, reps.names[i], book.text)
    places = []
    for m, (name, before, after) in enumerate(meters):
        column = 2 + 4 * m
        with np.errstate(divide="ignore", invalid="ignore"):
            limits = [
                np.where(after.target > 0, side / after.target, np.nan) for side in (after.low, after.high)
            ]
        headings = (f"{name}: today", f"{name}: plan", f"{name}: least", f"{name}: most")
        for j, (heading, values) in enumerate(
            zip(headings, (before.index, after.index, *limits), strict=True)
        ):
            write_text(sheet, top, column + j, heading, book.header)
            for i, value in enumerate(values):
                write_number(sheet, top + 1 + i, column + j, value, book.number("index"))
        places.append(ChartRows(name, top + 1, top + len(reps), column))
    return tuple(places)
