"""k of many listed sets that hold every unit once, at least cost: an exact cover, compiled.

The unit that the fewest of the sets left hold is covered next (Knuth 2000), and sets are sorted by what they
cost above prices: what has been spent on some is lost for the others, so that only the first of them are
looked at. On 20,000 sets this takes a moment where branch and cut takes minutes.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from territory_opt.problem import BoolArray
from territory_opt.travel.place import FloatArray, IndexArray


def words_of(member: BoolArray) -> IndexArray:
    """Sets (sets, units) as bits of 64-bit words (sets, words)."""
    pad = -member.shape[1] % 64
    packed = np.packbits(np.pad(member, ((0, 0), (0, pad))), axis=1, bitorder="little")
    return np.ascontiguousarray(packed).view(np.uint64)


@njit(cache=True, nogil=True)
def cheapest_cover(
    words: IndexArray, extra: FloatArray, n_units: int, k: int, limit: float, tests: int
) -> tuple[IndexArray, int]:
    """k disjoint sets that hold every unit and whose extras sum to least, at most `limit`.

    words (sets, words), extra (sets,) of 0 or more, ascending. Returned are the sets, none (k times -1) if no
    cover is that cheap, and how many of the tests of a set against others are left, 0 or less when cut short.
    """
    n_words = words.shape[1]
    best, chosen = np.full(k, -1), np.full(k, -1)
    covered = np.zeros((k + 1, n_words), np.uint64)
    spent, at = np.zeros(k + 1), np.zeros(k + 1, np.int64)
    start, stop, pivot = np.zeros(k + 1, np.int64), np.zeros(k + 1, np.int64), np.zeros(k + 1, np.int64)
    full = np.zeros(n_words, np.uint64)
    for u in range(n_units):
        full[u // 64] |= np.uint64(1) << np.uint64(u % 64)
    left = np.arange(len(words))
    stop[0] = len(words)
    pivot[0] = _rarest(words, left, 0, len(words), covered[0], n_units)
    depth = 0
    while depth >= 0 and tests > 0:
        t = left[at[depth]] if pivot[depth] >= 0 and at[depth] < stop[depth] else -1
        if t < 0 or spent[depth] + extra[t] > limit:
            depth -= 1
            continue
        at[depth] += 1
        p = pivot[depth]
        if not (words[t, p // 64] >> np.uint64(p % 64)) & np.uint64(1):
            continue
        chosen[depth] = t
        inside = covered[depth] | words[t]
        total, begin, end = spent[depth] + extra[t], stop[depth], stop[depth]
        if depth == k - 1:
            if (inside == full).all():
                best[:], limit = chosen, np.nextafter(total, -np.inf)
            continue
        for i in range(start[depth], stop[depth]):
            other = left[i]
            tests -= 1
            if total + extra[other] > limit:
                break
            apart, same = True, True
            for w in range(n_words):
                apart = apart and words[other, w] & inside[w] == 0
                same = same and words[other, w] | inside[w] == full[w]
            if apart and (depth < k - 2 or same):
                if end == len(left):
                    left = np.append(left, np.zeros(len(left), left.dtype))
                left[end] = other
                end += 1
        if end > begin and total + (k - 1 - depth) * extra[left[begin]] <= limit:
            depth += 1
            covered[depth], spent[depth] = inside, total
            at[depth], start[depth], stop[depth] = begin, begin, end
            pivot[depth] = _rarest(words, left, begin, end, inside, n_units)
    return best, tests


@njit(cache=True, nogil=True)
def _rarest(
    words: IndexArray, left: IndexArray, begin: int, end: int, covered: IndexArray, n_units: int
) -> int:
    """The unit not covered yet that fewest of the sets left hold; -1 if none of them holds some unit."""
    count = np.zeros(n_units, np.int64)
    for i in range(begin, end):
        for u in range(n_units):
            count[u] += np.int64((words[left[i], u // 64] >> np.uint64(u % 64)) & np.uint64(1))
    rarest, fewest = -1, end - begin + 1
    for u in range(n_units):
        if not (covered[u // 64] >> np.uint64(u % 64)) & np.uint64(1) and count[u] < fewest:
            rarest, fewest = u, count[u]
    return rarest if fewest > 0 else -1
