"""Published instances: read from their own format, solved by the same core, recounted from the file."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import published, published_gap


def drawn(seed: int, agents: int, jobs: int, fill: float) -> published_gap.Instance:
    """Costs and resources as in the classical instances; capacity a share `fill` of an even split."""
    rng = np.random.default_rng(seed)
    cost = rng.integers(10, 50, (agents, jobs)).astype(float)
    resource = rng.integers(5, 25, (agents, jobs)).astype(float)
    return published_gap.Instance(cost, resource, np.floor(fill * resource.sum(axis=1) / agents))


def write(path: Path, instance: published_gap.Instance) -> Path:
    agents, jobs = instance.cost.shape
    rows = [[agents, jobs], *instance.cost, *instance.resource, instance.capacity]
    path.write_text("\n".join(" ".join(f"{value:g}" for value in row) for row in rows), encoding="utf-8")
    return path


def best(instance: published_gap.Instance) -> float | None:
    """The optimum by looking at every plan."""
    agents, jobs = instance.cost.shape
    values = [
        sum(instance.cost[agent, job] for job, agent in enumerate(plan))
        for plan in itertools.product(range(agents), repeat=jobs)
        if all(
            sum(instance.resource[a, j] for j, agent in enumerate(plan) if agent == a) <= instance.capacity[a]
            for a in range(agents)
        )
    ]
    return min(values) if values else None


@pytest.mark.parametrize("seed", range(6))
def test_a_small_instance_is_solved_to_its_optimum(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    instance = drawn(seed, 3, 7, fill=(1.0, 0.85, 0.75)[seed % 3])
    file = write(tmp_path / f"gap-{seed}", instance)
    assert published.main(["gap", str(file), "--time", "20", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    optimum = best(instance)
    assert figures["jobs"] == 7
    if optimum is None:
        assert figures["status"] == "impossible"
        assert figures["overload"] > 0
        assert figures["gap"] is None
    else:
        assert figures["objective"] == optimum
        assert figures["status"] == "optimal"
        assert figures["gap"] == 0
        assert figures["overload"] == 0
        assert figures["bound_of_core"] <= optimum + 1e-6


def test_draws_of_both_kinds_are_among_them() -> None:
    possible = [best(drawn(seed, 3, 7, fill=(1.0, 0.85, 0.75)[seed % 3])) is not None for seed in range(6)]
    assert any(possible)
    assert not all(possible)


def test_costs_that_are_not_whole_keep_the_bound_as_it_is(tmp_path: Path) -> None:
    whole = drawn(3, 3, 7, fill=1.0)
    instance = published_gap.Instance(whole.cost + 0.5 / 7, whole.resource, whole.capacity)
    assert not instance.whole_costs
    figures = published_gap.measure(published_gap.read(write(tmp_path / "f", whole)), 20.0, 1)
    broken = published_gap.measure(instance, 20.0, 1)
    assert broken["objective"] == pytest.approx(figures["objective"] + 0.5)
    assert broken["bound"] == broken["bound_of_core"]


def test_a_mid_size_instance_is_bounded_and_fits(tmp_path: Path) -> None:
    instance = drawn(11, 5, 40, fill=0.8)
    path = write(tmp_path / "mid", instance)
    figures = published.figures_of("gap", path, time_s=5.0, seed=1, reference=1.0)
    assert figures["overload"] == 0
    assert figures["bound"] <= figures["objective"]
    assert figures["gap"] <= 0.02
    assert figures["above_reference"] == pytest.approx(figures["objective"] - 1)


def test_the_value_and_the_overload_are_recounted() -> None:
    cost = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    resource = np.array([[2.0, 2.0, 2.0], [3.0, 3.0, 3.0]])
    instance = published_gap.Instance(cost, resource, np.array([3.0, 3.0]))
    agent = np.array([0, 0, 1], np.int32)
    assert instance.value(agent) == 9.0
    assert instance.overload(agent).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("bound", "whole"),
    [(10.0, 10.0), (10.0000001, 10.0), (10.01, 11.0), (9.999999, 10.0), (-3.5, -3.0), (2e9 + 0.5, 2e9 + 1)],
)
def test_bounds_are_lifted_to_whole_numbers_with_care(bound: float, whole: float) -> None:
    assert published_gap.lifted(bound) == whole


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "begin with its numbers"),
        ("2", "begin with its numbers"),
        ("1.5 2 1 1 1 1 9", "begin with its numbers"),
        ("0 3 1", "begin with its numbers"),
        ("1 2 1 1 1 1", "need 7 numbers; there are 6"),
        ("1 2 1 1 1 1 9 9", "need 7 numbers; there are 8"),
        ("1 2 1 1 1 x 9", "more than numbers"),
        ("1 2 1 1 1 -1 9", "0 or more"),
        ("1 2 1 nan 1 1 9", "must be numbers"),
    ],
)
def test_other_files_are_refused(
    text: str, fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")
    assert published.main(["gap", str(path)]) == 2
    assert fault in capsys.readouterr().err


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert published.main(["gap", str(tmp_path / "nothing")]) == 2
    assert "nothing" in capsys.readouterr().err
