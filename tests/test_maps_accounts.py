"""Accounts on the page: columns come back as they were, layers, side by side, hexagons, search and paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_maps import CENTRE, HOSTILE, PIXEL, open_in_browser

import territory_opt as to
from territory_opt.maps import alignment_map, save_page
from territory_opt.maps.accounts import clashing, largest_dot
from territory_opt.maps.assets import script_json, static
from territory_opt.maps.packing import Column, decimals_for, pack_numbers, pack_texts
from territory_opt.maps.page import _block
from territory_opt.travel import HiddenPlaces

PICTURE = """[...document.querySelectorAll(".t-canvas")].map(c => {
    const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
    let sum = 0;
    for (let i = 0; i < d.length; i++) sum = (sum * 31 + d[i]) | 0;
    return sum;
}).join()"""
NUMBERS = "name => columns.numbers(name).then(all => [...all].map(v => (v === v ? v : null)))"
OTHER_CENTRE = "[other[0].getCenter().lat, other[0].getCenter().lng, other[0].getZoom()]"
FEW_IN_A_HEXAGON = """() => {
    TerritoryCanvas.MANY = 3;
    const map = Object.values(window).find(v => v instanceof L.Map);
    map.setView(map.getCenter(), map.getZoom() - 1, { animate: false });
}"""


def market() -> tuple[to.Problem, to.Alignment, to.Policy]:
    """Six accounts: a family that the plan splits, one that nobody serves, one without a place."""
    accounts = to.Accounts.of(
        list("abcdef"),
        names=[*HOSTILE, "Dürr & Söhne", "E", "F"],
        lat=[0, 0, 0, 0, 0, np.nan],
        lon=[0.01, 1.01, 2.01, 3.01, 4.01, np.nan],
        owner=[0, 0, 0, 1, 1, 1],
        measures={"visits": np.full(6, 4.0), "visit_h": np.ones(6), "potential": [1e6, 10, 20, 30, 40, 50]},
        tags={"family": [f"</script>{HOSTILE[1]}"] * 2 + [""] * 4},
    )
    reps = to.Reps.of(["W", "E"], names=[HOSTILE[0], "East"], lat=[0.3, 0.3], lon=[0, 5.02])
    policy = to.Policy([to.Travel(), to.Balance("potential", within=0.1)], [to.KeepTogether("family")])
    return to.Problem(accounts, reps), to.Alignment(np.array([0, 1, 0, -1, 1, 1])), policy


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    problem, alignment, policy = market()
    path = tmp_path_factory.mktemp("map") / "map.html"
    return save_page(alignment_map(problem, alignment, policy), path)


@pytest.fixture
def opened(page_file: Path) -> Iterator[tuple[Any, list[str]]]:
    for page, trouble in open_in_browser(page_file):
        page.wait_for_function("window.territoryReady")
        yield page, trouble


@pytest.mark.browser
def test_columns_come_back_from_the_page_as_they_were(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    numbers = {
        "places": (rng.uniform(-180, 180, 1000), 4),
        "codes": (rng.integers(-1, 70_000, 1000).astype(float), 0),
        "gaps": (np.array([np.nan, 0.0, -5.25, np.inf, 1e9]), 2),
        "one": (np.array([3.0]), 0),
        "none": (np.zeros(0), 0),
        "nothing": (np.full(3, np.nan), 0),
    }
    texts = {"names": [*HOSTILE, "Ünïcode 東京 🙂", "", "zero\0byte"], "empty": [], "blank": [""]}
    columns: dict[str, Column] = {name: pack_numbers(v, d) for name, (v, d) in numbers.items()}
    columns |= {name: pack_texts(t) for name, t in texts.items()}
    heads = script_json({name: c.head for name, c in columns.items()})
    blocks = "".join(_block(name, column.text) for name, column in columns.items())
    page_file = tmp_path / "columns.html"
    page_file.write_text(
        f"<body>{blocks}<script>{static('unpack.js')} const columns = territoryColumns({heads});</script>",
        encoding="utf-8",
    )
    for page, trouble in open_in_browser(page_file, ready="body"):
        for name, (values, decimals) in numbers.items():
            got = page.evaluate(
                "n => columns.numbers(n).then(v => [...v].map(x => x === x ? x : null))", name
            )
            rounded = np.where(np.isfinite(values), np.round(values, decimals), np.nan)
            assert np.array(got, np.float64) == pytest.approx(rounded, abs=1e-9, nan_ok=True), name
        for name, expected in texts.items():
            got = page.evaluate("n => columns.texts(n)", name)
            assert got == [text.replace("\0", " ") for text in expected]
        assert trouble == []


def test_a_reader_sees_five_digits_of_the_largest() -> None:
    assert [decimals_for(np.array([v])) for v in (0.5, 1.0, 99.0, 12_345.0, 1e7, 0.0)] == [5, 4, 3, 0, 0, 0]
    assert largest_dot(np.zeros(0)) > 0
    assert largest_dot(np.array([np.nan, 1.0, 1.0])) == 1.0


def test_what_is_wrong_is_said_of_every_member_of_a_family() -> None:
    problem, alignment, policy = market()
    found = clashing(problem, policy, to.audit(problem, policy, alignment))
    assert sorted(found) == [0, 1]
    assert all(text.startswith("keep_together: ") for text in found.values())
    served = to.Alignment(np.array([0, 0, 0, 1, 1, 1]))
    assert clashing(problem, policy, to.audit(problem, policy, served)) == {}


def test_hidden_places_give_no_distances() -> None:
    from territory_opt.maps.accounts import account_columns

    problem, alignment, _ = market()
    hidden_places = HiddenPlaces(problem.distances, problem.accounts, problem.reps)
    hidden = to.Problem(problem.accounts, problem.reps, hidden_places)
    lat, lon = problem.accounts.lat, problem.accounts.lon
    assert account_columns(hidden, alignment, lat, lon)["km"] == pack_numbers(np.full(6, np.nan))
    assert account_columns(problem, alignment, lat, lon)["km"] != pack_numbers(np.full(6, np.nan))


@pytest.mark.browser
def test_each_layer_changes_what_is_drawn(opened: tuple[Any, list[str]]) -> None:
    page, trouble = opened
    layers = page.locator(".t-layers input")
    names = [layers.nth(i).get_attribute("data-layer") for i in range(layers.count())]
    assert names == ["Territories", "Accounts", "Homes", "Names", "Moves", "Uncovered", "Clashing"]
    assert "Clashing (2)" in page.locator(".t-layers").inner_text()
    for name in names[1:]:
        box = page.locator(f'input[data-layer="{name}"]')
        with_it = page.evaluate(PICTURE)
        box.uncheck()
        assert page.evaluate(PICTURE) != with_it, name
        box.check()
        assert page.evaluate(PICTURE) == with_it, name
    assert "1 account has no place" in page.locator(".t-note").last.inner_text()
    assert trouble == []


@pytest.mark.browser
def test_today_and_the_plan_differ_and_stand_side_by_side(opened: tuple[Any, list[str]]) -> None:
    page, trouble = opened
    plan = page.evaluate(PICTURE)
    page.locator('button[data-view="today"]').click()
    assert page.evaluate(PICTURE) != plan
    page.evaluate("void L.Map.addInitHook(function () { window.other = [this]; })")
    page.locator('button[data-view="both"]').click()
    maps = page.locator(".t-cell .leaflet-container")
    left, right = maps.nth(0).bounding_box(), maps.nth(1).bounding_box()
    assert abs(left["width"] - right["width"]) <= 4
    assert page.locator(".t-caption").all_inner_texts() == ["Today", "Plan"]
    today, planned = page.evaluate(PICTURE).split(",")
    assert today != planned
    assert "→" in page.locator(".t-legend tbody").inner_text()

    x, y = left["x"] + left["width"] / 2, left["y"] + left["height"] / 2
    before = page.evaluate(CENTRE)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y - 30, steps=4)
    page.mouse.up()
    page.wait_for_timeout(700)
    assert page.evaluate(CENTRE) != before
    # 0.001 degrees is a tenth of a pixel here: Leaflet rounds where a map begins to whole ones.
    assert page.evaluate(OTHER_CENTRE) == pytest.approx(page.evaluate(CENTRE), abs=1e-3)
    page.locator('button[data-view="plan"]').click()
    assert maps.nth(1).is_hidden()
    assert trouble == []


@pytest.mark.browser
def test_a_pop_up_says_what_is_wrong_and_hostile_families_do_no_harm(opened: tuple[Any, list[str]]) -> None:
    page, trouble = opened
    page.fill(".t-search input", '"; window')
    page.locator(".t-search li", has_text="account").first.click()
    text = page.locator(".t-popup").inner_text()
    assert HOSTILE[1] in text
    assert "keep_together" in text
    assert HOSTILE[0] in text  # the name of who serves it today
    assert page.evaluate("window.hurt === undefined")
    page.fill(".t-search input", "F")
    page.fill(".t-search input", "dürr")
    page.locator(".t-search li").first.click()
    assert "nobody" in page.locator(".t-popup").last.inner_text()
    assert trouble == []


@pytest.mark.browser
def test_the_legend_sorts_by_an_index(opened: tuple[Any, list[str]]) -> None:
    page, trouble = opened
    heading = page.locator(".t-legend th", has_text="potential")

    def indices() -> list[float]:
        heading.click()
        return [float(text) for text in page.locator(".t-legend tbody td:last-child").all_inner_texts()]

    up, down = indices(), indices()
    assert up[0] < up[1]
    assert down == up[::-1]
    assert trouble == []


@pytest.mark.browser
def test_many_accounts_are_hexagons_that_open(opened: tuple[Any, list[str]]) -> None:
    page, trouble = opened
    page.evaluate(FEW_IN_A_HEXAGON)
    page.locator('input[data-layer="Homes"]').uncheck()
    zoom = page.evaluate(CENTRE)[2]
    x, y = page.evaluate(PIXEL, [0.0, 2.01])
    page.mouse.move(x, y)
    page.locator(".t-label").wait_for()
    assert "1 account, 100 %" in page.locator(".t-label").inner_text()
    page.mouse.click(x, y)
    page.wait_for_timeout(900)
    assert page.evaluate(CENTRE)[2] == pytest.approx(zoom + 2)
    page.mouse.click(*page.evaluate(PIXEL, [0.0, 2.01]))  # so few are in view now that they are dots again
    page.wait_for_timeout(900)
    assert HOSTILE[2] in page.locator(".t-popup").inner_text()
    assert trouble == []


@pytest.mark.browser
def test_paper_has_the_map_and_the_table_and_no_switches(opened: tuple[Any, list[str]]) -> None:
    page, trouble = opened
    before = page.evaluate(CENTRE)
    page.emulate_media(media="print")
    page.wait_for_timeout(300)
    assert page.locator(".t-legend").is_visible()
    assert page.locator(".t-key").is_visible()
    for switch in (".t-search", ".t-switch", ".t-layers"):
        assert page.locator(switch).is_hidden()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    page.emulate_media(media="screen")
    page.wait_for_timeout(300)
    assert page.locator(".t-search").is_visible()
    assert page.evaluate(CENTRE) == pytest.approx(before, abs=0.01)
    assert trouble == []


@pytest.mark.browser
def test_the_print_button_prints_after_the_page_was_laid_out_for_paper(opened: tuple[Any, list[str]]) -> None:
    page, trouble = opened
    page.evaluate("window.print = () => { window.printed = document.documentElement.className }")
    page.locator(".t-print").click()
    page.wait_for_function("window.printed !== undefined")
    assert "t-printing" in page.evaluate("window.printed")
    assert page.locator(".t-print").is_hidden()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator(".t-print").is_visible()
    assert trouble == []
