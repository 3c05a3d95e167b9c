"""A private plan: the same figures, and no name, id, home or exact place in any output."""

from __future__ import annotations

import json
import re
import shutil
import stat
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maps_of_squares import areas_of, grid
from packed import columns_of, unpacked

import territory_opt as to
from territory_opt.cli import main
from territory_opt.io.privacy_files import salt_in, write_key
from territory_opt.policy import PairCost, PairLoad, PairTable
from territory_opt.privacy.pseudonyms import Salt

SALT = bytes(range(32))
N, R = 24, 3
OWN = [f"Zanzibar-{i:02d}" for i in range(N)]
NAMES = [f"Quixotic Hospital {i:02d}" for i in range(N)]
REPS, PEOPLE = ["seat-alpha", "seat-beta", "seat-gamma"], ["Wilhelmina", "Xenophon", "Yolanda"]
FAMILIES = [f"Thunderdome {i // 3}" for i in range(N)]
PHONES = 4_915_551_000.0 + np.arange(N)


def problem() -> to.Problem:
    """Accounts on a map, with a family, an address, a telephone as a number, and promises to reps."""
    rng = np.random.default_rng(11)
    lat, lon = rng.uniform(48.0, 48.19, N), rng.uniform(10.0, 10.29, N)
    areas = areas_of(grid(3, 2))
    area = (np.minimum((lat - 48.0) / 0.1, 1).astype(int) * 3 + np.minimum((lon - 10.0) / 0.1, 2)).astype(int)
    periods = [f"2024-Q{q}" for q in (1, 2, 3, 4)]
    return to.Problem(
        to.Accounts.of(
            OWN,
            names=NAMES,
            lat=lat,
            lon=lon,
            owner=rng.integers(-1, R, N),
            area=area,
            measures={
                "visits": rng.integers(4, 20, N),
                "visit_h": np.ones(N),
                "potential": rng.integers(100, 999, N) * 1000.0,
                "revenue": rng.integers(10, 99, N) * 1000.0,
                "telephone": PHONES,
                "beds": rng.integers(10, 99, N),
            },
            tags={
                "family": FAMILIES,
                "segment": ["clinic", "shop"] * (N // 2),
                "address": [f"Elm Street {i}" for i in range(N)],
                "needs": ["Klingon", "Sindarin", ""] * (N // 3),
                "assigned_to": [REPS[1], *[""] * (N - 1)],
                "kind": ["Bigwig", *["plain"] * (N - 1)],
            },
        ),
        to.Reps.of(
            REPS,
            names=PEOPLE,
            lat=[48.012345, 48.112345, 48.171717],
            lon=[10.012345, 10.212345, 10.151515],
            capacity_h=[900.0, np.nan, 900.0],
            measures={"quota": [300_000.0] * 3, "badge": [7_770_001.0, 7_770_002.0, 7_770_003.0]},
            tags={
                "segments": ["clinic; shop", "clinic;shop", "shop"],
                "needs": ["Klingon; Sindarin", "Sindarin", "Klingon"],
                "manager": ["Humperdinck", "Humperdinck", "Fezzik"],
                "region": ["South", "South", "North"],
                "home_area": ["a0", "a4", "a5"],
            },
        ),
        areas=areas,
        history=to.History(periods, rng.integers(1, 9, (N, 4)) * 1000.0),
    )


def policy() -> to.Policy:
    """Every wish that names an account, a rep, a text or a column."""
    rng = np.random.default_rng(12)
    loads = PairLoad(PairTable(OWN, REPS, rng.uniform(1, 3, (N, R))), dict.fromkeys(REPS, 20.0), "machines")
    terms = [
        to.Travel(),
        to.Disruption(),
        to.Fit("segment"),
        to.Balance("workload_h", within=0.1),
        to.Balance("potential", within=0.1, price=True),
        to.Balance("beds", within=0.2),
        to.MoveCap("revenue", share=0.2),
        to.MoveCap(share=0.5, per_rep=True),
        to.Capacity(),
        PairCost(PairTable(OWN, REPS, rng.uniform(0, 99, (N, R)))),
        loads,
    ]
    rules = [
        to.KeepTogether("family", exceptions=(OWN[1], OWN[5])),
        to.FollowArea(named=(OWN[2],), by="kind", values=("Bigwig",)),
        to.Contiguous(home=True),
        to.Eligible("needs", "needs"),
        to.Assigned(),
        to.MaxTravel(km=25),
        to.Apart((OWN[0], OWN[9], OWN[3])),
    ]
    return to.Policy(terms, rules)


def outcome(facts: to.Problem, wishes: to.Policy, seed: int = 1) -> to.Result:
    rep = np.random.default_rng(seed).integers(-1, R, N)
    counted = to.value(facts, wishes, to.Alignment(rep))
    prices = {m.label: np.arange(len(m.bins)) + 1.0 for m in counted.audit.meters}
    return replace(counted, prices=prices, bound=0.9 * counted.objective, searched=True)


@pytest.fixture(scope="module")
def hidden() -> to.Private:
    facts, wishes = problem(), policy()
    return to.privately(facts, wishes, outcome(facts, wishes), SALT)


def key_of(private: to.Private) -> dict[str, str]:
    return dict(zip(private.key["id"], private.key["pseudonym"], strict=True))


@given(st.integers(0, 2**31))
@settings(max_examples=8, deadline=None)
def test_every_figure_is_what_it_was(seed: int) -> None:
    facts, wishes = problem(), policy()
    result = outcome(facts, wishes, seed)
    private = to.privately(facts, wishes, result, SALT)
    new, names = private.result, key_of(private)
    assert new.status is result.status
    assert new.gap == pytest.approx(result.gap)
    for old, mine in ((result.audit, new.audit), (result.today, new.today)):
        assert dict(mine.terms) == pytest.approx(dict(old.terms))
        assert mine.breach_cost == pytest.approx(old.breach_cost)
        # An area that two reps share evenly counts to the first in the roster, whose order is another one.
        wishes_broken, broken = (Counter(c.wish.split(":")[0] for c in a.clashes) for a in (old, mine))
        assert {**broken, "contiguous": 0} == {**wishes_broken, "contiguous": 0}
        for before, after in zip(old.meters, mine.meters, strict=True):
            at = [after.bins.index(names.get(bin_, bin_)) for bin_ in before.bins]
            for name in ("load", "low", "high", "target"):
                np.testing.assert_allclose(getattr(after, name)[at], getattr(before, name), equal_nan=True)
            np.testing.assert_allclose(new.prices[after.label][at], result.prices[before.label])
    row = {str(account): i for i, account in enumerate(private.problem.accounts.ids)}
    mine = [row[names[account]] for account in OWN]
    seats = np.append([names[rep] for rep in REPS], "nobody")
    new_seats = np.append(private.problem.reps.ids, "nobody")
    assert list(new_seats[new.alignment.rep[mine]]) == list(seats[result.alignment.rep])
    found, again = to.moves(facts, wishes, result), to.moves(private.problem, private.policy, new)
    order = np.argsort([mine[a] for a in found.account])
    np.testing.assert_allclose(again.saving, found.saving[order])
    np.testing.assert_allclose(again.fairness, found.fairness[order], equal_nan=True)


def test_pseudonyms_are_the_same_for_the_same_salt_and_strangers_for_another(hidden: to.Private) -> None:
    facts, wishes = problem(), policy()
    again = to.privately(facts, wishes, outcome(facts, wishes, 5), SALT)
    assert key_of(again) == key_of(hidden)
    other = to.privately(facts, wishes, outcome(facts, wishes), SALT[::-1])
    assert not {*key_of(other).values()} & {*key_of(hidden).values()}
    assert list(hidden.problem.accounts.ids) == sorted(hidden.problem.accounts.ids)  # no order tells
    with pytest.raises(to.PolicyError, match="15 bytes"):
        to.privately(facts, wishes, outcome(facts, wishes), SALT[:15])


def test_many_names_have_as_many_codes() -> None:
    texts = [str(i) for i in range(60_000)]
    codes = Salt(SALT).codes("Account", texts)
    assert len({*codes}) == len(texts)
    assert repr(Salt(SALT)) == "Salt(…)"


def test_facts_say_nothing_of_homes_and_unknown_columns(hidden: to.Private) -> None:
    accounts, reps = hidden.problem.accounts, hidden.problem.reps
    assert np.isnan(reps.lat).all()
    assert np.isnan(reps.lon).all()
    for places in (accounts.lat, accounts.lon):
        np.testing.assert_array_equal(places, places.round(2))
    assert {"telephone", "address"}.isdisjoint({*accounts.measures, *accounts.tags})
    assert "badge" not in reps.measures
    assert "beds" in accounts.measures  # a wish counts on it
    assert {*reps.tags["region"].names} == {"North", "South"}


def readable(path: Path) -> str:
    """All text of a file, that inside workbooks and in the packed columns of maps too."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "\n".join(
                book.read(name).decode("utf-8") for name in book.namelist() if not name.endswith(".png")
            )
    if path.suffix == ".png":
        return ""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".html":
        return text
    cells = [cell for column in columns_of(text).values() for cell in column]
    return "\n".join([text, *(cell if isinstance(cell, str) else f"{cell:.4f}" for cell in cells)])


def originals(facts: to.Problem) -> list[str]:
    """Every text and number that says who or where somebody is."""
    places = [facts.accounts.lat, facts.accounts.lon, facts.reps.lat, facts.reps.lon]
    coordinates = [f"{value:.{digits}f}" for array in places for value in array for digits in (3, 4, 5)]
    rare = [text for text in coordinates if not text.endswith("00") and not text.endswith("0")]
    words = ["Thunderdome", "Elm Street", "Klingon", "Sindarin", "Bigwig", "Humperdinck", "Fezzik"]
    numbers = [f"{value:.0f}" for value in (*PHONES, *facts.reps.measures["badge"])]
    return [*OWN, *NAMES, *REPS, *PEOPLE, *words, *numbers, *rare, SALT.hex()]


def assert_nothing_of(facts: to.Problem, folder: Path) -> None:
    said = originals(facts)
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        text = readable(path)
        near = [word for word in said if word in text]
        found = {word for word in near if re.search(rf"(?<!\d){re.escape(word)}", text)}
        assert not found, (path.name, sorted(found)[:5])


def test_no_output_says_who_or_where_anybody_is(hidden: to.Private, tmp_path: Path) -> None:
    plans = to.IncentiveSettings(plans=(to.PayPlan("standard", 50_000, 20_000),), effective_date="2026-01-01")
    parts = (hidden.problem, hidden.policy, hidden.result)
    files = to.deliver(*parts, tmp_path / "plan", incentives=plans, quota={"hedges": {"region": 0.02}})
    assert {"map.html", "report.xlsx", "transition.csv", "forecast.csv"} <= {*files}
    for language in ("en", "fr"):
        to.pages(*parts, tmp_path / language, language=language)
    to.map(hidden.problem, hidden.result.alignment, hidden.policy).save(tmp_path / "map.html")
    assert_nothing_of(problem(), tmp_path)
    names = "\n".join(str(path) for path in tmp_path.rglob("*"))
    assert not [word for word in (*OWN, *REPS, *PEOPLE) if word in names]


def test_the_search_for_originals_finds_them(tmp_path: Path) -> None:
    """What it is worth: the same outputs of the plan as it is are full of them."""
    facts, wishes = problem(), policy()
    to.deliver(facts, wishes, outcome(facts, wishes), tmp_path)
    with pytest.raises(AssertionError):
        assert_nothing_of(facts, tmp_path)
    said = readable(tmp_path / "map.html")
    assert any(f"{value:.4f}" in said for value in facts.accounts.lat)
    assert f"{facts.reps.lat[0]:.4f}" in said


def test_the_map_tells_no_distances_from_hidden_homes(hidden: to.Private) -> None:
    from territory_opt.maps.content import alignment_content

    content = alignment_content(hidden.problem, hidden.result.alignment)
    assert np.isnan(unpacked(content["columns"]["km"])).all()
    assert {*content["reps"]["lat"]} == {None}
    facts = problem()
    assert np.isfinite(unpacked(alignment_content(facts, to.Alignment.today(facts))["columns"]["km"])).any()


def test_facts_that_are_written_hold_no_distances(hidden: to.Private, tmp_path: Path) -> None:
    to.write_facts(hidden.problem, tmp_path)
    assert_nothing_of(problem(), tmp_path)
    assert not list(tmp_path.glob("travel*"))


def test_a_table_of_distances_is_hidden_too() -> None:
    facts, wishes = problem(), policy()
    table = np.random.default_rng(4).uniform(1, 9, (N, R))
    facts = replace(facts, distances=to.TravelTable(table))
    result = outcome(facts, wishes)
    private = to.privately(facts, wishes, result, SALT)
    assert private.result.audit.cost == pytest.approx(result.audit.cost)
    part = private.problem.take(np.arange(5), np.arange(2))
    row, column = np.meshgrid(np.arange(5), np.arange(2), indexing="ij")
    np.testing.assert_allclose(part.km(row, column), private.problem.km(row, column))


def test_a_salt_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "privacy.salt"
    salt = salt_in(path)
    assert len(salt) == 32
    assert salt_in(path) == salt
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert salt_in(tmp_path / "other.salt") != salt
    path.write_text("short")
    with pytest.raises(to.DataError, match="is no salt"):
        salt_in(path)
    with pytest.raises(to.ExportError, match="cannot keep a salt"):
        salt_in(tmp_path / "nowhere" / "x.salt")


def test_the_key_says_who_is_who_and_never_lies_among_the_outputs(hidden: to.Private, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for place in (out, out / "key.csv", out / "deep" / "key.csv"):
        with pytest.raises(to.ExportError, match="among the private outputs"):
            write_key(hidden.key, place, out)
    path = write_key(hidden.key, tmp_path / "key.csv", out)
    rows = path.read_text(encoding="utf-8-sig").splitlines()
    assert rows[0] == "pseudonym,id,name,table"
    assert len(rows) == 1 + N + R
    assert f"{key_of(hidden)[OWN[3]]},{OWN[3]},{NAMES[3]},accounts" in rows
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


ROOT = Path(__file__).parent.parent


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def test_verbs_write_under_pseudonyms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    shutil.copytree(ROOT / "instances" / "quickstart", data)
    facts = to.read(data)
    alignment = tmp_path / "a.csv"
    lines = [f"{a},{'R1' if i % 2 else 'R2'}" for i, a in enumerate(facts.accounts.ids)]
    alignment.write_text("\n".join(["account_id,rep_id", *lines]))
    out, key = tmp_path / "out", tmp_path / "key.csv"
    assert run("pages", data, "-a", alignment, "-o", out / "p", "--private") == 0
    assert run("map", data, alignment, "-o", out / "map.html", "--private") == 0
    assert run("report", data, alignment, "-o", out / "r", "--private", "--format", "json") in (0, 3)
    printed = json.loads(capsys.readouterr().out.split("\n", 2)[2])
    names = [*facts.accounts.names, *facts.reps.names]
    said = "\n".join(readable(path) for path in out.rglob("*") if path.is_file()) + json.dumps(printed)
    assert not [name for name in names if name in said]
    places = (*facts.accounts.lat, *facts.reps.lat, *facts.reps.lon)
    assert not [place for place in places if len(f"{place}") > 6 and f"{place}" in said]
    salt = (data / "privacy.salt").read_text(encoding="ascii").strip()
    assert salt not in said
    assert not key.exists()
    assert run("map", data, alignment, "-o", tmp_path / "m.html", "--private", "--key", key) == 0
    assert "R1," in key.read_text(encoding="utf-8-sig")
