"""Areas that are too large for a territory, or for a good fit, cut along their accounts.

An area that holds more than a share of a territory in some balanced measure becomes several, each an area of
its own with about equal load, before the design begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from territory_opt.areas import Areas
from territory_opt.design.wishes import Wishes, counted_as
from territory_opt.problem import Categories, Problem
from territory_opt.travel.place import FloatArray, IndexArray

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Split:
    """An area that was cut. parts: ids of the areas that it has become; territories: what it would fill."""

    area_id: str
    name: str
    territories: float
    parts: tuple[str, ...]


def split(problem: Problem, wishes: Wishes) -> tuple[Problem, tuple[Split, ...]]:
    """The facts with areas over `wishes.split_over` of a territory cut, and which those are."""
    areas, over = problem.areas, wishes.split_over
    if areas is None or over is None or (problem.accounts.area < 0).all():
        return problem, ()
    fills, weight = territories_filled(problem, wishes)
    n_parts = parts_wanted(problem, fills, over)
    if (n_parts == 1).all():
        return problem, ()
    from territory_opt.io.area_parts import Placed, divided

    accounts = problem.accounts
    item = _items(problem, weight, fills / n_parts)
    placed = Placed(accounts.area, accounts.lat, accounts.lon, weight, item)
    parts = divided(areas, placed, n_parts)
    tags = _tags(accounts.tags, parts.areas, parts.area, n_parts[accounts.area] > 1)
    cut = replace(accounts, area=parts.area, tags=tags)
    told = [_told(areas, int(a), fills, parts.areas, parts.parent) for a in np.flatnonzero(n_parts > 1)]
    return replace(problem, accounts=cut, areas=parts.areas), tuple(told)


def territories_filled(problem: Problem, wishes: Wishes) -> tuple[FloatArray, FloatArray]:
    """How many territories each area would fill by its largest measure, and each account by their mean."""
    assert problem.areas is not None
    area, every = problem.accounts.area, np.arange(len(problem.accounts))
    most, mean = np.zeros(len(problem.areas)), np.zeros(len(every))
    for measure in wishes.within:
        load = np.asarray(problem.load(counted_as(measure), every, every), np.float64)
        share = load * wishes.k / max(float(load.sum()), 1e-300)
        inside = np.bincount(area[area >= 0], share[area >= 0], minlength=len(most))
        most, mean = np.maximum(most, inside), mean + share / len(wishes.within)
    return most, mean


def parts_wanted(problem: Problem, fills: FloatArray, over: float) -> IndexArray:
    """So many parts that none need be over the limit, if there are as many accounts; (areas,)."""
    area = problem.accounts.area
    accounts = np.bincount(area[area >= 0], minlength=len(fills))
    wanted = np.ceil(fills / over - _ROUNDING).astype(np.int64)
    return np.clip(wanted, 1, np.maximum(accounts, 1))


def _items(problem: Problem, weight: FloatArray, part: FloatArray) -> IndexArray:
    """What stays together in an area: a family's accounts there, unless they are more than a part."""
    n = len(weight)
    if "family" not in problem.accounts.tags:
        return np.arange(n)
    family, area = problem.accounts.tags["family"].code.astype(np.int64), problem.accounts.area
    code = np.where(family < 0, -1 - np.arange(n), family * np.int64(len(part) + 1) + area)
    _, item = np.unique(code, return_inverse=True)
    whole = np.bincount(item, weight)[item] <= np.append(part, 0.0)[area] + _ROUNDING
    return np.where((family >= 0) & whole, item, n + np.arange(n))


def _tags(
    tags: Mapping[str, Categories], areas: Areas, area: IndexArray, moved: np.ndarray
) -> Mapping[str, Categories]:
    """The column area_id names the part, where there is such a column."""
    if "area_id" not in tags:
        return tags
    texts = tags["area_id"].texts()
    texts[moved] = areas.ids[area[moved]]
    return dict(tags) | {"area_id": Categories.of(texts)}


def _told(old: Areas, area: int, fills: FloatArray, new: Areas, parent: IndexArray) -> Split:
    ids = tuple(str(i) for i in new.ids[parent == area])
    return Split(str(old.ids[area]), str(old.names[area]), float(fills[area]), ids)
