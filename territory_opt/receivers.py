"""Why this rep and no other: what else could have become of the accounts of a plan.

Everything here is counted on the plan itself, so that it holds for a plan that was searched for and for one
that was made by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit, load_in_words
from territory_opt.language import ENGLISH, Language
from territory_opt.policy import BAND_TOLERANCE, Policy
from territory_opt.problem import BoolArray, Int32Array, Problem
from territory_opt.travel.place import FloatArray, IndexArray

_BLOCK_PAIRS = 1 << 20
_CENT = 0.005


@dataclass(frozen=True)
class Pieces:
    """Accounts that go together: a family, as far as one rep serves it in the plan, or an account alone.

    account: members, sorted by piece; start: first member of each piece (pieces + 1); rep: who serves it;
    whole: whether no other rep serves a part of the family.
    """

    account: Int32Array
    start: IndexArray
    rep: Int32Array
    whole: BoolArray

    def __len__(self) -> int:
        return len(self.rep)

    @property
    def size(self) -> IndexArray:
        """Accounts of each piece."""
        return np.diff(self.start)

    def total(self, values: FloatArray) -> FloatArray:
        """Sum over the members of each piece; values (members, …), result (pieces, …)."""
        return np.add.reduceat(values, self.start[:-1], axis=0) if len(self) else values[:0]

    def take(self, first: int, last: int) -> Pieces:
        """A run of the pieces."""
        cut = slice(self.start[first], self.start[last])
        start = self.start[first : last + 1] - self.start[first]
        return Pieces(self.account[cut], start, self.rep[first:last], self.whole[first:last])


def pieces_of(
    problem: Problem, policy: Policy, alignment: Alignment, wanted: Int32Array
) -> tuple[Pieces, IndexArray]:
    """The pieces that the wanted accounts belong to, and the piece of each of them, shape of `wanted`."""
    group = _groups(problem, policy)
    key = group * (len(problem.reps) + 1) + alignment.rep + 1
    keys, piece = np.unique(key[wanted], return_inverse=True)
    member = np.flatnonzero(np.isin(key, keys))
    account: Int32Array = member[np.argsort(key[member], kind="stable")].astype(np.int32)
    start = np.append(np.searchsorted(key[account], keys), len(account))
    members = np.bincount(group, minlength=1)[keys // (len(problem.reps) + 1)]
    rep = (keys % (len(problem.reps) + 1) - 1).astype(np.int32)
    return Pieces(account, start, rep, np.diff(start) == members), piece


def _groups(problem: Problem, policy: Policy) -> IndexArray:
    """Number of each account's family: connected parts of all group rules together."""
    n = len(problem.accounts)
    account, code, first = [], [], n
    for rule in policy.group_rules():
        groups = rule.groups(problem)
        member = np.flatnonzero(groups >= 0)
        account.append(member)
        code.append(first + groups[member])
        first += int(groups.max(initial=-1)) + 1
    if not account:
        return np.arange(n)
    ends = (np.concatenate(account), np.concatenate(code))
    graph = coo_array((np.ones(len(ends[0]), np.int8), ends), shape=(first, first))
    return connected_components(graph, directed=False)[1][:n].astype(np.int64)


@dataclass(frozen=True)
class Rivals:
    """For each piece, how its rep stands among all who may serve the whole of it; all (pieces,), -1: none.

    options: how many may. allowed: whether its own rep is one of them. nearest, cheapest: which rep is, its
    own where that is as good. dearer: money per year more than with the cheapest.
    """

    options: Int32Array
    allowed: BoolArray
    nearest: Int32Array
    cheapest: Int32Array
    dearer: FloatArray


def rivals(problem: Problem, policy: Policy, pieces: Pieces) -> Rivals:
    """Compare every rep for every piece, in blocks of pairs."""
    parts = [_rivals(problem, policy, block) for block in _blocks(pieces, len(problem.reps))]
    if not parts:
        none = np.zeros(0, np.int32)
        return Rivals(none, none.astype(bool), none, none, np.zeros(0))
    columns = zip(*parts, strict=True)
    return Rivals(*(np.concatenate(column) for column in columns))


def _blocks(pieces: Pieces, n_reps: int) -> Iterator[Pieces]:
    most = max(1, _BLOCK_PAIRS // max(n_reps, 1))
    first = 0
    while first < len(pieces):
        last = int(np.searchsorted(pieces.start, pieces.start[first] + most, side="right")) - 1
        last = min(max(last, first + 1), len(pieces))
        yield pieces.take(first, last)
        first = last


def _rivals(problem: Problem, policy: Policy, pieces: Pieces) -> tuple[np.ndarray, ...]:
    account, rep = pieces.account[:, None], np.arange(len(problem.reps))[None, :]
    may = may_serve(problem, policy, pieces, rep)
    cost = np.zeros((len(pieces.account), len(problem.reps)))
    for term in policy.pair_terms():
        cost += term.cost(problem, account, rep)
    cost, km = pieces.total(cost), pieces.total(problem.km(account, rep))
    row = np.arange(len(pieces))
    cheapest, least = _best(cost, may, pieces.rep, _CENT)
    nearest, _ = _best(km, may, pieces.rep, 1e-9)
    dearer = np.where(cheapest >= 0, cost[row, pieces.rep] - least, 0.0)
    return may.sum(axis=1), may[row, pieces.rep], nearest, cheapest, dearer


def may_serve(problem: Problem, policy: Policy, pieces: Pieces, rep: IndexArray) -> BoolArray:
    """Whether reps may serve a whole piece; rep (pieces, k), or (1, k) for the same ones throughout."""
    if len(rep) != 1:
        rep = rep[np.repeat(np.arange(len(pieces)), pieces.size)]
    account = pieces.account[:, None]
    may = np.broadcast_to(~problem.reps.leaving[rep], np.broadcast(account, rep).shape).copy()
    for rule in policy.pair_rules():
        may &= rule.allows(problem, account, rep)
    return pieces.total((~may).astype(np.int64)) == 0


def may_serve_all(problem: Problem, policy: Policy, account: IndexArray, rep: int) -> bool:
    """Whether a rep may serve each of some accounts."""
    if problem.reps.leaving[rep]:
        return False
    reps = np.full(len(account), rep)
    return all(rule.allows(problem, account, reps).all() for rule in policy.pair_rules())


def servable(problem: Problem, policy: Policy, account: Int32Array) -> BoolArray:
    """Accounts that some rep who stays may serve on its own, shape of `account`."""
    may = np.zeros(len(account), bool)
    for rep in np.flatnonzero(~problem.reps.leaving):
        allowed = np.ones(len(account), bool)
        for rule in policy.pair_rules():
            allowed &= rule.allows(problem, account, np.full(len(account), rep, np.int32))
        may |= allowed
    return may


def _best(value: FloatArray, may: BoolArray, own: Int32Array, tie: float) -> tuple[Int32Array, FloatArray]:
    """The allowed rep with the least known value, a piece's own on a tie; -1 where there is none."""
    value = np.where(may & np.isfinite(value), value, np.inf)
    least = value.min(axis=1)
    best = np.where(value[np.arange(len(own)), own] <= least + tie, own, value.argmin(axis=1))
    return np.where(np.isfinite(least), best, -1).astype(np.int32), least


def sentences_of_breaks(
    problem: Problem,
    policy: Policy,
    count: Audit,
    pieces: Pieces,
    instead: Int32Array,
    language: Language = ENGLISH,
) -> list[str]:
    """For each piece, the band that suffers most if another rep served it and all else stayed, in words.

    instead: that rep, shape (pieces,). Empty where every band would be as well kept as it is.
    """
    most, said = np.full(len(pieces), BAND_TOLERANCE), [""] * len(pieces)
    of = np.repeat(np.arange(len(pieces)), pieces.size)
    for term, meter in zip(policy.load_terms(), count.meters, strict=True):
        bins = term.bins(problem)[0]
        gone = pieces.total(term.load(problem, pieces.account, pieces.rep[of]))
        come = pieces.total(term.load(problem, pieces.account, instead[of]))
        for at in (bins[instead], bins[pieces.rep]):
            load = meter.load[at] - np.where(bins[pieces.rep] == at, gone, 0.0)
            load = load + np.where(bins[instead] == at, come, 0.0)
            breach = np.maximum(meter.low[at] - load, 0) + np.maximum(load - meter.high[at], 0)
            worse = np.where(at >= 0, (breach - meter.breach[at]) / meter.scale[at], 0.0)
            for i in np.flatnonzero(worse > most).tolist():
                said[i] = load_in_words(problem, term, meter, int(at[i]), float(load[i]), True, language)
            most = np.maximum(most, worse)
    return said


__all__ = [
    "Pieces",
    "Rivals",
    "may_serve",
    "may_serve_all",
    "pieces_of",
    "rivals",
    "sentences_of_breaks",
    "servable",
]
