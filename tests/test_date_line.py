"""A map on both sides of the date line is the same map as anywhere else, however the file writes it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from maps_of_squares import STEP, areas_of, grid, map_of, named_edges, write_folder

import territory_opt as to
from territory_opt.config import load
from territory_opt.io.date_line import cut_at_date_line, western_edge
from territory_opt.io.plane import area_km2, shapes_of

HOME, SOUTH = 10.0, -17.0
ACROSS = 179.85  # two and a half of four columns lie beyond the line
CONVENTIONS = ("cut", "beyond 180", "below -180", "jumping")


def across(shapes: dict, convention: str) -> dict:
    """Shapes around the line in one of the ways that files write them."""
    moved = {}
    for name, shape in shapes.items():
        if convention == "beyond 180":
            moved[name] = shape
        elif convention == "below -180":
            moved[name] = shapely.transform(shape, lambda xy: xy - [360, 0])
        elif convention == "jumping":
            moved[name] = shapely.transform(shape, lambda xy: np.where(xy > 180, xy - 360, xy))
        else:
            east = shapely.intersection(shape, shapely.box(180, -90, 540, 90))
            east = shapely.transform(east, lambda xy: xy - [360, 0])
            parts = [shapely.intersection(shape, shapely.box(-180, -90, 180, 90)), east]
            moved[name] = shapely.multipolygons([p for p in parts if p.geom_type == "Polygon" and p.area])
    return moved


def alike(one: to.Areas, two: to.Areas, shift: float = ACROSS - HOME) -> None:
    """Same neighbours, lengths, sizes and points, but for the longitude."""
    assert one.edges.tolist() == two.edges.tolist()
    np.testing.assert_allclose(one.border_km, two.border_km, rtol=1e-7)
    np.testing.assert_allclose(one.area_km2, two.area_km2, rtol=1e-9)
    np.testing.assert_allclose(one.lat, two.lat, atol=1e-9)
    np.testing.assert_allclose((one.lon + shift - two.lon + 180) % 360, 180, atol=1e-9)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_neighbours_are_found_over_the_line(convention: str) -> None:
    here = areas_of(grid(4, 3, HOME, SOUTH))
    there = map_of(across(grid(4, 3, ACROSS, SOUTH), convention))
    assert there.issues == ()
    assert there.areas is not None
    alike(here, there.areas)
    assert np.abs(there.areas.outlines.lonlat[:, 0]).max() == 180
    back = shapes_of(there.areas.outlines)
    assert shapely.is_valid(back).all()
    assert area_km2(back) == pytest.approx(here.area_km2)


@pytest.mark.parametrize("crs", ["EPSG:3832", "EPSG:3460", "EPSG:3857"])
def test_projections_of_the_pacific_say_the_same(crs: str) -> None:
    """Two go on over the line, Web Mercator ends there. Straight sides differ, so sizes do a little."""
    shapes = across(grid(4, 3, ACROSS, SOUTH), "cut")
    here = areas_of(shapes)
    frame = gpd.GeoSeries(list(shapes.values()), crs=4326).to_crs(crs)
    merged = [shapely.union_all(shapely.get_parts(shape.buffer(0.01))) for shape in frame]
    there = areas_of(dict(zip(shapes, merged, strict=True)), crs=crs, snap_m=2.0)
    assert there.edges.tolist() == here.edges.tolist()
    np.testing.assert_allclose(there.area_km2, here.area_km2, rtol=1e-3)
    np.testing.assert_allclose(there.border_km, here.border_km, rtol=1e-3)
    assert np.abs(there.outlines.lonlat[:, 0]).max() <= 180


@settings(max_examples=15)
@given(west=st.floats(-180, 179), columns=st.integers(1, 4), convention=st.sampled_from(CONVENTIONS))
def test_a_map_may_lie_anywhere(west: float, columns: int, convention: str) -> None:
    west = round(west, 2)
    shapes = grid(columns, 2, west, SOUTH)
    if west + STEP * columns > 180:
        shapes = across(shapes, convention)
    alike(areas_of(grid(columns, 2, HOME, SOUTH)), areas_of(shapes), west - HOME)


def test_the_ends_of_a_map_of_the_whole_globe_meet() -> None:
    ring = {f"{i:02}": shapely.box(-180 + 15 * i, -10, -165 + 15 * i, 10) for i in range(24)}
    for snap_m in (0.0, 1.0):
        areas = areas_of(ring, snap_m=snap_m)
        assert areas.edges.tolist() == sorted([*([i, i + 1] for i in range(23)), [0, 23]])
        assert areas.border_km == pytest.approx([areas.border_km[0]] * 24)
    band = shapely.box(-180, 10, 180, 20)
    assert named_edges(areas_of({**ring, "north": band})) == {
        *((f"{i:02}", f"{(i + 1) % 24:02}") for i in range(23)), ("00", "23"),
        *((f"{i:02}", "north") for i in range(24)),
    }  # fmt: skip
    two = areas_of({"east": shapely.box(0, -10, 180, 10), "west": shapely.box(-180, -10, 0, 10)})
    assert two.edges.tolist() == [[0, 1]]  # in the middle and over the line: twice as long
    assert two.border_km == pytest.approx([2 * areas.border_km[0]])


def test_a_map_that_needs_no_cut_is_left_alone() -> None:
    for west in (-180.0, 0.0, 179.6, 10.0):
        assert western_edge(np.array(list(grid(4, 3, west).values())), 360.0) is None
    assert western_edge(np.array([shapely.box(-180, -90, 180, 90)]), 360.0) is None
    shapes = np.array([shapely.box(170, 0, 180, 1), shapely.box(-180, 0, -60, 1)])
    assert western_edge(shapes, 360.0) == pytest.approx(55 - 360)  # most of it stays where it is
    ring = np.array([shapely.box(15 * i, -10, 15 * i + 15, 10) for i in range(24)])
    assert western_edge(ring, 360.0) == 0  # 0 … 360: an account at -90 lies at 270
    square = np.array([shapely.box(10, 0, 11, 1)], dtype=object)
    assert cut_at_date_line(square)[0] is square[0]


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_accounts_and_coverage_over_the_line(tmp_path: Path, convention: str) -> None:
    """Accounts stand in a0 and a3 on both sides, on the line, and 2 km beside the map; a5 is a gap."""
    shapes = grid(4, 3, ACROSS, SOUTH)
    del shapes["a5"]
    places = [("1", -16.95, 179.9), ("2", -16.95, -179.8), ("3", -16.95, 180), ("4", -16.95, -180)]
    places.append(("5", -16.95, -179.73))
    toml = "[areas]\nnearest_km = 3\n"
    write_folder(tmp_path, across(shapes, convention), [(*place, "") for place in places], toml)
    problem, _, issues = load(tmp_path)
    assert problem is not None
    assert problem.areas.ids[problem.accounts.area].tolist() == ["a0", "a3", "a1", "a1", "a3"]
    assert [i.mend for i in issues] == ["Taken as a3, 2.1 km away"]
    table = to.coverage(problem)
    assert table["fault"].tolist() == ["gap"]
    assert table["km2"] == pytest.approx(areas_of(grid(2, 1, HOME, SOUTH + STEP)).area_km2[:1], rel=1e-3)
    shape = to.compactness(problem, rep_of_area=np.zeros(11, int))
    assert (shape.pieces[0], shape.areas[0]) == (1, 11)


def test_links_over_the_line_are_the_shortest_on_the_globe() -> None:
    shapes = across(grid(1, 1, 179.5, SOUTH) | {"b": shapely.box(180.2, SOUTH, 180.3, SOUTH + STEP)}, "cut")
    shapes["c"] = shapely.box(178.5, SOUTH, 178.7, SOUTH + STEP)
    assert named_edges(areas_of(shapes, link_islands=True)) == {("a0", "b"), ("a0", "c")}
