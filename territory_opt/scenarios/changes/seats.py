"""Changes of the sales force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from territory_opt.policy import Policy
from territory_opt.problem import BoolArray, Categories, Problem, Reps
from territory_opt.scenarios.changes.base import Facts, stacked, unknown


@dataclass(frozen=True)
class Leaves:
    """A rep leaves: the seat keeps nothing and receives nothing. on: from which date, for the record."""

    rep_id: str
    on: str = ""

    def faults(self, problem: Problem, policy: Policy) -> Iterator[str]:
        yield from unknown("rep", [self.rep_id], problem.reps.ids)

    def apply(self, problem: Problem, policy: Policy) -> Facts:
        rows = problem.reps.ids == self.rep_id
        reps = _with_tag(problem.reps, "status", rows, "leaving")
        if self.on:
            reps = _with_tag(reps, "end_date", rows, self.on)
        return replace(problem, reps=reps), policy

    def words(self) -> str:
        return f"{self.rep_id} leaves" + (f" on {self.on}" if self.on else "")


@dataclass(frozen=True)
class Joins:
    """A rep joins, with a home, a share of the work, and hours a year where there is a limit.

    tags, measures: values of the roster's other columns (`region`, `segments`, `commission_rate` …).
    """

    rep_id: str
    lat: float
    lon: float
    name: str = ""
    share: float = 1.0
    capacity_h: float = float("nan")
    on: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, float] = field(default_factory=dict)

    def faults(self, problem: Problem, policy: Policy) -> Iterator[str]:
        if self.rep_id in set(problem.reps.ids):
            yield f"there is a rep {self.rep_id!r} already"
        if not (abs(self.lat) <= 90 and abs(self.lon) <= 180):
            yield f"the home of {self.rep_id!r} at {self.lat:g}, {self.lon:g} is no place on earth"
        if not self.share >= 0:
            yield f"the share of {self.rep_id!r}, {self.share:g}, must be 0 or more"
        if not problem.distances.needs_places:
            yield f"a table of distances says nothing of the home of {self.rep_id!r}"

    def apply(self, problem: Problem, policy: Policy) -> Facts:
        new = Reps.of(
            [self.rep_id],
            names=[self.name or self.rep_id],
            lat=[self.lat],
            lon=[self.lon],
            capacity_h=[self.capacity_h],
            share=[self.share],
            measures={name: [value] for name, value in self.measures.items()},
            tags={name: [text] for name, text in self._tags().items()},
        )
        return replace(problem, reps=stacked(problem.reps, new)), policy

    def _tags(self) -> dict[str, str]:
        return dict(self.tags) | ({"start_date": self.on} if self.on else {})

    def words(self) -> str:
        return f"{self.rep_id} joins" + (f" on {self.on}" if self.on else "")


@dataclass(frozen=True)
class Works:
    """A rep works other hours a year, or carries another share of the work; None leaves it as it is."""

    rep_id: str
    capacity_h: float | None = None
    share: float | None = None

    def faults(self, problem: Problem, policy: Policy) -> Iterator[str]:
        yield from unknown("rep", [self.rep_id], problem.reps.ids)
        for name, value in (("capacity_h", self.capacity_h), ("share", self.share)):
            if value is not None and not value >= 0:
                yield f"{name} = {value:g} of {self.rep_id!r} must be 0 or more"

    def apply(self, problem: Problem, policy: Policy) -> Facts:
        rows, reps = problem.reps.ids == self.rep_id, problem.reps
        if self.capacity_h is not None:
            reps = replace(reps, capacity_h=np.where(rows, self.capacity_h, reps.capacity_h))
        if self.share is not None:
            reps = replace(reps, share=np.where(rows, self.share, reps.share))
        return replace(problem, reps=reps), policy

    def words(self) -> str:
        hours = f" {self.capacity_h:g} hours a year" if self.capacity_h is not None else ""
        share = f" a share of {self.share:g}" if self.share is not None else ""
        return f"{self.rep_id} works{hours}{' and' if hours and share else ''}{share}"


def _with_tag(reps: Reps, name: str, rows: BoolArray, text: str) -> Reps:
    texts = reps.tags[name].texts() if name in reps.tags else np.full(len(reps), "", dtype=object)
    return replace(reps, tags={**reps.tags, name: Categories.of(np.where(rows, text, texts))})
