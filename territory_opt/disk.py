"""What it takes for something to be on the disk."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk; nothing where the system offers no such thing."""
    if os.name == "nt":
        return
    with suppress(OSError):  # some network drives refuse it
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
