"""Capacitated p-median: p of the points are medians, each point goes to one, within the median's capacity.

File: `points medians`, then a row `x y capacity demand` per point. The value is the sum of plain Euclidean
distances; in files of the family cpmpNN each is cut to a whole number first.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.designs import judged, solved
from territory_opt.solve.design.sites import Sites

_ROUNDING = 1e-9  # sums of floats are right to this share of them


@dataclass(frozen=True)
class Instance:
    """x, y, capacity, demand (points,); p medians; whether distances are cut to whole numbers."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    capacity: NDArray[np.float64]
    demand: NDArray[np.float64]
    p: int
    whole: bool

    def distance(self, a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float64]:
        """Between points by number; broadcasts."""
        plain = np.sqrt((self.x[a] - self.x[b]) ** 2 + (self.y[a] - self.y[b]) ** 2)
        return np.floor(plain) if self.whole else plain

    def value(self, median: NDArray[Any]) -> float:
        """Cost of a plan, median per point."""
        return float(self.distance(np.arange(len(median)), median).sum())

    def faults(self, median: NDArray[Any]) -> list[str]:
        """What a plan breaks, recounted from the file's numbers."""
        found, chosen = [], sorted({int(m) for m in median})
        if len(chosen) != self.p:
            found.append(f"{len(chosen)} medians instead of {self.p}")
        if any(median[m] != m for m in chosen):
            found.append("a median is served by another")
        over = sum(self.demand[median == m].sum() > self.capacity[m] * (1 + _ROUNDING) for m in chosen)
        return [*found, f"{over} medians are over capacity"] if over else found


def read(path: Path) -> Instance:
    """The instance in a file; ValueError when its numbers do not add up to one."""
    try:
        numbers = np.array(path.read_text(encoding="utf-8").split(), dtype=np.float64)
    except ValueError:
        raise ValueError("no capacitated p-median file: it has more than numbers in it") from None
    if len(numbers) < 2 or (numbers[:2] < 1).any() or (numbers[:2] != np.rint(numbers[:2])).any():
        raise ValueError("no capacitated p-median file: it must begin with its numbers of points and medians")
    n, p = (int(v) for v in numbers[:2])
    if len(numbers) != 2 + 4 * n:
        raise ValueError(f"{n} points need {2 + 4 * n} numbers; there are {len(numbers)}")
    if p > n or not np.isfinite(numbers).all() or (numbers[2:].reshape(n, 4)[:, 2:] < 0).any():
        raise ValueError("medians are points; capacities and demands are numbers of 0 or more")
    x, y, capacity, demand = numbers[2:].reshape(n, 4).T.copy()
    return Instance(x, y, capacity, demand, p, bool(re.fullmatch(r"cpmp\d+", path.stem.lower())))


def question(instance: Instance) -> Sites:
    """The instance as a design: every point is a unit and may be a centre."""
    n = len(instance.x)
    every = np.arange(n)
    return Sites(
        cost=instance.distance(every[:, None], every[None, :]),
        load=instance.demand[None, :],
        low=np.full((1, n), -np.inf),
        high=instance.capacity[None, :],
        home=every.astype(np.int32),
        edges=np.zeros((0, 2), np.int32),
        contiguous=False,
        k=instance.p,
    )


def measure(instance: Instance, time_s: float, seed: int) -> dict[str, Any]:
    """Solve, recount from the file, and say how good it is."""
    began = time.perf_counter()
    found = solved(question(instance), seed, began + time_s)
    objective = None if found.site is None else instance.value(found.site)
    faults = [] if found.site is None else instance.faults(found.site)
    figures = judged(found, objective, faults)
    figures |= {"faults": faults, "seconds": round(time.perf_counter() - began, 2)}
    return {"points": len(instance.x), "medians": instance.p, "seed": seed} | figures
