"""Territories in one piece: the rule about a whole territory on the map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from territory_opt.policy.words import counted
from territory_opt.problem import Int32Array, Problem

_SHOWN = 5
_MEND = "Write link_islands = true or bridges in [areas], or leave that part of the map to a rep of its own"


@dataclass(frozen=True)
class Contiguous:
    """The areas of each territory hang together, by the graph of areas that share a border.

    It speaks of areas, so that accounts must follow theirs (`FollowArea`); named accounts lie where they
    like. An area where no account follows has no load and no cost: it joins whom it helps. A rep's home need
    not lie in his territory.
    """

    name: ClassVar[str] = "contiguous"

    def faults(self, problem: Problem) -> Iterator[str]:
        if problem.areas is None:
            yield "needs areas: put areas.gpkg, .geojson or .parquet beside the accounts"
        elif len(problem.areas) > 1 and len(problem.areas.edges) == 0:
            yield "no two areas are neighbours: give a larger snap_m or bridges in [areas]"

    def cautions(self, problem: Problem) -> Iterator[tuple[str, str]]:
        if problem.areas is None:
            return
        piece, area = problem.areas.pieces(), problem.accounts.area
        part, accounts = np.unique(piece[area[area >= 0]], return_counts=True)
        main = part[accounts.argmax()] if len(part) else -1
        for number in part[part != main][:_SHOWN]:
            yield (
                f"no territory can join {listed(problem, np.flatnonzero(piece == number))} to the rest",
                _MEND,
            )
        if len(part) - 1 > _SHOWN:
            yield f"no territory can join {len(part) - 1 - _SHOWN:,} more parts of the map to the rest", _MEND
        if outside := int((area < 0).sum()):
            yield f"{counted(outside, 'account lies', 'accounts lie')} in no area", "It binds the others only"

    def torn(self, problem: Problem, rep_of_area: Int32Array) -> Iterator[tuple[int, int, str]]:
        areas = problem.areas
        if areas is None:
            return
        held = np.flatnonzero(rep_of_area >= 0)
        piece = areas.pieces(rep_of_area)
        keys, size = np.unique(np.column_stack([rep_of_area, piece])[held], axis=0, return_counts=True)
        for rep in np.flatnonzero(np.bincount(keys[:, 0], minlength=1) > 1):
            own = np.flatnonzero(keys[:, 0] == rep)
            own = own[np.argsort(-size[own], kind="stable")]
            parts = [listed(problem, np.flatnonzero(piece == keys[k, 1])) for k in own]
            more = f" and {len(own) - _SHOWN:,} more" if len(own) > _SHOWN else ""
            pieces = "; ".join(parts[:_SHOWN]) + more
            who = problem.reps.names[rep]
            yield int(rep), len(own), f"{who}'s territory is in {len(own)} pieces: {pieces}"


def listed(problem: Problem, rows: np.ndarray) -> str:
    """Areas by name: "area 01001", "12 areas (01001, 01003 …)"."""
    assert problem.areas is not None
    names = ", ".join(map(str, problem.areas.ids[rows[:_SHOWN]]))
    if len(rows) == 1:
        return f"area {names}"
    return f"{len(rows):,} areas ({names}{' …' if len(rows) > _SHOWN else ''})"
