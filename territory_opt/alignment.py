"""Which rep serves each account."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.problem import BoolArray, Int32Array, Problem
from territory_opt.travel.place import FloatArray


@dataclass(frozen=True, eq=False)
class Alignment:
    """Rep index per account, -1 where nobody serves it; shape (accounts,).

    rep_of_area: who holds each area, -1 for nobody, where the plan says so itself; shape (areas,).
    """

    rep: Int32Array
    rep_of_area: Int32Array | None = None

    def __post_init__(self) -> None:
        for name in ("rep", "rep_of_area"):
            if getattr(self, name) is not None:
                rep = np.array(getattr(self, name), dtype=np.int32)
                rep.setflags(write=False)
                object.__setattr__(self, name, rep)

    @classmethod
    def today(cls, problem: Problem) -> Alignment:
        """Who serves each account now."""
        return cls(problem.accounts.owner)

    def __len__(self) -> int:
        return len(self.rep)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Alignment) and np.array_equal(self.rep, other.rep)

    @property
    def covered(self) -> BoolArray:
        """Accounts that somebody serves."""
        return self.rep >= 0

    def moved(self, problem: Problem) -> BoolArray:
        """Accounts with an owner today that another rep (or nobody) gets."""
        owner = problem.accounts.owner
        return (owner >= 0) & (owner != self.rep)

    def total(self, values: ArrayLike, n_reps: int) -> FloatArray:
        """Sum of a value per rep; values (accounts,), result (reps,)."""
        served = self.covered
        weight = np.asarray(values, np.float64)[served]
        return np.bincount(self.rep[served], weight, minlength=n_reps).astype(np.float64)

    def load(self, problem: Problem, measure: str) -> FloatArray:
        """Load of a measure per rep, with each account's load on the rep that serves it."""
        load = np.zeros(len(self))
        account = np.flatnonzero(self.covered)
        load[account] = problem.load(measure, account, self.rep[account])
        return self.total(load, len(problem.reps))
