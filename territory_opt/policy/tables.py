"""Terms given as tables, accounts by reps: money or a load of each pair that comes from elsewhere.

A road network, a model of response or a published instance knows what a pair costs better than coordinates
do. Tables speak in ids, because a search may put the rows of the facts in an order of its own. They come from
Python; `territory.toml` has no room for them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from territory_opt.errors import PolicyError
from territory_opt.policy.base import Curve, rep_bins
from territory_opt.problem import Int32Array, Problem
from territory_opt.travel.place import FloatArray, IndexArray

_SHOWN = 5


class PairTable:
    """A number for every pair, found by the ids of account and rep.

    Args:
        accounts, reps: ids of the rows and of the columns, each once, in any order.
        value: shape (accounts, reps).

    Raises:
        PolicyError: the shape does not match the ids, or an id is there twice.
    """

    def __init__(self, accounts: Iterable[object], reps: Iterable[object], value: ArrayLike):
        self.accounts, rows = _sorted_ids("accounts", accounts)
        self.reps, columns = _sorted_ids("reps", reps)
        table = np.array(value, dtype=np.float64)
        wanted = (len(self.accounts), len(self.reps))
        if table.shape != wanted:
            raise PolicyError(f"a table of {wanted[0]} accounts and {wanted[1]} reps has shape {table.shape}")
        self.value = table[np.ix_(rows, columns)]
        self.value.setflags(write=False)

    def __repr__(self) -> str:
        """By the content: equal tables are written the same in every process, different ones are not."""
        digest = hashlib.sha256(json.dumps([*self.accounts, 0, *self.reps]).encode())
        digest.update(np.ascontiguousarray(self.value, "<f8").tobytes())
        return f"PairTable({len(self.accounts)} accounts, {len(self.reps)} reps, {digest.hexdigest()})"

    def of(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        """The table's value of each pair; indices broadcast. Every id must be in the table."""
        row = self.accounts.searchsorted(problem.accounts.ids[account])
        column = self.reps.searchsorted(problem.reps.ids[rep])
        return self.value[row, column]

    def faults(self, problem: Problem) -> Iterator[str]:
        """Ids of the facts that the table does not have, and values that are no numbers."""
        for word, known, ids in (
            ("account", self.accounts, problem.accounts.ids),
            ("rep", self.reps, problem.reps.ids),
        ):
            missing = sorted(set(ids) - set(known))
            if missing:
                more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
                yield f"the table has no {word} {', '.join(map(repr, missing[:_SHOWN]))}{more}"
        if not np.isfinite(self.value).all():
            row, column = np.argwhere(~np.isfinite(self.value))[0]
            yield (
                f"the table's value of {self.accounts[row]!r} and {self.reps[column]!r} is "
                f"{self.value[row, column]}, no number"
            )


def _sorted_ids(word: str, ids: Iterable[object]) -> tuple[NDArray[np.object_], IndexArray]:
    """Ids as sorted texts, and the row that each came from."""
    texts = [str(one) for one in ids]
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    order = np.argsort(array, kind="stable")
    array = array[order]
    twice = array[1:][array[1:] == array[:-1]]
    if len(twice):
        raise PolicyError(f"the table's {word} have the id {twice[0]!r} twice")
    return array, order


@dataclass(frozen=True, eq=False)
class PairCost:
    """Money per year of every pair, from a table."""

    name: ClassVar[str] = "pair_cost"
    table: PairTable

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from self.table.faults(problem)

    def cost(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        return self.table.of(problem, account, rep)


@dataclass(frozen=True, eq=False)
class PairLoad:
    """A load of every pair from a table, 0 or more, and the most of it that each rep can carry.

    capacity: by the id of the rep, in units of the load; infinite where there is no limit.
    title: what the load is called, e.g. "machine hours"; a policy may hold several.
    """

    name: ClassVar[str] = "pair_load"
    table: PairTable
    capacity: Mapping[str, float]
    title: str = "load"

    @property
    def measure(self) -> str:
        """The load's name in tables and reports."""
        return self.title

    def label(self) -> str:
        return f"{self.title} within its capacity"

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from self.table.faults(problem)
        if (self.table.value < 0).any():
            row, column = np.argwhere(self.table.value < 0)[0]
            pair = f"{self.table.accounts[row]!r} and {self.table.reps[column]!r}"
            yield f"the load of {pair} is {self.table.value[row, column]:g}, below 0"
        for rep in problem.reps.ids:
            if rep not in self.capacity:
                yield f"there is no capacity for the rep {rep!r}"
            elif not self.capacity[rep] >= 0:
                yield f"the capacity of {rep!r} is {self.capacity[rep]}; it must be 0 or more"

    def load(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        return self.table.of(problem, account, rep)

    def bins(self, problem: Problem) -> tuple[Int32Array, tuple[str, ...]]:
        return rep_bins(problem)

    def curve(self, problem: Problem, least: FloatArray) -> Curve:
        high = np.array([self.capacity[rep] for rep in problem.reps.ids], np.float64)
        return Curve(np.full(len(high), -np.inf), high, np.where(np.isfinite(high), high, np.nan))
