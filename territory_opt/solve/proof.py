"""A bound above the prices': groups of competing reps, each solved exactly, joined by what a unit is worth.

Give every unit a worth π. A group of reps S may take units or leave them, at what they are worth:

    v_S = min Σ_{u, r in S} (cost - π_u)·x + curves of S,  each unit at most once, bands of S kept

and Σ_u π_u + Σ_S v_S bounds the whole problem from below, since a plan restricted to S is one of the answers
that v_S chooses from (Lagrangian decomposition; Guignard & Kim 1987). With one rep a group this is the bound
of column generation for generalised assignment; with π between a unit's best priced cost inside its own
group and outside, v_S starts at the linear relaxation's value and rises by whatever whole accounts cost
more than split ones, which is most of what the relaxation misses. Where between decides which of the two
groups pays for a unit that changes hands: π lies so that the richer one does, the one with more to prove.
"""

from __future__ import annotations

import itertools
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from territory_opt.parallel import in_order
from territory_opt.problem import BoolArray, Int32Array
from territory_opt.question import Block, Question
from territory_opt.solve.group import Group, counted, own_bins, prove, share_of_best
from territory_opt.solve.prices import bin_bound
from territory_opt.solve.repair import rival_reps
from territory_opt.solve.run import Run
from territory_opt.travel.place import FloatArray, IndexArray

_RIVAL_WIDTH = 0.9  # regret, in its scale, at which a unit says a third as much about who is whose rival
_WORTH_WIDTH = 54.0  # regret of the pair outside that a unit's worth may count
_AND_ROUNDING = 1 + 1e-6
_AHEAD = 8  # groups cut out before they are solved


def group_bound(
    question: Question, run: Run, reps_per_group: int, nodes: int, executor: Executor
) -> tuple[float, float]:
    """The joined bound of groups of so many reps, and the share of groups solved exactly.

    nodes: limit for each group's branch and cut.
    """
    rivals = rival_reps(run.model, np.maximum(run.regret, 0.0), _RIVAL_WIDTH * run.regret_scale)
    money = run.money_of_rep
    # Groups form where the gap is: there a rival left outside costs the most.
    label = partition(rivals * (money[:, None] + money + money.mean()), reps_per_group)
    worth, start = _worth(run, label)
    cutter = _Cutter(question, run, worth, bin_bound(run.model, run.prices), money, run.money_of_bin, nodes)
    richest = np.argsort(-np.bincount(label, money), kind="stable").tolist()
    in_time = itertools.takewhile(lambda _: run.seconds_left > 0, richest)
    groups = (cutter.group(np.flatnonzero(label == number)) for number in in_time)
    proofs = list(in_order(executor, prove, groups, ahead=_AHEAD))
    return start + sum(proof.rise for proof in proofs), sum(proof.exact for proof in proofs) / len(richest)


def partition(rivals: FloatArray, size: int) -> Int32Array:
    """Group number per rep: the strongest rivals are joined first, up to `size` reps a group."""
    n = len(rivals)
    label = np.arange(n)
    members = np.ones(n)
    link = np.triu(rivals + rivals.T, 1)
    head, tail = np.nonzero(link > 1e-3 * max(link.max(initial=0.0), 1e-12))
    order = np.argsort(-link[head, tail], kind="stable")
    for a, b in zip(head[order].tolist(), tail[order].tolist(), strict=True):
        i, j = label[a], label[b]
        if i != j and members[i] + members[j] <= size:
            label[label == j] = i
            members[i] += members[j]
    return np.unique(label, return_inverse=True)[1].astype(np.int32)


def _worth(run: Run, label: Int32Array) -> tuple[FloatArray, float]:
    """Worth of each unit (units,), and the linear bound that these prove: at most that of the prices."""
    model, least, reduced = run.model, run.columns.least, run.reduced
    group, n_groups = label[model.rep], int(label.max()) + 1
    key = model.unit.astype(np.int64) * n_groups + group
    order = np.lexsort((reduced, key))
    first = order[np.concatenate([[True], np.diff(key[order]) > 0])]  # each unit's best pair of each group
    best, unit = reduced[first], model.unit[first]
    ranked = np.lexsort((best, unit))
    head = np.searchsorted(unit[ranked], np.arange(model.n_units))
    second = np.full(model.n_units, np.inf)
    several = np.bincount(unit, minlength=model.n_units) > 1
    second[several] = best[ranked][head[several] + 1]
    margin = np.minimum(second, np.minimum(run.columns.beyond, least + _WORTH_WIDTH * run.regret_scale))
    money = np.bincount(label, run.money_of_rep).astype(np.float64)
    entry = group[first][ranked]
    rival = np.where(several, entry[np.minimum(head + 1, len(entry) - 1)], entry[head])
    worth = least + share_of_best(money, entry[head], rival) * np.maximum(margin - least, 0.0)
    linear = float(
        (worth + np.bincount(unit, np.minimum(best - worth[unit], 0.0), minlength=len(worth))).sum()
    )
    return worth, linear + float(bin_bound(model, run.prices).sum())


@dataclass(frozen=True)
class _Cutter:
    """Cuts groups out of the full problem.

    worth (units,); bins: their part of the linear bound (bins,); money_of_rep (reps,), money_of_bin (bins,):
    the run's, worked out once.
    """

    question: Question
    run: Run
    worth: FloatArray
    bins: FloatArray
    money_of_rep: FloatArray
    money_of_bin: FloatArray
    nodes: int

    def group(self, reps: IndexArray) -> Group:
        """The units that may pay with some reps, all their pairs with these, and staying outside.

        Pairs that no better answer than the plan can use are left out.
        """
        run, outside = self.run, self.run.model.bin.shape[1]
        inside = np.zeros(outside, bool)
        inside[reps] = True
        own = own_bins(run.model, inside)
        least = np.minimum(self._least(inside), 0.0)
        excess = max(self._excess(inside, least, own[:-1]), 0.0)
        unit, rep, paid, loads = self._pairs(reps, least + _AND_ROUNDING * excess)
        units, position = np.unique(unit, return_inverse=True)
        start = np.concatenate([[0], np.cumsum(np.bincount(position, minlength=len(units)) + 1)])
        at = np.arange(len(unit)) + position  # the last pair of each unit is staying outside
        rep_at, cost = np.full(start[-1], outside, np.int32), np.zeros(start[-1])
        load = np.zeros((run.model.n_meters, start[-1]))
        rep_at[at], cost[at], load[:, at] = rep, paid, loads
        planned = _planned(start, rep_at, run.model.rep[run.choice[units]])
        money = np.zeros(outside + 1)
        money[reps] = self.money_of_rep[reps]
        nowhere = np.full((run.model.n_meters, 1), -1, np.int32)
        part = replace(
            run.model, start=start, rep=rep_at, cost=cost, load=load, bin=np.hstack([run.model.bin, nowhere])
        )
        return Group(
            model=counted(part, run.prices, cost, own),
            prices=np.where(own[:-1], run.prices, 0.0),
            bins=np.where(own[:-1], self.bins, 0.0),
            planned=planned,
            plan_bins=np.where(own[:-1], self.money_of_bin, 0.0),
            money=money,
            hard=run.feasible,
            nodes=self.nodes,
            deadline_s=run.deadline_s,
        )

    def _least(self, inside: BoolArray) -> FloatArray:
        """What the best pair of each unit with these reps costs above its worth (units,), inf without one."""
        run = self.run
        held = np.flatnonzero(inside[run.model.rep])
        unit = run.model.unit_of(held)
        least: FloatArray = np.full(run.model.n_units, np.inf)
        np.minimum.at(least, unit, run.reduced[held] - self.worth[unit])
        return least

    def _excess(self, inside: BoolArray, least: FloatArray, own: BoolArray) -> float:
        """By how much the plan, seen from a group, exceeds the group's linear value."""
        run = self.run
        paid = np.where(inside[run.model.rep[run.choice]], run.reduced[run.choice] - self.worth, 0.0)
        return float((paid - least).sum()) + float(self.money_of_bin[own].sum())

    def _pairs(
        self, reps: IndexArray, limit: FloatArray
    ) -> tuple[IndexArray, IndexArray, FloatArray, FloatArray]:
        """Unit, rep, priced cost above worth, and loads (meters, pairs) of pairs of the full problem.

        limit (units,): the most that they cost above worth.
        """
        prices, bins = np.append(self.run.prices, 0.0), self.run.model.bin[:, reps]

        def near(block: Block) -> tuple[np.ndarray, ...]:
            units = slice(block.first, block.first + len(block.cost))
            paid = block.cost + np.einsum("mr,mur->ur", prices[bins], block.loads) - self.worth[units, None]
            unit, rep = np.nonzero(block.allowed & (paid <= limit[units, None]))
            return unit + block.first, reps[rep], paid[unit, rep], block.loads[:, unit, rep]

        unit, rep, paid, loads = zip(*self.question.of_blocks(near, reps), strict=True)
        return np.concatenate(unit), np.concatenate(rep), np.concatenate(paid), np.concatenate(loads, axis=1)


def _planned(start: IndexArray, rep: Int32Array, plan: Int32Array) -> BoolArray:
    """Which pairs a plan uses: those with its reps (units,), or the last of a unit, staying outside."""
    planned: BoolArray = rep == np.repeat(plan, np.diff(start))
    elsewhere = np.add.reduceat(planned, start[:-1], dtype=np.int64) == 0 if len(rep) else np.zeros(0, bool)
    planned[start[1:][elsewhere] - 1] = True
    return planned
