"""Maps of areas: the net of lines against the shapes it was made of, and the page in a real browser."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from maps_of_squares import areas_of, grid
from PIL import Image
from test_maps import CENTRE, HOSTILE, PIXEL, open_in_browser

import territory_opt as to
from territory_opt.areas import Outlines
from territory_opt.maps import alignment_map, save_page
from territory_opt.maps.colours import NOBODY, PALETTE, colours
from territory_opt.maps.content import alignment_content
from territory_opt.maps.outlines import Shapes, page_shapes
from territory_opt.maps.topology import Net, net
from territory_opt.maps.view import frame, seam, unwrapped

GRID = 1e-4
INSTANCES = Path(__file__).parents[1] / "instances"
POLYGONS = """(() => {
    const map = Object.values(window).find(v => v instanceof L.Map), found = [];
    map.eachLayer(l => { if (l.options.territory !== undefined)
        found.push({rep: l.options.territory, colour: l.options.fillColor, parts: l.getLatLngs().length}); });
    return found.sort((a, b) => a.rep - b.rep);
})()"""


def outlines(shapes: Any) -> Outlines:
    """Polygons and multipolygons as facts."""
    kind, lonlat, (ring, polygon, area) = shapely.to_ragged_array(
        np.array([s if s.geom_type == "MultiPolygon" else shapely.MultiPolygon([s]) for s in shapes])
    )
    assert kind is shapely.GeometryType.MULTIPOLYGON
    return Outlines(lonlat, ring, polygon, area)


def drawn_shapes(seed: int, cells: int, areas: int) -> Shapes:
    """A square cut at random into areas, some in several parts and some with others inside them."""
    rng = np.random.default_rng(seed)
    points = shapely.multipoints(rng.uniform(0, 5, (cells, 2)))
    square = shapely.box(0, 0, 5, 5)
    pieces = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=square))
    pieces = shapely.set_precision(shapely.intersection(pieces, square), GRID)
    owner = np.append(np.arange(areas), rng.integers(0, areas, len(pieces) - areas))
    return np.array([shapely.coverage_union_all(pieces[owner == a]) for a in range(areas)], dtype=object)


def rebuilt(found: Net) -> Shapes:
    """The shapes that one gets by walking along the lines."""

    def walk(ring: list[int]) -> np.ndarray:
        ways = [found.lines[i] if i >= 0 else found.lines[-1 - i][::-1] for i in ring]
        for here, there in zip(ways, [*ways[1:], ways[0]], strict=True):
            assert (here[-1] == there[0]).all()
        return (np.concatenate([way[:-1] for way in ways]) * GRID).round(4)

    def polygon(rings: list[list[int]]) -> shapely.Polygon:
        outside, *holes = [walk(ring) for ring in rings]
        return shapely.Polygon(outside, holes)

    return np.array([shapely.MultiPolygon([polygon(p) for p in shape]) for shape in found.shapes])


def sides(found: Net) -> list[list[int]]:
    """The areas along each line."""
    beside: list[list[int]] = [[] for _ in found.lines]
    for area, polygons in enumerate(found.shapes):
        for ring in (ring for rings in polygons for ring in rings):
            for i in ring:
                beside[i if i >= 0 else -1 - i].append(area)
    return beside


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), areas=st.integers(1, 8), more=st.integers(1, 25))
def test_a_net_walks_back_to_its_shapes_and_holds_each_line_once(seed: int, areas: int, more: int) -> None:
    shapes = drawn_shapes(seed, areas + more, areas)
    found = net(shapes, GRID)
    assert shapely.equals(rebuilt(found), shapely.transform(shapes, lambda xy: xy.round(4))).all()
    segments = [
        tuple(sorted(map(tuple, line[i : i + 2].tolist())))
        for line in found.lines
        for i in range(len(line) - 1)
    ]
    assert len(segments) == len(set(segments))
    for line, beside in zip(found.lines, sides(found), strict=True):
        length = shapely.LineString(line * GRID).length
        shared = shapely.intersection_all(shapely.boundary(shapes[beside]))
        assert shared.length >= length - 1e-9
        assert len(beside) == 2 or shapely.LineString(line * GRID).within(shapely.box(0, 0, 5, 5).boundary)


def test_a_net_of_nothing_is_empty() -> None:
    assert net(np.array([shapely.Polygon(), shapely.MultiPolygon()]), GRID) == ([], [[], []])


@pytest.mark.parametrize("seed", range(3))
def test_lighter_outlines_still_meet_without_slit_or_overlap(seed: int) -> None:
    fine = shapely.segmentize(drawn_shapes(seed, 60, 20), 0.01)
    light = page_shapes(outlines(fine), -180.0, corners=400)
    assert shapely.get_num_coordinates(light).sum() < 1000 < shapely.get_num_coordinates(fine).sum()
    assert shapely.coverage_is_valid(light)
    assert shapely.area(light).sum() == pytest.approx(shapely.union_all(light).area, rel=1e-9)
    assert shapely.union_all(light).symmetric_difference(shapely.box(0, 0, 5, 5)).area < 0.2
    assert len(light) == 20


def test_borders_that_do_not_quite_match_become_one_line() -> None:
    """Corners in the middle of a neighbour's border, and an overlap of a few metres."""
    rough = [shapely.box(0, 0, 1, 1), shapely.box(0.99999, 0, 2, 2), shapely.box(0, 1, 1.00001, 2)]
    found = net(page_shapes(outlines(rough), -180.0), GRID)
    pairs = {tuple(sorted(beside)) for beside in sides(found) if len(beside) == 2}
    assert pairs == {(0, 1), (0, 2), (1, 2)}


def test_the_globe_is_cut_where_nothing_lies() -> None:
    west, east = np.array([-179.0, -100.0, 172.0, -179.5]), np.array([-150.0, -66.0, 179.0, 179.9])
    cut = seam(west, east)
    assert -66 < cut + 360 < 172
    assert unwrapped(np.array([-66.0, -180.0, 180.0, 172.0]), cut) == pytest.approx([-66, -180, -180, -188])
    assert seam(np.array([-10.0]), np.array([30.0])) == -180.0
    assert seam(np.zeros(0), np.zeros(0)) == -180.0
    lon = np.array([-180.0, -1.0, 0.0, 179.9])
    assert unwrapped(lon, -180.0).tolist() == lon.tolist()


def test_a_few_things_far_off_do_not_shrink_the_map() -> None:
    rng = np.random.default_rng(0)
    main = np.column_stack([rng.uniform(30, 48, 500), rng.uniform(-120, -70, 500)])
    far = np.array([[21.0, -157.0], [64.0, -150.0], [71.0, -156.0]])
    everything = np.concatenate([main, far, [[np.nan, 0.0]]])
    (south, west), (north, east) = frame(everything, everything) or [[0, 0], [0, 0]]
    assert [south, west, north, east] == pytest.approx([*main.min(axis=0), *main.max(axis=0)], abs=1e-3)
    world = np.concatenate([main, main + np.array([0, 90]), -main])
    assert frame(world, world) == [[pytest.approx(v, abs=1e-3) for v in f(world)] for f in (_least, _most)]
    assert frame(np.full((1, 2), np.nan), np.full((1, 2), np.nan)) is None


def _least(points: np.ndarray) -> list[float]:
    return points.min(axis=0).tolist()


def _most(points: np.ndarray) -> list[float]:
    return points.max(axis=0).tolist()


@given(seed=st.integers(0, 1000))
def test_neighbours_of_today_and_of_the_plan_differ_in_colour(seed: int) -> None:
    """Two planar maps of the same reps, one on the other: twelve colours are always enough."""
    rng = np.random.default_rng(seed)
    n = 40
    pairs = np.concatenate([_planar(rng, n), _planar(rng, n)])
    colour = colours([(int(a), int(b)) for a, b in pairs], n)
    assert set(colour) <= set(PALETTE)
    assert all(colour[a] != colour[b] for a, b in pairs)


def _planar(rng: np.random.Generator, n: int) -> np.ndarray:
    from scipy.spatial import Delaunay

    corners = Delaunay(rng.uniform(0, 1, (n, 2))).simplices
    return np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])


def mixed() -> tuple[to.Problem, to.Alignment]:
    """4 × 3 squares of hostile names; the west goes to W, the east to E, a corner to nobody, and one key
    account in the west to K, who holds no area."""
    shapes = grid(4, 3)
    base = areas_of(shapes)
    names = [f"{HOSTILE[i % 3]} {i}" for i in range(12)]
    areas = to.Areas.of(
        base.ids,
        edges=base.edges,
        border_km=base.border_km,
        names=names,
        lat=base.lat,
        lon=base.lon,
        area_km2=base.area_km2,
        measures={"people_<b>": 100.0 + np.arange(12)},
        outlines=base.outlines,
    )
    at = np.append(np.arange(12), 0)
    accounts = to.Accounts.of(
        [f"c{i}" for i in range(13)],
        names=[HOSTILE[0]] * 13,
        lat=areas.lat[at],
        lon=areas.lon[at],
        area=at,
        owner=[0] * 6 + [1] * 6 + [2],
        measures={"potential": np.full(13, 10.0), "visits": np.ones(13), "visit_h": np.ones(13)},
    )
    reps = to.Reps.of("WEK", names=[*HOSTILE[:2], "Key"], lat=[48, 48, 48.2], lon=[10, 10.4, 10.2])
    plan = np.append(np.where(np.arange(12) % 4 < 2, 0, 1), 2)
    plan[11] = -1
    return to.Problem(accounts, reps, areas=areas), to.Alignment(plan)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    problem, alignment = mixed()
    policy = to.Policy([to.Travel(), to.Balance("potential", within=0.5)])
    path = tmp_path_factory.mktemp("map") / "map.html"
    return save_page(alignment_map(problem, alignment, policy, subtitle=HOSTILE[2]), path)


@pytest.fixture
def opened(page_file: Path) -> Iterator[tuple[Any, list[str]]]:
    yield from open_in_browser(page_file)


def pixels(page: Any, path: Path, places: list[tuple[float, float]]) -> list[tuple[int, int, int]]:
    """Colours of a screenshot at some places."""
    picture = Image.open(io.BytesIO(page.screenshot(path=path))).convert("RGB")
    return [picture.getpixel(tuple(page.evaluate(PIXEL, list(place)))) for place in places]


@pytest.mark.browser
def test_territories_are_filled_in_the_plan_and_today(opened: tuple[Any, list[str]], tmp_path: Path) -> None:
    page, trouble = opened
    plan = page.evaluate(POLYGONS)
    assert [(p["rep"], p["parts"]) for p in plan] == [(-1, 1), (0, 6), (1, 5)]
    assert plan[0]["colour"] == NOBODY
    assert plan[1]["colour"] != plan[2]["colour"]
    corners = [(48.02, 10.02), (48.02, 10.32), (48.22, 10.12), (48.22, 10.32)]  # W, E, W, nobody
    west, east, north_west, nobody = pixels(page, tmp_path / "plan.png", corners)
    assert west == north_west
    assert len({west, east, nobody}) == 3
    page.locator('button[data-view="today"]').click()
    assert [(p["rep"], p["parts"]) for p in page.evaluate(POLYGONS)] == [(0, 6), (1, 6)]
    south_west, south_east, *north = pixels(page, tmp_path / "today.png", corners)
    assert (south_west, north) == (west, [east, east])
    assert south_east == west
    page.locator('input[data-layer="Territories"]').uncheck()
    assert page.evaluate(POLYGONS) == []
    assert trouble == []


@pytest.mark.browser
def test_an_area_says_whose_it_is_and_names_do_no_harm(opened: tuple[Any, list[str]]) -> None:
    page, trouble = opened
    page.locator('input[data-layer="Accounts"]').uncheck()
    x, y = page.evaluate(PIXEL, [48.02, 10.02])
    page.mouse.move(x, y)
    page.locator(".t-label").wait_for()
    page.mouse.click(x, y)
    text = page.locator(".t-popup").inner_text()
    for part in (
        f"{HOSTILE[0]} 0",
        "a0",
        "People <b>",
        "Several reps",
        "Polsby–Popper",
        "Index of potential",
    ):
        assert part in text
    compactness = to.compactness(*mixed())
    assert f"{compactness.polsby_popper[0]:.2f}" in text
    assert f"{compactness.diameter_km[0]:.0f} km" in text or f"{compactness.diameter_km[0]:.1f} km" in text
    page.fill(".t-search input", "onerror")
    assert page.locator(".t-search li").count() > 0
    assert page.evaluate("window.hurt === undefined")
    assert trouble == []


@pytest.mark.browser
def test_the_panel_folds_away(opened: tuple[Any, list[str]]) -> None:
    page, trouble = opened
    narrow = page.locator(".t-maps").bounding_box()["width"]
    page.locator(".t-fold").click()
    assert page.locator(".t-legend").is_hidden()
    assert page.locator(".t-maps").bounding_box()["width"] > narrow + 200
    page.locator(".t-fold").click()
    assert page.locator(".t-legend").is_visible()
    assert page.locator(".t-maps").bounding_box()["width"] == narrow
    assert trouble == []


@pytest.mark.browser
def test_a_click_on_an_account_is_not_taken_by_the_area_below(opened: tuple[Any, list[str]]) -> None:
    page, trouble = opened
    problem, _ = mixed()
    page.mouse.click(*page.evaluate(PIXEL, [float(problem.accounts.lat[5]), float(problem.accounts.lon[5])]))
    assert "c5" in page.locator(".t-popup").inner_text()
    assert trouble == []


@pytest.mark.browser
def test_the_legend_has_shapes_sorts_them_and_flies_there(opened: tuple[Any, list[str]]) -> None:
    page, trouble = opened
    page.locator('button[data-tab="Shape"]').click()
    page.locator(".t-legend th", has_text="Areas").click()
    rows = page.locator("tr[data-rep]")
    assert [rows.nth(i).get_attribute("data-rep") for i in range(3)] == ["K", "E", "W"]
    assert rows.nth(0).locator("td").nth(3).inner_text() == "–"
    lon = {}
    for rep in "WE":
        page.locator(f'tr[data-rep="{rep}"]').click()
        page.wait_for_timeout(900)
        lon[rep] = page.evaluate(CENTRE)[1]
        assert page.locator("tr.t-chosen").get_attribute("data-rep") == rep
    assert lon["E"] - lon["W"] == pytest.approx(0.2, abs=0.02)
    assert trouble == []


def test_without_outlines_the_map_has_hulls_and_no_areas() -> None:
    problem, alignment = mixed()
    areas = to.Areas.of(problem.areas.ids, edges=problem.areas.edges)
    content = alignment_content(to.Problem(problem.accounts, problem.reps, areas=areas), alignment)
    assert content["areas"] is None
    assert content["compactness"] is None
    assert [bool(rings) for rings in content["reps"]["plan"]] == [True, True, False]


def test_only_who_holds_no_area_gets_a_hull() -> None:
    problem, alignment = mixed()
    rep = np.where(np.arange(13) % 4 == 0, 2, alignment.rep)
    stated = np.where(np.arange(12) % 4 < 2, 0, 1)
    content = alignment_content(problem, to.Alignment(rep, stated))
    assert [bool(rings) for rings in content["reps"]["plan"]] == [False, False, True]
    assert content["areas"]["plan"] == stated.tolist()


@pytest.mark.browser
def test_a_design_has_a_map_with_its_centres(tmp_path: Path) -> None:
    problem, _ = mixed()
    nobody = to.Accounts.of(
        problem.accounts.ids,
        lat=problem.accounts.lat,
        lon=problem.accounts.lon,
        area=problem.accounts.area,
        measures=dict(problem.accounts.measures),
    )
    bare = to.Problem(nobody, to.Reps.of([]), areas=problem.areas)
    design = to.design(bare, 2, measures={"potential": 0.4}, contiguous=True, stop=to.MaxRuntime(10))
    from territory_opt.design.files import write_design

    for page, trouble in open_in_browser(write_design(design, tmp_path)["map.html"]):
        assert [p["rep"] for p in page.evaluate(POLYGONS)] == [0, 1]
        assert page.locator('input[data-layer="Homes"]').is_checked()  # nobody lives there: called centres
        assert "Centres" in page.locator(".t-layers").inner_text()
        assert page.locator('button[data-view="today"]').is_hidden()
        assert "Every wish is met" in page.locator("header").inner_text()
        assert trouble == []


@pytest.mark.browser
def test_counties_of_a_country_with_200_reps(tmp_path: Path) -> None:
    problem = to.read(INSTANCES / "us_counties")
    home = np.linspace(0, len(problem.areas) - 1, 200).astype(int)  # each county to the nearest of these
    lat, lon = problem.areas.lat, problem.areas.lon
    reps = to.Reps.of([f"R{i}" for i in range(200)], lat=lat[home], lon=lon[home])
    from territory_opt.travel import great_circle_km

    stated = great_circle_km(lat[:, None], lon[:, None], lat[home], lon[home]).argmin(axis=1)
    problem = to.Problem(problem.accounts, reps, areas=problem.areas)
    plan = to.Alignment(stated[problem.accounts.area], stated)
    path = save_page(alignment_map(problem, plan), tmp_path / "map.html")
    assert path.stat().st_size < 4_000_000
    for page, trouble in open_in_browser(path):
        found = page.evaluate(POLYGONS)
        assert [p["rep"] for p in found] == list(range(200))
        assert sum(p["parts"] for p in found) >= len(problem.areas)
        assert page.locator("tr[data-rep]").count() == 200
        south, north, west, east = page.evaluate(
            "(() => { const b = Object.values(window).find(v => v instanceof L.Map).getBounds();"
            " return [b.getSouth(), b.getNorth(), b.getWest(), b.getEast()]; })()"
        )
        assert (south < 24.6, north > 49.3, west < -124.7, east > -67.0) == (True,) * 4
        assert (south > 5, north < 62, east < -40) == (True,) * 3
        places = [(float(lat[a]), float(lon[a])) for a in home if 27 < lat[a] < 48 and -115 < lon[a] < -75]
        assert len(set(pixels(page, tmp_path / "us.png", places))) > 12
        page.locator('tr[data-rep="R3"]').click()
        page.wait_for_timeout(900)
        assert abs(page.evaluate(CENTRE)[0] - lat[home[3]]) < 2
        assert trouble == []
