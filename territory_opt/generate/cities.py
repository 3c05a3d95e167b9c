"""The geography of generated markets: cities over a continent, homes in them, accounts around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from territory_opt.problem import Int32Array, TextArray
from territory_opt.travel import EARTH_RADIUS_KM, great_circle_km
from territory_opt.travel.place import FloatArray

BOX = (30.0, 48.0, -120.0, -76.0)  # south, north, west, east: about a continent
CITIES_NEAR = 12  # a territory reaches into so many cities around the home
REACH_KM = 35.0  # a city loses its pull with this distance
CITY_KM = 8.0  # spread of accounts around the middle of their city
REGIONS = ("Northeast", "Northwest", "Southeast", "Southwest")


@dataclass(frozen=True)
class Cities:
    lat: FloatArray
    lon: FloatArray
    size: FloatArray  # share of the market
    names: tuple[str, ...]

    @classmethod
    def draw(cls, rng: np.random.Generator, n: int) -> Cities:
        """Places over the continent, sizes by the law of Zipf and Mandelbrot."""
        south, north, west, east = BOX
        size = 1.0 / np.arange(4, n + 4)
        return cls(
            rng.uniform(south, north, n), rng.uniform(west, east, n), size / size.sum(), _names(rng, n)
        )


_FRONT = (
    "Ash",
    "Bel",
    "Cal",
    "Dun",
    "East",
    "Glen",
    "Hart",
    "Lake",
    "Mill",
    "North",
    "Oak",
    "Red",
    "South",
    "Stone",
    "West",
)
_BACK = (
    "ton",
    "ville",
    "field",
    "ford",
    "bury",
    "port",
    "dale",
    "wood",
    "ridge",
    "ham",
    "brook",
    "view",
    "land",
    "stead",
)


def _names(rng: np.random.Generator, n: int) -> tuple[str, ...]:
    """City names; the later ones carry a number, as there are only so many syllables."""
    pairs = [front + back for front in _FRONT for back in _BACK]
    pairs = [pairs[i] for i in rng.permutation(len(pairs))]
    turn = range(n // len(pairs) + 1)
    return tuple(f"{name} {i + 1}" if i else name for i in turn for name in pairs)[:n]


def homes(rng: np.random.Generator, cities: Cities, n: int) -> tuple[Int32Array, FloatArray, FloatArray]:
    """Home city of each rep, large ones oftener, and the house in it."""
    home = rng.choice(len(cities.size), n, p=cities.size).astype(np.int32)
    lat, lon = around(rng, cities.lat[home], cities.lon[home], CITY_KM / 2)
    return home, lat.round(5), lon.round(5)


def around(
    rng: np.random.Generator, lat: FloatArray, lon: FloatArray, km: float
) -> tuple[FloatArray, FloatArray]:
    """Points scattered around others with a standard deviation in km."""
    degree_km = np.pi * EARTH_RADIUS_KM / 180
    north, east = rng.normal(0.0, km / degree_km, (2, len(lat)))
    return lat + north, lon + east / np.cos(np.radians(lat))


def on_sphere(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Unit vectors, shape (n, 3): nearest on the sphere is nearest in space."""
    phi, lam = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)


def places(
    rng: np.random.Generator, cities: Cities, hidden: Int32Array, rep_lat: FloatArray, rep_lon: FloatArray
) -> tuple[Int32Array, FloatArray, FloatArray]:
    """City and coordinates of each account: large and near cities draw most of a territory."""
    k = min(CITIES_NEAR, len(cities.size))
    tree = cKDTree(on_sphere(cities.lat, cities.lon))
    _, near = tree.query(on_sphere(rep_lat, rep_lon), k=k)
    near = near.reshape(len(rep_lat), k)
    km = great_circle_km(rep_lat[:, None], rep_lon[:, None], cities.lat[near], cities.lon[near])
    pull = cities.size[near] ** 0.5 * np.exp(-km / REACH_KM) + 1e-12
    reach = np.cumsum(pull, axis=1) / pull.sum(axis=1, keepdims=True)
    draw = rng.random(len(hidden))
    step = np.zeros(len(hidden), np.int64)
    for j in range(k - 1):
        step += draw > reach[hidden, j]
    city = near[hidden, step].astype(np.int32)
    return city, *around(rng, cities.lat[city], cities.lon[city], CITY_KM)


def regions(lat: FloatArray, lon: FloatArray) -> TextArray:
    """The quarter of the continent; shape of `lat`, dtype object."""
    south, north, west, east = BOX
    code = 2 * (lat < (south + north) / 2) + (lon < (west + east) / 2)
    named: TextArray = np.array(REGIONS, object)[code]
    return named
