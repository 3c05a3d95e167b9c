"""Territories in one piece: the rule about a whole territory on the map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from territory_opt.policy.homes import home_of_rep
from territory_opt.policy.words import counted
from territory_opt.problem import Int32Array, Problem

_SHOWN = 5
_MEND = "Write link_islands = true or bridges in [areas], or leave that part of the map to a rep of its own"


@dataclass(frozen=True)
class Contiguous:
    """The areas of each territory hang together, by the graph of areas that share a border.

    It speaks of areas, so that accounts must follow theirs (`FollowArea`); named accounts lie where they
    like. An area where no account follows has no load and no cost: it joins whom it helps.

    home: whether each area where reps live belongs to one of them, so that a home lies in its territory. A
    rep who leaves, or whose home lies in no area, is not bound.
    """

    name: ClassVar[str] = "contiguous"
    home: bool = False

    def faults(self, problem: Problem) -> Iterator[str]:
        if problem.areas is None:
            yield "needs areas: put areas.gpkg, .geojson or .parquet beside the accounts"
        elif len(problem.areas) > 1 and len(problem.areas.edges) == 0:
            yield "no two areas are neighbours: give a larger snap_m or bridges in [areas]"
        elif self.home and (home_of_rep(problem) < 0).all():
            yield "home asks for home areas, but no rep lives in any: fill in home_area, or lat and lon"

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
        yield from self._cautions_of_homes(problem)
        if outside := int((area < 0).sum()):
            yield f"{counted(outside, 'account lies', 'accounts lie')} in no area", "It binds the others only"

    def _cautions_of_homes(self, problem: Problem) -> Iterator[tuple[str, str]]:
        if not self.home or problem.areas is None:
            return
        home, names = home_of_rep(problem), problem.reps.names
        homeless = np.flatnonzero((home < 0) & ~problem.reps.leaving)
        if len(homeless):
            yield (
                f"{_people(names[homeless])} in no area",
                "Fill in home_area; until then home binds the others",
            )
        area, people = np.unique(home[home >= 0], return_counts=True)
        for shared in area[people > 1][:_SHOWN]:
            fault = f"{_people(names[home == shared])} in one area, {problem.areas.ids[shared]}"
            yield fault, "One of them gets it; the others' homes lie outside their territories"

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
        yield from self._homes_of_others(problem, rep_of_area)

    def _homes_of_others(self, problem: Problem, rep_of_area: Int32Array) -> Iterator[tuple[int, int, str]]:
        if not self.home or problem.areas is None:
            return
        home, names = home_of_rep(problem), np.append(problem.reps.names, "nobody")
        for area in np.unique(home[home >= 0]):
            residents, holder = np.flatnonzero(home == area), rep_of_area[area]
            if holder not in residents:
                who = names[residents[0]]
                message = f"{who}'s home lies in area {problem.areas.ids[area]}, which is {names[holder]}'s"
                yield int(residents[0]), 2, message


def _people(names: np.ndarray) -> str:
    """Who lives somewhere: "Ann lives", "Ann and Ben live", "Ann, Ben and 3 more live"."""
    shown = ", ".join(map(str, names[:_SHOWN]))
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f"{shown}{more} {'lives' if len(names) == 1 else 'live'}"


def listed(problem: Problem, rows: np.ndarray) -> str:
    """Areas by name: "area 01001", "12 areas (01001, 01003 …)"."""
    assert problem.areas is not None
    names = ", ".join(map(str, problem.areas.ids[rows[:_SHOWN]]))
    if len(rows) == 1:
        return f"area {names}"
    return f"{len(rows):,} areas ({names}{' …' if len(rows) > _SHOWN else ''})"
