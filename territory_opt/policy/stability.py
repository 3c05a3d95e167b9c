"""A book that changes a little shall not be shaken up: what each new account may set in motion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from territory_opt.policy.base import Curve
from territory_opt.policy.words import range_faults
from territory_opt.problem import ACCOUNTS, Int32Array, Problem
from territory_opt.travel.place import FloatArray, IndexArray


@dataclass(frozen=True)
class Stability:
    """For each account without an owner, so many existing ones may move at most, and none for nothing.

    So that 1 % new accounts move at most `moves_per_new` % of the existing ones. Accounts of reps who leave
    must move, and do not count. As a cap on moves it comes before bands: where no plan keeps both, the search
    gives way in a band, and names it.
    """

    name: ClassVar[str] = "stability"
    firm: ClassVar[bool] = True
    measure: ClassVar[str] = ACCOUNTS
    moves_per_new: float = 1.0

    def label(self) -> str:
        return f"at most {self.moves_per_new:g} moved for each new account"

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from range_faults("moves_per_new", self.moves_per_new, low=0.0)

    def bins(self, problem: Problem) -> tuple[Int32Array, tuple[str, ...]]:
        return np.zeros(len(problem.reps), np.int32), ("whole force",)

    def load(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        owner = problem.accounts.owner[account]
        stays = np.append(~problem.reps.leaving, False)[owner]  # owner -1: nobody to stay with
        return np.where(stays & (owner != rep), 1.0, 0.0)

    def curve(self, problem: Problem, least: FloatArray) -> Curve:
        most = self.moves_per_new * float((problem.accounts.owner < 0).sum())
        return Curve(np.array([-np.inf]), np.array([most]), np.array([np.nan]))
