"""Tables as worksheets: typed cells, frozen headers, filters, and no text that Excel could run."""

from __future__ import annotations

from typing import Any

import numpy as np

from territory_opt.io.glossary import meaning_of
from territory_opt.io.report import Columns

LONGEST = 32_767  # characters in a cell of Excel; longer ones would be dropped in silence
_WIDEST = 60.0
_AS_TEXT = 49  # Excel's own number for the format "@"
_TEXT: dict[str, object] = {"num_format": _AS_TEXT, "quote_prefix": True}
_LINE_HEIGHT = 15.0
_NUMBER_FORMATS = {
    "index": "0.00",
    "share": "0.0%",
    "small share": "0.000%",
    "money": "#,##0",
    "cents": "#,##0.00",
    "hours": "#,##0.0",
    "count": "#,##0",
    "ratio": "0.000",
    "plain": "General",
}


class Book:
    """A workbook being written, with each cell format made once."""

    def __init__(self, workbook: Any):
        self.workbook = workbook
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}

    def format(self, **properties: object) -> Any:
        """The workbook's format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format(properties)
        return self._formats[key]

    @property
    def text(self) -> Any:
        """Text that stays text, also when somebody edits the cell: zeros of ids stay, nothing is run."""
        return self.format(**_TEXT, valign="top")

    @property
    def wrapped(self) -> Any:
        """As `text`, over several lines."""
        return self.format(**_TEXT, valign="top", text_wrap=True)

    @property
    def header(self) -> Any:
        """Column headings."""
        return self.format(
            **_TEXT, bold=True, bg_color="#1F4E78", font_color="white", text_wrap=True, valign="top", border=1
        )

    @property
    def strong(self) -> Any:
        """One sentence that matters."""
        return self.format(**_TEXT, bold=True)

    @property
    def note(self) -> Any:
        """Sentences below a table."""
        return self.format(**_TEXT, italic=True)

    @property
    def title(self) -> Any:
        """The heading of a sheet or of a part of it."""
        return self.format(**_TEXT, bold=True, font_size=14, font_color="#1F4E78")

    def number(self, kind: str) -> Any:
        """Cells of a kind of number, see `kind_of`."""
        return self.format(num_format=_NUMBER_FORMATS[kind], valign="top")


def write_text(sheet: Any, row: int, column: int, text: object, form: Any) -> None:
    """A text as a text, whatever it looks like, cut where Excel's cells end."""
    cell = str(text)
    if len(cell) > LONGEST:
        cell = cell[: LONGEST - 1] + "…"
    sheet.write_string(row, column, cell, form)


def write_number(sheet: Any, row: int, column: int, number: float, form: Any) -> None:
    """A number; what is not known or not finite stays blank."""
    if np.isfinite(number):
        sheet.write_number(row, column, float(number), form)
    else:
        sheet.write_blank(row, column, None, form)


def write_table(book: Book, sheet: Any, columns: Columns) -> int:
    """Headings in the first row, frozen and with filters, and the rows; returns the row below the last."""
    from xlsxwriter.utility import xl_range

    arrays = {name: np.asarray(values) for name, values in columns.items()}
    n_rows = len(next(iter(arrays.values())))
    lines = np.ones(n_rows, np.int64)
    heading_lines = 1
    for j, (name, array) in enumerate(arrays.items()):
        width = _width(name, array)
        sheet.set_column(j, j, width)
        write_text(sheet, 0, j, name, book.header)
        heading_lines = max(heading_lines, int(_lines(len(name) + 3, width)))  # 3 for the filter's button
        if array.dtype.kind in "OU":
            form = book.wrapped if width == _WIDEST else book.text
            for i, cell in enumerate(array.tolist(), start=1):
                write_text(sheet, i, j, cell, form)
            if width == _WIDEST:
                lines = np.maximum(lines, _lines(np.array([len(str(cell)) for cell in array]), width))
        else:
            form = book.number(kind_of(name))
            for i, cell in enumerate(array.astype(np.float64).tolist(), start=1):
                write_number(sheet, i, j, cell, form)
    # Not every program finds the height of wrapped rows by itself.
    for i in np.flatnonzero(lines > 1).tolist():
        sheet.set_row(i + 1, _LINE_HEIGHT * lines[i])
    sheet.set_row(0, _LINE_HEIGHT * heading_lines)
    sheet.freeze_panes(1, min(2, len(arrays) - 1))
    sheet.autofilter(0, 0, max(n_rows, 1), len(arrays) - 1)
    sheet.repeat_rows(0)
    # Ids such as 007 are texts on purpose: no green triangle beside each of them.
    sheet.ignore_errors({"number_stored_as_text": xl_range(0, 0, max(n_rows, 1), len(arrays) - 1)})
    return n_rows + 1


def _lines(characters: Any, width: float) -> Any:
    """Lines that a text of so many characters takes, at most 12."""
    return np.minimum(np.ceil(np.asarray(characters) / width), 12).astype(np.int64)


_KINDS = {
    "money per year": "money",
    "money, to the cent": "cents",
    "hours per year": "hours",
    "index": "index",
    "ratio": "ratio",
    "km": "hours",
    "km²": "count",
    "number": "count",
    "seconds": "ratio",
    "share": "share",
}


def kind_of(name: str) -> str:
    """Which kind of number a column holds, by its name."""
    return _KINDS.get(meaning_of(name).unit, "plain")


def _width(name: str, array: np.ndarray) -> float:
    """Wide enough for a sample of the cells, and for a heading on two lines."""
    sample = array[:200].tolist()
    if array.dtype.kind in "OU":
        longest = max((len(str(cell)) for cell in sample), default=0)
    else:
        longest = max((len(f"{cell:,.0f}") + 3 for cell in sample if np.isfinite(cell)), default=0)
    return float(
        min(max(longest + 2, len(name) / 2 + 6, max(map(len, name.split() or [""])) + 4, 10), _WIDEST)
    )
