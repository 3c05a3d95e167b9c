"""What each rep has today and in the plan: all reps at once, so that a sheet only picks its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import MeterCount
from territory_opt.deliver.quota_facts import make_quotas
from territory_opt.io.report import index_meters
from territory_opt.language import Language
from territory_opt.moves import Moves, moves
from territory_opt.policy import Policy
from territory_opt.problem import WORKLOAD_H, BoolArray, Int32Array, Problem, TextArray
from territory_opt.quota import Quotas
from territory_opt.quota.books import NoQuotas
from territory_opt.result import Result
from territory_opt.travel.place import FloatArray, IndexArray


class Rows(NamedTuple):
    """Accounts sorted by rep, the largest first: those of rep r are `account[start[r]:start[r + 1]]`."""

    account: Int32Array
    start: IndexArray

    def of(self, rep: int) -> Int32Array:
        return self.account[self.start[rep] : self.start[rep + 1]]


class Total(NamedTuple):
    """A figure of every rep, today and in the plan; both (reps,)."""

    today: FloatArray
    plan: FloatArray


@dataclass(frozen=True, eq=False)
class Books:
    """The plan as its readers see it.

    quota: keyword arguments of `territory_opt.quota.quotas_by`. language: of the reasons.
    """

    problem: Problem
    policy: Policy
    result: Result
    language: Language
    quota: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def moves(self) -> Moves:
        return moves(self.problem, self.policy, self.result, self.language)

    @cached_property
    def reason(self) -> dict[int, str]:
        """The reason of each account that changes hands."""
        return dict(zip(self.moves.account.tolist(), self.moves.reason, strict=True))

    @cached_property
    def quotas(self) -> Quotas | None:
        """The quotas on the new books; None where these hold nothing to share by."""
        try:
            return make_quotas(self.problem, self.result.alignment, self.quota)
        except NoQuotas:
            return None

    @cached_property
    def whitespace(self) -> FloatArray:
        """Potential that is not yet revenue, of each account."""
        measures = self.problem.accounts.measures
        return np.maximum(measures["potential"] - measures["revenue"], 0.0)

    @cached_property
    def kept(self) -> Rows:
        return self._rows(self.problem.accounts.owner, ~self._changed)

    @cached_property
    def gained(self) -> Rows:
        return self._rows(self.result.alignment.rep, self._changed)

    @cached_property
    def lost(self) -> Rows:
        return self._rows(self.problem.accounts.owner, self._changed)

    @cached_property
    def all(self) -> Rows:
        return self._rows(self.result.alignment.rep, np.ones(len(self.result.alignment), bool))

    @property
    def _changed(self) -> BoolArray:
        return self.problem.accounts.owner != self.result.alignment.rep

    def _rows(self, rep: Int32Array, among: BoolArray) -> Rows:
        measures = self.problem.accounts.measures
        size = np.maximum(measures["potential"], measures["revenue"])
        account = np.flatnonzero(among & (rep >= 0)).astype(np.int32)
        account = account[np.lexsort((-size[account], rep[account]))]
        return Rows(account, np.searchsorted(rep[account], np.arange(len(self.problem.reps) + 1)))

    @cached_property
    def totals(self) -> dict[str, Total]:
        """Accounts, money and hours of every rep by the name of the measure."""
        measures, n = self.problem.accounts.measures, len(self.problem.reps)
        per_account = {
            "accounts": np.ones(len(measures["revenue"])),
            "revenue": measures["revenue"],
            "potential": measures["potential"],
            "whitespace": self.whitespace,
        }
        plans = (Alignment.today(self.problem), self.result.alignment)
        found = {name: Total(*(p.total(v, n) for p in plans)) for name, v in per_account.items()}
        found[WORKLOAD_H] = Total(*(p.load(self.problem, WORKLOAD_H) for p in plans))
        found["travel_h"] = Total(*(self._travel_h(p) for p in plans))
        return {name: total for name, total in found.items() if _known(total)}

    def _travel_h(self, plan: Alignment) -> FloatArray:
        hours, served = np.zeros(len(plan)), np.flatnonzero(plan.covered)
        hours[served] = self.problem.travel_h(served, plan.rep[served])
        return plan.total(hours, len(self.problem.reps))

    @cached_property
    def meters(self) -> list[tuple[str, MeterCount, MeterCount]]:
        """Name, today's and the plan's count of each wish that gives reps a target."""
        return list(index_meters(self.result))

    @cached_property
    def manager(self) -> TextArray:
        """The manager of each rep, "" where none is given; (reps,)."""
        tags = self.problem.reps.tags
        return tags["manager"].texts() if "manager" in tags else np.full(len(self.problem.reps), "", object)

    def teams(self) -> Iterator[tuple[str, IndexArray]]:
        """Each manager with the reps of the team, in the order of names; those of nobody last."""
        names = sorted(set(self.manager.tolist()), key=lambda name: (name == "", name.casefold()))
        yield from ((name, np.flatnonzero(self.manager == name)) for name in names)


def _known(total: Total) -> bool:
    return bool(np.isfinite(total.plan).all() and (total.today.any() or total.plan.any()))
