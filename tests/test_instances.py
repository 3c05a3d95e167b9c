"""The instances that are shipped read without a fault, and are what their README files say."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import territory_opt as to
from territory_opt.config import load
from territory_opt.io.area_join import Ground, join_accounts
from territory_opt.io.columns import Column
from territory_opt.io.coverage import coverage
from territory_opt.io.plane import WGS84, Plane, shapes_of
from territory_opt.io.tables import read_table
from territory_opt.problem import Problem

INSTANCES = Path(__file__).parent.parent / "instances"
ALL = sorted(p.name for p in INSTANCES.iterdir() if p.is_dir())


@cache
def read(name: str) -> Problem:
    problem, _, _ = load(INSTANCES / name)
    assert problem is not None
    return problem


@pytest.mark.parametrize("name", ALL)
def test_instance_reads_without_any_fault(name: str) -> None:
    problem, config, issues = load(INSTANCES / name)
    assert issues == ()
    assert problem is not None
    assert to.check(problem, config.policy) == ()


@pytest.mark.parametrize("name", ALL)
def test_instance_says_where_it_comes_from(name: str) -> None:
    assert (INSTANCES / name / "README.md").stat().st_size > 200


def test_sizes() -> None:
    sizes = {name: (len(read(name).accounts), len(read(name).reps)) for name in ALL}
    assert sizes == {
        "adventureworks": (701, 13),
        "adventureworks_na": (541, 9),
        "quickstart": (28, 4),
        "us_counties": (3863, 50),
    }


def test_no_store_of_the_sample_company_lies_in_the_sea_or_far_from_its_country() -> None:
    accounts = read("adventureworks").accounts
    assert not ((np.abs(accounts.lat) < 1) & (np.abs(accounts.lon) < 1)).any()
    country = accounts.tag("country")
    for name in country.names:
        rows = country.texts() == name
        middle = np.median(accounts.lat[rows]), np.median(accounts.lon[rows])
        assert np.abs(accounts.lat[rows] - middle[0]).max() < 30, name
        assert np.abs(accounts.lon[rows] - middle[1]).max() < 70, name


def test_every_store_is_held_by_a_rep_of_its_region() -> None:
    problem = read("adventureworks")
    region = problem.accounts.tag("region").texts()
    assert (problem.accounts.owner >= 0).all()
    assert (problem.reps.tag("region").texts()[problem.accounts.owner] == region).all()


def test_figures_between_regions_are_those_of_the_readme() -> None:
    problem = read("adventureworks")
    region = problem.accounts.tag("region").texts()
    seats = problem.reps.tag("region").texts()
    m = problem.accounts.measures
    figures = {}
    for name in ("North America", "Europe", "Pacific"):
        rows, n = region == name, (seats == name).sum()
        hours = (m["visits"] * m["visit_h"])[rows].sum() / n
        figures[name] = round(m["potential"][rows].sum() / n / 1e6, 1), round(hours)
    assert figures == {"North America": (94.8, 847), "Europe": (64.5, 575), "Pacific": (64.2, 568)}


def test_north_america_is_a_part_of_the_world() -> None:
    world, part = read("adventureworks"), read("adventureworks_na")
    assert set(part.accounts.ids) < set(world.accounts.ids)
    assert set(part.reps.ids) < set(world.reps.ids)


def test_quick_start_has_a_family_a_lock_and_a_leaver() -> None:
    problem = read("quickstart")
    assert (problem.accounts.tag("family").code >= 0).sum() == 3
    assert problem.accounts.locked.sum() == 1
    assert problem.reps.leaving.sum() == 1


def test_counties_are_one_map_of_the_whole_country() -> None:
    problem = read("us_counties")
    areas, accounts = problem.areas, problem.accounts
    assert areas is not None
    assert len(areas) == 3141
    assert areas.measures["population"].sum() == 328_239_523
    assert accounts.measures["potential"].sum() == pytest.approx(328_239_523, abs=100)
    assert ((areas.border_km > 0).sum(), (areas.border_km == 0).sum()) == (8756, 8)
    assert areas.pieces().max() == 0
    assert areas.area_km2.sum() == pytest.approx(9.35e6, rel=1e-3)
    assert len(coverage(problem)["fault"]) == 0


def test_every_account_stands_in_its_county() -> None:
    """Joined by where they stand alone, they lie in the areas that they name."""
    problem = read("us_counties")
    areas, accounts = problem.areas, problem.accounts
    assert areas is not None
    assert (areas.ids[accounts.area] == accounts.tag("area_id").texts()).all()
    frame = pd.DataFrame({"area_id": np.full(len(accounts), "")})
    column = Column("accounts", frame.astype("str"))
    ground = Ground(areas, shapes_of(areas.outlines), Plane(WGS84, (1.0, 1.0)))
    found = join_accounts(column, (accounts.lat, accounts.lon), ground, 0.0)
    assert (found == accounts.area).all()


def test_two_hundred_reps_are_there_as_well(tmp_path: Path) -> None:
    reps = read_table(INSTANCES / "us_counties" / "reps_200.csv", "reps")
    assert len(reps) == 200
    for name in ("accounts.csv", "areas.geojson"):
        shutil.copy(INSTANCES / "us_counties" / name, tmp_path)
    shutil.copy(INSTANCES / "us_counties" / "reps_200.csv", tmp_path / "reps.csv")
    problem, _, issues = load(tmp_path)
    assert problem is not None
    assert {issue.table for issue in issues} == {"areas"}  # islands, as no link is asked for
    assert len(issues) == 8
