"""How heavy a map is and how soon a browser shows all of it, with the network cut.

python -m benchmarks.maps --json
python -m benchmarks.maps adventureworks us_counties 500000 -o pictures --json

A case is an instance, or a number of accounts to generate. "drawn" is when accounts are on the map, "load"
when names, reasons and search are there too: both
from the start of the navigation, the median of three visits.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import folium
import numpy as np

import territory_opt as to
from territory_opt.config import read_policy
from territory_opt.generate import generate
from territory_opt.maps import alignment_map, save_page, territory_map
from territory_opt.scenarios import value
from territory_opt.travel import great_circle_km

INSTANCES = Path(__file__).parents[1] / "instances"
CASES = ("adventureworks", "adventureworks_na", "us_counties", "50000", "200000", "500000")
LIMITS = {50_000: (4, 2), 200_000: (10, 4), 500_000: (20, 10)}  # up to so many accounts: MB, seconds
VISITS = 3
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
POLICY = to.Policy(
    [to.Travel(), to.Disruption(), to.Balance("workload_h", 0.10), to.Balance("potential", 0.10)],
    [to.Locked()],
)
TERRITORIES = 200  # of the counties
_STRAYED, _DROPPED = 0.2, 5e-4  # shares of accounts that go to the nearest rep, and to nobody


def instance_map(name: str) -> tuple[int, folium.Map]:
    """An instance as it is solved within a few seconds."""
    problem, policy = to.read(INSTANCES / name), read_policy(INSTANCES / name)
    result = to.solve(problem, policy, stop=to.MaxRuntime(8))
    return len(problem.accounts), territory_map(problem, policy, result)


def counties_map(name: str = "us_counties") -> tuple[int, folium.Map]:
    """Counties of the US, each with the nearest of 200 of them."""
    problem = to.read(INSTANCES / name)
    areas = problem.areas
    assert areas is not None
    home = np.linspace(0, len(areas) - 1, TERRITORIES).astype(int)
    lat, lon = areas.lat, areas.lon
    reps = to.Reps.of([f"R{i}" for i in range(TERRITORIES)], lat=lat[home], lon=lon[home])
    nearest = great_circle_km(lat[:, None], lon[:, None], lat[home], lon[home]).argmin(axis=1)
    problem = to.Problem(problem.accounts, reps, areas=areas)
    plan = to.Alignment(nearest[problem.accounts.area], nearest)
    return len(problem.accounts), alignment_map(problem, plan, to.Policy([to.Balance("potential", 0.25)]))


def generated_map(accounts: int) -> tuple[int, folium.Map]:
    """A generated market of which a part goes to the nearest rep and a few accounts to nobody."""
    problem = generate(accounts, int(np.clip(accounts // 200, 20, 1000)), seed=1)
    rng, owner = np.random.default_rng(0), problem.accounts.owner
    leaves = (owner < 0) | problem.reps.leaving[owner]
    moves = leaves | ((rng.random(accounts) < _STRAYED) & ~problem.accounts.locked)
    rep = np.where(moves, _nearest(problem), owner)
    rep[rng.random(accounts) < _DROPPED] = -1
    return accounts, territory_map(problem, POLICY, value(problem, POLICY, to.Alignment(rep)))


def _nearest(problem: to.Problem) -> np.ndarray:
    """The nearest rep who stays, of each account."""
    from scipy.spatial import cKDTree

    def sphere(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
        phi, lam = np.radians(lat), np.radians(lon)
        return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])

    staying = np.flatnonzero(~problem.reps.leaving)
    tree = cKDTree(sphere(problem.reps.lat[staying], problem.reps.lon[staying]))
    return np.asarray(staying[tree.query(sphere(problem.accounts.lat, problem.accounts.lon))[1]])


def visit(path: Path, chromium: str, picture: Path | None = None) -> dict[str, Any]:
    """Seconds until a page is drawn and loaded, what it asked for, and what went wrong."""
    from playwright.sync_api import sync_playwright

    asked: list[str] = []
    errors: list[str] = []
    seconds = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
        for _ in range(VISITS):
            page = browser.new_page(viewport={"width": 1360, "height": 800}, offline=True)
            page.on(
                "request", lambda r: None if r.url.startswith(("file:", "data:")) else asked.append(r.url)
            )
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
            page.goto(path.as_uri())
            page.wait_for_function("window.territoryReady", timeout=60_000)
            seconds.append(page.evaluate("[window.territoryDrawn / 1000, window.territoryReady / 1000]"))
            if picture is not None:
                page.wait_for_timeout(500)
                page.screenshot(path=picture)
            page.close()
        browser.close()
    drawn, load = np.median(seconds, axis=0)
    return {
        "drawn_s": round(float(drawn), 2),
        "load_s": round(float(load), 2),
        "requests": len(asked),
        "errors": len(errors),
    }


def measure(case: str, chromium: str, pictures: Path | None = None) -> dict[str, Any]:
    """The figures of one case, and whether they are within what is promised for its size."""
    began_s = time.perf_counter()
    if case.isdigit():
        accounts, page = generated_map(int(case))
    else:
        accounts, page = (counties_map if case == "us_counties" else instance_map)(case)
    with tempfile.TemporaryDirectory() as folder:
        path = save_page(page, Path(folder) / "map.html")
        built_s, size_mb = time.perf_counter() - began_s, path.stat().st_size / 1e6
        seen = visit(path, chromium, pictures / f"{case}.png" if pictures else None)
    limit = next((limit for most, limit in LIMITS.items() if accounts <= most), (np.inf, np.inf))
    within = size_mb <= limit[0] and seen["load_s"] <= limit[1] and not seen["requests"] + seen["errors"]
    sizes = {"case": case, "accounts": accounts, "built_s": round(built_s, 1), "mb": round(size_mb, 2)}
    return {**sizes, **seen, "within": bool(within)}


def main(words: Sequence[str] | None = None) -> int:
    """Read the command line, measure, print; 1 when a page is heavier or slower than promised."""
    parser = argparse.ArgumentParser(prog="benchmarks.maps", description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", default=CASES, metavar="CASE", help=", ".join(CASES))
    parser.add_argument("-o", dest="pictures", type=Path, help="a folder for a picture of each map")
    parser.add_argument("--json", action="store_true", help="print the figures as one last line of JSON")
    asked = parser.parse_args(words)
    if unknown := [case for case in asked.cases if case not in CASES and not case.isdigit()]:
        parser.error(f"no case {unknown[0]!r}: one of {', '.join(CASES)}, or a number of accounts")
    if (chromium := shutil.which("chromium")) is None:
        parser.error("no chromium on this machine: apt-get install chromium")
    if asked.pictures:
        asked.pictures.mkdir(parents=True, exist_ok=True)
    runs = []
    for case in asked.cases:
        runs.append(measure(case, chromium, asked.pictures))
        print("  ".join(f"{name} {figure}" for name, figure in runs[-1].items()), flush=True)
    if asked.json:
        print(json.dumps(runs))
    return 0 if all(run["within"] for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
