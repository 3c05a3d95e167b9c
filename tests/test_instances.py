"""The instances that are shipped read without a fault, and are what their README files say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import territory_opt as to
from territory_opt.config import load
from territory_opt.problem import Problem

INSTANCES = Path(__file__).parent.parent / "instances"
ALL = sorted(p.name for p in INSTANCES.iterdir() if p.is_dir())


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
    assert sizes == {"adventureworks": (701, 13), "adventureworks_na": (541, 9), "quickstart": (28, 4)}


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
