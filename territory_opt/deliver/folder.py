"""Chapters in a folder of their own: files, pictures and a workbook."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from territory_opt.errors import ExportError
from territory_opt.io.report import Chapter


def write_chapters(
    chapters: Sequence[Chapter], folder: str | Path, workbook: str, files: Collection[str]
) -> dict[str, Path]:
    """CSV files, PNG pictures and one workbook, each whole or not at all.

    files: all CSV files that such a folder may hold; those of an earlier run that have no place now are
    removed with their pictures. Raises ExportError when the folder cannot be written.
    """
    from territory_opt.io.outputs import write_csv
    from territory_opt.io.workbook import write_chapter_book

    folder, written = Path(folder), dict[str, Path]()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for chapter in chapters:
            written[chapter.file] = folder / chapter.file
            write_csv(folder / chapter.file, chapter.columns)
            for number, picture in enumerate(chapter.pictures):
                path = folder / _picture(chapter.file, number)
                written[path.name] = path
                _write(path, picture)
        written[workbook] = folder / workbook
        write_chapter_book(chapters, folder / workbook)
        for stale in {*files, *(_picture(file, 0) for file in files)} - written.keys():
            (folder / stale).unlink(missing_ok=True)
    except OSError as error:
        raise ExportError(f"cannot write to {folder}: {error.strerror or error}") from error
    return written


def _picture(file: str, number: int) -> str:
    stem = Path(file).stem
    return f"{stem}_{number + 1}.png" if number else f"{stem}.png"


def _write(path: Path, content: bytes) -> None:
    from territory_opt.io.atomic import replacing

    with replacing(path) as temporary:
        temporary.write_bytes(content)
