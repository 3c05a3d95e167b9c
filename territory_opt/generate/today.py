"""What history left behind in generated markets: families and today's owners."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from territory_opt.generate.cities import on_sphere
from territory_opt.problem import Int32Array
from territory_opt.travel import EARTH_RADIUS_KM
from territory_opt.travel.place import FloatArray

OWNED_WITHIN_KM = 12.0  # today's owners: a rep further away than another by this wins e times more rarely


def draw_families(rng: np.random.Generator, hidden: Int32Array, families: float) -> Int32Array:
    """Family number of each account, -1 for none; a family lies inside one hidden territory."""
    n = len(hidden)
    size = rng.integers(2, 7, size=int(families * n / 4) + 1)
    size = size[np.cumsum(size) <= families * n]
    family = np.full(n, -1, np.int32)
    if len(size) == 0:
        return family
    gap = rng.multinomial(n - size.sum(), np.full(len(size) + 1, 1 / (len(size) + 1)))[:-1]
    start = np.cumsum(gap) + np.cumsum(size) - size
    number = np.repeat(np.arange(len(size)), size)
    place = np.repeat(start, size) + np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    by_seat = np.argsort(hidden, kind="stable")
    member, head = by_seat[place], by_seat[start][number]
    inside = hidden[member] == hidden[head]
    family[member[inside]] = number[inside]
    lonely = (np.bincount(family + 1, minlength=len(size) + 1) < 2)[family + 1]
    family[lonely] = -1
    _, dense = np.unique(family, return_inverse=True)
    return (dense - (1 if (family < 0).any() else 0)).astype(np.int32)


def owners_today(
    rng: np.random.Generator,
    lat: FloatArray,
    lon: FloatArray,
    rep_lat: FloatArray,
    rep_lon: FloatArray,
    active: int,
    leavers: int,
    drift: float,
    prospects: float,
) -> Int32Array:
    """Owner of each account today: a near rep, some of whom have gathered more than others; -1 for none."""
    seats = np.concatenate([np.arange(active), np.arange(len(rep_lat) - leavers, len(rep_lat))])
    k = min(5, len(seats))
    at = on_sphere(lat, lon)
    far, near = cKDTree(on_sphere(rep_lat[seats], rep_lon[seats])).query(at, k=k)
    far = np.reshape(far, (len(lat), k)) * EARTH_RADIUS_KM
    near = np.reshape(near, (len(lat), k))
    seniority = rng.lognormal(0.0, 0.35, len(seats))
    # The largest of logarithms plus Gumbel noise draws in proportion to seniority × exp(-distance).
    pull = np.log(seniority)[near] - far / OWNED_WITHIN_KM
    choice = (pull + rng.gumbel(size=far.shape)).argmax(axis=1)
    drifted = rng.random(len(lat)) < drift
    choice[drifted] = rng.integers(0, k, int(drifted.sum()))
    owner: Int32Array = seats[near[np.arange(len(lat)), choice]].astype(np.int32)
    owner[rng.random(len(lat)) < prospects] = -1
    return owner


def same_owner_in_most_families(rng: np.random.Generator, owner: Int32Array, family: Int32Array) -> None:
    """Nine families in ten have one owner today, that of their first account."""
    member = np.flatnonzero(family >= 0)
    number, first = np.unique(family[member], return_index=True)
    head = np.full(family.max() + 2, -1, np.int64)
    head[number] = member[first]
    united = rng.random(len(head)) < 0.9
    member = member[united[family[member]]]
    owner[member] = owner[head[family[member]]]
