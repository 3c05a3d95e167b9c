"""Published districting instances: read, solved in the published definition, recounted from the file."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import published, published_districting

GRID = 3


def drawn(seed: int = 1, k: int = 3, width: float = 0.4) -> dict[str, Any]:
    """A grid of counties, 30 km or so apart, of 1,000 to 9,000 people."""
    rng = np.random.default_rng(seed)
    pop = rng.integers(1000, 9000, GRID**2).tolist()
    at = [(u // GRID, u % GRID) for u in range(GRID**2)]
    edges = [[a, b] for a, b in itertools.combinations(range(GRID**2), 2) if _steps(at[a], at[b]) == 1]
    shake = rng.random((GRID**2, 2)) * 9000
    nodes = [
        {"id": u, "pop": p, "x_m": 30_000 * x + dx, "y_m": 30_000 * y + dy}
        for u, (p, (x, y), (dx, dy)) in enumerate(zip(pop, at, shake.tolist(), strict=True))
    ]
    even = sum(pop) / k
    return {"k": k, "L": even * (1 - width), "U": even * (1 + width), "nodes": nodes, "edges": edges}


def _steps(a: tuple[int, int], b: tuple[int, int]) -> int:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def write(path: Path, given: dict[str, Any]) -> Path:
    path.write_text(json.dumps(given), encoding="utf-8")
    return path


def best(given: dict[str, Any], objective: str, contiguous: bool) -> float:
    """The optimum by looking at every plan; inf when there is none."""
    n, k = len(given["nodes"]), given["k"]
    place = [(node["x_m"], node["y_m"]) for node in given["nodes"]]
    pop = np.array([node["pop"] for node in given["nodes"]], float)
    km = np.array([[np.floor(np.hypot(a - c, b - d) / 1000 + 0.5) for c, d in place] for a, b in place])
    inertia, values = pop[:, None] * (km / 1000) ** 2, [np.inf]
    for label in itertools.product(range(k), repeat=n - 1):
        of = np.array((0, *label))
        people = np.bincount(of, pop, k)
        if len(set(of.tolist())) < k or (people < given["L"]).any() or (people > given["U"]).any():
            continue
        if contiguous and not all(_connected(given["edges"], np.flatnonzero(of == t)) for t in range(k)):
            continue
        groups = [np.flatnonzero(of == t) for t in range(k)]
        if objective == "cut":
            values.append(float(sum(of[a] != of[b] for a, b in given["edges"])))
        else:
            values.append(float(sum(inertia[np.ix_(g, g)].sum(axis=0).min() for g in groups)))
    return min(values)


def _connected(edges: list[list[int]], units: np.ndarray) -> bool:
    inside, reached = set(units.tolist()), {int(units[0])}
    for _ in inside:
        reached |= {v for e in edges for u, v in (e, e[::-1]) if u in reached and v in inside}
    return reached == inside


@pytest.mark.parametrize(("objective", "contiguous"), [("inertia", False), ("inertia", True), ("cut", True)])
def test_a_small_map_is_solved_to_its_optimum(
    objective: str, contiguous: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = drawn()
    words = ["districting", str(write(tmp_path / "map.json", given)), "--time", "30", "--json"]
    words += ["--objective", objective] + ["--contiguous"] * (contiguous and objective == "inertia")
    assert published.main(words) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["objective"] == pytest.approx(best(given, objective, contiguous))
    assert figures["status"] == "optimal"
    assert figures["gap"] <= 1e-6
    assert figures["bound"] <= figures["objective"]
    assert figures["districts"] == given["k"]
    assert figures["outside_band"] == figures["centres_elsewhere"] == 0
    assert figures["contiguous"] is contiguous
    assert not contiguous or figures["in_pieces"] == 0


def test_an_impossible_band_is_infeasible_and_says_why(tmp_path: Path) -> None:
    given = drawn() | {"L": 1.0, "U": 2.0}
    figures = published.figures_of("districting", write(tmp_path / "map.json", given), 20.0, 1, None)
    assert figures["status"] == "infeasible"
    assert "bands" in figures["why"]
    assert figures["objective"] is None


def test_a_map_in_parts_is_joined_by_its_shortest_links(tmp_path: Path) -> None:
    given = drawn()
    given["edges"] = [e for e in given["edges"] if (e[0] < 3) == (e[1] < 3) and (e[0] < 6) == (e[1] < 6)]
    instance = published_districting.read(write(tmp_path / "map.json", given))
    assert instance.links == 2
    assert len(instance.edges) == len(given["edges"]) + 2
    metres = {
        (a, b): np.hypot(
            given["nodes"][a]["x_m"] - given["nodes"][b]["x_m"],
            given["nodes"][a]["y_m"] - given["nodes"][b]["y_m"],
        )
        for a, b in itertools.product(range(3), range(3, 6))
    }
    assert min(metres, key=lambda pair: metres[pair]) in [tuple(e) for e in instance.edges.tolist()]


def test_a_plan_is_recounted_from_the_file(tmp_path: Path) -> None:
    instance = published_districting.read(write(tmp_path / "map.json", drawn()))
    plan = np.array([0, 0, 8, 0, 0, 8, 8, 8, 8])  # 6 and 7 hang on 8; all of it in two connected halves
    counted = published_districting.recount(instance, plan, "inertia")
    assert counted["objective"] == pytest.approx(instance.inertia[np.arange(9), plan].sum())
    assert (counted["districts"], counted["in_pieces"], counted["centres_elsewhere"]) == (2, 0, 0)
    torn = published_districting.recount(instance, np.array([0, 8, 8, 8, 0, 8, 8, 8, 8]), "cut")
    assert torn["in_pieces"] == 1
    assert torn["objective"] == 2 + 4  # edges around units 0 and 4 of the grid


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"nodes": []}, "k must lie between"),
        ({"k": 99}, "k must lie between"),
        ({"edges": [[0, 99]]}, "an edge must join"),
        ({"edges": [[2, 2]]}, "an edge must join"),
        ({"nodes": [{"id": 5, "pop": 1, "x_m": 0, "y_m": 0}]}, "without gaps"),
        ({"nodes": [{"id": 0, "pop": -1, "x_m": 0, "y_m": 0}], "k": 1, "edges": []}, "0 or more"),
        ({"nodes": [{"id": 0}]}, "no districting file"),
    ],
)
def test_files_of_another_kind_are_refused(change: dict[str, Any], fault: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=fault):
        published_districting.read(write(tmp_path / "map.json", drawn() | change))


def test_options_belong_to_their_kind(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        published.main(["gap", "file", "--contiguous"])
    assert "unrecognized arguments" in capsys.readouterr().err
