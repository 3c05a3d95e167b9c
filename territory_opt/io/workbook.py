"""report.xlsx: the plan for people who read it in Excel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt.errors import ExportError
from territory_opt.io.atomic import replacing
from territory_opt.io.fairness_sheet import write_fairness
from territory_opt.io.glossary import meaning_of
from territory_opt.io.glossary_fairness import FAIRNESS
from territory_opt.io.report import (
    Chapter,
    Columns,
    Report,
    account_table,
    clash_table,
    index_meters,
    moves_table,
    territory_table,
)
from territory_opt.io.sheets import Book, write_table, write_text
from territory_opt.io.summary_sheet import write_summary
from territory_opt.policy import BAND_TOLERANCE

MOST_ROWS = 100_000  # of one sheet; beyond, Excel crawls, and the CSV files hold every row anyway
FIRST, LAST = ("Summary", "Territories", "Moves", "Accounts", "Clashes", "Fairness"), "Definitions"
_PICTURE_ROWS = 26  # that a picture takes, at 15 points a row


def write_workbook(report: Report, path: str | Path, pictures: Sequence[bytes] = ()) -> None:
    """All sheets of a plan; whole or not at all. ExportError when the file cannot be written.

    pictures: PNG files for the sheet on fairness.
    """
    with _opened(path) as book:
        _write_sheets(report, book, pictures)


def write_chapter_book(chapters: Sequence[Chapter], path: str | Path) -> None:
    """A workbook of chapters alone, with what their columns mean; as `write_workbook`."""
    with _opened(path) as book:
        sheets = {name: book.workbook.add_worksheet(name) for name in (*(c.sheet for c in chapters), LAST)}
        for chapter in chapters:
            below = _write_sheet(book, sheets[chapter.sheet], chapter.columns, list(chapter.notes))
            _write_pictures(sheets[chapter.sheet], below, chapter.pictures)
        tables = {chapter.sheet: chapter.columns for chapter in chapters}
        _write_definitions(book, sheets[LAST], _meanings(tables))
        _lay_out(sheets.values())


@contextmanager
def _opened(path: str | Path) -> Iterator[Book]:
    """A workbook that takes its place when all is written."""
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxWriterException

    # Only write_string and write_number are used, so that no text is taken for a formula or a link.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with replacing(path) as temporary:
        workbook = xlsxwriter.Workbook(str(temporary), options)
        try:
            yield Book(workbook)
            workbook.close()
        except XlsxWriterException as error:
            raise ExportError(f"cannot write {path}: {error}") from error


def _write_sheets(report: Report, book: Book, pictures: Sequence[bytes]) -> None:
    chapters = {chapter.sheet: chapter for chapter in report.chapters}
    sheets = {name: book.workbook.add_worksheet(name) for name in (*FIRST, *chapters, LAST)}
    tables = {
        "Territories": territory_table(report),
        "Moves": moves_table(report),
        "Accounts": account_table(report),
        "Clashes": clash_table(report),
    }
    tables |= {name: chapter.columns for name, chapter in chapters.items()}
    chart_rows = write_fairness(report, book, sheets["Fairness"], pictures)
    write_summary(report, book, sheets["Summary"], chart_rows)
    for name, columns in tables.items():
        notes = list(chapters[name].notes) if name in chapters else []
        below = _write_sheet(book, sheets[name], columns, notes)
        if name in chapters:
            _write_pictures(sheets[name], below, chapters[name].pictures)
    _colour_indexes(report, book, sheets["Territories"], list(tables["Territories"]))
    rows = [("Fairness", name.replace("_", " "), m.unit, m.meaning) for name, m in FAIRNESS.items()]
    _write_definitions(book, sheets[LAST], [*_meanings(tables), *rows])
    _lay_out(sheets.values())


def _lay_out(sheets: Iterable[Any]) -> None:
    """Ready to be printed."""
    for sheet in sheets:
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        sheet.set_footer("&L&A&R&P / &N")  # the sheet's name, and which page of how many


def _write_sheet(book: Book, sheet: Any, columns: Columns, notes: list[str]) -> int:
    """A table and the notes below it; returns the first row that is free."""
    n_rows = len(next(iter(columns.values())))
    if n_rows > MOST_ROWS:
        columns = {name: values[:MOST_ROWS] for name, values in columns.items()}
        notes.append(f"The first {MOST_ROWS:,} of {n_rows:,} rows; the CSV files hold all.")
    elif n_rows == 0:
        notes.append("There are none.")
    below = write_table(book, sheet, columns)
    for i, note in enumerate(notes):
        write_text(sheet, below + 1 + i, 0, note, book.note)
    return below + len(notes) + 2


def _write_pictures(sheet: Any, row: int, pictures: tuple[bytes, ...]) -> None:
    for i, picture in enumerate(pictures):
        sheet.insert_image(row + i * _PICTURE_ROWS, 0, f"{i}.png", {"image_data": BytesIO(picture)})


def _colour_indexes(report: Report, book: Book, sheet: Any, columns: list[str]) -> None:
    """Green inside the band, red outside, as the audit judges; both today and in the plan."""
    green = book.format(bg_color="#E2EFDA", font_color="#375623")
    red = book.format(bg_color="#F8CBAD", font_color="#9C0006")
    last = len(report.problem.reps)
    for name, *meters in index_meters(report.result):
        for column, meter in zip((f"index of {name} today", f"index of {name}"), meters, strict=True):
            j = columns.index(column)
            low, high = band(meter)
            limits = {"minimum": low - 2 * BAND_TOLERANCE, "maximum": high + 2 * BAND_TOLERANCE}
            # A blank cell counts as 0 and would be red.
            blank = {"type": "blanks", "stop_if_true": True}
            sheet.conditional_format(1, j, last, j, blank)
            inside = {"type": "cell", "criteria": "between", "format": green} | limits
            outside = {"type": "cell", "criteria": "not between", "format": red} | limits
            sheet.conditional_format(1, j, last, j, inside)
            sheet.conditional_format(1, j, last, j, outside)


def band(meter: Any) -> tuple[float, float]:
    """The band of a measure as indexes; what is not limited becomes 0 or a very large number."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = meter.low / meter.target, meter.high / meter.target
    known = meter.target > 0
    least = float(np.max(low[known], initial=0.0))
    most = float(np.min(high[known], initial=1e9))
    return least, most


def _meanings(tables: Mapping[str, Columns]) -> list[tuple[str, str, str, str]]:
    """Sheet, column, unit and meaning of every column."""
    return [
        (place, column, meaning_of(column).unit, meaning_of(column).meaning)
        for place, columns in tables.items()
        for column in columns
    ]


def _write_definitions(book: Book, sheet: Any, rows: Sequence[tuple[str, str, str, str]]) -> None:
    cells = zip(("sheet", "column", "unit", "meaning"), zip(*rows, strict=True), strict=True)
    write_table(book, sheet, {name: np.array(column, dtype=object) for name, column in cells})
