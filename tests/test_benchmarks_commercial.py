"""Commercial territory files of both families: read, solved, and recounted from the file."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import published, published_commercial


def write(path: Path, seed: int, driven: bool, n: int = 6, p: int = 2) -> Path:
    """A drawn file: units on a ring, equal in all activities when nothing else may be balanced."""
    rng = np.random.default_rng(seed)
    nodes = []
    for u, (x, y) in enumerate(rng.integers(0, 100, (n, 2)).tolist()):
        busy = f"{rng.integers(1, 9)} {rng.integers(10, 90) / 10} 0 0" if driven else "4 40 7"
        nodes.append(f"{u} {x}.5 {y} {busy}")
    edges = [f"{u} {(u + 1) % n}" for u in range(n)]
    lines = [f"{n}", *nodes, f"{n}", *edges]
    if driven:
        lines.append(f"{p} {p} 0.1 0.2 0.1 0.1")
        lines += [" ".join(map(str, row)) for row in rng.integers(1, 4, (p, n)).tolist()]
        lines += [" ".join(map(str, row)) for row in rng.integers(0, 900, (n, n)).tolist()]
    else:
        lines += [f"{p} {p} 0.003 0.05 0.05", "seed: 1"]
    path.write_text("\n".join(lines) + "\n")
    return path


def cheapest(instance: published_commercial.Instance) -> float:
    n = len(instance.metres)
    best = np.inf
    for centres in itertools.combinations(range(n), instance.p):
        for choice in itertools.product(centres, repeat=n):
            centre = np.array(choice)
            if not instance.faults(centre):
                best = min(best, instance.value(centre))
    return best


@pytest.mark.parametrize("driven", [False, True])
def test_small_files_are_solved_to_the_optimum(
    driven: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "f", 1, driven)
    assert published.main(["commercial", str(file), "--time", "20", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["objective"] == pytest.approx(cheapest(published_commercial.read(file)))
    assert figures["status"] == "optimal"
    assert figures["faults"] == []


@pytest.mark.parametrize("seed", range(3))
def test_a_driven_plan_is_worth_what_the_definition_says(seed: int, tmp_path: Path) -> None:
    instance = published_commercial.read(write(tmp_path / "f", seed, driven=True))
    centre = np.array([0, 0, 0, 3, 3, 3])
    sites = published_commercial.question(instance)
    assert instance.familiarity is not None
    road = sum(instance.metres[u, c] for u, c in enumerate(centre))
    outside = 0.0
    for row, tau in zip(instance.activity, (0.1, 0.2), strict=True):
        goal = row.sum() / 2
        for load in (row[:3].sum(), row[3:].sum()):
            outside += max(0.0, load - (1 + tau) * goal, (1 - tau) * goal - load)
    strange = min(
        sum(instance.familiarity[d[0], u] - 1 for u in range(3))
        + sum(instance.familiarity[d[1], u] - 1 for u in range(3, 6))
        for d in ((0, 1), (1, 0))
    )
    assert instance.value(centre) == pytest.approx(road + 1000 * outside + 500 * strange)
    assert sites.value(centre) == pytest.approx(instance.value(centre))


def test_faults_are_told(tmp_path: Path) -> None:
    instance = published_commercial.read(write(tmp_path / "f", 1, driven=False))
    assert instance.faults(np.array([0, 0, 0, 3, 3, 3])) == []
    assert instance.faults(np.array([0, 3, 0, 3, 0, 3])) == ["2 territories are not connected"]
    assert instance.faults(np.array([0, 0, 0, 0, 4, 4])) == ["a territory is out of balance"]
    assert "a centre lies in another territory" in instance.faults(np.array([3, 0, 0, 0, 3, 3]))


@pytest.mark.parametrize("cut", [0, 1, 5, 9])
def test_files_cut_short_are_refused(cut: int, tmp_path: Path) -> None:
    lines = write(tmp_path / "f", 1, driven=True).read_text().splitlines()
    (tmp_path / "f").write_text("\n".join(lines[:cut]))
    with pytest.raises(ValueError, match="no file of commercial territories"):
        published_commercial.read(tmp_path / "f")
