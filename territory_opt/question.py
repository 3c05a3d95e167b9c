"""The one formula, put to a set of facts and wishes: units, allowed pairs, their costs and loads, the curves.

This is what the search and the audit both answer to. Nothing here holds accounts × reps: pairs are worked
out in blocks of units, and `Block` is thrown away after use.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from territory_opt.parallel import in_order
from territory_opt.policy import Policy
from territory_opt.policy.base import Curve, LoadTerm
from territory_opt.problem import BoolArray, Int32Array, Problem
from territory_opt.travel.place import Distances, FloatArray, IndexArray, Places

#: A unit's load outside a band costs this many times what an average unit's worst rep costs over its best.
STEEPNESS = 10.0
#: Wishes that are `firm` come before bands: where both cannot be kept, the band gives way, and is named.
FIRMNESS = 100.0
#: Pairs of a block: small enough for a processor's cache, large enough for NumPy. Measured at 1 M × 2,000.
_BLOCK_PAIRS = 1 << 17
_THREADS = os.cpu_count() or 1

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True)
class Block:
    """All pairs of some units with all reps, or some, dense: (units, reps), loads (meters, units, reps)."""

    first: int
    allowed: BoolArray
    cost: FloatArray
    loads: FloatArray


@dataclass(frozen=True)
class Question:
    """Units and curves of one problem under one policy.

    account: accounts sorted by unit (covered accounts only); start: first position of each unit in it
    (units + 1). split: groups (as account arrays) that no rep may serve as a whole and were taken apart.
    uncovered: accounts that no rep may serve. terms, curves: the load terms and their curves, in order.
    breach_price: per load term, money per unit of load outside the band.
    """

    problem: Problem
    policy: Policy
    account: Int32Array
    start: Int32Array
    split: tuple[Int32Array, ...]
    uncovered: Int32Array
    terms: tuple[LoadTerm, ...]
    curves: tuple[Curve, ...]
    breach_price: FloatArray

    @property
    def n_units(self) -> int:
        """Number of pieces that move as one."""
        return len(self.start) - 1

    @property
    def unit_of_account(self) -> Int32Array:
        """Unit of each account, -1 for the uncovered; shape (accounts,)."""
        unit = np.full(len(self.problem.accounts), -1, np.int32)
        unit[self.account] = np.repeat(np.arange(self.n_units, dtype=np.int32), np.diff(self.start))
        return unit

    def of_units(self, units: IndexArray) -> Question:
        """The same question about some units only, under the same curves."""
        size = np.diff(self.start)[units]
        start = np.concatenate([[0], np.cumsum(size)]).astype(np.int32)
        position = np.repeat(self.start[units] - start[:-1], size) + np.arange(start[-1])
        return replace(self, account=self.account[position], start=start)

    def of_blocks(self, function: Callable[[Block], T], reps: IndexArray | None = None) -> Iterator[T]:
        """What a function makes of every pair of the full problem, a block of units at a time, in order.

        Blocks are worked out on all cores, and none is kept. reps: only the pairs with these.
        """
        return _of_blocks(self.problem, self.policy, self.account, self.start, self.terms, function, reps)


def ask(problem: Problem, policy: Policy) -> Question:
    """Work out units, curves and breach prices; two passes over all pairs, in blocks."""
    group = _groups(problem, policy)
    may = _accounts_served(problem, policy, group)
    uncovered = np.flatnonzero(~may.any_alone).astype(np.int32)
    group[may.split] = group.max(initial=-1) + 1 + np.arange(len(may.split))
    covered = np.flatnonzero(may.any_alone)
    # Units are numbered by their first account, so that the answer does not depend on group codes.
    _, first, code = np.unique(group[covered], return_index=True, return_inverse=True)
    unit = np.argsort(np.argsort(first))[code]
    account = covered[np.argsort(unit, kind="stable")].astype(np.int32)
    start = np.concatenate([[0], np.cumsum(np.bincount(unit))]).astype(np.int32)
    terms = tuple(policy.load_terms())
    unpinned = Policy(policy.terms, [rule for rule in policy.rules if not getattr(rule, "pins", False)])
    least, weight, spread, mean_cost = _least_loads(problem, unpinned, account, start, terms)
    curves = tuple(term.curve(problem, row) for term, row in zip(terms, least, strict=True))
    steep = [STEEPNESS * (FIRMNESS if getattr(term, "firm", False) else 1.0) for term in terms]
    price = np.array(steep) * max(spread, 0.1 * mean_cost, 1.0) / np.maximum(weight, 1e-12)
    return Question(problem, policy, account, start, may.families, uncovered, terms, curves, price)


@dataclass(frozen=True)
class _Served:
    any_alone: BoolArray  # (accounts,) some rep may serve the account on its own
    split: Int32Array  # accounts whose group no rep may serve as a whole
    families: tuple[Int32Array, ...]


def _groups(problem: Problem, policy: Policy) -> IndexArray:
    """Group number per account: connected parts of all group rules together."""
    n = len(problem.accounts)
    head, tail = [], []
    for rule in policy.group_rules():
        code = rule.groups(problem)
        member = np.flatnonzero(code >= 0)
        member = member[np.argsort(code[member], kind="stable")]
        same = code[member][1:] == code[member][:-1]
        head.append(member[:-1][same])
        tail.append(member[1:][same])
    if not head:
        return np.arange(n)
    row, column = np.concatenate(head), np.concatenate(tail)
    graph = coo_array((np.ones(len(row), np.int8), (row, column)), shape=(n, n))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _accounts_served(problem: Problem, policy: Policy, group: IndexArray) -> _Served:
    """Which accounts some rep may serve, and which groups nobody may serve as a whole."""
    n = len(problem.accounts)
    order = np.argsort(group, kind="stable")
    start = np.concatenate([[0], np.flatnonzero(np.diff(group[order])) + 1, [n]]).astype(np.int32)
    if n == 0:
        return _Served(np.zeros(0, bool), np.zeros(0, np.int32), ())
    alone = np.zeros(n, bool)
    as_whole = np.zeros(len(start) - 1, bool)

    def serve(chunk: tuple[int, IndexArray, Int32Array]) -> None:
        first, members, cut = chunk
        allowed = _allowed(problem, policy, members, np.arange(len(problem.reps)))
        alone[members] = allowed.any(axis=1)
        whole = np.logical_and.reduceat(allowed | ~alone[members][:, None], cut[:-1], axis=0)
        as_whole[first : first + len(cut) - 1] = whole.any(axis=1)

    for _ in _side_by_side(serve, _chunks(order, start, len(problem.reps))):
        pass
    bad = np.flatnonzero(~as_whole)
    families = tuple(order[start[g] : start[g + 1]].astype(np.int32) for g in bad)
    families = tuple(f for f in families if len(f) > 1 and alone[f].any())
    split = np.concatenate(families) if families else np.zeros(0, np.int32)
    return _Served(alone, split.astype(np.int32), families)


def _allowed(problem: Problem, policy: Policy, account: IndexArray, rep: IndexArray) -> BoolArray:
    allowed = np.broadcast_to(~problem.reps.leaving[rep], (len(account), len(rep))).copy()
    for rule in policy.pair_rules():
        allowed &= rule.allows(problem, account[:, None], rep[None, :])
    return allowed


def _chunks(
    order: IndexArray, start: Int32Array, n_reps: int
) -> Iterator[tuple[int, IndexArray, Int32Array]]:
    """Runs of whole units of about `_BLOCK_PAIRS` pairs: first unit, its accounts, cuts between units."""
    size = max(1, _BLOCK_PAIRS // max(n_reps, 1))
    first, n_units = 0, len(start) - 1
    while first < n_units:
        last = int(np.searchsorted(start, start[first] + size, side="right")) - 1
        last = min(max(last, first + 1), n_units)
        yield first, order[start[first] : start[last]], start[first : last + 1] - start[first]
        first = last


def _side_by_side(function: Callable[[S], T], items: Iterable[S]) -> Iterator[T]:
    """function of each item, in order, on all cores."""
    with ThreadPoolExecutor(_THREADS) as pool:
        yield from in_order(pool, function, items, ahead=3 * _THREADS)


class _Remembered:
    """Distances of one block, worked out once although several wishes ask for them."""

    def __init__(self, source: Distances):
        self.source = source
        self.needs_places = source.needs_places
        self.answers: list[tuple[IndexArray, IndexArray, FloatArray]] = []

    def km(self, accounts: Places, account: IndexArray, reps: Places, rep: IndexArray) -> FloatArray:
        for known_account, known_rep, km in self.answers:
            if known_account is account and known_rep is rep:
                return km
        km = self.source.km(accounts, account, reps, rep)
        km.setflags(write=False)
        self.answers.append((account, rep, km))
        return km


def _of_blocks(
    problem: Problem,
    policy: Policy,
    account: Int32Array,
    start: Int32Array,
    terms: tuple[LoadTerm, ...],
    function: Callable[[Block], T],
    reps: IndexArray | None = None,
) -> Iterator[T]:
    who = np.arange(len(problem.reps)) if reps is None else reps

    def work(chunk: tuple[int, IndexArray, Int32Array]) -> T:
        return function(_block(problem, policy, terms, who, *chunk))

    return _side_by_side(work, _chunks(account, start, len(who)))


def _block(
    problem: Problem,
    policy: Policy,
    terms: tuple[LoadTerm, ...],
    reps: IndexArray,
    first: int,
    members: IndexArray,
    cut: Int32Array,
) -> Block:
    facts = replace(problem, distances=_Remembered(problem.distances))
    pair = (members[:, None], reps[None, :])
    cost = np.zeros((len(members), len(reps)))
    for term in policy.pair_terms():
        cost += term.cost(facts, *pair)
    loads = np.empty((len(terms), *cost.shape))
    for row, load_term in zip(loads, terms, strict=True):
        row[:] = load_term.load(facts, *pair)
    allowed = _allowed(facts, policy, members, reps)
    if len(cut) - 1 < len(members):
        heads = cut[:-1]
        allowed = np.logical_and.reduceat(allowed, heads, axis=0)
        cost = np.add.reduceat(cost, heads, axis=0)
        loads = np.add.reduceat(loads, heads, axis=1)
    return Block(first, allowed, cost, loads)


def _least_loads(
    problem: Problem,
    policy: Policy,
    account: Int32Array,
    start: Int32Array,
    terms: tuple[LoadTerm, ...],
) -> tuple[FloatArray, FloatArray, float, float]:
    """Load of each account on the rep where its unit weighs least, by term; what a unit weighs; mean cost
    spread and cost.

    What a unit weighs (terms,) is the mean over those that weigh anything with some rep: a move weighs
    nothing where an account stays, and the mean of that would be nothing too.
    """
    least = np.zeros((len(terms), len(problem.accounts)))

    def weigh(block: Block) -> FloatArray:
        members = account[start[block.first] : start[block.first + len(block.cost)]]
        size = np.diff(start[block.first : block.first + len(block.cost) + 1])
        loads = np.where(block.allowed, block.loads, np.inf)
        lightest = loads.argmin(axis=2)
        for row, rep, term in zip(least, lightest, terms, strict=True):
            row[members] = term.load(problem, members, np.repeat(rep, size))
        cheapest = np.where(block.allowed, block.cost, np.inf).min(axis=1)
        dearest = np.where(block.allowed, block.cost, -np.inf).max(axis=1)
        weight = _least_positive(loads, lightest)
        counts = np.isfinite(weight)
        sums = [(dearest - cheapest).sum(), cheapest.sum()]
        return np.concatenate([sums, np.where(counts, weight, 0.0).sum(axis=1), counts.sum(axis=1)])

    parts = list(_of_blocks(problem, policy, account, start, terms, weigh))
    total = np.sum(parts, axis=0) if parts else np.zeros(2 + 2 * len(terms))
    spread, low = (total[:2] / max(len(start) - 1, 1)).tolist()
    weight, count = total[2:].reshape(2, -1)
    return least, weight / np.maximum(count, 1), spread, low


def _least_positive(loads: FloatArray, lightest: IndexArray) -> FloatArray:
    """The least load above 0 of each unit, inf without any (terms, units); loads is used up.

    loads (terms, units, reps); lightest: the rep of the least load of all (terms, units).
    """
    least = np.take_along_axis(loads, lightest[:, :, None], axis=2)[:, :, 0]
    if (least > 0).all():
        return least
    loads[loads <= 0] = np.inf
    positive: FloatArray = loads.min(axis=2)
    return positive
