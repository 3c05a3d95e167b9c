"""Home areas: the areas that reps live in, and the rule that they belong to those who do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from territory_opt.policy.areas import FollowArea
from territory_opt.problem import BoolArray, Int32Array, Problem
from territory_opt.travel.place import IndexArray

HOME_AREA = "home_area"  # text column of reps


def home_of_rep(problem: Problem) -> Int32Array:
    """Area that each rep lives in, -1 where that is not known, and for reps who leave; shape (reps,)."""
    home = np.full(len(problem.reps), -1, np.int32)
    if problem.areas is None or HOME_AREA not in problem.reps.tags:
        return home
    tag = problem.reps.tags[HOME_AREA]
    wanted = set(tag.names)
    row = {str(area): i for i, area in enumerate(problem.areas.ids) if area in wanted}
    area = np.array([*(row.get(name, -1) for name in tag.names), -1], np.int32)[tag.code]
    return np.where(problem.reps.leaving, -1, area).astype(np.int32)


@dataclass(frozen=True)
class HomeAreas:
    """Accounts that follow an area where reps live go to one of those; what `contiguous` asks with `home`.

    follow: the rules that say which accounts follow their area.
    """

    name: ClassVar[str] = "contiguous"
    follow: tuple[FollowArea, ...]

    def faults(self, problem: Problem) -> Iterator[str]:
        return iter(())

    def allows(self, problem: Problem, account: IndexArray, rep: IndexArray) -> BoolArray:
        home = home_of_rep(problem)
        lived_in = np.append(np.isin(np.arange(len(problem.areas or ())), home), False)
        allowed = np.ones(np.broadcast(account, rep).shape, bool)
        for rule in self.follow:
            area = rule.area_of(problem, account)
            allowed &= ~lived_in[area] | (home[rep] == area)
        return allowed
