"""What a publishing leaves for those who look later: who did what and when, and what its files were then."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from territory_opt.crm.journal import JOURNAL, ROLLBACK, Journal
from territory_opt.disk import sync_folder
from territory_opt.errors import DataError, Issue

MANIFEST = "manifest.json"
FORMAT = 2
#: Fingerprints that `verify` can work out again.
INPUTS = ("facts", "plan", "policy")


@dataclass(frozen=True)
class Origin:
    """What was published, and by whom: fingerprints (SHA-256, "" if not known) and plain words, no secrets.

    facts, plan, policy: what the changes were made from. system: which one, `org` what it calls itself and
    its user. settings: how it was done, by name: stage, effective date, limits.
    """

    facts: str = ""
    plan: str = ""
    policy: str = ""
    system: str = ""
    org: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    def inputs(self) -> dict[str, str]:
        """Fingerprints by name."""
        return {name: getattr(self, name) for name in INPUTS}


def write_manifest(
    folder: Path, counts: Mapping[str, int], origin: Origin, reports: Sequence[str] = ()
) -> Path:
    """The manifest of a publishing that has ended, on the disk; one that is there already stays as it is.

    counts: records by outcome. reports: names of further files in the folder that it vouches for. The next
    manifest is called `manifest-2.json`, and so on; each holds the hash of the one before, so that none can
    be changed or taken away unseen.
    """
    before = _there(folder)
    record = {
        "format": FORMAT,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": _user(),
        "system": origin.system,
        "org": origin.org,
        "inputs": origin.inputs(),
        "settings": dict(origin.settings),
        "counts": dict(counts),
        "journal": Journal(folder).tally(),
        "previous": _sha256(before[-1].read_bytes()) if before else "",
        "files": {name: _mark(folder / name) for name in (JOURNAL, ROLLBACK, *reports)},
    }
    text = json.dumps(record, indent=2, ensure_ascii=True) + "\n"
    path = next(path for path in _names(folder) if _is_made(path, text))
    path.chmod(0o444)
    sync_folder(folder)
    return path


def verify(folder: str | Path, inputs: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """What differs in the folder of a publishing from what its manifests say, in a sentence each.

    inputs: fingerprints by name (`facts`, `plan`, `policy`) as they are worked out today, to be compared with
    those of the last manifest. Folders of what lies below the accounts, and of a rollback, are verified with
    it. A journal may grow when a plan is published to the same folder again: what it said before must stay;
    the rollback file is as the last manifest says. Raises DataError when there is no manifest.
    """
    folder = Path(folder)
    manifests = _there(folder)
    below = [path.parent for path in sorted(folder.glob(f"*/{MANIFEST}"))]
    if not manifests and not below:
        fault, mend = "has no manifest", "Name the folder of a publishing that came to its end"
        raise DataError(Issue("publishing", None, "", str(folder), fault, mend))
    here = [sentence for path in manifests for sentence in _differences(folder, path, path == manifests[-1])]
    if manifests:
        here += _other_inputs(manifests[-1], inputs or {})
        here += _broken_chain(manifests)
    return (*here, *(f"{one.name}: {sentence}" for one in below for sentence in verify(one)))


def is_told(folder: Path) -> bool:
    """Whether the last manifest tells of everything that the journal holds."""
    manifests = _there(folder)
    try:
        return bool(manifests) and _files(manifests[-1])[JOURNAL][1] >= (folder / JOURNAL).stat().st_size
    except (OSError, ValueError, LookupError, TypeError):
        return False


def next_number(folder: Path) -> int:
    """Of the manifest that is written next, from 1."""
    return len(_there(folder)) + 1


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
        told = _record(manifest)["journal"]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
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
        elif may_grow and is_last and Journal(folder).tally() != told:
            yield f"{manifest.name} counts other records than {name} holds"


def _broken_chain(manifests: Sequence[Path]) -> Iterator[str]:
    """Manifests that are not what the next one saw."""
    for before, path in zip([None, *manifests[:-1]], manifests, strict=True):
        try:
            previous = _record(path)["previous"]
        except (OSError, ValueError, LookupError, TypeError):
            continue  # that it cannot be read is said already
        if before is None and previous:
            yield f"the manifest that {path.name} follows was taken away"
        elif before is not None and previous != _sha256(before.read_bytes()):
            yield f"{before.name} is not the manifest that {path.name} follows"


def _other_inputs(manifest: Path, today: Mapping[str, str]) -> Iterator[str]:
    """Fingerprints that are others today than in a manifest."""
    try:
        then = _record(manifest)["inputs"]
        changed = [name for name in INPUTS if name in today and then.get(name, "") != today[name]]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return
    words = {"facts": "the facts are", "plan": "the plan is", "policy": "the policy is"}
    for name in changed:
        have = f"{today[name][:12] or 'none'} today, {str(then.get(name, ''))[:12] or 'none'} then"
        yield f"{words[name]} not what {manifest.name} tells of: fingerprint {have}"


def _files(manifest: Path) -> dict[str, tuple[str, int]]:
    """Hash and length of each file by its name, as a manifest says."""
    told = _record(manifest)["files"]
    marks = {str(name): (str(mark["sha256"]), int(mark["bytes"])) for name, mark in told.items()}
    return {JOURNAL: marks[JOURNAL], ROLLBACK: marks[ROLLBACK]} | {
        name: mark for name, mark in marks.items() if Path(name).name == name
    }


def _record(manifest: Path) -> Any:
    return json.loads(manifest.read_bytes())


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
