"""Areas: who touches whom, whatever the file's format, coordinates and small faults."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from maps_of_squares import STEP, areas_of, grid, map_of, named_edges, write_folder

from territory_opt.areas import Areas, Outlines
from territory_opt.config import load, read, read_config
from territory_opt.errors import DataError, Issue, PolicyError
from territory_opt.io.area_map import read_areas
from territory_opt.io.plane import outlines_of, shapes_of
from territory_opt.travel import great_circle_km

WEST, SOUTH = 10.0, 48.0
METRE = STEP / 11_120  # degrees of latitude, nearly
GRID_3x2 = {
    *(("a0", "a1"), ("a1", "a2"), ("a3", "a4"), ("a4", "a5")),
    *(("a0", "a3"), ("a1", "a4"), ("a2", "a5")),
}


def said(issues: tuple[Issue, ...] | list[Issue], *, fatal: bool | None = None) -> list[str]:
    return [f"{i.value}: {i.fault}" for i in issues if fatal is None or i.fatal == fatal]


def test_squares_touch_along_sides_and_not_at_corners() -> None:
    areas = areas_of(grid(3, 2))
    assert named_edges(areas) == GRID_3x2
    first, other = areas.neighbours()
    assert {tuple(other[first[i] : first[i + 1]]) for i in (0, 4)} == {(1, 3), (1, 3, 5)}
    assert np.diff(first).tolist() == [2, 3, 2, 2, 3, 2]


def test_border_and_area_are_those_on_the_ground() -> None:
    areas = areas_of(grid(2, 1))
    km = great_circle_km(*(np.array(v) for v in (SOUTH, WEST, SOUTH + STEP, WEST)))
    assert areas.border_km == pytest.approx([km], rel=1e-9)
    wide = great_circle_km(*(np.array(v) for v in (48.05, WEST, 48.05, WEST + STEP)))
    assert areas.area_km2 == pytest.approx([km * wide] * 2, rel=0.004)  # the globe is no sphere
    assert (np.abs(areas.lat - 48.05) < 0.05).all()
    assert (np.abs(areas.lon - [10.05, 10.15]) < 0.05).all()


def test_a_corner_on_a_long_side_makes_two_neighbours() -> None:
    """A T-junction: the long side has no corner where the two small squares meet."""
    small = grid(2, 1)
    wide = shapely.box(WEST, SOUTH + STEP, WEST + 2 * STEP, SOUTH + 2 * STEP)
    for snap_m in (0.0, 1.0):
        areas = areas_of({**small, "wide": wide}, snap_m=snap_m)
        assert named_edges(areas) == {("a0", "a1"), ("a0", "wide"), ("a1", "wide")}


def test_a_corner_beside_a_long_side_counts_within_the_tolerance() -> None:
    small = grid(2, 1)
    slanted = shapely.Polygon(
        [(WEST, SOUTH + STEP), (WEST + 2 * STEP, SOUTH + STEP + 0.8 * METRE), (WEST, SOUTH + 2 * STEP)]
    )
    assert named_edges(areas_of({**small, "roof": slanted}, snap_m=1.0)) == {
        ("a0", "a1"),
        ("a0", "roof"),
        ("a1", "roof"),
    }


@pytest.mark.parametrize("shift_m", [-3.0, 3.0])
def test_gaps_and_slivers_count_up_to_the_tolerance(shift_m: float) -> None:
    shapes = grid(2, 1)
    shapes["a1"] = shapely.transform(shapes["a1"], lambda xy: xy + np.array([shift_m * METRE, 0]))
    assert named_edges(areas_of(shapes, snap_m=5.0)) == {("a0", "a1")}
    assert areas_of(shapes, snap_m=5.0).border_km == pytest.approx([11.12], rel=2e-3)
    faults = said(map_of(shapes, snap_m=0.5).issues)
    if shift_m > 0:
        assert named_edges(areas_of(shapes, snap_m=0.5)) == set()
    else:  # overlapping outlines share their ends, so that the areas touch, but the fault is named
        assert any("overlaps a1" in text for text in faults)
    assert said(map_of(shapes, snap_m=5.0).issues) == []


def test_corners_stay_corners_at_any_tolerance() -> None:
    """Four squares meet in a point; a wedge of 2 degrees between two areas keeps them apart."""
    assert named_edges(areas_of(grid(2, 2), snap_m=100.0)) == {
        *(("a0", "a1"), ("a2", "a3"), ("a0", "a2"), ("a1", "a3")),
    }
    tip, far = (WEST, SOUTH), WEST + STEP
    high, low = SOUTH + STEP * np.tan(np.radians(2)), SOUTH
    wedge = shapely.Polygon([tip, (far, low), (far, high)])
    below = shapely.Polygon([tip, (far, SOUTH - STEP), (far, low)])
    above = shapely.Polygon([tip, (far, high), (far, SOUTH + STEP)])
    areas = areas_of({"above": above, "below": below, "wedge": wedge}, snap_m=20.0)
    assert named_edges(areas) == {("above", "wedge"), ("below", "wedge")}


def test_an_enclave_touches_what_surrounds_it() -> None:
    (outer,) = grid(1, 1).values()
    inner = shapely.box(WEST + 0.04, SOUTH + 0.04, WEST + 0.06, SOUTH + 0.06)
    areas = areas_of({"ring": shapely.difference(outer, inner), "town": inner})
    assert named_edges(areas) == {("ring", "town")}
    assert areas.area_km2.sum() == pytest.approx(areas_of({"all": outer}).area_km2[0], rel=1e-6)


def test_islands_are_reported_and_linked_on_request() -> None:
    """The links are the shortest: the near island to the land, the far one to the near one."""
    shapes = grid(2, 1)
    shapes["near"] = shapely.box(WEST + 3 * STEP, SOUTH, WEST + 4 * STEP, SOUTH + STEP)
    shapes["far"] = shapely.box(WEST + 6 * STEP, SOUTH, WEST + 7 * STEP, SOUTH + STEP)
    found = map_of(shapes)
    assert said(found.issues, fatal=False) == [
        "near: touches no other part of the map",
        "far: touches no other part of the map",
    ]
    linked = map_of(shapes, link_islands=True)
    assert linked.issues == ()
    assert linked.areas is not None
    assert named_edges(linked.areas) == {("a0", "a1"), ("a1", "near"), ("far", "near")}
    assert sorted(linked.areas.border_km)[:2] == [0.0, 0.0]
    assert linked.areas.pieces().max() == 0


def test_links_go_over_the_date_line() -> None:
    shapes = {
        "west": shapely.box(179.5, -17, 179.9, -16.5),
        "east": shapely.box(-179.9, -17, -179.5, -16.5),
        "home": shapely.box(177.0, -17, 178, -16.5),
    }
    assert named_edges(areas_of(shapes, link_islands=True)) == {("east", "west"), ("home", "west")}


def test_bridges_and_borders_that_do_not_count() -> None:
    areas = areas_of(grid(3, 2), bridges=(("a2", "a0"),), forbidden=(("a4", "a1"),))
    assert named_edges(areas) == GRID_3x2 - {("a1", "a4")} | {("a0", "a2")}
    assert areas.border_km[areas.edges.tolist().index([0, 2])] == 0
    assert areas.border_km.min() == 0
    again = areas_of(grid(3, 2), bridges=(("a0", "a1"),))  # a border stays one
    assert again.border_km.min() > 7


def test_faults_of_edits_are_all_named() -> None:
    found = map_of(
        grid(3, 2), bridges=(("a0", "a1x"), ("a1", "a1")), forbidden=(("a0", "a5"), ("a0", "b"))
    ).issues
    assert said(found, fatal=True) == ["a1x: is no area", "a1: is paired with itself", "b: is no area"]
    assert said(found, fatal=False) == ["a0 – a5: the two areas share no border"]
    assert all("Did you mean" in i.mend for i in found if i.value == "a1x")
    assert {i.column for i in found} == {"areas.bridges", "areas.forbidden"}


def test_overlaps_are_named_with_their_size() -> None:
    shapes = grid(2, 1)
    shapes["a1"] = shapely.box(WEST + 0.09, SOUTH, WEST + 0.2, SOUTH + STEP)
    (issue,) = map_of(shapes).issues
    assert issue.value == "a0"
    assert "overlaps a1 by 8.29 km²" in issue.fault
    assert not issue.fatal


def test_other_coordinates_give_the_same_neighbours(tmp_path: Path) -> None:
    """Every format and projection says the same; measures and ids come along."""
    shapes = grid(4, 3)
    frame = gpd.GeoDataFrame(
        {"area_id": [f"0{i}" for i in range(12)], "people": range(12)},
        geometry=list(shapes.values()),
        crs=4326,
    )
    found = {}
    for name, crs in (
        ("gpkg", 4326),
        ("parquet", 3035),
        ("shp", 32632),
        ("geojson", 4326),
        ("topojson", None),
    ):
        folder = tmp_path / f"{name}"
        folder.mkdir()
        path = folder / f"areas.{name}"
        if name == "parquet":
            frame.to_crs(crs).to_parquet(path)
        elif name == "topojson":
            path.write_text(json.dumps(_topology(frame)))
        else:
            frame.to_crs(crs).to_file(path)
        area_map = read_areas(folder)
        assert area_map is not None
        assert area_map.areas is not None, area_map.issues
        assert len(area_map.issues) == (name == "topojson")  # it states no coordinates
        found[name] = area_map.areas
    for areas in found.values():
        assert areas.ids.tolist() == frame["area_id"].tolist()
        np.testing.assert_array_equal(areas.edges, found["gpkg"].edges)
        np.testing.assert_allclose(areas.border_km, found["gpkg"].border_km, rtol=1e-4)
        np.testing.assert_allclose(areas.area_km2, found["gpkg"].area_km2, rtol=1e-4)
        np.testing.assert_array_equal(areas.measures["people"], np.arange(12))


def _topology(frame: gpd.GeoDataFrame) -> dict:
    """Each ring as an arc of its own: a legal TopoJSON, though not a thrifty one."""
    arcs = [shapely.get_coordinates(shape).tolist() for shape in frame.geometry]
    things = [
        {"type": "Polygon", "arcs": [[i]], "properties": {"area_id": f"0{i}", "people": i}}
        for i in range(len(arcs))
    ]
    return {
        "type": "Topology",
        "arcs": arcs,
        "objects": {"areas": {"type": "GeometryCollection", "geometries": things}},
    }


def test_every_fault_of_a_file_at_once(tmp_path: Path) -> None:
    bow_tie = shapely.Polygon([(9, 48), (9.1, 48.1), (9.1, 48), (9, 48.1)])
    shapes = {
        "a": bow_tie,
        "b": None,
        "c": shapely.Point(9, 48),
        "d": shapely.box(9, 49, 9.1, 49.1),
        "": None,
    }
    write_folder(tmp_path, shapes, [("1", 48.05, 9.01, "")])
    text = (tmp_path / "areas.geojson").read_text().replace('"area_id": "c"', '"area_id": "d"')
    (tmp_path / "areas.geojson").write_text(text)
    problem, _, issues = load(tmp_path)
    assert problem is None
    assert sorted((i.row, i.fault) for i in issues) == [
        (2, "its outline crosses or touches itself"),
        (3, "has no shape"),
        (4, "is no polygon"),
        (5, "the id appears twice"),
        (6, "has no shape"),
        (6, "is empty"),
    ]
    assert [i.row for i in issues if not i.fatal] == [2]


def test_files_that_are_none(tmp_path: Path) -> None:
    write_folder(tmp_path, grid(1, 1), [("1", 48.05, 10.05, "")])
    (tmp_path / "areas.gpkg").write_bytes(b"no map at all")
    with pytest.raises(DataError, match="more than one file"):
        read(tmp_path)
    (tmp_path / "areas.geojson").unlink()
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path)


def test_layers_are_chosen_by_name(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"id": ["x"]}, geometry=list(grid(1, 1).values()), crs=4326)
    for layer in ("counties", "states"):
        frame.to_file(tmp_path / "areas.gpkg", layer=layer)
    write_folder(tmp_path, grid(1, 1), [("1", 48.05, 10.05, "")])
    (tmp_path / "areas.geojson").unlink()
    with pytest.raises(DataError, match=r"several layers \(counties, states\)"):
        read(tmp_path)
    toml = '[areas]\nlayer = "{}"\n[columns.areas]\narea_id = "id"\n'
    (tmp_path / "territory.toml").write_text(toml.format("countis"))
    with pytest.raises(DataError, match="Did you mean 'counties'"):
        read(tmp_path)
    (tmp_path / "territory.toml").write_text(toml.format("counties"))
    problem = read(tmp_path)
    assert problem.areas is not None
    assert problem.areas.ids.tolist() == ["x"]


def test_a_file_without_coordinate_system(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"area_id": ["x"]}, geometry=list(grid(1, 1).values()), crs=4326).to_crs(3035)
    (tmp_path / "metres").mkdir()
    frame.set_crs(None, allow_override=True).to_parquet(tmp_path / "areas.parquet")
    area_map = read_areas(tmp_path)
    assert area_map is not None
    assert said(area_map.issues, fatal=True) == [": the file states no coordinate system"]
    write_folder(tmp_path / "metres", {}, [("1", 48.05, 10.05, "")], '[areas]\ncrs = "EPSG:3035"\n')
    (tmp_path / "metres" / "areas.geojson").unlink()
    (tmp_path / "areas.parquet").rename(tmp_path / "metres" / "areas.parquet")
    problem, _, issues = load(tmp_path / "metres")
    assert not issues
    assert problem is not None
    assert problem.accounts.area.tolist() == [0]
    (tmp_path / "metres" / "territory.toml").write_text('[areas]\ncrs = "no such"\n')
    with pytest.raises(DataError, match="no coordinate system"):
        read(tmp_path / "metres")


def test_accounts_belong_to_the_area_they_name_else_to_where_they_stand(tmp_path: Path) -> None:
    accounts = [
        ("1", 48.05, 10.05, ""),
        ("2", 48.05, 10.05, "a1"),
        ("3", 48.05, 10.1, ""),  # on the border of both
        ("4", 48.05, 10.25, ""),  # outside, 3.7 km east of a1
        ("5", 50.0, 10.25, ""),  # far outside
    ]
    write_folder(tmp_path, grid(2, 1), accounts)
    problem, _, issues = load(tmp_path)
    assert problem is not None
    assert problem.accounts.area.tolist() == [0, 1, 0, -1, -1]
    assert [(i.row, i.fault) for i in issues] == [(5, "lies in no area"), (6, "lies in no area")]
    assert problem.accounts.tag("area_id").texts().tolist() == ["", "a1", "", "", ""]
    (tmp_path / "territory.toml").write_text("[areas]\nnearest_km = 5\n")
    problem, _, issues = load(tmp_path)
    assert problem is not None
    assert problem.accounts.area.tolist() == [0, 1, 0, 1, -1]
    assert [i.mend for i in issues if i.row == 5] == ["Taken as a1, 3.7 km away"]
    part = problem.take(np.array([3, 0]), np.array([0]))
    assert part.accounts.area.tolist() == [1, 0]
    assert part.areas is problem.areas


def test_without_a_place_the_area_id_decides(tmp_path: Path) -> None:
    write_folder(tmp_path, grid(2, 1), [("1", "", "", "a1"), ("2", "", "", "")])
    (tmp_path / "travel.csv").write_text("account_id,rep_id,km\n1,X,3\n2,X,4\n")
    problem, _, issues = load(tmp_path)
    assert problem is not None
    assert problem.accounts.area.tolist() == [1, -1]
    (issue,) = (i for i in issues if i.column == "lat, lon")
    assert (issue.row, issue.value, issue.fault) == (3, "", "has neither an area_id nor a place")


def test_an_unknown_area_is_fatal_and_gets_a_hint(tmp_path: Path) -> None:
    write_folder(tmp_path, grid(2, 1), [("1", 48.05, 10.05, "a1x"), ("2", 48.05, 10.05, "zz")])
    with pytest.raises(DataError) as caught:
        read(tmp_path)
    assert [(i.row, i.value) for i in caught.value.issues] == [(2, "a1x"), (3, "zz")]
    assert "Did you mean 'a1'?" in caught.value.issues[0].mend


def test_an_account_under_two_areas_is_told(tmp_path: Path) -> None:
    shapes = {"b": shapely.box(10, 48, 10.1, 48.1), "a": shapely.box(10.05, 48, 10.2, 48.1)}
    write_folder(tmp_path, shapes, [("1", 48.05, 10.07, "")])
    problem, _, issues = load(tmp_path)
    assert problem is not None
    assert problem.accounts.area.tolist() == [1]
    assert [i.mend[:11] for i in issues if i.table == "accounts"] == ["Taken as a;"]


def test_settings_are_judged(tmp_path: Path) -> None:
    path = tmp_path / "territory.toml"
    path.write_text('[areas]\nsnap_m = -1\nbridges = [["a", "b"], ["c", "d"]]\nforbidden = [["a"]]\n')
    with pytest.raises(PolicyError) as caught:
        read_config(path)
    assert [i.column for i in caught.value.issues] == ["areas.forbidden"]
    assert caught.value.issues[0].mend == "Give a list of lists of 2 texts"
    path.write_text('[areas]\nsnap_m = -1\nbridges = [["a", "b"], ["c", "d"]]\n')
    with pytest.raises(PolicyError) as caught:
        read_config(path)
    assert [i.column for i in caught.value.issues] == ["areas.snap_m"]
    path.write_text("[areas]\nneerest_km = 2\n")
    with pytest.raises(PolicyError, match="Did you mean 'nearest_km'"):
        read_config(path)


def test_areas_belong_to_the_facts(tmp_path: Path) -> None:
    write_folder(tmp_path, grid(2, 1), [("1", 48.05, 10.05, "")])
    one = read(tmp_path)
    (tmp_path / "territory.toml").write_text('[areas]\nforbidden = [["a0", "a1"]]\n')
    assert one.fingerprint() != read(tmp_path).fingerprint()
    assert one.areas is not None
    with pytest.raises(ValueError, match="read-only"):
        one.areas.edges[0] = 3
    assert one.areas.measures["people"].tolist() == [100, 101]


def test_outlines_come_back_as_they_went() -> None:
    shapes = np.array([shapely.multipolygons([s]) for s in grid(3, 1).values()], dtype=object)
    hole = shapely.box(10.02, 48.02, 10.04, 48.04)
    shapes[0] = shapely.multipolygons([shapely.difference(shapes[0].geoms[0], hole), hole])
    assert shapely.equals_exact(shapes_of(outlines_of(shapes)), shapes).all()


@pytest.mark.parametrize(
    ("edges", "fault"),
    [
        (np.array([[1, 0]]), "the smaller index first"),
        (np.array([[0, 5]]), "two areas"),
        (np.array([[0, 1], [0, 1]]), "each pair once"),
        (np.array([[0, 2], [0, 1]]), "sorted"),
    ],
)
def test_a_graph_that_is_none_is_refused(edges: np.ndarray, fault: str) -> None:
    ids = np.array(["a", "b", "c"], dtype=object)
    here = np.zeros(3)
    with pytest.raises(DataError, match=fault):
        Areas(ids, ids, here, here, here, {}, edges.astype(np.int32), np.zeros(len(edges)))
    with pytest.raises(DataError, match="twice"):
        Areas.of(["a", "a"])
    with pytest.raises(DataError, match="do not fit"):
        Outlines(np.zeros((4, 2)), *(np.array(v) for v in ([0, 3], [0, 1], [0, 1])))


def test_pieces_of_a_group() -> None:
    areas = Areas.of("abcde", edges=[(0, 1), (1, 2), (2, 3), (3, 4)])
    assert areas.pieces().tolist() == [0] * 5
    assert areas.pieces([7, 7, 2, 7, 7]).tolist() == [0, 0, 1, 2, 2]
    assert areas.pieces([-1, -1, 2, 2, 2]).tolist() == [0, 1, 2, 2, 2]
    assert Areas.of([]).pieces().tolist() == []


@st.composite
def coverages(draw: st.DrawFn) -> np.ndarray:
    """Voronoi cells of drawn points, cut to a box: a coverage whose corners all match."""
    n = draw(st.integers(2, 25))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    points = rng.uniform((8.0, 47.0), (9.0, 48.0), (n, 2))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(points), extend_to=shapely.box(8, 47, 9, 48))
    )
    cut = shapely.intersection(cells, shapely.box(8, 47, 9, 48))
    return cut[shapely.area(cut) > 1e-6]


@settings(max_examples=25)
@given(cells=coverages(), seed=st.integers(0, 1000))
def test_neighbours_are_those_of_brute_force_in_any_order(cells: np.ndarray, seed: int) -> None:
    brute = {
        (f"{i}", f"{j}")
        for i, j in itertools.combinations(range(len(cells)), 2)
        if shapely.length(shapely.intersection(cells[i], cells[j])) > 1e-6
    }
    order = np.random.default_rng(seed).permutation(len(cells))
    for rows in (np.arange(len(cells)), order):
        areas = areas_of({f"{i}": cells[i] for i in rows})
        found = {tuple(sorted(pair, key=int)) for pair in areas.ids[areas.edges]}
        assert brute <= found  # borders shorter than a decimetre are no matter
        extra = [
            areas.border_km[k]
            for k, p in enumerate(areas.ids[areas.edges])
            if tuple(sorted(p, key=int)) not in brute
        ]
        assert all(km < 0.001 for km in extra)
        assert areas.pieces().max() == 0
        assert areas.area_km2.sum() == pytest.approx(
            areas_of({"box": shapely.box(8, 47, 9, 48)}).area_km2[0], rel=1e-3
        )


def _shaken(cell: shapely.Polygon, rng: np.random.Generator) -> shapely.Polygon:
    corners = shapely.get_coordinates(cell)[:-1]
    return shapely.Polygon(corners + rng.uniform(-2, 2, corners.shape) * METRE)


@settings(max_examples=15)
@given(cells=coverages(), seed=st.integers(0, 1000))
def test_shaken_corners_within_the_tolerance_change_no_neighbour(cells: np.ndarray, seed: int) -> None:
    """Every cell's corners are moved by up to 2 m on their own; borders of some length stay."""
    rng = np.random.default_rng(seed)
    shaken = np.array([_shaken(cell, rng) for cell in cells])
    clean = areas_of({f"{i}": c for i, c in enumerate(cells)})
    rough = areas_of({f"{i}": c for i, c in enumerate(shaken)}, snap_m=6.0)
    long = {tuple(e) for e, km in zip(clean.edges.tolist(), clean.border_km, strict=True) if km > 0.1}
    assert long <= {tuple(e) for e in rough.edges.tolist()}
    total = rough.border_km.sum()
    assert total == pytest.approx(clean.border_km.sum(), rel=0.02)
