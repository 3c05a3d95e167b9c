"""Maps without geometry: areas on a grid of squares, one account in each, and brute force over them."""

from __future__ import annotations

import itertools

import numpy as np

import territory_opt as to
from territory_opt.question import ask

CONTIGUOUS = [to.FollowArea(), to.Contiguous()]


def grid_edges(columns: int, rows: int) -> np.ndarray:
    """Neighbours on a grid, numbered row by row; (edges, 2)."""
    number = np.arange(columns * rows).reshape(rows, columns)
    across = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
    up = np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1)
    return np.concatenate([across, up])


def drawn_grid(
    columns: int, rows: int, n_reps: int, seed: int, *, empty: float = 0.0, spread: float = 0.5
) -> to.Problem:
    """One account in each square but for a share of empty ones; reps live at drawn places."""
    rng = np.random.default_rng(seed)
    n = columns * rows
    area = np.flatnonzero(rng.random(n) >= empty)
    place = np.stack([np.arange(n) // columns, np.arange(n) % columns], axis=1)[area] * 0.2
    home = rng.uniform(0, 1, (n_reps, 2)) * [rows * 0.2, columns * 0.2]
    accounts = to.Accounts.of(
        [f"A{i:05}" for i in area],
        lat=40 + place[:, 0],
        lon=place[:, 1],
        owner=rng.integers(0, n_reps, len(area)),
        area=area,
        measures={
            "visits": rng.integers(1, 13, len(area)),
            "visit_h": np.ones(len(area)),
            "potential": rng.lognormal(3, spread, len(area)),
        },
    )
    reps = to.Reps.of([f"R{r:03}" for r in range(n_reps)], lat=40 + home[:, 0], lon=home[:, 1])
    return to.Problem(accounts, reps, areas=to.Areas.of(range(n), edges=grid_edges(columns, rows)))


def pieces_by_hand(edges: np.ndarray, held: np.ndarray) -> int:
    """How many pieces all territories are in, by spreading from area to area."""
    near = {a: set() for a in range(len(held))}
    for one, other in edges.tolist():
        near[one].add(other)
        near[other].add(one)
    left, pieces = {int(a) for a in np.flatnonzero(held >= 0)}, 0
    while left:
        queue = [left.pop()]
        pieces += 1
        while queue:
            area = queue.pop()
            found = {b for b in near[area] & left if held[b] == held[area]}
            left -= found
            queue += found
    return pieces


def is_connected(problem: to.Problem, held: np.ndarray) -> bool:
    return pieces_by_hand(problem.areas.edges, held) == len(np.unique(held[held >= 0]))


def best_connected(problem: to.Problem, policy: to.Policy) -> tuple[float, float, float]:
    """Least cost of all plans that keep the bands, in one piece; without contiguity; and the least
    objective of the connected ones. inf where there is none. Only for small maps with no empty square
    that is needed (every way of giving areas, empty ones too, to reps is tried)."""
    n, n_reps = len(problem.areas), len(problem.reps)
    question = ask(problem, policy)
    whole = apart = least = np.inf
    area = problem.accounts.area
    account = np.arange(len(area))
    for held in itertools.product(range(n_reps), repeat=n):
        rep = np.array(held)
        count = to.audit(problem, policy, to.Alignment(rep[area], rep), question)
        broken = any(meter.outside.any() for meter in count.meters)
        connected = is_connected(problem, rep)
        apart = apart if broken else min(apart, count.cost)
        whole = whole if broken or not connected else min(whole, count.cost)
        least = min(least, count.objective) if connected else least
    assert len(account) == len(area)
    return whole, apart, least
