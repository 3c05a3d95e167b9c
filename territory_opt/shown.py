"""How our values show themselves in a notebook; names come from users and are escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any


class ShownAsText:
    """Shows what `str` says, with its lines and columns as they are."""

    def _repr_html_(self) -> str:
        return f'<pre style="line-height: 1.35">{escape(str(self))}</pre>'


class ShownAsTable:
    """Shows what `rows()` gives, one line a row."""

    def rows(self) -> list[dict[str, object]]:
        """Plain values, the same keys in every row."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return html_table(self.rows())


def html_table(rows: Iterable[Mapping[str, object]]) -> str:
    """A table of plain values; numbers to the right, with separators between thousands."""
    listed = list(rows)
    if not listed:
        return "<p>There is nothing to show.</p>"
    head = "".join(f"<th>{escape(name)}</th>" for name in listed[0])
    body = "".join("<tr>" + "".join(map(_cell, row.values())) + "</tr>" for row in listed)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f'<td style="text-align: left">{escape(str(value))}</td>'
    said = f"{value:,}" if isinstance(value, int) else f"{value:,.4f}".rstrip("0").rstrip(".")
    return f'<td style="text-align: right">{escape(said)}</td>'
