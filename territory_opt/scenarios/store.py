"""Scenarios kept in a folder: versioned, each version whole or not there, safe against other writers.

    STORE/facts/<fingerprint>.npz                    the facts, once for all scenarios that share them
    STORE/scenarios/<name>/0001/manifest.json        what it is, readable; fingerprints of everything
                               /scenario.npz         wishes and result, exactly
                               /alignment.csv        the plan, for whoever wants only that

A version is made under a temporary name, brought to the disk and renamed into its place, which one of two
writers at a time can do; the other takes the next number. A crash leaves a temporary folder that nobody
reads. A version that cannot be read is listed with its fault and stands in nobody's way.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from territory_opt.disk import sync_folder
from territory_opt.errors import DataError, ExportError, Issue, did_you_mean
from territory_opt.io.outputs import plain, write_csv, write_json
from territory_opt.io.report import alignment_table
from territory_opt.io.shadow_prices import fingerprint
from territory_opt.io.snapshot import read_snapshot, write_snapshot
from territory_opt.problem import Problem
from territory_opt.result import Result
from territory_opt.scenarios.changes.wishes import label_of
from territory_opt.scenarios.scenario import Scenario

FORMAT = 1
_UNFINISHED, _STALE_S = ".unfinished-", 3600.0
_TRIES = 1000


@dataclass(frozen=True)
class Entry:
    """One version of a scenario in a store, as its manifest tells.

    fault: why the manifest cannot be read, "" where it can; then it is empty, and the name that of the folder
    where nobody told a better one.
    """

    name: str
    version: int
    manifest: dict[str, Any]
    folder: Path
    fault: str = ""

    def row(self) -> dict[str, object]:
        """Plain values for a table."""
        names = ("saved_at", "status", "cost", "gap", "moved", "note")
        figures = {name: self.manifest.get(name, "") for name in names}
        if self.fault:
            figures |= {"status": "broken", "note": self.fault}
        changes = "; ".join(map(str, self.manifest.get("changes", ())))
        return {"name": self.name, "version": self.version, "changes": changes} | figures


class Store:
    """A folder of scenarios.

    Raises ExportError where the folder cannot be written, DataError where it holds what it should not.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)

    def save(self, scenario: Scenario, note: str = "") -> Entry:
        """Keep a scenario as the next version of its name; nothing that is there is ever changed."""
        home = self.folder / "scenarios" / _folder_name(scenario.name)
        try:
            home.mkdir(parents=True, exist_ok=True)
            _sweep(home)
            facts = self._keep_facts(scenario)
            unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=home))
            try:
                return self._placed(home, unfinished, scenario, facts, note)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
        except OSError as error:
            raise ExportError(f"cannot write to {self.folder}: {error.strerror or error}") from error

    def entries(self, name: str | None = None) -> tuple[Entry, ...]:
        """Every version that is there, by name and version; of one scenario where a name is given.

        Versions that cannot be read are among them, with their `fault`.
        """
        homes = self.folder / "scenarios"
        folders = homes.glob("*") if name is None else [homes / _folder_name(name)]
        found = [_read(path, name or home.name) for home in folders for path in _versions(home)]
        return tuple(sorted(found, key=lambda entry: (entry.name, entry.version)))

    def entry(self, name: str, version: int | None = None) -> Entry:
        """One version, the last by default. DataError when there is none, or when it cannot be read."""
        entries = {entry.version: entry for entry in self.entries(name)}
        if not entries:
            near = did_you_mean(name, {entry.name for entry in self.entries() if not entry.fault})
            raise DataError(Issue("store", None, "name", name, "there is no such scenario", near))
        number = max(entries) if version is None else version
        if number not in entries:
            known = ", ".join(map(str, entries))
            raise DataError(
                Issue("store", None, "version", str(number), "is not there", f"There are {known}")
            )
        found = entries[number]
        if found.fault:
            whole = ", ".join(str(entry.version) for entry in entries.values() if not entry.fault)
            mend = f"Take another version ({whole})" if whole else "Remove the folder or mend the file"
            raise DataError(Issue("store", None, "", str(found.folder), found.fault, mend))
        return found

    def load(self, name: str, version: int | None = None) -> Scenario:
        """A scenario as it was saved, plan and prices included. DataError when a file was changed since."""
        entry = self.entry(name, version)
        path = entry.folder / "scenario.npz"
        _unchanged(path, entry.manifest["files"]["scenario.npz"])
        policy, result, changes = read_snapshot(path)
        problem = _facts(self._facts_path(entry.manifest["facts"]), entry.manifest["facts"])
        return Scenario(problem, policy, entry.name, changes, None, result)

    def _facts_path(self, mark: str) -> Path:
        return self.folder / "facts" / f"{mark}.npz"

    def _keep_facts(self, scenario: Scenario) -> str:
        """The facts under their fingerprint, which is returned; written once, and again if damaged."""
        mark = scenario.problem.fingerprint()
        path = self._facts_path(mark)
        try:
            _facts(path, mark)
        except DataError:
            write_snapshot(scenario.problem, path)
        return mark

    def _placed(self, home: Path, unfinished: Path, scenario: Scenario, facts: str, note: str) -> Entry:
        kept = (scenario.policy, scenario.result, scenario.changes)
        write_snapshot(kept, unfinished / "scenario.npz")
        if scenario.result is not None:
            table = alignment_table(scenario.problem, scenario.result.alignment)
            write_csv(unfinished / "alignment.csv", table)
        for folder in (home, home.parent, self.folder):
            sync_folder(folder)
        for _ in range(_TRIES):
            version = 1 + max((int(path.name) for path in _versions(home)), default=0)
            manifest = _manifest(scenario, version, facts, note, unfinished)
            write_json(unfinished / "manifest.json", manifest)
            try:
                os.rename(unfinished, home / f"{version:04d}")
            except OSError:
                if not (home / f"{version:04d}").exists():
                    raise
                continue  # somebody else was first
            sync_folder(home)
            return Entry(scenario.name, version, plain(manifest), home / f"{version:04d}")
        raise ExportError(f"{home} is too busy to write to")


def _read(folder: Path, name: str) -> Entry:
    """A version as its manifest tells, or with the fault of the manifest under the name that is given."""
    version = int(folder.name)
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        told, kept = manifest["name"], (manifest["facts"], manifest["files"]["scenario.npz"])
        whole = isinstance(manifest.get("changes", []), list) and all(isinstance(m, str) for m in kept)
        if whole and _folder_name(told) == folder.parent.name:
            return Entry(told, version, manifest, folder)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        pass
    return Entry(name, version, {}, folder, "has no manifest that can be read")


def _facts(path: Path, mark: str) -> Problem:
    """Facts that a store keeps; DataError when they are damaged, or are not those that were saved."""
    problem = read_snapshot(path)
    if not isinstance(problem, Problem) or problem.fingerprint() != mark:
        mend = "Save a scenario of the same facts, which writes them again"
        raise DataError(Issue("store", None, "", str(path), "was changed since it was saved", mend))
    return problem


def _versions(home: Path) -> Iterator[Path]:
    return (path for path in home.glob("[0-9]*") if path.name.isdecimal() and path.is_dir())


def _folder_name(name: str) -> str:
    """A name that every file system takes, different for different scenarios."""
    letters = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    return f"{letters or 'scenario'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _sweep(home: Path) -> None:
    """Take away what crashed writers left behind; a writer at work is younger."""
    for path in home.glob(f"{_UNFINISHED}*"):
        try:
            if time.time() - path.stat().st_mtime > _STALE_S:
                shutil.rmtree(path, ignore_errors=True)
        except FileNotFoundError:
            continue


def _manifest(scenario: Scenario, version: int, facts: str, note: str, folder: Path) -> dict[str, Any]:
    parent = scenario.parent
    files = sorted(path for path in folder.iterdir() if path.name != "manifest.json")
    return {
        "format": FORMAT,
        "name": scenario.name,
        "version": version,
        "saved_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "note": note,
        "changes": list(scenario.changes),
        "parent": parent.name if parent is not None else None,
        "facts": facts,
        "accounts": len(scenario.problem.accounts),
        "reps": len(scenario.problem.reps),
        "wishes": [label_of(wish) for wish in scenario.policy.wishes],
        "policy": fingerprint(scenario.policy),
        **(_figures(scenario.result) if scenario.result is not None else {}),
        "files": {path.name: _hash(path) for path in files},
    }


def _figures(result: Result) -> dict[str, Any]:
    return {
        "status": result.status.value,
        "cost": result.audit.cost,
        "objective": result.objective,
        "bound": result.bound,
        "gap": result.gap,
        "moved": int(result.audit.moved.sum()),
        "clashes": len(result.clashes),
        "seed": result.seed,
        "runtime_s": result.runtime_s,
        "versions": dict(result.versions),
    }


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _unchanged(path: Path, mark: str) -> None:
    try:
        same = _hash(path) == mark
    except OSError:
        same = False
    if not same:
        fault, mend = "is missing or was changed since it was saved", "Take another version"
        raise DataError(Issue("store", None, "", str(path), fault, mend))
