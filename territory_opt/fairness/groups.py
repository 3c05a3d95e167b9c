"""Fairness inside regions and under managers, and how much of the unevenness lies between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from territory_opt.audit import MeterCount
from territory_opt.errors import PolicyError, did_you_mean
from territory_opt.fairness.measures import gini, theil, theil_parts
from territory_opt.problem import BoolArray, Reps

#: Columns of the reps that are looked at where they are there.
GROUPS = ("region", "manager")
NO_GROUP = "(none)"


@dataclass(frozen=True)
class GroupSpread:
    """The indexes of the reps of one group; Gini and Theil are NaN where nobody of them has a load."""

    group: str
    reps: int
    mean_index: float
    least_index: float
    most_index: float
    in_band: float  # share of its reps within the band
    gini: float
    theil: float
    part: float  # share of the whole force's Theil that lies inside this group


@dataclass(frozen=True)
class Spread:
    """One measure by one column of the reps: a group each, and Theil's entropy taken apart.

    theil = between + within. between: what would be left if everybody in a group had the group's mean.
    """

    label: str
    by: str
    groups: tuple[GroupSpread, ...]
    between: float
    within: float

    @property
    def theil(self) -> float:
        return self.between + self.within

    @property
    def between_share(self) -> float:
        """Share of the unevenness that lies between groups; 0 where there is none."""
        return self.between / self.theil if self.theil > 0 else 0.0


def columns_of_groups(reps: Reps) -> tuple[str, ...]:
    """The columns of `GROUPS` by which the reps fall into at least two groups."""
    return tuple(by for by in GROUPS if by in reps.tags and len(np.unique(reps.tags[by].code)) > 1)


def by_group(reps: Reps, meter: MeterCount, by: str) -> Spread:
    """The indexes of one measure by a text column of the reps; reps without a text are a group of their own.

    Raises PolicyError for a column that is not there, or a measure in which reps have no index.
    """
    if by not in reps.tags:
        raise PolicyError(f"reps have no text column {by!r}. {did_you_mean(by, reps.tags)}")
    known = np.isfinite(meter.index)
    if not meter.by_rep or not known.any() or meter.index[known].sum() <= 0:
        raise PolicyError(f"{meter.label!r} gives the reps no index that could be compared")
    name = np.where(reps.tags[by].code < 0, NO_GROUP, reps.tags[by].texts())
    between, within = theil_parts(meter.index[known], name[known].astype(str))
    groups = tuple(_groups(meter, known, name))
    return Spread(meter.label, by, groups, between, within)


def _groups(meter: MeterCount, known: BoolArray, name: np.ndarray) -> Iterator[GroupSpread]:
    total, whole = meter.index[known].sum(), theil(meter.index[known])
    for group in sorted(set(name[known])):
        mine = known & (name == group)
        index = meter.index[mine]
        some = index.sum() > 0
        own = theil(index) if some else float("nan")
        inside = index.sum() / total * own if some else 0.0
        yield GroupSpread(
            group=str(group),
            reps=len(index),
            mean_index=float(index.mean()),
            least_index=float(index.min()),
            most_index=float(index.max()),
            in_band=float((meter.breach[mine] == 0).mean()),
            gini=gini(index) if some else float("nan"),
            theil=own,
            part=float(inside / whole) if whole > 0 else 0.0,
        )
