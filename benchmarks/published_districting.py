"""Districts of counties or tracts: k of them, population within L…U, compact or with few cut edges.

Compact: k units become centres, and the moment of inertia Σ pop·(km/1000)² to the own centre is least,
with km the distance of (x_m, y_m) rounded half up to whole kilometres; districts are connected only if
asked for. Few cut edges: connected districts with the fewest edges between different ones. A map in
several parts first gets the shortest links between them, until it is one. What a plan is worth, its
populations and its pieces are recounted here from the file.

File: JSON with `k`, `L`, `U`, `nodes` (`id` 0 …, `pop`, `x_m`, `y_m`) and `edges` (pairs of ids).
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.designs import solved
from territory_opt.result import relative_gap
from territory_opt.solve.design.labels import Districts
from territory_opt.solve.design.pipeline import design_by_edges
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.verdict import Verdict

_TAKEN = {Verdict.OPTIMAL: "optimal", Verdict.FEASIBLE: "feasible", Verdict.UNKNOWN: "unknown"}


@dataclass(frozen=True)
class Instance:
    """pop (units,); km (units, units), whole; edges (edges, 2), links included; limits of population; k."""

    pop: NDArray[np.float64]
    km: NDArray[np.float64]
    edges: NDArray[np.int32]
    links: int  # edges that the file does not have
    low: float
    high: float
    k: int

    @property
    def inertia(self) -> NDArray[np.float64]:
        """Moment of inertia of serving a unit from a centre, shape (units, units)."""
        return self.pop[:, None] * (self.km / 1000.0) ** 2


def read(path: Path) -> Instance:
    """The instance in a file; ValueError when it does not hold one."""
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        nodes = sorted(given["nodes"], key=lambda node: int(node["id"]))
        ids = [int(node["id"]) for node in nodes]
        pop = np.array([node["pop"] for node in nodes], float)
        place = np.array([(node["x_m"], node["y_m"]) for node in nodes], float).reshape(-1, 2)
        edges = np.array(given["edges"], np.int32).reshape(-1, 2)
        k, low, high = int(given["k"]), float(given["L"]), float(given["U"])
    except (json.JSONDecodeError, KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"no districting file: {error!r}") from None
    if ids != list(range(len(ids))):
        raise ValueError("the ids of the nodes must be 0, 1, 2, … without gaps")
    if not 1 <= k <= len(ids):
        raise ValueError(f"k must lie between 1 and the {len(ids)} nodes")
    if not (np.isfinite(pop).all() and (pop >= 0).all() and np.isfinite(place).all()):
        raise ValueError("populations must be numbers of 0 or more, and places numbers")
    if len(edges) and (edges.min() < 0 or edges.max() >= len(ids) or (edges[:, 0] == edges[:, 1]).any()):
        raise ValueError("an edge must join two different nodes of the file")
    metres = np.sqrt(((place[:, None, :] - place[None, :, :]) ** 2).sum(axis=2))
    edges = np.unique(np.sort(edges, axis=1), axis=0)
    links = shortest_links(metres, edges)
    together = np.array([*edges.tolist(), *links], np.int32).reshape(-1, 2)
    return Instance(pop, np.floor(metres / 1000.0 + 0.5), together, len(links), low, high, k)


def shortest_links(metres: NDArray[np.float64], edges: NDArray[np.int32]) -> list[tuple[int, int]]:
    """Pairs of units to join so that the map becomes one, always the shortest between two of its parts."""
    part = _parts(len(metres), edges.tolist())
    found = []
    while len(set(part)) > 1:
        apart = np.asarray(part)[:, None] != np.asarray(part)[None, :]
        a, b = divmod(int(np.argmin(np.where(apart, metres, np.inf))), len(part))
        found.append((min(a, b), max(a, b)))
        part = [part[a] if p == part[b] else p for p in part]
    return found


def _parts(n: int, edges: list[list[int]]) -> list[int]:
    """Least unit of the connected part of each unit, by walking."""
    beside: list[list[int]] = [[] for _ in range(n)]
    for a, b in edges:
        beside[a].append(b)
        beside[b].append(a)
    part = [-1] * n
    for u in range(n):
        waiting = [u] if part[u] < 0 else []
        while waiting:
            v = waiting.pop()
            if part[v] < 0:
                part[v] = u
                waiting += beside[v]
    return part


def measure(
    instance: Instance, time_s: float, seed: int, objective: str = "inertia", contiguous: bool = False
) -> dict[str, Any]:
    """Solve, recount from the file, and say how good it is."""
    began = time.perf_counter()
    deadline_s = began + time_s
    contiguous = contiguous or objective == "cut"
    if objective == "cut":
        plan, bound, verdict = _fewest_cuts(instance, seed, deadline_s)
    else:
        plan, bound, verdict = _compact(instance, contiguous, seed, deadline_s)
    figures: dict[str, Any] = {"objective": None, "bound": bound, "gap": None}
    figures["status"] = _TAKEN.get(verdict, "infeasible")
    if verdict in (Verdict.NO_BANDS, Verdict.NO_CONTIGUITY):
        figures["why"] = verdict.value
    if plan is not None:
        figures |= recount(instance, plan, objective)
        torn = contiguous and figures["in_pieces"] > 0
        if (
            torn
            or figures["outside_band"]
            or figures["centres_elsewhere"]
            or figures["districts"] != instance.k
        ):
            figures["status"] = "broken"
        else:
            figures["gap"] = relative_gap(figures["objective"], min(bound, figures["objective"]))
    seconds = round(time.perf_counter() - began, 2)
    about = {"units": len(instance.pop), "k": instance.k, "links": instance.links, "seed": seed}
    return about | {"measured": objective, "contiguous": contiguous} | figures | {"seconds": seconds}


def _compact(
    instance: Instance, contiguous: bool, seed: int, deadline_s: float
) -> tuple[NDArray[Any] | None, float, Verdict]:
    n = len(instance.pop)
    low, high = (np.full((1, n), limit) for limit in (instance.low, instance.high))
    home = np.arange(n, dtype=np.int32)
    sites = Sites(
        instance.inertia, instance.pop[None], low, high, home, instance.edges, contiguous, instance.k
    )
    found = solved(sites, seed, deadline_s)
    return found.site, found.bound, found.verdict


def _fewest_cuts(
    instance: Instance, seed: int, deadline_s: float
) -> tuple[NDArray[Any] | None, float, Verdict]:
    limits = (np.array([limit]) for limit in (instance.low, instance.high))
    one = np.ones(len(instance.edges))
    districts = Districts(instance.pop[None], *limits, instance.edges, one, instance.k)
    found = design_by_edges(districts, seed=seed, deadline_s=deadline_s)
    return found.site, found.bound, found.verdict


def recount(instance: Instance, plan: NDArray[Any], objective: str) -> dict[str, Any]:
    """Value and faults of a plan (centre, or label, per unit), from nothing but the file's numbers."""
    districts = sorted(set(plan.tolist()))
    people = {d: math.fsum(instance.pop[plan == d]) for d in districts}
    inner = [[a, b] for a, b in instance.edges.tolist() if plan[a] == plan[b]]
    part = _parts(len(plan), inner)
    pieces = {d: len({part[u] for u in np.flatnonzero(plan == d)}) for d in districts}
    value = float(len(instance.edges) - len(inner))
    if objective != "cut":
        value = math.fsum(
            float(instance.pop[u]) * (float(instance.km[u, c]) / 1000.0) ** 2
            for u, c in enumerate(plan.tolist())
        )
    return {
        "objective": value,
        "districts": len(districts),
        "outside_band": sum(not instance.low <= p <= instance.high for p in people.values()),
        "in_pieces": sum(count > 1 for count in pieces.values()),
        "centres_elsewhere": 0 if objective == "cut" else sum(int(plan[c] != c) for c in districts),
    }
