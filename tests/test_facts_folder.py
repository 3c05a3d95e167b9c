"""A problem written as a data folder, or held in frames, is the same problem: areas included."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from maps_of_squares import areas_of, grid, named_edges

import territory_opt as to
from territory_opt.errors import ExportError
from territory_opt.travel import TravelTable

Kind = Literal["csv", "parquet"]


def drawn_problem(seed: int) -> to.Problem:
    """Squares with bridges, a forbidden border, an island in two parts and an enclave; accounts too."""
    rng = np.random.default_rng(seed)
    shapes = grid(4, 3)
    inner = shapely.box(10.02, 48.02, 10.04, 48.04)
    shapes["a0"], shapes["01"] = shapely.difference(shapes["a0"], inner), inner
    shapes["far"] = shapely.multipolygons([shapely.box(x, 47, x + 0.1, 47.1) for x in (11, 12)])
    ids = list(shapes)
    pairs = tuple(tuple(rng.choice(ids, 2, replace=False).tolist()) for _ in range(4))
    areas = areas_of(
        shapes, bridges=pairs[:2], forbidden=(("a0", "a1"),), link_islands=bool(seed % 2), snap_m=3.0
    )
    areas = replace(
        areas, names=np.array([f"Área {i}" for i in ids], object), measures={"people": rng.random(14)}
    )
    place, owner = rng.integers(-1, len(areas), 20), rng.integers(-1, 2, 20)
    lat, lon = np.append(areas.lat, 60.0)[place], np.append(areas.lon, 20.0)[place]
    accounts = to.Accounts.of(
        [f"0{i}" for i in range(20)], lat=lat, lon=lon, area=place, owner=owner,
        locked=(rng.random(20) < 0.2) & (owner >= 0),
        measures={"revenue": rng.random(20), "beds": rng.random(20)},
        tags={"segment": rng.choice(["", "key"], 20), "family": rng.choice(["", "F"], 20)},
    )  # fmt: skip
    reps = to.Reps.of(["R1", "R2"], lat=[48, 48.2], lon=[10, 10.3], tags={"status": ["active", "leaving"]})
    problem = to.Problem(accounts, reps, areas=areas)
    return replace(problem, distances=TravelTable(rng.random((20, 2)) * 99)) if seed % 3 == 0 else problem


def same(one: to.Problem, two: to.Problem) -> None:
    assert one.areas is not None
    assert two.areas is not None
    for name in ("ids", "names", "edges"):
        assert getattr(one.areas, name).tolist() == getattr(two.areas, name).tolist(), name
    for name in ("lat", "lon", "area_km2", "border_km"):
        np.testing.assert_allclose(getattr(one.areas, name), getattr(two.areas, name), rtol=1e-9)
    assert {k: v.tolist() for k, v in one.areas.measures.items()} == {
        k: v.tolist() for k, v in two.areas.measures.items()
    }
    np.testing.assert_array_equal(one.areas.outlines.lonlat, two.areas.outlines.lonlat)
    assert one.accounts.area.tolist() == two.accounts.area.tolist()
    assert one.accounts.owner.tolist() == two.accounts.owner.tolist()
    assert one.accounts.locked.tolist() == two.accounts.locked.tolist()
    pair = np.arange(20)[:, None], np.arange(2)[None, :]
    np.testing.assert_array_equal(one.km(*pair), two.km(*pair))


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), kind=st.sampled_from(["csv", "parquet"]))
def test_a_folder_holds_the_whole_problem(tmp_path: Path, seed: int, kind: Kind) -> None:
    shutil.rmtree(tmp_path, ignore_errors=True)
    before = drawn_problem(seed)
    to.write_facts(before, tmp_path, kind)
    after = to.read(tmp_path)
    same(before, after)
    again = tmp_path / "again"
    to.write_facts(after, again, kind)
    assert to.read(again).fingerprint() == after.fingerprint()
    for path in (p for p in again.iterdir() if p.stem in ("areas", "bridges", "forbidden")):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_frames_are_read_as_files_are(tmp_path: Path) -> None:
    before = drawn_problem(4)
    to.write_facts(before, tmp_path)
    tables = {name: pd.read_csv(tmp_path / f"{name}.csv", dtype=str) for name in ("accounts", "reps")}
    frame = gpd.read_file(tmp_path / "areas.geojson").rename(columns={"area_id": "code"})
    pairs = {
        name: tuple(zip(*(pd.read_csv(file, dtype=str)[f"area_id_{x}"] for x in "ab"), strict=True))
        for name in ("bridges", "forbidden")
        if (file := tmp_path / f"{name}.csv").is_file()
    }
    columns = {"areas": {"area_id": "code"}}
    made = to.from_frames(**tables, areas=frame, columns=columns, area_settings=to.AreaSettings(**pairs))
    same(before, made)


def test_frames_of_areas_have_their_faults_listed() -> None:
    accounts = pd.DataFrame({"account_id": ["1"], "lat": [48.05], "lon": [10.05], "area_id": ["zz"]})
    reps = pd.DataFrame({"rep_id": ["R"], "lat": [48], "lon": [10]})
    shapes = gpd.GeoDataFrame({"area_id": ["a", "a"]}, geometry=list(grid(2, 1).values()), crs=4326)
    with pytest.raises(to.DataError, match="appears twice"):
        to.from_frames(accounts, reps, areas=shapes)
    with pytest.raises(to.DataError, match="zz"):
        to.from_frames(accounts, reps, areas=shapes.assign(area_id=["a", "b"]))
    with pytest.raises(to.DataError, match="holds no shapes"):
        to.from_frames(accounts, reps, areas=pd.DataFrame({"area_id": ["a"]}))


def test_a_graph_without_shapes_is_not_lost_in_silence(tmp_path: Path) -> None:
    problem = to.Problem(to.Accounts.of(["a"]), to.Reps.of(["r"]), areas=to.Areas.of("ab", edges=[(0, 1)]))
    with pytest.raises(ExportError, match="no outlines"):
        to.write_facts(problem, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_other_programs_read(tmp_path: Path) -> None:
    problem = drawn_problem(1)
    files = {path.name for path in to.write_facts(problem, tmp_path)}
    assert files >= {"accounts.csv", "reps.csv", "areas.geojson", "bridges.csv", "forbidden.csv"}
    record = json.loads((tmp_path / "areas.geojson").read_text(encoding="utf-8"))
    assert [f["properties"]["area_id"] for f in record["features"]] == problem.areas.ids.tolist()
    drawn = named_edges(areas_of({f["properties"]["area_id"]: shapely.geometry.shape(f["geometry"])
                                  for f in record["features"]}))  # fmt: skip
    bridges = pd.read_csv(tmp_path / "bridges.csv", dtype=str)
    assert {tuple(sorted(p)) for p in zip(bridges.area_id_a, bridges.area_id_b, strict=True)} == (
        named_edges(problem.areas) - drawn
    )
