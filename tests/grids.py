"""Maps without geometry: areas on a grid of squares, one account in each, and brute force over them."""

from __future__ import annotations

import itertools
from dataclasses import replace

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
    """Least cost of the plans that break no wish; of those that are only torn; and the least objective of
    connected ones that may break bands. inf where there is none.

    Every way of giving areas, empty ones too, to reps is tried. An area that nobody may have as a whole, and
    accounts that are named, are beyond it.
    """
    question = ask(problem, policy)
    whole = apart = least = np.inf
    bands = {term.label() for term in policy.load_terms()}
    for held in itertools.product(range(len(problem.reps)), repeat=len(problem.areas)):
        rep = np.array(held)
        count = to.audit(problem, policy, to.Alignment(rep[problem.accounts.area], rep), question)
        broken = {clash.wish for clash in count.clashes}
        assert ("contiguous" in broken) == (not is_connected(problem, rep))
        whole = whole if broken else min(whole, count.cost)
        apart = apart if broken - {"contiguous"} else min(apart, count.cost)
        least = least if broken - bands else min(least, count.objective)
    return whole, apart, least


def with_drawn_rules(problem: to.Problem, seed: int) -> tuple[to.Problem, list[object]]:
    """The same map with locks, families over several areas and segments, and some rules about them."""
    rng = np.random.default_rng(seed)
    n, n_reps = len(problem.accounts), len(problem.reps)
    tags = {"family": rng.choice(["", "", "F"], n), "segment": rng.choice(["", "", "L"], n)}
    tags = {name: to.Categories.of(texts) for name, texts in tags.items()}
    accounts = replace(problem.accounts, locked=rng.random(n) < 0.15, tags=tags)
    segments = to.Categories.of(rng.choice(["", "L", "S"], n_reps))
    rules = [rule for rule in (to.Locked(), to.KeepTogether(), to.Eligible()) if rng.random() < 0.5]
    return replace(problem, accounts=accounts, reps=replace(problem.reps, tags={"segments": segments})), rules
