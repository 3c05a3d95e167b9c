"""Compiled walks over the map: to a border, inside a territory, and through all of it."""

from __future__ import annotations

import numpy as np
from numba import njit

from territory_opt.travel.place import IndexArray

_STEPS = 6  # of a walk inside a territory, to an area at its border
_INTO_NOTHING = 0.05  # how often a move looks for a rep without areas


@njit(cache=True, nogil=True)
def across(
    at: int, wanted: int, holder: IndexArray, size: IndexArray, first: IndexArray, other: IndexArray
) -> int:
    """A rep on the other side of a border of this area, the wanted one if he is there, -1 for none."""
    if np.random.random() < _INTO_NOTHING:
        r = np.random.randint(len(size))
        if size[r] == 0:
            return r
    found, seen = -1, 0
    for j in range(first[at], first[at + 1]):
        r = holder[other[j]]
        if r < 0 or r == holder[at]:
            continue
        if r == wanted:
            return r
        seen += 1
        if np.random.randint(seen) == 0:
            found = r
    return found


@njit(cache=True, nogil=True)
def walk(at: int, r: int, holder: IndexArray, first: IndexArray, other: IndexArray) -> int:
    """From an area into a territory beside it, and on to one at its border; -1 where there is no way."""
    for _ in range(_STEPS):
        step, seen = -1, 0
        for j in range(first[at], first[at + 1]):
            if holder[other[j]] == r:
                seen += 1
                if np.random.randint(seen) == 0:
                    step = other[j]
        if step < 0:
            return -1
        at = step
        for j in range(first[at], first[at + 1]):
            if holder[other[j]] >= 0 and holder[other[j]] != r and np.random.random() < 0.5:
                return at
    return -1


@njit(cache=True, nogil=True)
def area_near(
    u: int,
    r: int,
    holder: IndexArray,
    first: IndexArray,
    other: IndexArray,
    area: IndexArray,
    start: IndexArray,
) -> int:
    """An area of a rep: one of this unit's, else beside it, else any."""
    for j in range(start[u], start[u + 1]):
        a = area[j]
        if holder[a] == r:
            return a
        for i in range(first[a], first[a + 1]):
            if holder[other[i]] == r:
                return other[i]
    for a in range(len(holder)):
        if holder[a] == r:
            return a
    return -1


@njit(cache=True, nogil=True)
def reached(
    seed: int,
    stamp: int,
    holder: IndexArray,
    first: IndexArray,
    other: IndexArray,
    mark: IndexArray,
    queue: IndexArray,
) -> int:
    """How many areas hang together with one, itself included. mark: the last stamp that saw each area;
    every call has its own."""
    r, head, tail = holder[seed], 0, 1
    queue[0] = seed
    mark[seed] = stamp
    while head < tail:
        a = queue[head]
        head += 1
        for j in range(first[a], first[a + 1]):
            b = other[j]
            if holder[b] == r and mark[b] != stamp:
                mark[b] = stamp
                queue[tail] = b
                tail += 1
    return tail
