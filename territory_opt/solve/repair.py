"""Large-neighbourhood search: free some reps' units, solve that part with CP-SAT, keep what is better.

A neighbourhood is a pure function of arrays, so a batch of them that share no rep can run in any executor,
and the batch is put together in a fixed order whoever finishes first (Shaw 1998; adaptive choice of kinds:
Ropke & Pisinger 2006).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from territory_opt.problem import BoolArray, Int32Array
from territory_opt.solve.exact import solve_exact
from territory_opt.solve.model import Model, pairs_of
from territory_opt.solve.prices import bin_bound, reduced_cost
from territory_opt.solve.relaxation import branch_and_cut, relax
from territory_opt.solve.run import Run
from territory_opt.travel.place import FloatArray, IndexArray

EFFORT_OF_PART = 1.0  # limit for CP-SAT, in its deterministic time
_NODES = 200  # limit for branch and cut
_FEW_REPS = 6  # a group for broken bands, and the smallest of others
# Efforts of the other solvers, brought to CP-SAT's deterministic time as measured.
_EFFORT_OF_RELAXING, _NODES_OF_ROOT = 0.02, 20
_EFFORT_PER_PAIR, _SPARE_PAIRS_THAT_DOUBLE_IT = 3e-6, 1000
_FEASIBILITY = 1e-6  # by how much branch and cut may miss a limit, as a share of it


@dataclass(frozen=True)
class Neighbourhood:
    """A part of the model to solve again: its units, the pairs they may use, and the load of the rest."""

    model: Model
    pair: IndexArray  # pair of the whole model behind each pair of the part
    base: FloatArray  # load of the units that stay (bins,)
    hint: IndexArray
    hard: bool
    spare_pairs: int  # of branch and cut, beyond one a unit; 0: CP-SAT, which also repairs broken bands
    seed: int
    deadline_s: float  # as time.time()


@dataclass(frozen=True)
class Answer:
    """Pairs of the whole model for the units of a part (None: nothing found), and what they took."""

    pair: IndexArray | None
    effort: float


def solve_part(part: Neighbourhood) -> Answer:
    """The best pairs for the units of a part, or None if nothing better than the hint is found."""
    if part.model.n_units == 0 or time.time() > part.deadline_s:
        return Answer(None, 0.0)
    return _cut(part) if part.spare_pairs and part.hard else _searched(part)


def _cut(part: Neighbourhood) -> Answer:
    """By branch and cut, on few pairs.

    The part's relaxation tells what can be gained at most, and so which pairs can have a share in that:
    those whose regret at the part's own prices is smaller. (The whole problem's prices know nothing of the
    room that the rest of the plan leaves over here.)
    """
    keep = _worth_trying(part)
    if keep.sum() <= part.model.n_units:
        return Answer(None, _EFFORT_OF_RELAXING)
    alone = part.model.keep(keep).beside(part.base).tightened(_FEASIBILITY)
    left = part.deadline_s - time.time()
    whole = branch_and_cut(alone, hard=True, max_nodes=_NODES, runtime_s=left)
    spare = alone.n_pairs - alone.n_units
    per_node = _EFFORT_PER_PAIR * alone.n_pairs * (1 + spare / _SPARE_PAIRS_THAT_DOUBLE_IT)
    effort = _EFFORT_OF_RELAXING + per_node * (whole.nodes + _NODES_OF_ROOT)
    found = None if whole.choice is None else part.pair[keep][whole.choice]
    return Answer(found, effort)


def _searched(part: Neighbourhood) -> Answer:
    """By CP-SAT, on all pairs."""
    exact = solve_exact(
        part.model, hard=part.hard, hint=part.hint, effort=EFFORT_OF_PART, seed=part.seed,
        runtime_s=part.deadline_s - time.time(), base=part.base,
    )  # fmt: skip
    return Answer(None if exact.choice is None else part.pair[exact.choice], exact.effort)


def _worth_trying(part: Neighbourhood) -> BoolArray:
    """Pairs that may help to gain something."""
    alone = part.model.beside(part.base)
    relaxed = relax(alone, part.deadline_s - time.time())
    if relaxed is None:
        return np.ones(alone.n_pairs, bool)
    reduced = reduced_cost(alone, relaxed.prices)
    least = np.minimum.reduceat(reduced, alone.start[:-1])
    bound = float(least.sum() + bin_bound(alone, relaxed.prices).sum())
    gain = alone.value(part.hint) - bound
    regret = reduced - np.repeat(least, np.diff(alone.start))
    rank = min(alone.n_units + part.spare_pairs, alone.n_pairs - 1)
    limit = min(gain, float(np.partition(regret, rank)[rank]))
    keep: BoolArray = regret <= limit
    keep[part.hint] = True
    return keep


def rival_reps(model: Model, regret: FloatArray, width: float) -> FloatArray:
    """How many units of one rep could nearly as well be another's: (reps, reps), symmetric.

    A unit counts e^(-regret/width). Small: sales forces have thousands of reps, not millions.
    """
    n_reps = int(model.rep.max(initial=-1)) + 1
    home = model.rep[np.flatnonzero(regret <= 0)[_first_of_unit(model, regret)]]
    pull = np.exp(-np.maximum(regret, 0.0) / max(width, 1e-12))
    near = pull > 1e-4
    flat = home[model.unit[near]].astype(np.int64) * n_reps + model.rep[near]
    counted = np.bincount(flat, pull[near], minlength=n_reps**2)
    table: FloatArray = counted.astype(np.float64).reshape(n_reps, n_reps)
    np.fill_diagonal(table, 0.0)
    return table + table.T


def _first_of_unit(model: Model, regret: FloatArray) -> IndexArray:
    return np.searchsorted(np.flatnonzero(regret <= 0), model.start[:-1])


class Neighbours:
    """Draws neighbourhoods of a run's best plan: groups of competing reps around where the money is."""

    #: How the first rep of a group is drawn; a kind that pays is drawn more often.
    KINDS = ("breach", "money", "border", "anywhere")

    def __init__(self, run: Run, rng: np.random.Generator):
        self.run, self.rng = run, rng
        self.rivals = rival_reps(run.model, np.maximum(run.regret, 0.0), 0.3 * run.regret_scale)
        self.n_reps = len(self.rivals)
        self.merit = np.ones(len(self.KINDS))

    def batch(self, n_parts: int, most_reps: int) -> list[tuple[int, Int32Array]]:
        """Disjoint groups of competing reps, each with the kind that its first rep was drawn by.

        Their sizes are drawn too: small groups are searched deeper, large ones move more at once.
        """
        chances = self._chances()
        free = np.ones(self.n_reps, bool)
        groups: list[tuple[int, Int32Array]] = []
        for _ in range(n_parts):
            if free.sum() < 2:
                break
            useful = np.array([(chance * free).sum() > 0 for chance in chances])
            merit = self.merit * useful
            kind = int(self.rng.choice(len(self.KINDS), p=merit / merit.sum()))
            few = min(_FEW_REPS, most_reps)
            size = int(self.rng.integers(few, most_reps + 1)) if kind else few
            group = self._grow(chances[kind] * free, free, size)
            if len(group) > 1:
                groups.append((kind, np.array(sorted(group), np.int32)))
        return groups

    def reward(self, kind: int, gained: bool) -> None:
        """Remember whether a kind paid."""
        self.merit[kind] = max(0.1, 0.9 * self.merit[kind] + (0.5 if gained else 0.0))

    def _chances(self) -> list[FloatArray]:
        """Per kind, how likely each rep is to be the first of a group."""
        run, model = self.run, self.run.model
        cost_of_breach = model.price * model.breach(model.loads(run.choice))
        breach = np.zeros(self.n_reps)
        for bins in model.bin[:, : self.n_reps]:
            breach[bins >= 0] += cost_of_breach[bins[bins >= 0]]
        return [breach, run.money_of_rep, self.rivals.sum(axis=1), np.ones(self.n_reps)]

    def _grow(self, chance: FloatArray, free: np.ndarray, size: int) -> list[int]:
        """A first rep by chance, then its rivals; the reps taken are no longer free."""
        group = [int(self.rng.choice(self.n_reps, p=chance / chance.sum()))]
        free[group[0]] = False
        while len(group) < size:
            pull = np.where(free, self.rivals[group].sum(axis=0), 0.0)
            if pull.sum() <= 0:
                break
            group.append(int(self.rng.choice(self.n_reps, p=pull / pull.sum())))
            free[group[-1]] = False
        return group


class Cutter:
    """Cuts parts out of one plan: sorted by rep once, then each part costs only its own size."""

    def __init__(self, run: Run):
        self.run, model = run, run.model
        self.rep_of_unit = model.rep[run.choice]
        self.loads = model.loads(run.choice)
        self.broken = model.broken(self.loads)
        self.by_rep = np.argsort(self.rep_of_unit, kind="stable")
        n_reps = int(model.rep.max(initial=-1)) + 1
        self.first = np.searchsorted(self.rep_of_unit[self.by_rep], np.arange(n_reps + 1))
        self.regret = run.regret

    def part(self, reps: Int32Array, width: float, spare_pairs: int, seed: int) -> Neighbourhood:
        """The units of some reps, free to use their pairs with these reps of at most `width` regret."""
        run, model = self.run, self.run.model
        units = np.sort(np.concatenate([self.by_rep[self.first[r] : self.first[r + 1]] for r in reps]))
        pair, size = pairs_of(model.start, units)
        number = np.repeat(np.arange(len(units)), size)
        inside = np.zeros(len(self.first), bool)
        inside[reps] = True
        keep = inside[model.rep[pair]] & (self.regret[pair] <= width)
        keep |= pair == run.choice[units][number]
        # Units without a choice stay where they are: they are load, not decisions.
        several = np.bincount(number[keep], minlength=len(units)) > 1
        keep &= several[number]
        pair, number = pair[keep], number[keep]
        units = units[several]
        count = np.bincount(number, minlength=len(several))[several]
        part = replace(
            model,
            start=np.concatenate([[0], np.cumsum(count)]),
            rep=model.rep[pair],
            cost=model.cost[pair],
            load=model.load[:, pair],
        )
        chosen = run.choice[units]
        base = self.loads - model.loads(chosen)
        reached = np.zeros(model.n_bins + 1, bool)
        reached[model.bin[:, reps]] = True
        hard = not (self.broken & reached[:-1]).any()
        hint = np.flatnonzero(np.isin(pair, chosen))
        return Neighbourhood(part, pair, base, hint, hard, spare_pairs, seed, run.deadline_s)
