"""A folder whose files change all at once: new ones take their places together, or the old ones stay."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from territory_opt.errors import ExportError


@contextmanager
def swapped_in(folder: Path, sometimes: Collection[str] = ()) -> Iterator[Path]:
    """An empty folder; what is in it at the end takes the place of what has the same name in `folder`.

    sometimes: names that go even where nothing new has them; an earlier run's must not stay beside a new one.
    On any failure the folder is as it was. Raises ExportError when it cannot be written.
    """
    was_there = folder.exists()
    done = False
    staging: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Inside the folder, since that is surely on the same disk.
        staging = Path(tempfile.mkdtemp(prefix=".territory-", dir=folder))
        fresh = staging / "new"
        fresh.mkdir()
        yield fresh
        _take_place(fresh, folder, staging / "old", sometimes)
        done = True
    except OSError as error:
        raise ExportError(f"cannot write to {folder}: {error.strerror or error}") from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
        if not (done or was_there):
            shutil.rmtree(folder, ignore_errors=True)


def _take_place(fresh: Path, folder: Path, aside: Path, sometimes: Collection[str]) -> None:
    """Rename the new files into the folder; when one cannot be, the old ones come back."""
    names = {path.name for path in fresh.iterdir()}
    aside.mkdir()
    concerned = sorted({*names, *sometimes})
    try:
        for name in concerned:
            if (folder / name).exists():
                os.replace(folder / name, aside / name)
            if name in names:
                os.replace(fresh / name, folder / name)
    except BaseException:
        # Read from the disk how far it came: Ctrl-C may strike between a rename and any note of it.
        for name in concerned:
            if name in names and not (fresh / name).exists():
                _remove(folder / name)
            if (aside / name).exists():
                os.replace(aside / name, folder / name)
        raise


def _remove(path: Path) -> None:
    """A file, or a folder with all that is in it."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
