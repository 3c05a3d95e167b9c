"""Commercial territories: connected, with a centre each, and several activities in balance.

Two families of files (Ríos-Mercado & Fernández 2009 for the first):

* planned: `n`, rows `id x y act1 act2 act3`, `e`, rows `i j`, `p …`. Least sum of Euclidean distances to
  the centres, every activity of every territory within 5 % of total/p, whatever the header says.
* driven: rows `id x y customers orders 0 0`, edges, `drivers clusters tau1 tau2 …`, familiarity per driver
  and unit (1 to 3), road metres between units. Least 1000 · load outside of ±tau
  + 500 · Σ (familiarity - 1) + Σ metres from unit to centre; a driver drives one territory.

What was taken for the driven family: the target is total / clusters; customers count with tau1 and orders
with tau2, each in its own unit, and what is outside a band is how far beyond its nearer limit a territory's
load lies; the other activities are 0 and so is what they break; the row of the road matrix is the unit, the
column the centre; territories are connected by the file's edges, which it has in both directions.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from benchmarks.designs import judged, solved
from territory_opt.solve.design.sites import Sites

_TAU = 0.05  # of the planned family
_BREACH, _STRANGER = 1000.0, 500.0  # of the driven family
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Instance:
    """metres (units, units): from unit to centre. activity (activities, units); tau (activities,).

    familiarity (drivers, units) and soft bands in the driven family, None and hard ones in the other.
    """

    metres: NDArray[np.float64]
    activity: NDArray[np.float64]
    tau: NDArray[np.float64]
    edges: NDArray[np.int32]
    p: int
    familiarity: NDArray[np.float64] | None

    def outside(self, centre: NDArray[Any]) -> NDArray[np.float64]:
        """Load outside the band of each activity and territory."""
        load = np.array([[row[centre == c].sum() for c in np.unique(centre)] for row in self.activity])
        target = self.activity.sum(axis=1, keepdims=True) / self.p
        outside = np.abs(load - target) - self.tau[:, None] * target
        return np.where(outside > _ROUNDING * target, outside, 0.0)

    def value(self, centre: NDArray[Any]) -> float:
        """Value of a plan, centre per unit, drivers at their best."""
        total = float(self.metres[np.arange(len(centre)), centre].sum())
        if self.familiarity is None:
            return total
        strange = [(self.familiarity[:, centre == c] - 1).sum(axis=1) for c in np.unique(centre)]
        territory, driver = linear_sum_assignment(np.array(strange))
        return (
            total
            + _STRANGER * float(np.array(strange)[territory, driver].sum())
            + _BREACH * float(self.outside(centre).sum())
        )

    def faults(self, centre: NDArray[Any]) -> list[str]:
        """What a plan breaks, recounted from the file's numbers."""
        found, chosen = [], sorted({int(c) for c in centre})
        if len(chosen) != self.p:
            found.append(f"{len(chosen)} territories instead of {self.p}")
        if any(centre[c] != c for c in chosen):
            found.append("a centre lies in another territory")
        if self.familiarity is None and self.outside(centre).any():
            found.append("a territory is out of balance")
        cut_off = sum(not self._is_connected(np.flatnonzero(centre == c)) for c in chosen)
        return [*found, f"{cut_off} territories are not connected"] if cut_off else found

    def _is_connected(self, members: NDArray[Any]) -> bool:
        beside: dict[int, set[int]] = {int(u): set() for u in members}
        for a, b in self.edges.tolist():
            if a in beside and b in beside:
                beside[a].add(b)
                beside[b].add(a)
        seen, waiting = {int(members[0])}, [int(members[0])]
        while waiting:
            fresh = beside[waiting.pop()] - seen
            seen |= fresh
            waiting.extend(fresh)
        return len(seen) == len(members)


def read(path: Path) -> Instance:
    """The instance in a file of either family; ValueError when it is none."""
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    try:
        n = int(rows[0][0])
        nodes = np.array(rows[1 : n + 1], np.float64)
        n_edges = int(rows[n + 1][0])
        edges = np.array(rows[n + 2 : n + 2 + n_edges], np.int32).reshape(n_edges, 2)
        header, tables = rows[n + 2 + n_edges], rows[n + 3 + n_edges :]
        driven = nodes.shape[1] == 7
        instance = _driven(nodes, edges, header, tables) if driven else _planned(nodes, edges, header)
    except (IndexError, ValueError) as error:
        raise ValueError(f"no file of commercial territories: {error}") from None
    if Counter(nodes[:, 0].tolist()) != Counter(range(n)) or (edges < 0).any() or (edges >= n).any():
        raise ValueError("units are numbered from 0, and edges are between them")
    if not 1 <= instance.p <= n:
        raise ValueError(f"{instance.p} territories of {n} units")
    return instance


def _planned(nodes: NDArray[np.float64], edges: NDArray[np.int32], header: list[str]) -> Instance:
    nodes = nodes[np.argsort(nodes[:, 0])]
    place = nodes[:, 1:3]
    metres = np.sqrt(((place[:, None] - place[None]) ** 2).sum(axis=2))
    activity = nodes[:, 3:].T.copy()
    return Instance(metres, activity, np.full(len(activity), _TAU), edges, int(header[0]), None)


def _driven(
    nodes: NDArray[np.float64], edges: NDArray[np.int32], header: list[str], tables: list[list[str]]
) -> Instance:
    n, n_drivers, p = len(nodes), int(header[0]), int(header[1])
    if n_drivers != p:
        raise ValueError(f"{n_drivers} drivers for {p} territories")
    nodes = nodes[np.argsort(nodes[:, 0])]
    familiarity = np.array(tables[:n_drivers], np.float64).reshape(n_drivers, n)
    metres = np.array(tables[n_drivers : n_drivers + n], np.float64).reshape(n, n)
    return Instance(metres, nodes[:, 3:5].T.copy(), np.array(header[2:4], np.float64), edges, p, familiarity)


def question(instance: Instance) -> Sites:
    """The instance as a design: every unit may be a centre."""
    n = len(instance.metres)
    target = instance.activity.sum(axis=1, keepdims=True) / instance.p
    room = instance.tau[:, None] * target
    driven = instance.familiarity is not None
    return Sites(
        cost=instance.metres,
        load=instance.activity,
        low=np.repeat(target - room, n, axis=1),
        high=np.repeat(target + room, n, axis=1),
        home=np.arange(n, dtype=np.int32),
        edges=instance.edges,
        contiguous=True,
        k=instance.p,
        breach_price=np.full(len(target), _BREACH) if driven else None,
        rep_cost=None if instance.familiarity is None else _STRANGER * (instance.familiarity.T - 1),
    )


def measure(instance: Instance, time_s: float, seed: int) -> dict[str, Any]:
    """Solve, recount from the file, and say how good it is."""
    began = time.perf_counter()
    found = solved(question(instance), seed, began + time_s)
    if found.site is None:
        figures = judged(found, None, ())
    else:
        faults = instance.faults(found.site)
        figures = judged(found, instance.value(found.site), faults)
        figures |= {"faults": faults, "outside": float(instance.outside(found.site).sum())}
    figures["seconds"] = round(time.perf_counter() - began, 2)
    return {"units": len(instance.metres), "territories": instance.p, "seed": seed} | figures
