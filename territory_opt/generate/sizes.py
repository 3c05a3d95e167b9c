"""What generated accounts weigh: a hidden plan, and sizes that give every seat its share in it."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import ndtri

from territory_opt.generate.cities import on_sphere
from territory_opt.problem import Driving, Int32Array
from territory_opt.travel import great_circle_km
from territory_opt.travel.place import FloatArray

ROOM = 0.04  # how far above target the hidden plan's hours may lie
SEGMENTS = ("enterprise", "mid-market", "small")
SEGMENT_SHARE = (0.08, 0.27, 0.65)
MEDIAN_POTENTIAL = (240_000.0, 80_000.0, 20_000.0)
SPREAD = 0.7  # standard deviation of log potential inside a segment
VISIT_H = (2.0, 1.5, 1.0)
VISITS = (2.0, 4.0, 6.0, 8.0, 12.0)  # per year, by class of potential
VISIT_CLASS = (0.40, 0.65, 0.80, 0.93)  # where the next class begins, as share of all accounts


def hidden_plan(rng: np.random.Generator, n: int, share: FloatArray) -> Int32Array:
    """Seat of each account: numbers by share, one at least, in no order."""
    exact = 1 + (n - len(share)) * share / share.sum()
    count = np.floor(exact).astype(np.int64)
    count[np.argsort(count - exact, kind="stable")[: n - count.sum()]] += 1
    return rng.permutation(np.repeat(np.arange(len(share), dtype=np.int32), count))


def sizes(
    rng: np.random.Generator, hidden: Int32Array, share: FloatArray
) -> tuple[Int32Array, FloatArray, FloatArray]:
    """Segment, potential and visits of each account.

    Quantiles are stratified inside each territory, so that the scaling to equal shares changes little.
    """
    quantile = _stratified(rng, hidden)
    edge = np.cumsum((0.0, *SEGMENT_SHARE))
    segment = np.searchsorted(edge[1:-1], quantile, side="right").astype(np.int32)
    inside = (quantile - edge[segment]) / np.array(SEGMENT_SHARE)[segment]
    potential = np.array(MEDIAN_POTENTIAL)[segment] * np.exp(SPREAD * ndtri(inside.clip(1e-6, 1 - 1e-6)))
    total = np.bincount(hidden, potential, len(share))
    potential *= (share / share.sum() * potential.sum() / total)[hidden]
    potential = _whole(potential, hidden, len(share))
    edges = np.quantile(potential, VISIT_CLASS)
    return segment, potential, np.array(VISITS)[np.searchsorted(edges, potential, side="right")]


def _stratified(rng: np.random.Generator, group: Int32Array) -> FloatArray:
    """Numbers in (0, 1), spread evenly inside each group; shape of `group`."""
    order = np.argsort(group, kind="stable")
    size = np.bincount(group)
    first = np.cumsum(size) - size
    rank = np.empty(len(group))
    rank[order] = np.arange(len(group)) - first[group[order]]
    stratified: FloatArray = (rank + rng.random(len(group))) / size[group]
    return stratified


def _whole(amount: FloatArray, group: Int32Array, n_groups: int) -> FloatArray:
    """Whole money, with the rounding of each group put on its largest account."""
    whole = np.maximum(amount.round(), 1.0)
    order = np.lexsort((whole, group))
    last = np.cumsum(np.bincount(group, minlength=n_groups)) - 1
    rest = np.bincount(group, amount - whole, n_groups).round()
    largest = order[last]
    whole[largest] = np.maximum(whole[largest] + rest, 1.0)
    return whole


def visit_hours(
    segment: Int32Array,
    visits: FloatArray,
    hidden: Int32Array,
    share: FloatArray,
    lat: FloatArray,
    lon: FloatArray,
    rep_lat: FloatArray,
    rep_lon: FloatArray,
) -> FloatArray:
    """Hours a visit, scaled per territory so that hours with driving are in proportion to shares."""
    n = len(share)
    drive = visits * Driving().hours_per_km
    _, nearest = cKDTree(on_sphere(rep_lat[:n], rep_lon[:n])).query(on_sphere(lat, lon))
    there = drive * great_circle_km(lat, lon, rep_lat[hidden], rep_lon[hidden])
    least = float((drive * great_circle_km(lat, lon, rep_lat[nearest], rep_lon[nearest])).sum())
    base = np.array(VISIT_H)[segment]
    calls = np.bincount(hidden, visits * base, n)
    driving = np.bincount(hidden, there, n)
    part = share / share.sum()
    # Enough work that driving more than the least stays inside ROOM, and that no territory is all driving.
    total = max(
        float(calls.sum() + driving.sum()),
        (float(driving.sum()) - least) / ROOM + float(driving.sum()),
        1.25 * float((driving / part).max()),
    )
    visit_h: FloatArray = base * ((part * total - driving) / calls)[hidden]
    return visit_h
