"""The levels above a design in a planner's words, and as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt.levels import level_table
from territory_opt.policy.words import counted
from territory_opt.result import Status

if TYPE_CHECKING:
    from territory_opt.design.levels import Level
    from territory_opt.design.plan import Design


def unit_of(design: Design) -> str:
    """What the objective of a design is counted in."""
    return {
        "travel": f"{design.problem.currency} a year of travel",
        "inertia": f"{next(iter(design.wishes.within), '')} × km²",
        "distance": "km",
    }[design.wishes.objective]


def level_lines(design: Design) -> Iterator[str]:
    """One line a level: how many, of how many each, what they cost and what is proved of them."""
    below, so_far = np.arange(design.k, dtype=np.int32), "territory"
    for level in design.levels:
        yield _line(design, level, _spans(level, below), so_far)
        if not level.given:
            below, so_far = level.of_territory, level.name


def _line(design: Design, level: Level, spans: str, below: str) -> str:
    if level.given:
        return f"{level.name}: {len(level):,} as given, of {spans} {_many(below)} each"
    where = ", each in one piece" if design.wishes.contiguous else ""
    value = f"{level.name}: {len(level):,}{where}, of {spans} {_many(below)} each; {level.value:,.0f}"
    value += f" {unit_of(design)} from their centres"
    if level.status is Status.IMPOSSIBLE:
        return f"{value}; no grouping of these {_many(below)} keeps every wish: that is proved"
    if level.faults or level.bound <= 0.0 < level.value:
        return f"{value}; nothing is proved about other groupings"
    proved = f"proved: no other grouping of these {_many(below)} has less than {level.bound:,.0f}"
    return f"{value}; {proved} (gap {100 * level.gap:.2f} %)"


def _many(name: str) -> str:
    return "territories" if name == "territory" else counted(2, name).removeprefix("2 ")


def _spans(level: Level, below: np.ndarray) -> str:
    """How many of the level below a group has: "4 to 6", or "5" where all have as many."""
    pairs = np.unique(np.column_stack([level.of_territory, below]), axis=0)
    size = np.bincount(pairs[:, 0], minlength=len(level))
    least, most = int(size.min()), int(size.max())
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def level_rows(design: Design) -> list[dict[str, Any]]:
    """One row a group, from the lowest level up: loads, balance, shape, and where its centre is."""
    if not design.levels:
        return []
    meters = {meter.measure: meter for meter in design.audit.meters}
    table = dict(
        level_table(design.problem, design.alignment, [level.name for level in design.levels], meters)
    )
    place = {
        (level.name, name): (float(lat), float(lon))
        for level in design.levels
        for name, lat, lon in zip(level.names, *level.centre, strict=True)
    }
    lat, lon = zip(*(place[key] for key in zip(table["level"], table["group"], strict=True)), strict=True)
    table |= {"centre lat": np.round(lat, 6), "centre lon": np.round(lon, 6)}
    columns = {name: np.asarray(values).tolist() for name, values in table.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
