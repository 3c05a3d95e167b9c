"""How chapters of a report are printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from territory_opt.cli.terminal import Format, printable, say, show, show_json

if TYPE_CHECKING:
    from territory_opt.io.report import Chapter, Columns

_ROWS_SHOWN = 40


def print_chapters(chapters: Sequence[Chapter], form: Format, files: Mapping[str, Path]) -> None:
    """All tables with their notes; as CSV the last one alone, as JSON one document."""
    if form is Format.JSON:
        record: dict[str, Any] = {
            chapter.sheet.lower().replace(" ", "_"): {
                "rows": _rows(chapter.columns),
                "notes": list(chapter.notes),
            }
            for chapter in chapters
        }
        show_json(record | {"files": {name: str(path) for name, path in files.items()}})
        return
    if form is Format.CSV:
        show(_rows(chapters[-1].columns) if chapters else [], form)
        return
    for chapter in chapters:
        rows = _rows(chapter.columns)
        show(rows[:_ROWS_SHOWN], form, chapter.sheet)
        if len(rows) > _ROWS_SHOWN:
            say(f"… and {len(rows) - _ROWS_SHOWN:,} more rows; --out writes them all to {chapter.file}")
        for note in chapter.notes:
            say(printable(note))
        say()
    for path in files.values():
        say(f"wrote {path}")


def _rows(columns: Columns) -> list[dict[str, Any]]:
    values = {name: column.tolist() for name, column in columns.items()}
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]
