"""What a publishing leaves for those who look later: who did what and when, and what its files were then."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from territory_opt.crm.journal import JOURNAL, ROLLBACK
from territory_opt.disk import sync_folder
from territory_opt.errors import DataError, Issue

MANIFEST = "manifest.json"
FORMAT = 1


def write_manifest(folder: Path, counts: Mapping[str, int], inputs: str = "") -> Path:
    """The manifest of a publishing that has ended, on the disk; one that is there already stays as it is.

    counts: accounts by outcome. inputs: fingerprint of the facts that the plan was made from, "" if not
    given. The next manifest is called `manifest-2.json`, and so on.
    """
    record = {
        "format": FORMAT,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": _user(),
        "inputs": inputs,
        "counts": dict(counts),
        "files": {name: _mark(folder / name) for name in (JOURNAL, ROLLBACK)},
    }
    text = json.dumps(record, indent=2, ensure_ascii=True) + "\n"
    path = next(path for path in _names(folder) if _is_made(path, text))
    sync_folder(folder)
    return path


def verify(folder: str | Path) -> tuple[str, ...]:
    """What differs in the folder of a publishing from what its manifests say, in a sentence each.

    A journal may grow when a plan is published to the same folder again: what it said before must stay. The
    rollback file is as the last manifest says. Raises DataError when there is no manifest.
    """
    folder = Path(folder)
    manifests = _there(folder)
    if not manifests:
        fault, mend = "has no manifest", "Name the folder of a publishing that came to its end"
        raise DataError(Issue("publishing", None, "", str(folder), fault, mend))
    return tuple(
        sentence for path in manifests for sentence in _differences(folder, path, path == manifests[-1])
    )


def is_told(folder: Path) -> bool:
    """Whether the last manifest tells of everything that the journal holds."""
    manifests = _there(folder)
    try:
        return bool(manifests) and _files(manifests[-1])[JOURNAL][1] >= (folder / JOURNAL).stat().st_size
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _is_made(path: Path, text: str) -> bool:
    """Write a file that is not there yet; False where it is."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        return False
    return True


def _differences(folder: Path, manifest: Path, is_last: bool) -> Iterator[str]:
    try:
        files = _files(manifest)
    except (OSError, ValueError, LookupError, TypeError):
        yield f"{manifest.name} cannot be read"
        return
    for name, (sha256, size) in files.items():
        if name == ROLLBACK and not is_last:
            continue
        try:
            content = (folder / name).read_bytes()
        except OSError:
            yield f"{name} is missing or cannot be read"
            continue
        may_grow = name == JOURNAL
        if _sha256(content[:size] if may_grow else content) != sha256:
            yield f"{name} was changed since {manifest.name} was written"
        elif may_grow and is_last and len(content) > size:
            yield f"{name} has grown since {manifest.name} was written: a publishing has not come to its end"


def _files(manifest: Path) -> dict[str, tuple[str, int]]:
    """Hash and length of each file by its name, as a manifest says."""
    record = json.loads(manifest.read_bytes())
    return {
        name: (str(record["files"][name]["sha256"]), int(record["files"][name]["bytes"]))
        for name in (JOURNAL, ROLLBACK)
    }


def _mark(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"sha256": _sha256(content), "bytes": len(content)}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _names(folder: Path) -> Iterator[Path]:
    """Names of manifests in the order in which they are written."""
    yield folder / MANIFEST
    yield from (folder / f"manifest-{number}.json" for number in count(2))


def _there(folder: Path) -> list[Path]:
    """Manifests that are there, the oldest first."""
    there: list[Path] = []
    for path in _names(folder):
        if not path.exists():
            return there
        there.append(path)
    return there


def _user() -> str:
    """Who is logged in, "" where the system does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
