"""Large-neighbourhood search: free some reps' units, solve that part with CP-SAT, keep what is better.

A neighbourhood is a pure function of arrays, so a batch of them that share no rep can run in any executor,
and the batch is put together in a fixed order whoever finishes first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt.problem import BoolArray, Int32Array
from territory_opt.solve.exact import solve_exact
from territory_opt.solve.model import Model
from territory_opt.solve.prices import reduced_cost
from territory_opt.travel.place import FloatArray, IndexArray


@dataclass(frozen=True)
class Neighbourhood:
    """A part of the model to solve again: its units, the pairs they may use, and the load of the rest."""

    model: Model
    pair: IndexArray  # pair of the whole model behind each pair of the part
    base: FloatArray  # load of the units that stay (bins,)
    hint: IndexArray
    hard: bool
    effort: float
    seed: int
    runtime_s: float


def solve_part(part: Neighbourhood) -> IndexArray | None:
    """Better pairs for the units of the part (as pairs of the whole model), or None."""
    exact = solve_exact(
        part.model,
        hard=part.hard,
        hint=part.hint,
        effort=part.effort,
        seed=part.seed,
        runtime_s=part.runtime_s,
        base=part.base,
    )
    return None if exact.choice is None else part.pair[exact.choice]


class Neighbours:
    """Which reps compete: for each rep the others that its units could go to most cheaply."""

    def __init__(self, model: Model, prices: FloatArray):
        self.model = model
        self.reduced = reduced_cost(model, prices)
        self.n_reps = model.bin.shape[1] if model.n_meters else int(model.rep.max(initial=-1)) + 1

    def batch(
        self, choice: IndexArray, rng: np.random.Generator, reps_per_part: int, n_parts: int
    ) -> list[Int32Array]:
        """Disjoint groups of competing reps, the first around the reps where most money lies."""
        model = self.model
        loads = model.loads(choice)
        regret = self.reduced[choice] - np.minimum.reduceat(self.reduced, model.start[:-1])
        worth = np.bincount(model.rep[choice], regret, minlength=self.n_reps)
        broken = model.price * model.breach(loads)
        for bins in model.bin:
            served = bins >= 0
            worth[served] += broken[bins[served]]
        worth = worth / max(worth.sum(), 1e-12) + 0.2 / self.n_reps
        free = np.ones(self.n_reps, bool)
        near = self._closeness(choice)
        parts: list[Int32Array] = []
        while len(parts) < n_parts and free.sum() >= 2:
            chance = np.where(free, worth, 0.0)
            seed_rep = int(rng.choice(self.n_reps, p=chance / chance.sum()))
            group = [seed_rep]
            free[seed_rep] = False
            while len(group) < reps_per_part:
                pull = np.where(free, near[group].sum(axis=0), 0.0)
                if pull.sum() <= 0:
                    break
                nxt = int(rng.choice(self.n_reps, p=pull / pull.sum()))
                group.append(nxt)
                free[nxt] = False
            if len(group) > 1:
                parts.append(np.array(sorted(group), np.int32))
        return parts

    def _closeness(self, choice: IndexArray) -> FloatArray:
        """How many units of one rep could nearly as well be another's: (reps, reps), symmetric."""
        model = self.model
        unit = model.unit
        regret = self.reduced - self.reduced[choice][unit]
        width = max(float(np.median(np.abs(regret))), 1e-9)
        pull = np.exp(-np.maximum(regret, 0.0) / (0.2 * width))
        own = model.rep[choice][unit]
        flat = np.bincount(own * self.n_reps + model.rep, pull, minlength=self.n_reps**2)
        table: FloatArray = flat.astype(np.float64).reshape(self.n_reps, self.n_reps)
        np.fill_diagonal(table, 0.0)
        return table + table.T

    def part(
        self,
        choice: IndexArray,
        reps: Int32Array,
        rng: np.random.Generator,
        max_units: int,
        effort: float,
        runtime_s: float,
        useful: BoolArray,
    ) -> Neighbourhood:
        """The most contested units of some reps, free to use the useful pairs with these reps."""
        model = self.model
        inside = np.isin(model.rep, reps) & useful
        units = np.flatnonzero(np.isin(model.rep[choice], reps))
        if len(units) > max_units:
            units = self._most_contested(choice, units, inside, rng, max_units)
        free = np.zeros(model.n_units, bool)
        free[units] = True
        pairs = np.flatnonzero(inside & free[model.unit])
        base = model.loads(choice[~free])
        return self._cut_out(choice, units, pairs, base, rng, effort, runtime_s)

    def _most_contested(
        self,
        choice: IndexArray,
        units: IndexArray,
        inside: BoolArray,
        rng: np.random.Generator,
        max_units: int,
    ) -> IndexArray:
        """The units that a rival inside could serve at the least regret, with some chance mixed in."""
        rivals = np.where(inside, self.reduced, np.inf)
        rivals[choice] = np.inf
        best_rival = np.minimum.reduceat(rivals, self.model.start[:-1])[units]
        regret = best_rival - self.reduced[choice[units]]
        contested = np.isfinite(regret)
        width = max(float(np.median(np.abs(regret[contested]))), 1e-9) if contested.any() else 1.0
        regret = regret + rng.exponential(width, len(regret))
        return np.sort(units[np.argsort(regret, kind="stable")[:max_units]])

    def _cut_out(
        self,
        choice: IndexArray,
        units: IndexArray,
        pairs: IndexArray,
        base: FloatArray,
        rng: np.random.Generator,
        effort: float,
        runtime_s: float,
    ) -> Neighbourhood:
        model = self.model
        number = np.full(model.n_units, -1, np.int64)
        number[units] = np.arange(len(units))
        count = np.bincount(number[model.unit[pairs]], minlength=len(units))
        part = Model(
            np.concatenate([[0], np.cumsum(count)]),
            model.rep[pairs],
            model.cost[pairs],
            model.load[:, pairs],
            model.bin,
            model.low,
            model.high,
            model.price,
            model.grid,
            model.money,
            model.curved,
        )
        loads = model.loads(choice)
        reached = np.zeros(model.n_bins, bool)
        for bins in model.bin:
            b = bins[model.rep[pairs]]
            reached[b[b >= 0]] = True
        hard = not model.broken(loads)[reached].any()
        hint = np.searchsorted(pairs, choice[units])
        seed = int(rng.integers(2**31 - 1))
        return Neighbourhood(part, pairs, base, hint, hard, effort, seed, runtime_s)
