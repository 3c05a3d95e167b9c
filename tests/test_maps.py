"""The page in a real browser with no network: it draws, it answers clicks, and hostile names stay texts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_policy import line

import territory_opt as to
from territory_opt.errors import ExportError
from territory_opt.maps import alignment_map, save_map
from territory_opt.maps.assets import assert_offline, script_json
from territory_opt.maps.colours import PALETTE, colour_reps, colours
from territory_opt.maps.hulls import outlines
from territory_opt.maps.page import self_contained
from territory_opt.scenarios import value

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOSTILE = [
    "<script>window.hurt=1</script>",
    '"; window.hurt=1; //',
    "</script><img src=x onerror=window.hurt=1>",
]
CENTRE = """(() => {
    const map = Object.values(window).find(v => v instanceof L.Map);
    return [map.getCenter().lat, map.getCenter().lng, map.getZoom()];
})()"""

PIXEL = """([lat, lon]) => {
    const map = Object.values(window).find(v => v instanceof L.Map);
    const p = map.latLngToContainerPoint([lat, lon]), box = map.getContainer().getBoundingClientRect();
    return [Math.round(p.x + box.x), Math.round(p.y + box.y)];
}"""


@pytest.fixture(scope="module")
def plan_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = line(owner=[1, 0, 0, 1, 1, 0])
    accounts = to.Accounts.of(
        base.accounts.ids,
        names=[*HOSTILE, "D & Söhne", "E", "F"],
        lat=base.accounts.lat,
        lon=base.accounts.lon,
        owner=base.accounts.owner,
        measures=dict(base.accounts.measures),
    )
    reps = to.Reps.of(["W", "E"], names=[HOSTILE[0], "East"], lat=[0, 0], lon=[0, 5.02])
    problem = to.Problem(accounts, reps)
    policy = to.Policy([to.Travel(), to.Disruption(), to.Balance("potential", within=0.1)])
    path = tmp_path_factory.mktemp("map") / "map.html"
    return save_map(problem, policy, to.solve(problem, policy), path)


@pytest.fixture(scope="module")
def many_measures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page whose legend has four measures, two of them the workload."""
    problem = line(capacity_h=[5000, 5000])
    bands = [to.Balance(measure, within=0.5) for measure in ("workload_h", "potential", "revenue")]
    policy = to.Policy([to.Travel(), *bands, to.Capacity()])
    path = tmp_path_factory.mktemp("map") / "map.html"
    return save_map(problem, policy, value(problem, policy, to.Alignment.today(problem)), path)


@pytest.fixture
def opened(plan_page: Path) -> Iterator[tuple[Any, list[str]]]:
    """The page in a browser, and what it asked for or complained about."""
    yield from open_in_browser(plan_page)


def open_in_browser(path: Path, ready: str = ".t-legend tr[data-rep]") -> Iterator[tuple[Any, list[str]]]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    trouble: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1200, "height": 800}, offline=True)
        page.on("request", lambda r: trouble.append(r.url) if not r.url.startswith("file:") else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda m: trouble.append(m.text) if m.type == "error" else None)
        page.goto(path.as_uri())
        page.wait_for_selector(ready)
        yield page, trouble
        browser.close()


def centre(page: Any) -> Any:
    return page.evaluate(CENTRE)


@pytest.mark.browser
def test_page_is_whole_without_a_network(opened: tuple[Any, list[str]]) -> None:
    page, trouble = opened
    assert page.locator("canvas").count() >= 1
    assert "accounts move" in page.locator("h1").first.inner_text()
    assert trouble == []


@pytest.mark.browser
def test_legend_flies_to_a_territory_and_sorts(opened: tuple[Any, list[str]]) -> None:
    page, trouble = opened
    before = centre(page)
    page.locator('tr[data-rep="E"]').click()
    page.wait_for_timeout(900)
    assert centre(page) != before
    first = page.locator("tr[data-rep]").first.get_attribute("data-rep")
    page.locator("th").first.click()
    assert page.locator("tr[data-rep]").first.get_attribute("data-rep") != first
    assert trouble == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 420])
def test_every_measure_of_the_legend_can_be_seen_and_told_apart(many_measures: Path, width: int) -> None:
    for page, trouble in open_in_browser(many_measures):
        page.set_viewport_size({"width": width, "height": 700})
        headings = page.locator(".t-legend th").all_inner_texts()
        assert len(headings) == 6
        assert len(set(headings)) == 6
        assert [text for text in headings if "workload" in text and "capacity" in text]
        shown, whole = page.locator(".t-legend").evaluate("e => [e.clientWidth, e.scrollWidth]")
        assert shown == whole if width > 1000 else shown < whole
        page.locator(".t-legend").evaluate("e => e.scrollLeft = 1000")
        box = page.locator(".t-legend th").last.bounding_box()
        assert box["x"] + box["width"] <= width
        assert trouble == []


@pytest.mark.browser
def test_switches_change_what_is_shown(opened: tuple[Any, list[str]]) -> None:
    page, trouble = opened
    page.locator('button[data-view="today"]').click()
    assert page.locator('button[data-view="today"]').get_attribute("aria-pressed") == "true"
    for box in page.locator(".t-layers input").all():
        box.uncheck()
        box.check()
    assert trouble == []


@pytest.mark.browser
def test_search_opens_the_account_with_its_reason_and_names_do_no_harm(opened: tuple[Any, list[str]]) -> None:
    page, trouble = opened
    page.fill(".t-search input", "<script>")
    page.locator(".t-search li").first.click()
    popup = page.locator(".t-popup")
    popup.wait_for()
    text = popup.inner_text()
    assert HOSTILE[0] in text
    assert "travel" in text
    assert page.evaluate("window.hurt === undefined")
    assert trouble == []


@pytest.mark.browser
def test_a_notebook_and_save_get_the_whole_map(tmp_path: Path) -> None:
    page = alignment_map(line(), to.Alignment(np.array([0, 0, -1, 1, 1, 1])))
    page.save(tmp_path / "saved.html")
    assert "<script src=" not in (tmp_path / "saved.html").read_text(encoding="utf-8")
    shown = tmp_path / "notebook.html"
    shown.write_text(page._repr_html_(), encoding="utf-8")
    for browser, trouble in open_in_browser(shown, ready="iframe"):
        browser.frame_locator("iframe").locator(".t-legend tr[data-rep]").first.wait_for()
        assert trouble == []


def test_any_alignment_can_be_shown() -> None:
    problem = line()
    html = self_contained(alignment_map(problem, to.Alignment(np.array([0, 0, -1, 1, 1, 1]))))
    assert "Sales territories" in html


def test_script_json_cannot_leave_its_script() -> None:
    text = script_json({"name": "</script><!--"})
    assert "<" not in text


def test_a_page_that_loads_from_elsewhere_is_refused() -> None:
    with pytest.raises(ExportError, match="cdn"):
        assert_offline('<script src="https://cdn.example/x.js"></script>')


def test_neighbours_differ_in_colour() -> None:
    rng = np.random.default_rng(1)
    lat, lon = rng.uniform(40, 45, 400), rng.uniform(0, 5, 400)
    rep = (np.floor(lat - 40) * 5 + np.floor(lon)).astype(np.int32)
    drawn = colour_reps(lat, lon, 25, rep)
    assert set(drawn) <= set(PALETTE)
    for r in range(25):
        if r % 5 < 4:
            assert drawn[r] != drawn[r + 1]
        if r < 20:
            assert drawn[r] != drawn[r + 5]


def test_each_of_a_few_reps_has_a_colour_of_its_own() -> None:
    everybody = [(a, b) for a in range(12) for b in range(a)]
    for n, pairs in ((12, []), (12, everybody), (5, [(0, 1), (3, 4)])):
        assert len(set(colours(pairs, n))) == n
    assert len(set(colours([], 13))) <= 12


def test_outline_over_the_date_line_stays_in_one_piece() -> None:
    lat = np.array([-17.0, -18.0, -17.5, -16.5])
    lon = np.array([178.0, -179.0, 179.5, -178.5])
    (rings,) = outlines(lat, lon, np.zeros(4, np.int32), 1)
    ring = np.array(rings[0]).reshape(-1, 2)
    assert np.ptp(ring[:, 1]) < 10


def test_no_outline_below_three_places() -> None:
    assert outlines(np.array([1.0, 2.0]), np.array([1.0, 2.0]), np.zeros(2, np.int32), 1) == [[]]
