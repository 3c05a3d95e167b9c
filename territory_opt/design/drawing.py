"""From a question to territories: sites, search, and the best that came out of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from territory_opt.design.effort import Effort
from territory_opt.design.question import Asked
from territory_opt.design.units import Units
from territory_opt.result import Status
from territory_opt.solve.design.pipeline import design as search
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.verdict import Verdict
from territory_opt.travel.place import IndexArray

_STATUS = {
    Verdict.OPTIMAL: Status.OPTIMAL,
    Verdict.FEASIBLE: Status.FEASIBLE,
    Verdict.UNKNOWN: Status.CLASH,
}
_WORST = (Status.IMPOSSIBLE, Status.CLASH, Status.FEASIBLE, Status.OPTIMAL)


@dataclass(frozen=True)
class Drawn:
    """territory (units,): of each unit. centre (k,): the unit that each territory is drawn around.

    value: what they cost by the search; no territories that keep every wish cost less than bound. why: in a
    sentence, where one piece is too much for any territory. kept: whether the search met every wish.
    """

    territory: IndexArray
    centre: IndexArray
    value: float
    bound: float
    status: Status
    why: str
    kept: bool

    def numbered(self, units: Units) -> Drawn:
        """The same with territories numbered from west to east."""
        order = np.lexsort((units.lat[self.centre], units.lon[self.centre]))
        return replace(self, territory=np.argsort(order)[self.territory], centre=self.centre[order])


def drawn(question: Asked, effort: Effort) -> Drawn:
    """The best territories by the deadline, or the least bad ones."""
    sites = question.sites()
    others = question.others(sites.home)
    found = search(
        sites,
        seed=effort.seed,
        deadline_s=effort.deadline_s,
        executor=effort.workers,
        on_step=effort.on_step(),
        others=others,
    )
    if found.interrupted:
        effort.interrupted()
    site = found.site if found.site is not None else found.least_bad
    if site is None:
        site = _nearest(question, sites)
    why = question.why_impossible(sites)
    if others:  # centres are still to be chosen among all units
        sites, site = question.recentred(sites, site)
    opened, territory = np.unique(site, return_inverse=True)
    return Drawn(
        territory,
        sites.home[opened].astype(np.int64),
        sites.value(site),
        max(found.bound, 0.0),  # no cost is negative
        Status.IMPOSSIBLE if why else _STATUS.get(found.verdict, Status.IMPOSSIBLE),
        why,
        found.site is not None,
    )


def drawn_inside(
    question: Asked, region: IndexArray, names: Sequence[str], k: Sequence[int], effort: Effort
) -> Drawn:
    """Territories of which none crosses a region; region (units,), and names and territories of each.

    A design in each region by itself. Together they cost the sum, and no less than the sum of the bounds as
    long as each region has so many territories. Time goes by the number of units.
    """
    territory, centre = np.zeros(len(region), np.int64), np.zeros(0, np.int64)
    parts: list[Drawn] = []
    left = len(region)
    for r, name in enumerate(names):
        rows = np.flatnonzero(region == r)
        said = f"{effort.part}, {name}" if effort.part else name
        found = drawn(question.part(rows, k[r]), effort.of(len(rows) / left, said))
        territory[rows] = found.territory + len(centre)
        centre = np.append(centre, rows[found.centre])
        parts.append(found)
        left -= len(rows)
    return Drawn(
        territory,
        centre,
        sum(part.value for part in parts),
        sum(part.bound for part in parts),
        min((part.status for part in parts), key=_WORST.index),
        next(_reasons(parts, names), ""),
        all(part.kept for part in parts),
    )


def _reasons(parts: Sequence[Drawn], names: Sequence[str]) -> Iterator[str]:
    yield from (f"{name}: {part.why}" for part, name in zip(parts, names, strict=True) if part.why)


def _nearest(question: Asked, sites: Sites) -> IndexArray:
    """Where the search met no plan at all: the largest units as centres, each unit with the cheapest."""
    accounts = question.units.total(np.ones(len(question.problem.accounts)))
    centre = np.argsort(-accounts[sites.home], kind="stable")[: question.wishes.k]
    site = centre[sites.cost[:, centre].argmin(axis=1)]
    site[sites.home[centre]] = centre
    return site
