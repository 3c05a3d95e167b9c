"""What privacy keeps at home: the salt, and the table that says who is who."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from territory_opt.errors import DataError, ExportError, Issue
from territory_opt.io.outputs import write_csv
from territory_opt.problem import TextArray

SALT_FILE = "privacy.salt"
_BYTES = 32


def salt_in(path: str | Path) -> bytes:
    """The salt in a file; a new one, readable by its owner alone, where there is none.

    DataError when the file holds none, ExportError when it cannot be read or written.
    """
    path = Path(path)
    try:
        with suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(_BYTES) + "\n")
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise ExportError(f"cannot keep a salt in {path}: {error.strerror or error}") from error
    try:
        salt = bytes.fromhex(text)
    except ValueError:
        salt = b""
    if len(salt) < _BYTES:
        fault, mend = f"is no salt of {_BYTES} bytes", "Delete it for a new one; pseudonyms will be others"
        raise DataError(Issue(path.name, None, "", "", fault, mend))
    return salt


def write_key(key: Mapping[str, TextArray], path: str | Path, outputs: str | Path) -> Path:
    """Who is who, as a CSV file for its owner alone. ExportError where it would go out with the outputs."""
    path = Path(path)
    if Path(outputs).resolve() in (path.resolve(), *path.resolve().parents):
        raise ExportError(f"{path} would lie among the private outputs; keep the key elsewhere")
    write_csv(path, key)
    with suppress(OSError):  # some drives know no owners
        path.chmod(0o600)
    return path
