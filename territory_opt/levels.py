"""Levels above the territories (districts, regions …), text columns of the reps: a table of their groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import MeterCount
from territory_opt.holdings import holdings
from territory_opt.problem import Accounts, BoolArray, Problem, Reps
from territory_opt.travel.place import FloatArray

#: The columns of the reps that are levels wherever they are there, from below.
LEVELS = ("district", "region")
_SEVERAL = "(several)"


def levels_in(reps: Reps) -> tuple[str, ...]:
    """The columns of `LEVELS` by which the reps that stay fall into at least two groups."""
    stays = ~reps.leaving
    named = (name for name in LEVELS if name in reps.tags)
    return tuple(n for n in named if len(set(reps.tags[n].code[stays].tolist()) - {-1}) > 1)


def level_table(
    problem: Problem, alignment: Alignment, levels: Sequence[str], meters: Mapping[str, MeterCount]
) -> Mapping[str, Any]:
    """One row a group, by level from below: what is in it, loads, balance and shape.

    levels: text columns of the reps; one who leaves, or has no text there, is in no group. meters: counts of
    a plan's measures, a bin a rep. `index of …` is the load ÷ what the shares of its seats are of all loads:
    1.00 is even by seats; `even share of …` is the load ÷ an even share among the groups of the level. Shapes
    where areas have outlines.
    """
    parts = [
        _level(problem, alignment, level, list(levels[i + 1 :]), list(levels[:i]), meters)
        for i, level in enumerate(levels)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}


def _level(
    problem: Problem,
    alignment: Alignment,
    level: str,
    above: list[str],
    below: list[str],
    meters: Mapping[str, MeterCount],
) -> dict[str, Any]:
    reps = problem.reps
    tag, stays = reps.tag(level), ~reps.leaving & (reps.tag(level).code >= 0)
    used, of_stay = np.unique(tag.code[stays], return_inverse=True)
    group = np.full(len(reps) + 1, -1, np.int64)  # the last one is for nobody
    group[np.flatnonzero(stays)] = of_stay
    n, names = len(used), np.array(tag.names, dtype=object)[used]
    columns: dict[str, Any] = {"level": np.full(n, level, dtype=object), "group": names}
    columns["inside"] = _inside(reps, above, group[:-1], n)
    columns["territories"] = np.bincount(of_stay, minlength=n)
    columns["span"] = columns["territories"]
    if below:
        columns["span"] = _different(reps.tag(below[-1]).code[stays], of_stay, n)
    columns["accounts"] = _sums(np.ones(len(alignment)), group[alignment.rep], n).astype(np.int64)
    for name, meter in meters.items():
        columns |= _loads(name, meter.load, np.where(reps.leaving, 0.0, reps.share), group[:-1], n)
    return columns | _shapes(problem, alignment, group, names)


def _inside(reps: Reps, above: list[str], group: np.ndarray, n: int) -> np.ndarray:
    """The group above of each group; (several) where its reps lie in more than one, "" on the top level."""
    found = np.full(n, "", dtype=object)
    if above:
        texts = reps.tag(above[0]).texts()
        for g in range(n):
            names = sorted(set(texts[group == g]))
            found[g] = names[0] if len(names) == 1 else _SEVERAL
    return found


def _different(code: np.ndarray, group: np.ndarray, n: int) -> np.ndarray:
    pairs = np.unique(np.column_stack([group, code]), axis=0)
    return np.bincount(pairs[:, 0], minlength=n)


def _loads(
    name: str, load: FloatArray, share: FloatArray, group: np.ndarray, n: int
) -> dict[str, FloatArray]:
    load, seats = _sums(load, group, n), _sums(share, group, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        index = load / load.sum() / (seats / seats.sum())
        even = load / load.sum() * n
    return {
        name: load.round(2),
        f"index of {name}": index.round(4),
        f"even share of {name}": even.round(4),
    }


def _sums(values: FloatArray, group: np.ndarray, n: int) -> FloatArray:
    inside: BoolArray = group >= 0
    return np.bincount(group[inside], values[inside], minlength=n).astype(np.float64)


def _shapes(problem: Problem, alignment: Alignment, group: np.ndarray, names: np.ndarray) -> dict[str, Any]:
    """How compact the groups are, as if each were one territory."""
    if problem.areas is None or problem.areas.outlines is None:
        return {}
    from territory_opt.compactness import compactness

    held = group[holdings(problem, alignment).rep]
    force = replace(problem, accounts=_unowned(problem), reps=Reps.of(names))
    return dict(compactness(force, rep_of_area=held).columns())


def _unowned(problem: Problem) -> Accounts:
    return replace(problem.accounts, owner=np.full(len(problem.accounts), -1, np.int32))
