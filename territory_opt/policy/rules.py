"""Rules: who may serve whom, and what moves as one piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from territory_opt.policy.matching import fits
from territory_opt.policy.money import rep_column
from territory_opt.policy.words import column_faults, range_faults
from territory_opt.problem import BoolArray, Int32Array, Problem
from territory_opt.travel.place import IndexArray


@dataclass(frozen=True)
class Locked:
    """Locked accounts stay with their owner; the lock of an owner who leaves falls away."""

    name: ClassVar[str] = "locked"

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from ()

    def allows(self, problem: Problem, account: IndexArray, rep: IndexArray) -> BoolArray:
        owner = problem.accounts.owner[account]
        gone = np.append(problem.reps.leaving, True)  # owner -1: nobody to stay with
        binds = problem.accounts.locked[account] & ~gone[owner]
        return ~binds | (owner == rep)


@dataclass(frozen=True)
class Assigned:
    """An account with a rep_id in the column `by` goes to that rep and to no other; blank is free.

    How accepted wishes from the field outlive later runs. The wish for a rep who leaves falls away.
    """

    name: ClassVar[str] = "assigned"
    pins: ClassVar[bool] = True
    by: str = "assigned_to"

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from column_faults(problem, account_tag=self.by)
        if self.by in problem.accounts.tags:
            known = set(problem.reps.ids)
            unknown = [name for name in self._wanted(problem) if name not in known]
            yield from (f"{self.by} {name!r} is no rep" for name in unknown[:20])

    def allows(self, problem: Problem, account: IndexArray, rep: IndexArray) -> BoolArray:
        rows = {str(name): i for i, name in enumerate(problem.reps.ids)}
        seat = np.array([rows.get(name, -1) for name in problem.accounts.tag(self.by).names] + [-1], np.int64)
        wanted = seat[problem.accounts.tag(self.by).code[account]]
        gone = np.append(problem.reps.leaving, True)  # -1: no wish, or one for nobody
        return gone[wanted] | (wanted == rep)

    def _wanted(self, problem: Problem) -> list[str]:
        tag = problem.accounts.tag(self.by)
        return [tag.names[code] for code in np.unique(tag.code) if code >= 0]


@dataclass(frozen=True)
class Eligible:
    """The rep's list in `reps_by` must contain the account's text in `by`; blank on either side fits.

    Serves segments, skills, languages and regions alike. `reps_by` defaults to the column of the same
    name, or its plural (`segment` in accounts, `segments` in reps).
    """

    name: ClassVar[str] = "eligible"
    by: str = "segment"
    reps_by: str | None = None

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from column_faults(
            problem, account_tag=self.by, rep_tag=rep_column(problem, self.by, self.reps_by)
        )

    def allows(self, problem: Problem, account: IndexArray, rep: IndexArray) -> BoolArray:
        return fits(problem, self.by, rep_column(problem, self.by, self.reps_by), account, rep)


@dataclass(frozen=True)
class MaxTravel:
    """At most so many km from home (great circle or the given table), or hours of driving one way."""

    name: ClassVar[str] = "max_travel"
    km: float | None = None
    hours: float | None = None

    def faults(self, problem: Problem) -> Iterator[str]:
        if self.km is None and self.hours is None:
            yield "needs km, hours or both"
        yield from range_faults("km", self.km, low=0.0)
        yield from range_faults("hours", self.hours, low=0.0)

    def allows(self, problem: Problem, account: IndexArray, rep: IndexArray) -> BoolArray:
        km = problem.km(account, rep)
        near = np.ones(km.shape, bool) if self.km is None else km <= self.km
        if self.hours is not None:
            near &= km * problem.driving.detour / problem.driving.speed_kmh <= self.hours
        return near


@dataclass(frozen=True)
class KeepTogether:
    """Accounts with the same text in `by` (a family) move as one piece.

    mode: "together" everywhere; "within" only members that also agree in the column `within` (a region);
    "free" glues nobody (the rule is written down but off). exceptions: account ids that go their own way.
    """

    name: ClassVar[str] = "keep_together"
    by: str = "family"
    mode: Literal["together", "within", "free"] = "together"
    within: str | None = None
    exceptions: tuple[str, ...] = ()

    def faults(self, problem: Problem) -> Iterator[str]:
        if self.mode not in ("together", "within", "free"):
            yield f"mode {self.mode!r} is not one of together, within, free"
        if (self.mode == "within") != (self.within is not None):
            yield 'mode "within" and the column `within` go together: give both or neither'
        yield from column_faults(problem, account_tag=self.by)
        yield from column_faults(problem, account_tag=self.within)
        known = set(problem.accounts.ids)
        yield from (
            f"exception {account!r} is no account" for account in self.exceptions if account not in known
        )

    def groups(self, problem: Problem) -> Int32Array:
        if self.mode == "free":
            return np.full(len(problem.accounts), -1, np.int32)
        column = problem.accounts.tag(self.by)
        code = column.code.astype(np.int64)
        if self.mode == "within" and self.within is not None:
            place = problem.accounts.tag(self.within)
            code = np.where(code < 0, -1, code * (len(place.names) + 1) + place.code + 1)
        alone = np.isin(problem.accounts.ids, np.array(self.exceptions, dtype=object))
        code[alone] = -1
        _, dense = np.unique(code, return_inverse=True)
        return np.where(code < 0, -1, dense).astype(np.int32)
