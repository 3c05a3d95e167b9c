"""The CP-SAT model of districts by labels, and its separators."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from territory_opt.problem import Int32Array
from territory_opt.solve.design.separators import adjacency, belt, parts
from territory_opt.solve.exact import interruptible
from territory_opt.travel.place import FloatArray, IndexArray

_INTEGER = 2.0**24  # numbers that are not whole become integers up to this


@dataclass(frozen=True)
class Districts:
    """load (meters, units); low, high (meters,): limits of a district's load, -inf and inf for none.

    edges (edges, 2): units next to each other; weight (edges,): what cutting one costs; k: number of
    districts.
    """

    load: FloatArray
    low: FloatArray
    high: FloatArray
    edges: Int32Array
    weight: FloatArray
    k: int

    @property
    def n_units(self) -> int:
        return self.load.shape[1]

    def value(self, label: IndexArray) -> float:
        """Weight of the edges between different districts of a plan, label per unit."""
        return float(self.weight[label[self.edges[:, 0]] != label[self.edges[:, 1]]].sum())

    def least_step(self) -> float:
        """By how much values of plans differ at least when they do: 1 where all weights are whole, else 0."""
        return float((self.weight == np.rint(self.weight)).all())

    def faults(self, label: IndexArray) -> list[str]:
        """What a plan breaks, in words; none when it has k connected districts within their bands."""
        graph = adjacency(self.n_units, self.edges)
        loads = np.stack([np.bincount(label, row, self.k) for row in self.load])
        room = 1e-9 * np.maximum(np.abs(loads), 1.0)
        outside = (loads > self.high[:, None] + room) | (loads < self.low[:, None] - room)
        torn = sum(bool(parts(graph, label == t).max() != 0) for t in range(self.k))
        found = [f"{int(outside.any(axis=0).sum())} districts are outside a band"] if outside.any() else []
        return [*found, f"{torn} districts are empty or not connected"] if torn else found


class Labels:
    """x[u, t]: unit u has label t; leaves[e, t]: edge e goes from label t to another."""

    def __init__(self, districts: Districts):
        self.districts, self.graph = districts, adjacency(districts.n_units, districts.edges)
        self.cp = cp_model.CpModel()
        n, k = districts.n_units, districts.k
        self.order = np.argsort(-districts.load.sum(axis=0), kind="stable")
        self.x = np.array([[self.cp.new_bool_var("") for _ in range(k)] for _ in range(n)], object)
        for row in self.x:
            self.cp.add_exactly_one(row.tolist())
        for i, u in enumerate(self.order[:k]):
            for t in range(i + 1, k):
                self.cp.add(self.x[u, t] == 0)
        self.scale, _ = _to_integers(districts.weight)
        self.cost = self._cuts()
        self._bands()
        self.cp.minimize(self.cost)

    def _cuts(self) -> cp_model.LinearExprT:
        found: list[cp_model.LinearExprT] = []
        whole = np.floor(self.districts.weight * self.scale + 1e-9).astype(int)
        for (a, b), weight in zip(self.districts.edges.tolist(), whole.tolist(), strict=True):
            cut = self.cp.new_bool_var("")
            leaves = [self.cp.new_bool_var("") for _ in range(self.districts.k)]
            for t, leaving in enumerate(leaves):
                self.cp.add_bool_or(~self.x[a, t], self.x[b, t], leaving)
                self.cp.add_bool_or(~self.x[b, t], self.x[a, t], cut)
                self.cp.add_implication(leaving, self.x[a, t])
                self.cp.add_implication(leaving, ~self.x[b, t])
            self.cp.add(sum(leaves) == cut)
            found.append(weight * cut)
        return sum(found)

    def _bands(self) -> None:
        d = self.districts
        for load, low, high in zip(d.load, d.low, d.high, strict=True):
            scale, rounding = _to_integers(load)
            weights = np.rint(load * scale).astype(int).tolist()
            for t in range(d.k):
                total = cp_model.LinearExpr.weighted_sum(self.x[:, t].tolist(), weights)
                if np.isfinite(high):
                    self.cp.add(total <= int(np.floor(high * scale + rounding)))
                if np.isfinite(low):
                    self.cp.add(total >= int(np.ceil(low * scale - rounding)))
        for t in range(d.k):
            self.cp.add_bool_or(self.x[:, t].tolist())

    def solve(
        self, best: IndexArray | None, seed: int, workers: int, runtime_s: float
    ) -> tuple[IndexArray | None, float, bool]:
        """A plan that cuts less than the best, a bound for such plans, and whether that is all."""
        cp = self.cp.clone()
        if best is not None:
            cp.add(self.cost <= int(np.floor(self.districts.value(best) * self.scale + 1e-6)) - 1)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = workers
        solver.parameters.interleave_search = workers > 1
        solver.parameters.random_seed = seed % (2**31 - 1)
        solver.parameters.linearization_level = 2
        if np.isfinite(runtime_s):
            solver.parameters.max_time_in_seconds = max(runtime_s, 0.01)
        status = interruptible(solver, cp)
        if status == cp_model.INFEASIBLE:
            return None, np.inf, True
        bound = np.ceil(solver.best_objective_bound - 1e-6) / self.scale
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None, float(bound), False
        chosen = [[solver.boolean_value(v) for v in row] for row in self.x]
        return np.argmax(chosen, axis=1), float(bound), status == cp_model.OPTIMAL

    def cut_pieces(self, label: IndexArray) -> bool:
        """Forbid each piece that lies apart from the heaviest of its district; whether there was one."""
        found, load = False, self.districts.load.sum(axis=0)
        everywhere = np.ones(len(label), bool)
        for t in range(self.districts.k):
            part = parts(self.graph, label == t)
            if part.max() < 1:
                continue
            found = True
            weight = np.bincount(part[part >= 0], load[part >= 0])
            main = np.flatnonzero(part == np.argmax(weight))
            b = int(main[np.argmax(load[main])])
            for p in range(len(weight)):
                piece = np.flatnonzero(part == p)
                between = belt(self.graph, everywhere, piece, b)
                if between is not None:
                    self._separate(int(piece[np.argmax(load[piece])]), b, between)
        return found

    def _separate(self, a: int, b: int, between: IndexArray) -> None:
        for t in range(self.districts.k):
            self.cp.add_bool_or(~self.x[a, t], ~self.x[b, t], *self.x[between, t].tolist())


def _to_integers(values: FloatArray) -> tuple[float, float]:
    """A factor that makes numbers integers, and by how much sums of the rounded ones may be off."""
    most = float(np.abs(values).sum())
    if (values == np.rint(values)).all() and most < 2.0**40:
        return 1.0, 1e-6
    return _INTEGER / max(most, 1e-12), 0.5 * len(values) + 1.0
