"""Compactness against shapes worked out by hand, and against moving, scaling and reordering."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from maps_of_squares import STEP, areas_of, grid, write_folder
from shapely import affinity

import territory_opt as to
from territory_opt.compactness.measures import hull_ratio, inertia, polsby_popper, reock, second_moment
from territory_opt.compactness.territories import compactness
from territory_opt.travel import great_circle_km

MEASURES = (polsby_popper, reock, hull_ratio, inertia)
SQUARE = shapely.box(0, 0, 1, 1)
CIRCLE = shapely.Point(0, 0).buffer(1, quad_segs=256)
#: Three unit squares: perimeter 8, hull 3.5, circle around it √2, second moment 3/6 + 4/3 about (5/6, 5/6).
ELL = shapely.Polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)])
#: Two unit squares, 9 apart: hull 10, circle around it √(5² + ½²), second moment 2/6 + 2 · 4.5².
PAIR = shapely.MultiPolygon([SQUARE, shapely.box(9, 0, 10, 1)])
#: A square of 3 with a hole of 1: perimeter 12 + 4, second moment 81/6 - 1/6.
FRAME = shapely.Polygon([(0, 0), (3, 0), (3, 3), (0, 3)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (SQUARE, (np.pi / 4, 2 / np.pi, 1, 3 / np.pi)),
        (CIRCLE, (1, 1, 1, 1)),
        (ELL, (12 * np.pi / 64, 3 / (2 * np.pi), 3 / 3.5, 9 / (2 * np.pi * (0.5 + 4 / 3)))),
        (PAIR, (8 * np.pi / 64, 2 / (np.pi * 25.25), 0.2, 4 / (2 * np.pi * (1 / 3 + 40.5)))),
        (FRAME, (32 * np.pi / 256, 8 / (np.pi * 4.5), 8 / 9, 64 / (2 * np.pi * 80 / 6))),
    ],
    ids=["square", "circle", "ell", "pair", "frame"],
)
def test_shapes_worked_out_by_hand(shape: shapely.Geometry, expected: tuple[float, ...]) -> None:
    found = [measure(np.array([shape]))[0] for measure in MEASURES]
    assert found == pytest.approx(expected, rel=1e-4)


def test_an_empty_shape_has_no_compactness() -> None:
    shapes = np.array([shapely.Polygon(), SQUARE, shapely.MultiPolygon()], dtype=object)
    for measure in MEASURES:
        assert np.isnan(measure(shapes)).tolist() == [True, False, True]


@given(
    seed=st.integers(0, 10_000),
    scale=st.floats(0.01, 100),
    turn=st.floats(0, 360),
    shift=st.floats(-1000, 1000),
)
def test_moving_turning_and_scaling_change_nothing(
    seed: int, scale: float, turn: float, shift: float
) -> None:
    rng = np.random.default_rng(seed)
    discs = [shapely.Point(*rng.uniform(0, 5, 2)).buffer(rng.uniform(0.3, 2), quad_segs=3) for _ in range(4)]
    shape = shapely.difference(shapely.union_all(discs[:3]), discs[3])
    if shape.area < 0.1:
        return
    other = affinity.translate(affinity.scale(affinity.rotate(shape, turn), scale, -scale), shift, -shift)
    for measure in MEASURES:
        value, again = measure(np.array([shape, other]))
        assert again == pytest.approx(value, rel=1e-5)
        assert 0 < value <= 1 + 1e-9


@given(seed=st.integers(0, 10_000))
def test_the_second_moment_is_that_of_the_triangles(seed: int) -> None:
    """A triangle has area · (sum of its squared sides) ÷ 36 about its centroid."""
    rng = np.random.default_rng(seed)
    shape = shapely.MultiPoint(rng.uniform(-5, 5, (8, 2))).convex_hull
    parts = shapely.get_parts(shapely.delaunay_triangles(shape))
    corner = np.array([shapely.get_coordinates(p)[:3] for p in parts])
    sides = ((corner - np.roll(corner, 1, axis=1)) ** 2).sum(axis=(1, 2))
    apart = ((corner.mean(axis=1) - shapely.get_coordinates(shape.centroid)) ** 2).sum(axis=1)
    area = shapely.area(parts)
    expected = (area * sides / 36 + area * apart).sum()
    assert second_moment(np.array([shape]))[0] == pytest.approx(expected, rel=1e-9)


def problem_of(shapes: dict, rep_of_area: list[int]) -> to.Problem:
    """One account in each area, served by the rep that is given."""
    areas = areas_of(shapes)
    accounts = to.Accounts.of(
        areas.ids, lat=areas.lat, lon=areas.lon, owner=rep_of_area, area=np.arange(len(areas))
    )
    n = max(rep_of_area) + 1
    return to.Problem(accounts, to.Reps.of(range(n), lat=[48] * n, lon=[10] * n), areas=areas)


def test_territories_on_the_globe() -> None:
    """Squares of 0.1 degrees at the equator: an L, a row of two, and a rep with nothing."""
    problem = problem_of(grid(3, 2, west=-0.1, south=-0.1), [0, 0, 2, 0, 2, 3])
    found = compactness(problem)
    assert found.areas.tolist() == [3, 0, 2, 1]
    assert found.pieces.tolist() == [1, 0, 2, 1]
    assert np.isnan(found.reock).tolist() == [False, True, False, False]
    ell = [getattr(found, m.__name__)[0] for m in MEASURES]
    assert ell == pytest.approx([m(np.array([ELL]))[0] for m in MEASURES], rel=0.001)
    assert found.area_km2[0] == pytest.approx(3 * problem.areas.area_km2[0], rel=1e-3)
    ends = (np.array(v) for v in (-0.1, 0.1, 0.1, -0.1))
    assert found.diameter_km[0] == pytest.approx(great_circle_km(*ends), rel=1e-6)
    assert found.diameter_road_km == pytest.approx(1.3 * found.diameter_km, nan_ok=True)


def test_neither_the_order_nor_the_place_matters() -> None:
    """The same squares, shuffled, or on the date line, have the same shapes."""
    shapes, reps = grid(3, 2, west=-0.1, south=-0.1), [0, 0, 1, 0, 1, 1]
    base = compactness(problem_of(shapes, reps))
    order = [4, 2, 0, 5, 3, 1]
    names = list(shapes)
    mixed = problem_of({names[i]: shapes[names[i]] for i in order}, [reps[i] for i in order])
    over = {}
    for name, shape in shapes.items():
        moved = shapely.transform(shape, lambda xy: xy + np.array([179.95, 0]))
        over[name] = (
            shapely.transform(moved, lambda xy: xy - np.array([360.0, 0]))
            if moved.bounds[0] > 179.99
            else moved
        )
    for other in (mixed, problem_of(over, reps)):
        again = compactness(other)
        for name in ("polsby_popper", "reock", "hull_ratio", "inertia", "diameter_km"):
            assert getattr(again, name) == pytest.approx(getattr(base, name), rel=1e-6), name


def test_slits_between_outlines_do_not_count_as_border() -> None:
    shapes = grid(2, 1)
    closed = compactness(problem_of(shapes, [0, 0]))
    shapes["a1"] = shapely.transform(shapes["a1"], lambda xy: xy + np.array([STEP / 11_120, 0]))
    slit = problem_of(shapes, [0, 0])
    assert compactness(slit).polsby_popper == pytest.approx(closed.polsby_popper, rel=1e-3)
    assert compactness(slit, slit_m=0).polsby_popper < 0.6 * closed.polsby_popper


def test_an_area_belongs_to_whoever_serves_most_of_it() -> None:
    areas = areas_of(grid(2, 1))
    accounts = to.Accounts.of(range(5), owner=[1, 1, 0, 0, -1], area=[0, 0, 0, 1, 1])
    problem = to.Problem(accounts, to.Reps.of("ab"), areas=areas)
    assert compactness(problem).areas.tolist() == [1, 1]
    assert compactness(problem, rep_of_area=[1, 1]).areas.tolist() == [0, 2]
    for wrong in ([1], [0, 2], [0, -2]):
        with pytest.raises(to.DataError, match="each of the 2 areas one of 2 reps"):
            compactness(problem, rep_of_area=wrong)
    with pytest.raises(to.DataError, match="no outlines"):
        compactness(to.Problem(accounts, problem.reps, areas=to.Areas.of("xy")))


def test_territories_csv_says_how_compact_they_are(tmp_path: Path) -> None:
    accounts = [(str(i), 48.05, 10.05 + STEP * i, "") for i in range(3)]
    problem = to.read(write_folder(tmp_path, grid(3, 1), accounts))
    policy = to.Policy([to.Travel()])
    result = to.value(problem, policy, to.Alignment(np.zeros(3, np.int32)))
    to.deliver(problem, policy, result, tmp_path / "out", with_map=False)
    with (tmp_path / "out" / "territories.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["areas"], row["pieces"], row["hull_ratio"][:5]) == ("3", "1", "0.999")
    assert float(row["diameter_km"]) == pytest.approx(25.0, abs=0.3)
