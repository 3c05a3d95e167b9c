"""Areas that are too large are cut: ground, accounts and borders stay, and the parts hang together."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from designs import cheapest
from hypothesis import given, settings
from hypothesis import strategies as st
from maps_of_squares import STEP, areas_of, grid, named_edges, write_folder

import territory_opt as to
from territory_opt.cli import main
from territory_opt.design.question import sites_of
from territory_opt.design.splitting import split
from territory_opt.design.units import units_of
from territory_opt.design.wishes import Wishes
from territory_opt.io.area_parts import Parts, Placed, divided
from territory_opt.io.coverage import coverage
from territory_opt.io.plane import shapes_of

STOP = to.MaxRuntime(20)


def placed(area: list[int], lonlat: np.ndarray, load: np.ndarray | None = None) -> Placed:
    n = len(area)
    return Placed(
        np.array(area, np.int32),
        lonlat[:, 1],
        lonlat[:, 0],
        np.ones(n) if load is None else load,
        np.arange(n),
    )


def points_in(shape: object, n: int, rng: np.random.Generator) -> np.ndarray:
    west, south, east, north = shapely.bounds(shape)
    tried = rng.uniform((west, south), (east, north), (200 * n, 2))
    return tried[shapely.contains_xy(shape, *tried.T)][:n]


def market(areas: to.Areas, accounts: Placed, parts: Parts | None = None) -> to.Problem:
    rows = to.Accounts.of(
        [f"A{i}" for i in range(len(accounts.area))],
        lat=accounts.lat,
        lon=accounts.lon,
        area=accounts.area if parts is None else parts.area,
        measures={"visits": np.full(len(accounts.area), 2.0), "potential": accounts.load},
    )
    return to.Problem(
        rows, to.Reps.of(["R"], lat=[48.0], lon=[10.0]), areas=areas if parts is None else parts.areas
    )


def assert_same_map(old: to.Areas, accounts: Placed, parts: Parts, n_parts: np.ndarray) -> None:
    """What must hold whatever was cut."""
    new, parent = parts.areas, parts.parent
    assert np.bincount(parent).tolist() == n_parts.tolist()
    assert (parent[parts.area[accounts.area >= 0]] == accounts.area[accounts.area >= 0]).all()
    assert (parts.area[accounts.area < 0] == -1).all()
    before, after = shapes_of(old.outlines), shapes_of(new.outlines)
    for a in range(len(old)):
        own = after[parent == a]
        assert shapely.area(own).sum() == pytest.approx(shapely.area(before[a]), rel=1e-9)
        assert shapely.area(shapely.symmetric_difference(shapely.union_all(own), before[a])) < 1e-12
        assert new.area_km2[parent == a].sum() == pytest.approx(old.area_km2[a])
        for values, was in zip(new.measures.values(), old.measures.values(), strict=True):
            assert values[parent == a].sum() == pytest.approx(was[a])
    point = shapely.points(accounts.lon, accounts.lat)
    inside = (accounts.area >= 0) & shapely.intersects(before[accounts.area], point)
    assert (shapely.distance(after[parts.area], point)[inside] < 1e-9).all()
    on_a_part = np.bincount(parts.area[parts.area >= 0], minlength=len(new)) > 0
    assert on_a_part[n_parts[parent] > 1].all()
    for (a, b), km in zip(old.edges, old.border_km, strict=True):
        one, other = parent[new.edges].T
        between = ((one == a) & (other == b)) | ((one == b) & (other == a))
        assert between.any()
        assert new.border_km[between].sum() == pytest.approx(km, rel=1e-9)
    pairs = {tuple(sorted(pair)) for pair in parent[new.edges].tolist() if pair[0] != pair[1]}
    assert pairs == {tuple(pair) for pair in old.edges.tolist()}
    for a in range(len(old)):
        own = np.where(parent == a, a, -1)
        assert len(np.unique(new.pieces(own)[parent == a])) == 1


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.integers(2, 7), st.integers(0, 12))
def test_parts_cover_the_area_once_and_share_its_load(seed: int, n: int, more: int) -> None:
    rng = np.random.default_rng(seed)
    areas = areas_of(grid(3, 3))
    shape = shapes_of(areas.outlines)[4]
    load = rng.lognormal(0, 1, n + more)
    accounts = placed([4] * (n + more), points_in(shape, n + more, rng), load)
    n_parts = np.where(np.arange(9) == 4, n, 1)
    parts = divided(areas, accounts, n_parts)
    assert_same_map(areas, accounts, parts, n_parts)
    assert len(coverage(market(areas, accounts, parts))["fault"]) == 0
    own = shapes_of(parts.areas.outlines)[parts.parent == 4]
    assert (shapely.get_num_geometries(own) == 1).all()
    shares = np.bincount(parts.area, load)[4 : 4 + n] / load.sum()
    assert shares.max() <= 1 / n + load.max() / load.sum() * (
        1 + np.log2(n)
    )  # a line may be an account astray


def test_even_accounts_make_even_parts_by_hand() -> None:
    areas = areas_of({"a0": shapely.box(9.9, 48, 10, 48.1), "a1": shapely.box(10, 48, 10.4, 48.1),
                      "a2": shapely.box(10.4, 48, 10.5, 48.1)})  # fmt: skip
    accounts = placed([1] * 4, np.column_stack([[10.35, 10.04, 10.25, 10.12], np.full(4, 48.05)]))
    parts = divided(areas, accounts, np.array([1, 2, 1]))
    assert parts.areas.ids.tolist() == ["a0", "a1/1", "a1/2", "a2"]
    assert parts.areas.names.tolist() == ["a0", "a1 (1 of 2)", "a1 (2 of 2)", "a2"]
    assert parts.area.tolist() == [2, 1, 2, 1]
    assert named_edges(parts.areas) == {("a0", "a1/1"), ("a1/1", "a1/2"), ("a1/2", "a2")}
    assert shapes_of(parts.areas.outlines)[1].bounds == pytest.approx((10, 48, 10.185, 48.1))
    assert parts.areas.border_km[1] == pytest.approx(STEP * np.pi / 180 * 6371.0, rel=1e-3)


def test_ground_cut_off_by_a_line_goes_to_the_part_around_it() -> None:
    """A U whose arms lie beyond any line that shares its load: no part keeps an arm it cannot reach."""
    shape = shapely.Polygon([(10, 48), (10.9, 48), (10.9, 48.6), (10.6, 48.6), (10.6, 48.1), (10.3, 48.1),
                             (10.3, 48.6), (10, 48.6)])  # fmt: skip
    areas = areas_of({"u": shape, "east": shapely.box(10.9, 48, 11.2, 48.6)})
    rng = np.random.default_rng(3)
    for n in (2, 3, 5):
        accounts = placed([0] * 30, points_in(shape, 30, rng), rng.lognormal(0, 1, 30))
        parts = divided(areas, accounts, np.array([n, 1]))
        assert_same_map(areas, accounts, parts, np.array([n, 1]))
        assert (shapely.get_num_geometries(shapes_of(parts.areas.outlines)) == 1).all()


def test_parts_on_islands_still_count_as_neighbours_of_the_rest() -> None:
    shape = shapely.MultiPolygon([shapely.box(10, 48, 10.3, 48.3), shapely.box(10.5, 48, 10.6, 48.3)])
    areas = areas_of({"c": shape, "d": shapely.box(10, 48.3, 10.3, 48.5)})
    accounts = placed([0, 0], np.array([[10.1, 48.1], [10.55, 48.1]]))
    parts = divided(areas, accounts, np.array([2, 1]))
    assert_same_map(areas, accounts, parts, np.array([2, 1]))
    assert ("c/1", "c/2") in named_edges(parts.areas)


def test_accounts_at_one_place_or_outside_are_shared_out_and_the_ground_with_them() -> None:
    areas = areas_of(grid(2, 1))
    lonlat = np.array([[10.05, 48.05]] * 5 + [[9.0, 48.05]] * 3)
    accounts = placed([0] * 8, lonlat)
    parts = divided(areas, accounts, np.array([4, 1]))
    assert_same_map(areas, accounts, parts, np.array([4, 1]))
    assert np.bincount(parts.area, minlength=5)[:4].tolist() == [2, 2, 2, 2]
    corner = placed([0] * 2, np.array([[10.0, 48.0]] * 2))
    assert_same_map(areas, corner, divided(areas, corner, np.array([2, 1])), np.array([2, 1]))


def test_a_bridge_stays_and_a_forbidden_border_does_not_come_back() -> None:
    areas = areas_of(grid(4, 1), bridges=(("a0", "a2"),), forbidden=(("a1", "a2"),))
    rng = np.random.default_rng(0)
    accounts = placed([2] * 6, points_in(shapely.box(10.2, 48, 10.3, 48.1), 6, rng))
    n_parts = np.array([1, 1, 3, 1])
    parts = divided(areas, accounts, n_parts)
    assert_same_map(areas, accounts, parts, n_parts)
    bridged = [pair for pair in named_edges(parts.areas) if pair[0] == "a0" and pair[1].startswith("a2")]
    assert len(bridged) == 1


def test_ids_that_are_taken_get_another_stroke() -> None:
    shapes = grid(3, 1)
    areas = areas_of({"06037": shapes["a0"], "06037/2": shapes["a1"], "x": shapes["a2"]})
    accounts = placed([0, 0], np.array([[10.02, 48.05], [10.08, 48.05]]))
    ids = divided(areas, accounts, np.array([2, 1, 1])).areas.ids
    assert ids.tolist() == ["06037//1", "06037//2", "06037/2", "x"]


def large(n_large: int = 8, families: bool = False) -> to.Problem:
    """Nine squares of 10 each; the middle one has n_large accounts of 10."""
    areas = areas_of(grid(3, 3))
    rng = np.random.default_rng(5)
    middle = points_in(shapes_of(areas.outlines)[4], n_large, rng)
    others = np.array(
        [[10.05 + STEP * i, 48.05 + STEP * j] for j in range(3) for i in range(3) if (i, j) != (1, 1)]
    )
    lonlat = np.concatenate([others, middle])
    area = [0, 1, 2, 3, 5, 6, 7, 8] + [4] * n_large
    problem = market(areas, placed(area, lonlat, np.full(len(area), 10.0)))
    family = [""] * 8 + [f"F{i // 2}" if families else "" for i in range(n_large)]
    area_ids = areas.ids[np.array(area)]
    tags = {"family": to.Categories.of(family), "area_id": to.Categories.of(area_ids)}
    return replace(problem, accounts=replace(problem.accounts, tags=tags))


def assert_covers_once(problem: to.Problem, design: to.Design) -> None:
    """Nothing is lost, the map is covered once, and each account is with its area."""
    areas, accounts, held = design.problem.areas, design.problem.accounts, design.alignment.rep_of_area
    assert areas is not None
    assert held is not None
    assert (held[accounts.area] == design.alignment.rep).all()
    assert accounts.measures["potential"].sum() == problem.accounts.measures["potential"].sum()
    assert len(coverage(design.problem, rep_of_area=held)["fault"]) == 0
    assert problem.areas is not None
    assert areas.area_km2.sum() == pytest.approx(problem.areas.area_km2.sum())
    lat, lon = design.centre
    at = [np.flatnonzero((areas.lat == y) & (areas.lon == x)) for y, x in zip(lat, lon, strict=True)]
    assert all(len(own) == 1 and held[own[0]] == t for t, own in enumerate(at))
    shapes = shapes_of(areas.outlines)
    assert shapely.contains_xy(shapes, areas.lon, areas.lat).all()


def test_without_the_option_the_message_names_it_and_with_it_there_is_a_design() -> None:
    problem = large()
    why = to.design(problem, 4, measures={"potential": 0.1}, contiguous=True, stop=to.MaxRuntime(1))
    assert why.status is to.Status.IMPOSSIBLE
    assert "split_over=0.2 (--split 0.2)" in str(why)
    cut = to.design(problem, 4, measures={"potential": 0.1}, contiguous=True, split_over=0.5, stop=STOP)
    assert cut.status is to.Status.OPTIMAL
    assert cut.faults == ()
    assert_covers_once(problem, cut)
    assert [(s.area_id, s.territories) for s in cut.splits] == [("a4", pytest.approx(2.0))]
    parts, rows = cut.splits[0].parts, cut.split_rows()
    assert f"1 area was cut along its accounts: a4 into {len(parts)}" in str(cut)
    assert sum(row["accounts"] for row in rows) == 8
    held = [row["rep_id"] for row in rows]
    assert len(set(held)) == len(held) == len(parts)  # here parts of one territory touch: none is cut in vain
    areas, accounts = cut.problem.areas, cut.problem.accounts
    assert areas is not None
    assert (areas.ids[accounts.area] == accounts.tag("area_id").texts()).all()
    assert list(accounts.ids) == list(problem.accounts.ids)
    staffed = cut.staffed(problem)
    assert staffed.faults == ()
    assert staffed.splits == cut.splits


def test_the_design_of_parts_is_the_best_of_all_of_them() -> None:
    areas = areas_of(grid(2, 2))
    own = points_in(shapes_of(areas.outlines)[3], 3, np.random.default_rng(1))
    others = [[10.05, 48.05], [10.15, 48.05], [10.05, 48.15]]
    problem = market(areas, placed([0, 1, 2, 3, 3, 3], np.concatenate([others, own])))
    wishes = Wishes(2, {"potential": 0.2}, "distance", True, 60.0, 0.4)
    cut = split(problem, wishes)
    assert cut is not None
    assert [len(s.parts) for s in cut.splits()] == [3]
    sites = sites_of(cut.problem, wishes, units_of(cut.problem, True))
    words = {"measures": {"potential": 0.2}, "objective": "distance", "contiguous": True, "stop": STOP}
    assert to.design(problem, 2, split_over=0.4, **words).value == pytest.approx(cheapest(sites))


def test_families_stay_together_while_they_fit_into_a_part() -> None:
    problem = large(families=True)
    cut = split(problem, Wishes(4, {"potential": 0.1}, "travel", True, 60.0, 0.5))
    assert cut is not None
    family = cut.problem.accounts.tag("family").texts()
    for name in ("F0", "F1", "F2", "F3"):
        assert len(set(cut.problem.accounts.area[family == name].tolist())) == 1
    finer = split(problem, Wishes(4, {"potential": 0.1}, "travel", True, 60.0, 0.25))
    assert finer is not None
    assert len(finer.splits()[0].parts) == 8  # a family is more than a part: its accounts go one by one
    assert np.bincount(finer.problem.accounts.area)[4:12].tolist() == [1] * 8


def test_one_account_cannot_be_cut_and_is_named() -> None:
    problem = large(2)
    heavy = problem.accounts.measures["potential"].copy()
    heavy[-1] = 100.0
    measures = dict(problem.accounts.measures) | {"potential": heavy}
    names = problem.accounts.names.copy()
    names[-1] = "Big Plant"
    problem = replace(problem, accounts=replace(problem.accounts, measures=measures, names=names))
    design = to.design(problem, 5, measures={"potential": 0.1}, split_over=0.5, stop=to.MaxRuntime(1))
    assert design.status is to.Status.IMPOSSIBLE
    assert "Big Plant is one account, which cannot be cut: ask for 2 territories at most" in str(design)


@pytest.mark.parametrize("share", [0, -1, 1.5, "half", float("nan"), True])
def test_a_share_that_is_none_is_a_fault(share: object) -> None:
    with pytest.raises(to.PolicyError, match="split_over"):
        to.design(large(), 3, measures=["potential"], split_over=share)


def test_a_map_without_outlines_cannot_be_cut() -> None:
    problem = large()
    bare = replace(problem, areas=replace(problem.areas, outlines=None))
    with pytest.raises(to.PolicyError, match="cuts areas by their outlines"):
        to.design(bare, 3, measures=["potential"], split_over=0.5)


def test_the_files_hold_the_map_with_its_parts(tmp_path: Path) -> None:
    accounts = [(f"c{i}", 48.05, 10.05 + 0.1 * i, f"a{i}") for i in range(3)]
    accounts += [(f"d{i}", 48.02 + 0.015 * i, 10.15, "a1") for i in range(5)]
    data, out = write_folder(tmp_path, grid(3, 1), accounts), tmp_path / "out"
    words = [
        "design",
        str(data),
        "-k",
        "4",
        "-o",
        str(out),
        "--within",
        "0.4",
        "--contiguous",
        "--time",
        "20",
    ]
    with pytest.raises(SystemExit) as ended:
        main([*words, "--split", "0.6", "--format", "json"])
    assert not ended.value.code
    kept = json.loads((out / "split_areas.geojson").read_text(encoding="utf-8"))
    ids = [feature["properties"]["area_id"] for feature in kept["features"]]
    assert ids[0] == "a0"
    assert ids[1] == "a1/1"
    held = (out / "area_alignment.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [line.split(",")[0] for line in held] == ids
    rows = (out / "split_accounts.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(rows) == 6
    fresh = tmp_path / "again"
    fresh.mkdir()
    (fresh / "areas.geojson").write_text((out / "split_areas.geojson").read_text(encoding="utf-8"))
    part = dict(row.split(",") for row in rows)
    lines = (data / "accounts.csv").read_text(encoding="utf-8").splitlines()
    new = [lines[0]]
    for line in lines[1:]:
        cells = line.split(",")
        cells[3] = part.get(cells[0], cells[3])
        new.append(",".join(cells))
    (fresh / "accounts.csv").write_text("\n".join(new) + "\n")
    (fresh / "reps.csv").write_text((out / "reps.csv").read_text(encoding="utf-8"))
    again = to.read(fresh)
    assert again.areas is not None
    assert again.areas.ids.tolist() == ids
    with pytest.raises(SystemExit):
        main(["design", str(data), "-k", "1", "-o", str(out), "--within", "1"])
    assert not list(out.glob("split_*"))
