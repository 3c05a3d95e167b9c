"""The pipeline of territory design: against every design there is, in time, the same on any executor."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from designs import KINDS, cheapest, drawn
from hypothesis import given, settings
from hypothesis import strategies as st

from territory_opt.result import Step
from territory_opt.solve.design.labels import Districts
from territory_opt.solve.design.pipeline import design, design_by_edges
from territory_opt.solve.design.verdict import Verdict

NOTHING = (Verdict.NO_BANDS, Verdict.NO_CONTIGUITY, Verdict.INFEASIBLE)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.sampled_from(KINDS), st.integers(4, 6), st.integers(1, 3))
def test_the_design_is_the_best_of_all(seed: int, kind: str, n: int, k: int) -> None:
    sites = drawn(seed, kind, n=n, k=k)
    best = cheapest(sites)
    found = design(sites, seed=1, deadline_s=time.perf_counter() + (20.0 if np.isfinite(best) else 2.0))
    if not np.isfinite(best):
        assert found.site is None
        assert found.verdict in (*NOTHING, Verdict.UNKNOWN)
        return
    assert found.verdict is Verdict.OPTIMAL
    assert sites.faults(found.site) == []
    assert found.value == pytest.approx(best)
    assert found.value == sites.value(found.site)
    assert found.bound <= best * (1 + 1e-9)


@pytest.mark.parametrize("kind", ["connected", "median"])
def test_bands_that_nothing_keeps_are_said_to_be_the_reason(kind: str) -> None:
    sites = drawn(3, kind)
    sites = replace(sites, low=np.ones_like(sites.low), high=np.full_like(sites.high, 2.0))
    assert design(sites, deadline_s=time.perf_counter() + 20.0).verdict is Verdict.NO_BANDS


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_design_on_threads(kind: str) -> None:
    sites = drawn(4, kind, n=9, k=2)
    alone = design(sites, seed=5, deadline_s=time.perf_counter() + 30.0)
    with ThreadPoolExecutor(2) as workers:
        together = design(sites, seed=5, deadline_s=time.perf_counter() + 30.0, executor=workers)
    assert (alone.value, alone.bound) == (together.value, together.bound)
    assert alone.site is not None
    assert together.site is not None
    assert alone.site.tolist() == together.site.tolist()


def test_steps_only_get_better_and_can_end_the_run() -> None:
    sites = drawn(7, "soft", n=14, k=4)
    steps: list[Step] = []

    def watch(step: Step) -> bool:
        steps.append(step)
        return len(steps) < 6

    found = design(sites, seed=1, deadline_s=time.perf_counter() + 30.0, on_step=watch)
    assert 6 <= len(steps) <= 11  # plans under way have their last word
    assert [step.step for step in steps] == list(range(len(steps)))
    assert all(a.objective >= b.objective and a.bound <= b.bound for a, b in itertools.pairwise(steps))
    assert steps[0].stage == "start"
    assert found.value == steps[-1].objective


@pytest.mark.parametrize("kind", ["soft", "reps", "median"])
def test_the_deadline_is_kept(kind: str) -> None:
    sites = drawn(2, kind, n=60, k=6)
    design(drawn(2, kind), deadline_s=time.perf_counter() + 1.0)  # what has to be compiled is
    began = time.perf_counter()
    found = design(sites, deadline_s=began + 1.0)
    assert time.perf_counter() - began < 3.0
    assert found.bound <= found.value


def test_districts_with_few_cut_edges_come_the_same_way() -> None:
    path = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [0, 2]], np.int32)
    districts = Districts(np.ones((1, 6)), np.array([2.0]), np.array([4.0]), path, np.ones(6), 2)
    steps: list[Step] = []
    found = design_by_edges(districts, on_step=lambda step: steps.append(step) is None)
    assert (found.value, found.bound, found.verdict) == (1.0, 1.0, Verdict.OPTIMAL)
    assert [step.stage for step in steps] == ["proof"]
