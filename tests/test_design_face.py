"""Territories from nothing: nothing lost, bands and pieces recounted by hand, seats matched, faults told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from grids import drawn_grid, is_connected
from maps_of_squares import grid, write_folder

import territory_opt as to
from territory_opt.cli import main
from territory_opt.design.seats import fresh_ids, tame

STOP = to.MaxRuntime(30)


def market(seed: int, n: int = 12, n_reps: int = 3) -> to.Problem:
    """Accounts at random with some families, reps who own some of them."""
    rng = np.random.default_rng(seed)
    accounts = to.Accounts.of(
        [f"A{i}" for i in rng.permutation(n)],
        names=[f"Firm {i}" for i in range(n)],
        lat=rng.uniform(40, 44, n),
        lon=rng.uniform(-90, -84, n),
        owner=rng.integers(-1, n_reps, n),
        measures={
            "visits": rng.integers(1, 13, n),
            "visit_h": np.ones(n),
            "potential": rng.integers(50, 90, n),
            "revenue": rng.lognormal(8, 1, n),
        },
        tags={"family": np.where(np.arange(n) < 4, "F", "")[rng.permutation(n)] if seed % 2 else [""] * n},
    )
    reps = to.Reps.of(
        [f"R{r}" for r in range(n_reps)], lat=rng.uniform(40, 44, n_reps), lon=rng.uniform(-90, -84, n_reps)
    )
    return to.Problem(accounts, reps)


def assert_whole(problem: to.Problem, design: to.Design, within: float) -> None:
    """Every account in one territory, and its potential within the band, counted one account at a time."""
    load = [0.0] * design.k
    for account, seat in enumerate(design.alignment.rep.tolist()):
        assert 0 <= seat < design.k
        load[seat] += float(problem.accounts.measures["potential"][account])
    target = sum(load) / design.k
    assert all((1 - within) * target - 1e-6 <= one <= (1 + within) * target + 1e-6 for one in load)
    assert design.faults == ()
    assert list(design.problem.accounts.ids) == list(problem.accounts.ids)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("objective", ["travel", "inertia", "distance"])
def test_drawn_markets_end_in_whole_territories(seed: int, objective: str) -> None:
    problem = market(seed)
    design = to.design(problem, 3, measures={"potential": 0.35}, objective=objective, seed=seed, stop=STOP)
    assert_whole(problem, design, 0.35)
    assert design.status is to.Status.OPTIMAL
    assert design.gap < 1e-6
    family = problem.accounts.tag("family").code
    assert len(set(design.alignment.rep[family >= 0])) <= 1
    km = problem.distances.km(
        problem.accounts, np.arange(len(family)), design.problem.reps, design.alignment.rep
    )
    m = problem.accounts.measures
    hand = {
        "travel": float(m["visits"] @ km) * 2 * 1.3 / 60 / 4 * 60,
        "inertia": float(m["potential"] @ km**2),
        "distance": float(km.sum()),
    }
    assert design.value == pytest.approx(hand[objective])


@pytest.mark.parametrize("seed", range(3))
def test_drawn_maps_end_in_one_piece_each(seed: int) -> None:
    problem = drawn_grid(5, 4, 3, seed, empty=0.2, spread=0.3)
    design = to.design(problem, 3, measures=["potential"], within=0.3, contiguous=True, stop=STOP)
    assert_whole(problem, design, 0.3)
    held = design.alignment.rep_of_area
    assert held is not None
    assert (held >= 0).all()
    assert is_connected(problem, held)
    assert (held[problem.accounts.area] == design.alignment.rep).all()


def test_same_seed_same_design() -> None:
    problem = drawn_grid(6, 5, 3, 7)
    one, two = (to.design(problem, 4, measures={"potential": 0.2}, contiguous=True, seed=3) for _ in "ab")
    assert one.alignment == two.alignment
    assert (one.value, list(one.problem.reps.names)) == (two.value, list(two.problem.reps.names))


def test_an_account_in_no_area_joins_the_nearest() -> None:
    problem = drawn_grid(4, 3, 2, 1)
    area = problem.accounts.area.copy()
    area[0] = -1
    problem = replace(problem, accounts=replace(problem.accounts, area=area))
    design = to.design(problem, 2, measures={"potential": 0.5}, contiguous=True, stop=STOP)
    assert_whole(problem, design, 0.5)
    assert (design.alignment.rep_of_area >= 0).all()


def test_matching_keeps_everybody_where_nothing_changes() -> None:
    problem = market(2)
    first = to.design(problem, 3, measures={"potential": 0.35}, stop=STOP)
    homes = to.Reps.of(["X", "Y", "Z"], lat=first.centre[0][[2, 0, 1]], lon=first.centre[1][[2, 0, 1]])
    owner = np.argsort([2, 0, 1])[first.alignment.rep].astype(np.int32)
    today = replace(problem, accounts=replace(problem.accounts, owner=owner), reps=homes)
    again = to.design(today, 3, measures={"potential": 0.35}, stop=STOP).staffed(today)
    assert list(again.problem.reps.ids[again.alignment.rep]) == list(homes.ids[owner])
    assert not again.audit.moved.any()
    assert again.audit.terms["travel"] == pytest.approx(again.value)


def test_seats_left_over_are_vacant_and_reps_left_over_leave() -> None:
    problem = market(4)
    more = to.design(problem, 5, measures={"potential": 0.8}, stop=STOP).staffed(problem)
    status = more.problem.reps.tag("status").texts()
    assert sorted(status) == ["active"] * 3 + ["vacant"] * 2
    assert np.isfinite(more.problem.reps.lat).all()
    assert "vacant seats: 2" in str(more)
    fewer = to.design(problem, 2, measures={"potential": 0.5}, stop=STOP).staffed(problem)
    assert list(fewer.problem.reps.tag("status").texts()) == ["active", "active", "leaving"]
    owners = np.append(fewer.problem.reps.ids, "")[fewer.problem.accounts.owner]
    assert list(owners) == list(np.append(problem.reps.ids, "")[problem.accounts.owner])


def test_without_any_roster_seats_are_new_and_stay_vacant() -> None:
    bare = market(0)
    accounts = replace(bare.accounts, owner=np.full(12, -1, np.int32))
    bare = to.Problem(accounts, to.Reps.of([]))
    design = to.design(bare, 3, measures={"potential": 0.35}, stop=STOP)
    assert list(design.problem.reps.ids) == ["T1", "T2", "T3"]
    assert list(design.staffed(bare).problem.reps.tag("status").texts()) == ["vacant"] * 3


def test_a_band_that_cannot_be_kept_comes_back_with_its_faults() -> None:
    design = to.design(market(0, n=4), 2, measures={"potential": 0.0001}, stop=to.MaxRuntime(5))
    assert design.status in (to.Status.IMPOSSIBLE, to.Status.CLASH)
    assert design.faults
    assert (design.alignment.rep >= 0).all()
    assert "broken: " in str(design)


def test_an_interrupt_keeps_the_best_plan_so_far() -> None:
    def interrupted(step: to.Step) -> None:
        if step.stage == "bound":
            raise KeyboardInterrupt

    design = to.design(market(0), 3, measures={"potential": 0.35}, on_step=interrupted)
    assert_whole(market(0), design, 0.35)


def test_threads_and_none_give_the_same_design() -> None:
    problem = drawn_grid(6, 5, 3, 8)
    with ThreadPoolExecutor(1) as one:
        alone = to.design(problem, 4, measures={"potential": 0.2}, contiguous=True, executor=one)
    assert alone.alignment == to.design(problem, 4, measures={"potential": 0.2}, contiguous=True).alignment


def test_a_piece_that_is_too_much_for_any_territory_is_the_proof() -> None:
    problem = market(0)
    size = np.where(np.arange(12) == 5, 900.0, 50.0)
    measures = dict(problem.accounts.measures) | {"potential": size}
    problem = replace(problem, accounts=replace(problem.accounts, measures=measures))
    design = to.design(problem, 3, measures={"potential": 0.2}, stop=to.MaxRuntime(2))
    assert design.status is to.Status.IMPOSSIBLE
    assert "No territory can hold Firm 5: its potential is 1.86 times the target." in str(design)


def test_a_range_of_sizes_is_a_table() -> None:
    sizes = to.design(market(0), range(2, 4), measures={"potential": 0.4}, stop=STOP)
    rows = sizes.rows()
    assert [row["k"] for row in rows] == [2, 3]
    assert rows[0]["value"] > rows[1]["value"]
    assert set(rows[0]) >= {"gap", "mean km", "least potential", "greatest potential"}
    assert len(str(sizes).splitlines()) == 3


@pytest.mark.parametrize("k", [0, -1, 13, 2.5, True, "3", None])
def test_a_bad_k_is_one_fault(k: object) -> None:
    with pytest.raises(to.PolicyError) as raised:
        to.design(market(0), k)
    assert [issue.column for issue in raised.value.issues] == ["k"]


def test_every_fault_of_a_question_is_listed_at_once() -> None:
    with pytest.raises(to.PolicyError) as raised:
        to.design(
            market(0),
            0,
            measures={"potental": 0.1, "visits": -1},
            objective="trvel",
            contiguous=True,
            seed=-1,
        )
    text = str(raised.value)
    for part in ("k = '0'", "Did you mean 'potential'", "within", "Did you mean 'travel'", "areas", "seed"):
        assert part in text


def test_parts_of_a_map_that_no_territory_can_join_are_a_fault() -> None:
    problem = drawn_grid(3, 1, 1, 0)
    apart = replace(problem, areas=to.Areas.of(range(3), edges=[(0, 1)]))
    with pytest.raises(to.PolicyError, match="in 2 parts"):
        to.design(apart, 1, contiguous=True)


def test_names_are_tame_and_ids_are_new() -> None:
    assert tame("=cmd|' /C calc'\x1b[2J<b>") == "cmd|' /C calc' [2J b"
    assert fresh_ids(2, ["T2"]) == ["TT1", "TT2"]
    hostile = replace(
        market(0), accounts=replace(market(0).accounts, names=np.array(["=1\n<i>"] * 12, object))
    )
    names = to.design(hostile, 2, measures={"potential": 0.4}, stop=STOP).problem.reps.names
    assert list(names) == ["1 i", "1 i (2)"]


def test_a_folder_with_a_map_gets_its_areas_and_an_older_one_loses_them(tmp_path: Path) -> None:
    accounts = [(f"c{i}", 48.05 + 0.1 * (i // 4), 10.05 + 0.1 * (i % 4), f"a{i}") for i in range(0, 12, 2)]
    data, out = write_folder(tmp_path, grid(4, 3), accounts), tmp_path / "out"
    words = ["design", str(data), "-k", "2", "-o", str(out), "--within", "0.4"]
    with pytest.raises(SystemExit) as ended:
        main([*words, "--contiguous"])
    assert not ended.value.code
    lines = (out / "area_alignment.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "area_id,rep_id"
    assert sorted(line.split(",")[0] for line in lines[1:]) == sorted(grid(4, 3))
    (data / "areas.geojson").unlink()
    with pytest.raises(SystemExit):
        main(words)
    assert not (out / "area_alignment.csv").exists()
