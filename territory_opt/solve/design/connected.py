"""Does a territory stay connected when units leave and join? Compiled; looks around what moved only."""

from __future__ import annotations

from numba import njit

from territory_opt.travel.place import IndexArray


@njit(cache=True, nogil=True)
def holds(
    first: IndexArray,
    neighbour: IndexArray,
    label: IndexArray,
    t: int,
    gone: int,
    come: int,
    stack: IndexArray,
    seen: IndexArray,
    mark: int,
) -> bool:
    """Whether territory t is still connected after `gone` left it and `come` joined it (-1: nobody did).

    It was connected, so it is enough that the former neighbours of `gone` reach each other, and `come` them.
    first, neighbour: units next to each other, as compressed rows. stack, seen (units,): room to work in;
    mark: a number that `seen` does not hold yet.
    """
    wanted, start = 0, -1
    if gone >= 0:
        for at in range(first[gone], first[gone + 1]):
            if label[neighbour[at]] == t and neighbour[at] != come:
                wanted += 1
                start = neighbour[at]
    if come >= 0:
        wanted += 1
        start = come
    if wanted <= 1 and come < 0:
        return wanted == 1
    if gone < 0:
        beside = False
        for at in range(first[come], first[come + 1]):
            beside = beside or label[neighbour[at]] == t
        return beside
    found, size = 0, 1
    stack[0] = start
    seen[start] = mark
    while size > 0:
        size -= 1
        w = stack[size]
        near = w == come
        for at in range(first[w], first[w + 1]):
            x = neighbour[at]
            if x == gone and w != come:
                near = True
            if label[x] == t and seen[x] != mark:
                seen[x] = mark
                stack[size] = x
                size += 1
        found += near
        if found == wanted:
            return True
    return False


@njit(cache=True, nogil=True)
def may_leave(
    u: int,
    label: IndexArray,
    first: IndexArray,
    neighbour: IndexArray,
    stack: IndexArray,
    seen: IndexArray,
    mark: int,
) -> bool:
    """Whether the territory of unit u stays connected without it, and there is something left of it."""
    territory = label[u]
    label[u] = -1
    stays = holds(first, neighbour, label, territory, u, -1, stack, seen, mark)
    label[u] = territory
    return stays
