"""Levels above a design: whole parts, no crossing, brute force over all groupings, files, and faults."""

from __future__ import annotations

import csv
import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from grids import drawn_grid, is_connected
from hypothesis import given, settings
from hypothesis import strategies as st

import territory_opt as to
from territory_opt.cli import main
from territory_opt.design.sharing import shared_out

STOP = to.MaxRuntime(20)
SMALL = {"measures": {"potential": 0.9}, "objective": "distance"}


def with_regions(problem: to.Problem, text: np.ndarray) -> to.Problem:
    """The same map with a column `state` of its areas."""
    return replace(problem, areas=replace(problem.areas, tags={"state": to.Categories.of(text)}))


def halves(columns: int, rows: int) -> np.ndarray:
    return np.where(np.arange(columns * rows) % columns < columns // 2, "West", "East").astype(object)


def assert_nested(design: to.Design) -> None:
    """Each group lies in one group above it, and holds a territory at least."""
    below = np.arange(design.k)
    for level in design.levels:
        assert sorted(set(level.of_territory.tolist())) == list(range(len(level)))
        above: dict[int, int] = {}
        for one, other in zip(below.tolist(), level.of_territory.tolist(), strict=True):
            assert above.setdefault(one, other) == other
        below = level.of_territory


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    districts=st.integers(2, 3),
    contiguous=st.booleans(),
    inside=st.booleans(),
    by=st.sampled_from(["count", "load"]),
)
def test_no_group_crosses_the_one_above(
    seed: int, districts: int, contiguous: bool, inside: bool, by: str
) -> None:
    problem = drawn_grid(6, 3, 2, seed, spread=0.2)
    if inside:
        problem = with_regions(problem, halves(6, 3))
    levels = {"district": districts} if inside else {"region": 2, "district": districts + 1}
    design = to.design(
        problem,
        5,
        **SMALL,
        contiguous=contiguous,
        inside="state" if inside else None,
        levels=levels,
        level_by=by,
        level_within=0.9,
        seed=seed,
        stop=to.MaxRuntime(5),
    )
    assert_nested(design)
    assert [level.name for level in design.levels] == (
        ["district", "state"] if inside else ["district", "region"]
    )
    if inside:
        area = problem.accounts.area
        state = problem.areas.tags["state"].texts()[area]
        assert (design.levels[-1].texts()[design.alignment.rep] == state).all()
    if contiguous and not design.faults:
        for level in design.levels[: len(levels)]:
            assert is_connected(problem, level.of_territory[design.alignment.rep_of_area])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("contiguous", [False, True])
def test_districts_are_the_best_of_all_groupings(seed: int, contiguous: bool) -> None:
    problem = drawn_grid(5, 3, 2, seed, spread=0.2)
    design = to.design(
        problem, 6, **SMALL, contiguous=contiguous, levels={"district": 2}, level_within=0.34, stop=STOP
    )
    level = design.levels[0]
    assert design.faults == ()
    lat, lon = design.centre
    km = to.GreatCircle().km(
        problem.accounts,
        np.arange(len(problem.accounts))[:, None],
        to.Reps.of("abcdef", lat=lat, lon=lon),
        np.arange(6),
    )
    best = np.inf
    for label in itertools.product((0, 1), repeat=6):
        group = np.array(label)
        if not 2 <= group.sum() <= 4:
            continue
        if contiguous and not is_connected(problem, group[design.alignment.rep_of_area]):
            continue
        of_account = group[design.alignment.rep]
        cost = sum(km[of_account == g][:, group == g].sum(axis=0).min() for g in (0, 1))
        best = min(best, float(cost))
    assert level.value == pytest.approx(best)
    assert level.status is to.Status.OPTIMAL
    assert level.gap < 1e-6


def test_given_regions_get_the_numbers_that_are_asked_for() -> None:
    problem = with_regions(drawn_grid(6, 3, 2, 3, spread=0.2), halves(6, 3))
    design = to.design(problem, {"West": 3, "East": 2}, **SMALL, inside="state", stop=STOP)
    texts = design.levels[0].texts().tolist()
    assert (texts.count("West"), texts.count("East")) == (3, 2)
    assert design.levels[0].given
    assert "state: 2 as given, of 2 to 3 territories each" in str(design)


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=8), st.integers(0, 40))
def test_numbers_are_shared_out_whole_and_near_what_is_due(weight: list[float], more: int) -> None:
    k = len(weight) + more
    found = shared_out(k, np.array(weight))
    assert found.sum() == k
    assert (found >= 1).all()
    for (w, n), (v, m) in itertools.product(zip(weight, found, strict=True), repeat=2):
        assert w <= v or n >= m or n == 1 or abs(n - m) <= 1


def test_every_fault_of_levels_is_listed_at_once() -> None:
    problem = with_regions(drawn_grid(4, 2, 2, 0), np.array(["N", "", "N;S", "N"] * 2, object))
    with pytest.raises(to.PolicyError) as raised:
        to.design(
            problem,
            3,
            **SMALL,
            inside="state",
            levels={"share": 2, "district": 9, "region": 0},
            level_by="cuont",
            level_within=-1.0,
        )
    text = str(raised.value)
    for part in (
        "lies in none",
        "semicolon",
        "name of another column",
        "fewer than the 3 territories",
        "whole number of 1 or more",
        "Did you mean 'count'",
        "at least 0",
    ):
        assert part in text, part


def test_numbers_that_do_not_fit_the_given_regions_are_faults() -> None:
    problem = with_regions(drawn_grid(6, 3, 2, 3), halves(6, 3))
    with pytest.raises(to.PolicyError) as raised:
        to.design(problem, {"Wset": 3}, **SMALL, inside="state")
    assert "Did you mean 'West'" in str(raised.value)
    assert "East, West" in str(raised.value) or "East and West" in str(raised.value)
    with pytest.raises(to.PolicyError, match="fewer than the 2 given regions"):
        to.design(problem, 1, **SMALL, inside="state")
    with pytest.raises(to.PolicyError, match="Did you mean 'state'"):
        to.design(problem, 3, **SMALL, inside="staet")


def test_the_verb_writes_levels_and_a_roster_that_reports_go_on_from(tmp_path: Path) -> None:
    out, words = (
        tmp_path / "new",
        ["design", "instances/quickstart", "-k", "4", "--within", "0.4", "--districts", "2"],
    )
    with pytest.raises(SystemExit) as ended:
        main([*words, "-o", str(out)])
    assert not ended.value.code
    levels = list(csv.DictReader((out / "levels.csv").open(encoding="utf-8-sig")))
    roster = list(csv.DictReader((out / "reps.csv").open(encoding="utf-8-sig")))
    alignment = list(csv.DictReader((out / "alignment.csv").open(encoding="utf-8-sig")))
    assert [row["group"] for row in levels] == ["District 1", "District 2"]
    of_rep = {row["rep_id"]: row["district"] for row in roster}
    for row in levels:
        own = [rep for rep, district in of_rep.items() if district == row["group"]]
        assert int(row["territories"]) == len(own)
        assert int(row["accounts"]) == sum(line["rep_id"] in own for line in alignment)
    assert all(line["district"] == of_rep[line["rep_id"]] for line in alignment)


def test_levels_as_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(
            [
                "design",
                "instances/quickstart",
                "-k",
                "4",
                "--within",
                "0.4",
                "--districts",
                "2",
                "--format",
                "json",
            ]
        )
    said = json.loads(capsys.readouterr().out)
    assert said["levels"][0]["groups"] == 2
    assert said["levels"][0]["gap"] == pytest.approx(0.0, abs=1e-6)
    assert len(said["groups"]) == 2
