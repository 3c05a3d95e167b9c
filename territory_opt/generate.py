"""Markets of any size from a seed, for trying out and for measuring.

The bands are feasible by construction. A hidden plan comes first: every working seat gets accounts near its
home, in number by its share. Then each territory's potential and visit hours are scaled, so that in the hidden
plan every seat has exactly its share of all potential and of all hours of work with driving. Families lie inside
one hidden territory and locked accounts are owned today by their hidden seat, so the plan keeps those rules too;
capacity is a tenth above its hours. The one thing that the plan does not have is the least driving, which the
target of `workload_h` counts: visits are made long enough that its index stays under 1 + `ROOM`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import ndtri

from territory_opt.errors import DataError, Issue
from territory_opt.problem import Accounts, Driving, Int32Array, Problem, Reps
from territory_opt.travel import EARTH_RADIUS_KM, great_circle_km
from territory_opt.travel.place import FloatArray

ROOM = 0.04  # how far above target the hidden plan's hours may lie
SPARE_CAPACITY = 0.10
BOX = (30.0, 48.0, -120.0, -76.0)  # south, north, west, east: about a continent
ACCOUNTS_PER_CITY = 120
CITIES_NEAR = 12  # a territory reaches into so many cities around the home
REACH_KM = 35.0  # a city loses its pull with this distance
OWNED_WITHIN_KM = 12.0  # today's owners: a rep further away than another by this wins e times more rarely
CITY_KM = 8.0  # spread of accounts around the middle of their city
SEGMENTS = ("enterprise", "mid-market", "small")
SEGMENT_SHARE = (0.08, 0.27, 0.65)
MEDIAN_POTENTIAL = (240_000.0, 80_000.0, 20_000.0)
SPREAD = 0.7  # standard deviation of log potential inside a segment
VISIT_H = (2.0, 1.5, 1.0)
VISITS = (2.0, 4.0, 6.0, 8.0, 12.0)  # per year, by class of potential
VISIT_CLASS = (0.40, 0.65, 0.80, 0.93)  # where the next class begins, as share of all accounts
REGIONS = ("Northeast", "Northwest", "Southeast", "Southwest")


@dataclass(frozen=True)
class Market:
    """A problem with the plan that it was built around."""

    problem: Problem
    hidden: Int32Array  # rep of each account in the hidden plan, shape (accounts,)


def generate(
    n_accounts: int,
    n_reps: int,
    seed: int = 1,
    *,
    families: float = 0.1,
    locks: float = 0.02,
    drift: float = 0.08,
    prospects: float = 0.05,
    part_time: float = 0.1,
    leavers: int = 0,
    vacancies: int = 0,
) -> Problem:
    """A market like real ones; same arguments, same bytes.

    Args:
        n_accounts: at least one per seat that works. n_reps: seats, leavers and vacancies included.
        families: share of accounts in families of 2 to 6. locks: share that stays with its owner.
        drift: share of accounts that history left with a rep who is not near.
        prospects: share that nobody owns today. part_time: share of reps at 0.6.
        leavers: seats that will be gone. vacancies: seats that own nothing today.

    Raises:
        DataError: a number makes no sense; every fault is listed.
    """
    shares = {"families": families, "locks": locks, "drift": drift, "prospects": prospects, "part_time": part_time}
    _refuse(n_accounts, n_reps, leavers, vacancies, shares)
    return market(n_accounts, n_reps, seed, leavers=leavers, vacancies=vacancies, **shares).problem


def market(
    n_accounts: int,
    n_reps: int,
    seed: int,
    *,
    families: float,
    locks: float,
    drift: float,
    prospects: float,
    part_time: float,
    leavers: int,
    vacancies: int,
) -> Market:
    """As `generate`, with the hidden plan."""
    rng = np.random.default_rng(seed)
    cities = _Cities.draw(rng, max(3, n_accounts // ACCOUNTS_PER_CITY, n_reps // 4))
    home, rep_lat, rep_lon = _homes(rng, cities, n_reps)
    working = np.arange(n_reps - leavers, dtype=np.int32)
    share = np.where(rng.random(n_reps) < part_time, 0.6, 1.0)
    hidden = _hidden_plan(rng, n_accounts, share[working])
    city, lat, lon = _places(rng, cities, hidden, rep_lat, rep_lon)
    segment, potential, visits = _sizes(rng, hidden, share[working])
    visit_h = _visit_hours(segment, visits, hidden, share[working], lat, lon, rep_lat, rep_lon)
    family = _families(rng, hidden, families)
    owner = _owners(rng, lat, lon, rep_lat, rep_lon, n_reps - leavers - vacancies, leavers, drift, prospects)
    _same_owner_in_most_families(rng, owner, family)
    locked = (rng.random(n_accounts) < locks) & (hidden < n_reps - leavers - vacancies)
    owner[locked] = hidden[locked]
    revenue = np.where(owner >= 0, potential * rng.beta(2.0, 3.0, n_accounts), 0.0).round()
    months = np.where(owner >= 0, 1 + rng.exponential(30.0, n_accounts).clip(0, 119).round(), np.nan)
    width = len(str(n_accounts))
    accounts = Accounts.of(
        [f"A{i:0{width}d}" for i in range(1, n_accounts + 1)],
        names=[f"{name} {i}" for i, name in enumerate(np.array(cities.names, object)[city].tolist(), 1)],
        lat=lat.round(5),
        lon=lon.round(5),
        owner=owner,
        locked=locked,
        measures={
            "visits": visits,
            "visit_h": visit_h,
            "potential": potential,
            "revenue": revenue,
            "months_with_owner": months,
        },
        tags={
            "segment": np.array(SEGMENTS, object)[segment].tolist(),
            "family": np.array([*(f"F{j:0{width}d}" for j in range(family.max() + 1)), ""], object)[family].tolist(),
            "region": _regions(rep_lat, rep_lon)[hidden].tolist(),
        },
    )
    reps = _seats(accounts, cities, home, rep_lat, rep_lon, share, hidden, leavers, vacancies)
    return Market(Problem(accounts, reps), hidden)


def _refuse(n_accounts: int, n_reps: int, leavers: int, vacancies: int, shares: dict[str, float]) -> None:
    issues = [
        Issue("generate", None, name, f"{value:g}", "must lie between 0 and 1", "Give a share, 0.1 for 10 %")
        for name, value in shares.items()
        if not 0 <= value <= 1
    ]
    counts = {"n_reps": (n_reps, 1), "leavers": (leavers, 0), "vacancies": (vacancies, 0)}
    for name, (value, least) in counts.items():
        if value < least:
            issues.append(Issue("generate", None, name, str(value), f"must be {least} or more", "Give a larger number"))
    if leavers + vacancies >= n_reps >= 1:
        issues.append(Issue("generate", None, "leavers", str(leavers), "leave nobody who works today", "Give fewer"))
    if n_accounts < n_reps - leavers:
        fault = "is less than one account a seat"
        issues.append(Issue("generate", None, "n_accounts", str(n_accounts), fault, "Give more accounts or fewer reps"))
    if issues:
        raise DataError(issues)


@dataclass(frozen=True)
class _Cities:
    lat: FloatArray
    lon: FloatArray
    size: FloatArray  # share of the market
    names: tuple[str, ...]

    @classmethod
    def draw(cls, rng: np.random.Generator, n: int) -> _Cities:
        """Places over the continent, sizes by the law of Zipf and Mandelbrot."""
        south, north, west, east = BOX
        size = 1.0 / np.arange(4, n + 4)
        return cls(rng.uniform(south, north, n), rng.uniform(west, east, n), size / size.sum(), _names(rng, n))


_FRONT = "Ash Bel Cal Dun East Fair Glen Hart Kings Lake Mill North Oak Pine Red South Stone West Win York".split()
_BACK = "ton ville field ford bury port dale wood ridge ham brook mont view land cester stead".split()


def _names(rng: np.random.Generator, n: int) -> tuple[str, ...]:
    """City names; the later ones carry a number, as there are only so many syllables."""
    pairs = [front + back for front in _FRONT for back in _BACK]
    pairs = [pairs[i] for i in rng.permutation(len(pairs))]
    return tuple(pairs[i % len(pairs)] + (f" {i // len(pairs) + 1}" if i >= len(pairs) else "") for i in range(n))


def _homes(rng: np.random.Generator, cities: _Cities, n: int) -> tuple[Int32Array, FloatArray, FloatArray]:
    """Home city of each rep, large ones oftener, and the house in it."""
    home = rng.choice(len(cities.size), n, p=cities.size).astype(np.int32)
    lat, lon = _around(rng, cities.lat[home], cities.lon[home], CITY_KM / 2)
    return home, lat.round(5), lon.round(5)


def _around(rng: np.random.Generator, lat: FloatArray, lon: FloatArray, km: float) -> tuple[FloatArray, FloatArray]:
    """Points scattered around others with a standard deviation in km."""
    degree_km = np.pi * EARTH_RADIUS_KM / 180
    north, east = rng.normal(0.0, km / degree_km, (2, len(lat)))
    return lat + north, lon + east / np.cos(np.radians(lat))


def _on_sphere(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Unit vectors, shape (n, 3): nearest on the sphere is nearest in space."""
    phi, lam = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)


def _hidden_plan(rng: np.random.Generator, n: int, share: FloatArray) -> Int32Array:
    """Seat of each account: numbers by share, one at least, in no order."""
    exact = 1 + (n - len(share)) * share / share.sum()
    count = np.floor(exact).astype(np.int64)
    count[np.argsort(count - exact, kind="stable")[: n - count.sum()]] += 1
    return rng.permutation(np.repeat(np.arange(len(share), dtype=np.int32), count))


def _places(
    rng: np.random.Generator, cities: _Cities, hidden: Int32Array, rep_lat: FloatArray, rep_lon: FloatArray
) -> tuple[Int32Array, FloatArray, FloatArray]:
    """City and coordinates of each account: large and near cities draw most of a territory."""
    k = min(CITIES_NEAR, len(cities.size))
    tree = cKDTree(_on_sphere(cities.lat, cities.lon))
    _, near = tree.query(_on_sphere(rep_lat, rep_lon), k=k)
    near = near.reshape(len(rep_lat), k)
    km = great_circle_km(rep_lat[:, None], rep_lon[:, None], cities.lat[near], cities.lon[near])
    pull = cities.size[near] ** 0.5 * np.exp(-km / REACH_KM) + 1e-12
    reach = np.cumsum(pull, axis=1) / pull.sum(axis=1, keepdims=True)
    draw = rng.random(len(hidden))
    step = np.zeros(len(hidden), np.int64)
    for j in range(k - 1):
        step += draw > reach[hidden, j]
    city = near[hidden, step].astype(np.int32)
    return city, *_around(rng, cities.lat[city], cities.lon[city], CITY_KM)


def _sizes(
    rng: np.random.Generator, hidden: Int32Array, share: FloatArray
) -> tuple[Int32Array, FloatArray, FloatArray]:
    """Segment, potential and visits of each account.

    Quantiles are stratified inside each territory, so that the scaling to equal shares changes little.
    """
    quantile = _stratified(rng, hidden)
    edge = np.cumsum((0.0, *SEGMENT_SHARE))
    segment = np.clip(np.searchsorted(edge, quantile, side="right") - 1, 0, len(SEGMENTS) - 1).astype(np.int32)
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
    return (rank + rng.random(len(group))) / size[group]


def _whole(amount: FloatArray, group: Int32Array, n_groups: int) -> FloatArray:
    """Whole money, with the rounding of each group put on its largest account."""
    whole = np.maximum(amount.round(), 1.0)
    order = np.lexsort((whole, group))
    last = np.cumsum(np.bincount(group, minlength=n_groups)) - 1
    rest = np.bincount(group, amount - whole, n_groups).round()
    largest = order[last]
    whole[largest] = np.maximum(whole[largest] + rest, 1.0)
    return whole


def _visit_hours(
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
    _, nearest = cKDTree(_on_sphere(rep_lat[:n], rep_lon[:n])).query(_on_sphere(lat, lon))
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
    return base * ((part * total - driving) / calls)[hidden]


def _families(rng: np.random.Generator, hidden: Int32Array, families: float) -> Int32Array:
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


def _owners(
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
    at = _on_sphere(lat, lon)
    far, near = cKDTree(_on_sphere(rep_lat[seats], rep_lon[seats])).query(at, k=k)
    far, near = far.reshape(len(lat), k) * EARTH_RADIUS_KM, near.reshape(len(lat), k)
    seniority = rng.lognormal(0.0, 0.35, len(seats))
    # The largest of logarithms plus Gumbel noise draws in proportion to seniority × exp(-distance).
    pull = np.log(seniority)[near] - far / OWNED_WITHIN_KM
    choice = (pull + rng.gumbel(size=far.shape)).argmax(axis=1)
    drifted = rng.random(len(lat)) < drift
    choice[drifted] = rng.integers(0, k, int(drifted.sum()))
    owner = seats[near[np.arange(len(lat)), choice]].astype(np.int32)
    owner[rng.random(len(lat)) < prospects] = -1
    return owner


def _same_owner_in_most_families(rng: np.random.Generator, owner: Int32Array, family: Int32Array) -> None:
    """Nine families in ten have one owner today, that of their first account."""
    member = np.flatnonzero(family >= 0)
    number, first = np.unique(family[member], return_index=True)
    head = np.full(family.max() + 2, -1, np.int64)
    head[number] = member[first]
    united = rng.random(len(head)) < 0.9
    member = member[united[family[member]]]
    owner[member] = owner[head[family[member]]]


def _regions(lat: FloatArray, lon: FloatArray) -> np.ndarray:
    """The quarter of the continent; shape of `lat`, dtype object."""
    south, north, west, east = BOX
    code = 2 * (lat < (south + north) / 2) + (lon < (west + east) / 2)
    return np.array(REGIONS, object)[code]


def _seats(
    accounts: Accounts,
    cities: _Cities,
    home: Int32Array,
    lat: FloatArray,
    lon: FloatArray,
    share: FloatArray,
    hidden: Int32Array,
    leavers: int,
    vacancies: int,
) -> Reps:
    """The table of reps; capacity leaves `SPARE_CAPACITY` above the hidden plan."""
    n = len(lat)
    m = accounts.measures
    km = great_circle_km(accounts.lat, accounts.lon, lat[hidden], lon[hidden])
    hours = m["visits"] * (m["visit_h"] + km * Driving().hours_per_km)
    capacity = np.ceil(np.bincount(hidden, hours, n) * (1 + SPARE_CAPACITY))
    capacity[n - leavers :] = np.nan
    active = n - leavers - vacancies
    status = ["active"] * active + ["vacant"] * vacancies + ["leaving"] * leavers
    width = len(str(n))
    return Reps.of(
        [f"R{i:0{width}d}" for i in range(1, n + 1)],
        names=[f"Rep {i} ({cities.names[c]})" for i, c in enumerate(home.tolist(), 1)],
        lat=lat,
        lon=lon,
        capacity_h=capacity,
        share=share,
        tags={"region": _regions(lat, lon).tolist(), "status": status},
    )
