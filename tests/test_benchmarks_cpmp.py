"""Capacitated p-median files: read, solved, and recounted from the file."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import published, published_cpmp


def write(path: Path, seed: int, n: int, p: int) -> Path:
    """A drawn file of n points, where every p capacities hold some more than all demand."""
    rng = np.random.default_rng(seed)
    demand = rng.integers(1, 9, n)
    capacity = np.full(n, int(np.ceil(1.2 * demand.sum() / p)))
    rows = np.column_stack([rng.integers(0, 100, (n, 2)), capacity, demand])
    path.write_text(f" {n}\t{p}\n" + "\n".join(" ".join(map(str, row)) for row in rows.tolist()) + "\n")
    return path


def cheapest(instance: published_cpmp.Instance) -> float:
    n = len(instance.x)
    best = np.inf
    for medians in itertools.combinations(range(n), instance.p):
        for choice in itertools.product(medians, repeat=n):
            median = np.array(choice)
            if not instance.faults(median):
                best = min(best, instance.value(median))
    return best


@pytest.mark.parametrize("name", ["cpmp07.txt", "other.txt"])
def test_small_files_are_solved_to_the_optimum(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / name, 1, 7, 2)
    assert published.main(["cpmp", str(file), "--time", "20", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    best = cheapest(published_cpmp.read(file))
    assert figures["status"] == "optimal"
    assert figures["objective"] == pytest.approx(best)
    assert figures["bound"] == pytest.approx(best)
    assert figures["faults"] == []


def test_distances_are_cut_in_files_of_one_family_only(tmp_path: Path) -> None:
    cut = published_cpmp.read(write(tmp_path / "cpmp12.dat", 2, 6, 2))
    plain = published_cpmp.read(write(tmp_path / "cpmp_like.dat", 2, 6, 2))
    a, b = np.arange(6)[:, None], np.arange(6)[None, :]
    assert (cut.distance(a, b) == np.floor(plain.distance(a, b))).all()
    assert (plain.distance(a, b) != np.floor(plain.distance(a, b))).any()


def test_faults_are_told(tmp_path: Path) -> None:
    instance = published_cpmp.read(write(tmp_path / "f", 3, 6, 2))
    assert "a median is served by another" in instance.faults(np.array([1, 0, 0, 0, 1, 1]))
    assert "1 medians instead of 2" in instance.faults(np.zeros(6, int))
    assert "1 medians are over capacity" in instance.faults(np.zeros(6, int))


@pytest.mark.parametrize("text", ["", "x y", "3 1\n1 2 3", "2 3\n0 0 1 1\n0 0 1 1", "1.5 1\n0 0 1 1"])
def test_other_files_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_text(text)
    with pytest.raises(ValueError, match=r"median|points"):
        published_cpmp.read(tmp_path / "f")
