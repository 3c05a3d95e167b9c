"""Neighbours that a planner makes or parts: pairs of areas in `[areas]`, bridges.csv and forbidden.csv."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from territory_opt.areas import Areas, Int32Array
from territory_opt.errors import DataError, Issue, did_you_mean
from territory_opt.io.area_settings import AreaSettings, Pair, settings_fault
from territory_opt.io.headers import renamed
from territory_opt.io.identity import trim_decimals
from territory_opt.io.tables import FIRST_ROW, find_table, read_table

Kind = Literal["bridges", "forbidden"]
KINDS: tuple[Kind, ...] = ("bridges", "forbidden")
_ENDS = ("area_id_a", "area_id_b")
EDIT_COLUMNS = (*_ENDS, "note")


@dataclass(frozen=True)
class Edit:
    """Two areas that count as neighbours without a border, or whose border does not count.

    row: where it stands in the table of its kind; None for a pair in territory.toml.
    """

    kind: Kind
    pair: Pair
    row: int | None = None

    def fault(self, end: int | None, value: str, fault: str, mend: str, *, fatal: bool = True) -> Issue:
        """A fault of this pair, or of one of its ends, as the file names it."""
        if self.row is None:
            return settings_fault(self.kind, value, fault, mend, fatal=fatal)
        column = ", ".join(_ENDS) if end is None else _ENDS[end]
        return Issue(self.kind, self.row, column, value, fault, mend, fatal)

    def __str__(self) -> str:
        return f"{self.pair[0]} – {self.pair[1]}"


def edits_in(settings: AreaSettings) -> list[Edit]:
    """The pairs of `[areas]`."""
    return [Edit(kind, pair) for kind in KINDS for pair in getattr(settings, kind)]


def read_edits(folder: Path, columns: Mapping[str, Mapping[str, str]]) -> tuple[list[Edit], list[Issue]]:
    """The pairs in the tables of a data folder, each optional, and their faults.

    columns: for each table, our name -> the file's name.
    """
    edits: list[Edit] = []
    issues: list[Issue] = []
    for kind in KINDS:
        try:
            path = find_table(folder, kind)
            if path is not None:
                found, faults = _read(path, kind, columns.get(kind, {}))
                edits, issues = [*edits, *found], [*issues, *faults]
        except DataError as error:
            issues += error.issues
    return edits, issues


def tables_without_map(folder: Path) -> Iterator[Issue]:
    """That tables of pairs are not read, in a folder without areas."""
    for kind in KINDS:
        for path in sorted(folder.glob(f"{kind}.*")):
            mend = "The file is not read; put a map of areas beside it"
            yield Issue(kind, None, "", path.name, "there are no areas", mend, fatal=False)


def _read(path: Path, kind: Kind, mapping: Mapping[str, str]) -> tuple[list[Edit], list[Issue]]:
    frame = read_table(path, kind)
    if len(frame) == 0:  # nothing is to be edited
        return [], []
    column = renamed(kind, frame, mapping, EDIT_COLUMNS)
    trim_decimals(column, _ENDS)
    if _ENDS[1] not in column.frame:
        column.blame_column(_ENDS[1], "the column is missing", "Add it: each row names two areas")
    if not set(_ENDS) <= set(column.frame.columns):
        return [], column.issues
    for end in _ENDS:
        column.blame(column.text(end) == "", end, "is empty", "Name an area, or remove the row")
    ends = zip(column.frame.index, *(column.text(end) for end in _ENDS), strict=True)
    edits = [Edit(kind, (str(a), str(b)), int(row) + FIRST_ROW) for row, a, b in ends if a and b]
    return edits, column.issues


def sound_edits(areas: Areas, edits: Sequence[Edit]) -> tuple[list[Edit], list[Issue]]:
    """The pairs that name two areas of the map, and every fault of all of them."""
    known = set(map(str, areas.ids))
    issues = [issue for edit in edits for issue in _faults(edit, known)]
    good = [edit for edit in edits if set(edit.pair) <= known and edit.pair[0] != edit.pair[1]]
    return good, [*issues, *_contradictions(good)]


def rows_of(areas: Areas, edits: Sequence[Edit]) -> Int32Array:
    """Each pair as rows of the map, the smaller first; (pairs, 2)."""
    row = {str(area): i for i, area in enumerate(areas.ids)}
    pairs = [(row[edit.pair[0]], row[edit.pair[1]]) for edit in edits]
    return np.sort(np.array(pairs, np.int32).reshape(-1, 2), axis=1)


def _faults(edit: Edit, known: Collection[str]) -> Iterator[Issue]:
    for end, area in enumerate(edit.pair):
        if area not in known and area not in edit.pair[:end]:
            yield edit.fault(end, area, "is no area", _hint(area, known))
    if edit.pair[0] == edit.pair[1]:
        yield edit.fault(None, edit.pair[0], "is paired with itself", "Name two areas")


def _contradictions(edits: Sequence[Edit]) -> Iterator[Issue]:
    """Pairs that are there twice, and those that are to be neighbours and not to be."""
    seen: dict[frozenset[str], Kind] = {}
    for edit in edits:
        before = seen.setdefault(frozenset(edit.pair), edit.kind)
        if before != edit.kind:
            fault, mend = "is a bridge and forbidden at once", "Take it out of one of them"
            yield edit.fault(None, str(edit), fault, mend)
    twice: set[tuple[Kind, frozenset[str]]] = set()
    for edit in edits:
        if (edit.kind, frozenset(edit.pair)) in twice:
            yield edit.fault(None, str(edit), "the pair is there twice", "Taken once", fatal=False)
        twice.add((edit.kind, frozenset(edit.pair)))


def _hint(area: str, known: Collection[str]) -> str:
    hint = did_you_mean(area, known)
    return hint if hint.startswith("Did you mean") else "Use an area_id of the file of areas"
