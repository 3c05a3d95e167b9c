"""Rules about areas: accounts that follow theirs, and territories in one piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from territory_opt.errors import did_you_mean
from territory_opt.policy.words import column_faults
from territory_opt.problem import BoolArray, Int32Array, Problem
from territory_opt.travel.place import IndexArray

_NO_AREAS = "needs areas: put areas.gpkg, .geojson or .parquet beside the accounts"


@dataclass(frozen=True)
class FollowArea:
    """All accounts of an area go to the rep of that area; named accounts are planned one by one.

    named: ids of named accounts. by: a text column that marks further ones; values: the texts in it that
    do so, any text where none is given. An account in no area is planned one by one as well.
    """

    name: ClassVar[str] = "follow_area"
    named: tuple[str, ...] = ()
    by: str | None = None
    values: tuple[str, ...] = ()

    def faults(self, problem: Problem) -> Iterator[str]:
        if problem.areas is None:
            yield _NO_AREAS
        known = set(problem.accounts.ids)
        yield from (
            f"named account {account!r} is no account" for account in self.named if account not in known
        )
        yield from column_faults(problem, account_tag=self.by)
        if self.values and self.by is None:
            yield "values need the column `by` that they stand in"
        elif self.values and self.by in problem.accounts.tags:
            texts = problem.accounts.tag(str(self.by)).names
            yield from (
                f"no account has {value!r} in {self.by}. {did_you_mean(value, texts)}"
                for value in self.values
                if value not in texts
            )

    def groups(self, problem: Problem) -> Int32Array:
        return self.area_of(problem, np.arange(len(problem.accounts)))

    def area_of(self, problem: Problem, account: IndexArray) -> Int32Array:
        """Area that some accounts follow, -1 where they are planned one by one; shape of `account`."""
        area = problem.accounts.area[account]
        return np.where(self._is_named(problem, account), -1, area).astype(np.int32)

    def _is_named(self, problem: Problem, account: IndexArray) -> BoolArray:
        named: BoolArray = np.isin(problem.accounts.ids[account], np.array(self.named, dtype=object))
        if self.by is not None:
            texts = problem.accounts.tag(self.by).take(account).texts()
            named |= np.isin(texts, np.array(self.values, dtype=object)) if self.values else texts != ""
        return named
