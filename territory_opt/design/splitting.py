"""Areas that are too large for a territory, or for a good fit, cut along their accounts.

An area that holds more than a share of a territory in some balanced measure becomes several, each an area of
its own with about equal load, before the design begins. Afterwards parts that ended in one territory are
joined, so that no more cuts are left than the borders of territories need.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from territory_opt.design.wishes import Wishes, counted_as
from territory_opt.problem import Categories, Problem
from territory_opt.travel.place import FloatArray, IndexArray

if TYPE_CHECKING:
    from territory_opt.io.area_parts import Parts

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Split:
    """An area that was cut. parts: ids of the areas that it has become; territories: what it would fill."""

    area_id: str
    name: str
    territories: float
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Cut:
    """Facts with some areas cut. whole: as they were; parts: the new areas; load (accounts,): shared out."""

    problem: Problem
    whole: Problem
    parts: Parts
    load: FloatArray
    fills: FloatArray  # (areas,): territories that each former area would fill
    former: IndexArray  # (parts,): one of the parts before any were joined again

    def splits(self) -> tuple[Split, ...]:
        """The areas that are in parts."""
        assert self.whole.areas is not None
        n_parts = np.bincount(self.parts.parent, minlength=len(self.whole.areas))
        return tuple(_told(self, int(a)) for a in np.flatnonzero(n_parts > 1))

    def rejoined(self, territory: IndexArray, seat: IndexArray) -> Cut:
        """Without the cuts that no border needs.

        territory (parts,): whose each part is; seat: parts with a centre at their point, which stays.
        """
        from territory_opt.io.area_parts import rejoined

        assert self.whole.areas is not None
        here = np.isin(np.arange(len(territory)), seat)
        parts = rejoined(self.whole.areas, self.parts, self.load, territory, here)
        first = np.searchsorted(self.parts.parent, parts.parent)  # of an area in one part: the part itself
        return replace(self, problem=_with_parts(self.whole, parts), parts=parts, former=first)


def split(problem: Problem, wishes: Wishes) -> Cut | None:
    """The facts with areas over `wishes.split_over` of a territory cut, None where there are none."""
    areas, over = problem.areas, wishes.split_over
    if areas is None or over is None or (problem.accounts.area < 0).all():
        return None
    fills, weight = territories_filled(problem, wishes)
    n_parts = parts_wanted(problem, fills, over)
    if (n_parts == 1).all():
        return None
    from territory_opt.io.area_parts import Placed, divided

    accounts = problem.accounts
    item = _items(problem, weight, fills / n_parts)
    parts = divided(areas, Placed(accounts.area, accounts.lat, accounts.lon, weight, item), n_parts)
    every = np.arange(len(parts.parent))
    return Cut(_with_parts(problem, parts), problem, parts, weight, fills, every)


def _with_parts(problem: Problem, parts: Parts) -> Problem:
    """The facts on the new areas; the column area_id names the part, where there is such a column."""
    accounts, tags = problem.accounts, dict(problem.accounts.tags)
    in_part = np.append(np.bincount(parts.parent)[parts.parent] > 1, False)[parts.area]
    if "area_id" in tags:
        texts = tags["area_id"].texts()
        texts[in_part] = parts.areas.ids[parts.area[in_part]]
        tags["area_id"] = Categories.of(texts)
    return replace(problem, accounts=replace(accounts, area=parts.area, tags=tags), areas=parts.areas)


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


def _told(cut: Cut, area: int) -> Split:
    old, new = cut.whole.areas, cut.parts
    assert old is not None
    ids = tuple(str(i) for i in new.areas.ids[new.parent == area])
    return Split(str(old.ids[area]), str(old.names[area]), float(cut.fills[area]), ids)
