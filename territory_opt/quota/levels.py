"""Quotas of managers, regions and the company, with a hedge on each level.

A hedge is a level's own over-assignment: the sum of the quotas below a manager exceeds the manager's own, so
that one missed quota does not sink the level above. As used in practice; how much is a policy, often a few
per cent a level.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from territory_opt.problem import Reps
from territory_opt.quota.quotas import Quotas
from territory_opt.quota.rounding import largest_remainder
from territory_opt.quota.settings import REP, QuotaSettings
from territory_opt.travel.place import FloatArray

COMPANY = "company"


class Unit(NamedTuple):
    """One quota of a hierarchy.

    level: company, a text column of the reps, or rep. path: names from the top down, the company left out.
    reps: seats below. below: sum of the quotas one level down. hedge: by what share that level exceeds this
    one as a whole, to the cent.
    """

    level: str
    path: tuple[str, ...]
    reps: int
    quota: float
    below: float
    hedge: float


def levels(reps: Reps, quotas: Quotas, settings: QuotaSettings) -> list[Unit]:
    """The company, every level that `hedges` names from the top down, and the reps.

    Reps keep their quotas. Each level above sums to the level below ÷ (1 + its hedge), within a cent. So the
    company sums to the goal; where `ramp_shared = false` leaves a part of it to nobody, to the goal less that
    part without its hedges. A level is shared over its units by the sums of the reps in them; so a unit's own
    quota is what its reps have less all hedges between. A unit is a path: a manager in two regions is two
    units. PolicyError for a column that is not there.
    """
    names = [name for name in settings.hedges if name != REP]
    texts = [reps.tag(name).texts() for name in names]
    paths = list(zip(*texts, strict=True)) if names else [()] * len(reps)
    found = [*_level(REP, [(*path, rep) for path, rep in zip(paths, reps.ids, strict=True)], quotas.quota)]
    full = quotas.goal * (1 + quotas.over_assignment)
    if abs(full - quotas.assigned) > 0.006:  # new reps left some of it to nobody
        full = quotas.assigned
    over, below = 1.0, found
    for depth in range(len(names), -1, -1):
        hedge = _hedge_below(settings, names, depth)
        over *= 1 + hedge  # from the reps at once: cents lost on each level would add up
        units = _level(names[depth - 1] if depth else COMPANY, [p[:depth] for p in paths], quotas.quota)
        below = _priced(units, round(full / over, 2), hedge, below)
        found = [*below, *found]
    return found


def _hedge_below(settings: QuotaSettings, names: list[str], depth: int) -> float:
    """By what share the level below this depth exceeds it."""
    if depth < len(names):
        return settings.hedges[names[depth]]
    return settings.hedges.get(REP, settings.over_assignment)


def _level(level: str, paths: list[tuple[str, ...]], quota: FloatArray) -> list[Unit]:
    """The units of a level by name, with the sums of their reps' quotas; reps in their own order."""
    order = dict.fromkeys(paths if level == REP else sorted(paths))
    place = {path: i for i, path in enumerate(order)}
    of = np.array([place[path] for path in paths], np.int64)
    sums = np.bincount(of, quota, minlength=len(place)).round(2)
    counts = np.bincount(of, minlength=len(place))
    return [Unit(level, path, int(counts[i]), float(sums[i]), np.nan, np.nan) for path, i in place.items()]


def _priced(units: list[Unit], total: float, hedge: float, below: list[Unit]) -> list[Unit]:
    """The units with quotas that sum to the total, and what lies below each."""
    sums = np.array([unit.quota for unit in units])
    shares = sums / sums.sum() if sums.sum() > 0 else np.full(len(units), 1 / len(units))
    quota = largest_remainder(total * shares, total)
    under = dict.fromkeys((unit.path for unit in units), 0.0)
    for child in below:
        under[child.path[: len(units[0].path)]] += child.quota
    return [
        unit._replace(quota=float(q), below=round(under[unit.path], 2), hedge=hedge)
        for unit, q in zip(units, quota, strict=True)
    ]
