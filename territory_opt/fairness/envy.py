"""Who would rather have another's book: envy, counted per share of each rep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.errors import DataError, PolicyError
from territory_opt.policy import Locked, Policy
from territory_opt.problem import WORKLOAD_H, BoolArray, Int32Array, Problem, Reps
from territory_opt.travel.place import FloatArray

_BLOCK_PAIRS = 1 << 20
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Envy:
    """What every book is worth to every rep, per share; arrays over the judged reps, in their order.

    reps: their indices, shape (n,). wishes: whether somebody holds the seat; a vacant one wants nothing (n,).
    worth: what row's rep could get from column's book, for each unit of column's share (n, n). less_one: the
    same after the account that matters most to row's rep has left column's book (n, n).
    """

    reps: Int32Array
    wishes: BoolArray
    worth: FloatArray
    less_one: FloatArray

    @property
    def own(self) -> FloatArray:
        """What each rep's own book is worth to him, per share, shape (n,)."""
        return np.diag(self.worth)

    @property
    def prefers(self) -> BoolArray:
        """Whether row's rep would rather have column's book, shape (n, n)."""
        return self._above_own(self.worth)

    @property
    def prefers_less_one(self) -> BoolArray:
        """Whether he would even after any one account has left it: envy that is not 'up to one account'."""
        return self._above_own(self.less_one)

    def _above_own(self, worth: FloatArray) -> BoolArray:
        own = self.own[:, None]
        above = worth > own + _ROUNDING * np.maximum(self.worth.max(initial=0.0), own)
        return above & self.wishes[:, None] & ~np.eye(len(own), dtype=bool)

    @property
    def favourite(self) -> Int32Array:
        """Position of the book that each rep would like best among those he prefers, -1 for none; (n,)."""
        best = np.where(self.prefers, self.worth, -np.inf)
        at = best.argmax(axis=1) if len(best) else np.zeros(0, np.int64)
        return np.where(self.prefers.any(axis=1), at, -1).astype(np.int32)


def envy(
    problem: Problem, alignment: Alignment, policy: Policy | None = None, *, measure: str = "potential"
) -> Envy:
    """What each rep could get from every book of an alignment, and who would therefore rather swap.

    Rep r's worth of the book of s, per unit of the share of s, is

        u(r, s) = P/w_s · min(1, h_r·w_s / H)

    with P the `measure` of the accounts in the book of s that r may serve, H the hours that they would take
    r, driving from r's own home included, and h_r what r works per unit of his share: `capacity_h` ÷ share;
    where no capacity is given, what the whole force works per share in this plan. Who has too few hours
    serves all accounts of the book at the same depth. r envies s if u(r, s) > u(r, r): weighted envy, shares
    as entitlements (Chakraborty, Igarashi, Suksompong & Zick 2021, ACM Trans. Econ. Comput. 9(3));
    with equal shares it is Foley's (1967, Yale Economic Essays 7). It is envy up to one account if it ends
    when some one account leaves the book of s; since books come in pieces, a plan can hardly promise more.

    By hand: books of 90 and 60 at equal shares, no driving and hours enough. The second rep envies the
    first; if the first book holds an account of 40, taking it away leaves 50 < 60: up to one account only.

    policy: who may serve which account; locks do not count, since one may envy a locked account.
    Reps who leave or have no share are left out. Raises PolicyError where there is nothing to compare, and
    DataError where a distance is not known.
    """
    value, reps = problem.accounts.measure(measure), judged(problem.reps)
    if len(reps) == 0 or value.sum() <= 0:
        who = f"no account has any {measure}" if len(reps) else "no rep stays and has a share"
        raise PolicyError(f"{who}, so no book can be preferred to another")
    books = _Books(problem, alignment, policy, reps, value)
    rows = [books.rows(first, last) for first, last in books.blocks()]
    worth, less_one = (np.concatenate(part) for part in zip(*rows, strict=True))
    return Envy(reps, ~_has_status(problem.reps, "vacant")[reps], worth, less_one)


def judged(reps: Reps) -> Int32Array:
    """Indices of the reps who stay and have a share."""
    return np.flatnonzero(~reps.leaving & (reps.share > 0)).astype(np.int32)


def _has_status(reps: Reps, status: str) -> BoolArray:
    if "status" not in reps.tags or status not in reps.tags["status"].names:
        return np.zeros(len(reps), bool)
    return reps.tags["status"].code == reps.tags["status"].names.index(status)


class _Books:
    """The accounts of each judged rep, one book after another; empty books are worth 0."""

    def __init__(
        self,
        problem: Problem,
        alignment: Alignment,
        policy: Policy | None,
        reps: Int32Array,
        value: FloatArray,
    ):
        self.problem, self.reps = problem, reps
        self.rules = [r for r in (policy.pair_rules() if policy else ()) if not isinstance(r, Locked)]
        position = np.full(len(problem.reps) + 1, -1, np.int32)
        position[reps] = np.arange(len(reps), dtype=np.int32)
        book = position[alignment.rep]
        account = np.flatnonzero(book >= 0)
        self.account = account[np.argsort(book[account], kind="stable")]
        self.book = book[self.account]
        self.held, self.start = np.unique(self.book, return_index=True)
        self.at = np.searchsorted(self.held, self.book)  # place of each account's book among those held
        self.value = value[self.account]
        self.share = problem.reps.share[reps]
        self.hours = self._hours_per_share()

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Runs of reps with about `_BLOCK_PAIRS` pairs each."""
        step = max(1, _BLOCK_PAIRS // max(len(self.account), 1))
        return ((first, min(first + step, len(self.reps))) for first in range(0, len(self.reps), step))

    def _hours_per_share(self) -> FloatArray:
        worked = self.problem.load(WORKLOAD_H, self.account, self.reps[self.book]).sum()
        capacity = self.problem.reps.capacity_h[self.reps]
        return np.where(np.isnan(capacity), worked / self.share.sum(), capacity / self.share)

    def rows(self, first: int, last: int) -> tuple[FloatArray, FloatArray]:
        """Worth of every book to some reps, and the same less one account; both (last - first, n)."""
        rep = self.reps[first:last, None]
        may = self._may_serve(first, rep)
        hours = np.where(may, self.problem.load(WORKLOAD_H, self.account[None, :], rep), 0.0)
        if not np.isfinite(hours).all():
            raise DataError("some distances between accounts and reps are not known")
        value = np.where(may, self.value, 0.0)
        worth, less_one = np.zeros((2, last - first, len(self.reps)))
        if len(self.held) == 0:
            return worth, less_one
        values, total_h = (np.add.reduceat(part, self.start, axis=1) for part in (value, hours))
        each = self.hours[first:last, None]
        worth[:, self.held] = _worth(values, total_h, each, self.share[self.held])
        left, left_h = values[:, self.at] - value, total_h[:, self.at] - hours
        without = _worth(left, left_h, each, self.share[self.book])
        less_one[:, self.held] = np.minimum.reduceat(without, self.start, axis=1)
        return worth, np.minimum(less_one, worth)

    def _may_serve(self, first: int, rep: Int32Array) -> BoolArray:
        """What a rule allows, and what a rep serves already; (reps, accounts)."""
        may = np.ones((len(rep), len(self.account)), bool)
        for rule in self.rules:
            may &= rule.allows(self.problem, self.account[None, :], rep)
        return may | (self.book[None, :] == first + np.arange(len(rep))[:, None])


def _worth(value: FloatArray, hours: FloatArray, each: FloatArray, share: FloatArray) -> FloatArray:
    """Value per share, as far as the hours go; `each` are those that the rep has per unit of share."""
    enough = each * share / np.maximum(hours, 1e-300)
    return np.maximum(value, 0.0) / share * np.where(hours > _ROUNDING, np.minimum(enough, 1.0), 1.0)
