"""A folder to start with: a policy with every wish explained, and a workbook to fill in."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from territory_opt.errors import ExportError
from territory_opt.io.atomic import replacing
from territory_opt.io.definitions import DEFINITIONS, EXAMPLES, Definition, columns_of
from territory_opt.io.tables import WORKBOOK

POLICY = "territory.toml"
_ROWS = 100_000  # rows with validation; more can be pasted
_HEADER = ("table", "column", "needed", "unit", "meaning", "example")
_NOTES = (
    "Fill in the sheets accounts and reps, one row each; empty columns may be deleted.",
    "A further column of numbers becomes a measure that can be balanced, one of texts a tag for rules.",
    "Distances of your own go into travel.csv: account_id, rep_id, km, every pair once.",
    "Past sales go into history.csv: account_id, period (2024-Q1 or 2024-01), revenue.",
    "A map of areas goes into areas.gpkg, .geojson, .shp, .parquet or .topojson, with a column area_id.",
)


def init(folder: str | Path) -> tuple[Path, Path]:
    """Write territory.toml and territory.xlsx into a folder (made if need be) and return both paths.

    ExportError, and nothing is written, when either file is there already.
    """
    folder = Path(folder)
    policy, book = folder / POLICY, folder / WORKBOOK
    there = [path.name for path in (policy, book) if path.exists()]
    if there:
        raise ExportError(f"{folder} already has {' and '.join(there)}; nothing was written")
    text = files("territory_opt.io").joinpath("territory_template.toml").read_text(encoding="utf-8")
    with replacing(policy) as temporary:
        temporary.write_text(text, encoding="utf-8")
    with replacing(book) as temporary:
        _write_workbook(temporary)
    return policy, book


def _write_workbook(path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        for table in ("accounts", "reps"):
            _write_table(book, table)
        _write_example(book)
        _write_definitions(book)


def _write_table(book: Any, table: str) -> None:
    sheet = book.add_worksheet(table)
    needed = book.add_format({"bold": True, "bg_color": "#1F4E78", "font_color": "white", "border": 1})
    other = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
    as_text = book.add_format({"num_format": "@"})  # keeps the zeros of ids
    for i, definition in enumerate(columns_of(table)):
        header = other if definition.needed.startswith("optional") else needed
        sheet.write_string(0, i, definition.column, header)
        sheet.write_comment(0, i, _note(definition))
        text = definition.kind in ("text", "owner", "date")
        sheet.set_column(i, i, max(12, len(definition.column) + 3), as_text if text else None)
        rule = _validation(definition)
        if rule:
            sheet.data_validation(1, i, _ROWS, i, rule)
    sheet.freeze_panes(1, 1)


def _note(definition: Definition) -> str:
    unit = f" ({definition.unit})" if definition.unit else ""
    return f"{definition.meaning}{unit}. Needed: {definition.needed}. Example: {definition.example}"


def _validation(definition: Definition) -> dict[str, Any] | None:
    """Excel's check of a cell while it is typed; the reader checks again, so that pasting does no harm."""
    kind, note = definition.kind, definition.meaning[:250]
    if kind in ("latitude", "longitude"):
        most = 90 if kind == "latitude" else 180
        rule = {"validate": "decimal", "criteria": "between", "minimum": -most, "maximum": most}
    elif kind == "amount":
        rule = {"validate": "decimal", "criteria": ">=", "value": 0}
    elif kind == "yes_no":
        rule = {"validate": "list", "source": ["yes", "no"]}
    elif kind == "status":
        rule = {"validate": "list", "source": ["active", "vacant", "leaving"]}
    elif kind == "owner":
        rule = {"validate": "list", "source": f"=reps!$A$2:$A${_ROWS + 1}"}
    else:
        return None
    return rule | {"error_title": definition.column[:32], "error_message": note}


def _write_example(book: Any) -> None:
    """Filled rows to look at, in a sheet of their own: nobody plans a made-up account by mistake."""
    sheet = book.add_worksheet("example")
    bold, row = book.add_format({"bold": True}), 0
    sheet.set_column(0, max(len(columns_of(table)) for table in EXAMPLES), 14)
    for table, lines in EXAMPLES.items():
        sheet.write_string(row, 0, f"The sheet {table} could look like this:", bold)
        for i, definition in enumerate(columns_of(table)):
            sheet.write_string(row + 1, i, definition.column, bold)
        for below, line in enumerate(lines, start=row + 2):
            for i, (definition, cell) in enumerate(zip(columns_of(table), line, strict=True)):
                number = definition.kind in ("latitude", "longitude", "amount") and cell != ""
                sheet.write(below, i, float(cell) if number else cell)
        row += len(lines) + 3


def _write_definitions(book: Any) -> None:
    sheet = book.add_worksheet("definitions")
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    for i, (name, width) in enumerate(zip(_HEADER, (10, 20, 24, 16, 60, 18), strict=True)):
        sheet.write_string(0, i, name, bold)
        sheet.set_column(i, i, width, wrap)
    for row, definition in enumerate(DEFINITIONS, start=1):
        for i, name in enumerate(_HEADER):
            sheet.write_string(row, i, str(getattr(definition, name)))
    for row, note in enumerate(_NOTES, start=len(DEFINITIONS) + 2):
        sheet.write_string(row, 0, note, book.add_format({"italic": True}))
    sheet.freeze_panes(1, 0)
