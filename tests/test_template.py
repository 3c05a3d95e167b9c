"""What `init` writes can be used as it is."""

from __future__ import annotations

import dataclasses
import re
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from territory_opt.check import check
from territory_opt.config import load, read, read_config
from territory_opt.errors import ExportError
from territory_opt.io.area_settings import AreaSettings
from territory_opt.io.definitions import columns_of
from territory_opt.io.facts import ACCOUNT_COLUMNS, DEFAULTS, REP_COLUMNS
from territory_opt.io.template import init
from territory_opt.policy import RULES, TERMS


def test_the_policy_loads(tmp_path: Path) -> None:
    policy, _ = init(tmp_path)
    names = [wish.name for wish in read_config(policy).policy.wishes]
    assert names == ["travel", "disruption", "balance", "balance", "locked"]


def test_every_option_in_the_policy_loads(tmp_path: Path) -> None:
    """With every `#key = value` taken for `key = value`; so no option in it can go out of date."""
    policy, _ = init(tmp_path)
    text = policy.read_text(encoding="utf-8")
    policy.write_text(re.sub(r"(?m)^#(?=\S)", "", text), encoding="utf-8")
    config = read_config(policy)
    assert {wish.name for wish in config.policy.wishes} == {*TERMS, *RULES}
    assert config.columns.keys() == {"accounts", "reps", "history", "areas"}
    assert config.areas == AreaSettings(
        layer="counties", crs="EPSG:4326", bridges=(("01001", "01021"),), forbidden=(("01001", "01047"),)
    )
    assert config.quota.goal == 1_000_000
    assert config.headcount.hires == (("2026-04-01", 2.0),)
    assert config.headcount.cost_per_rep == 120_000
    assert config.incentives.plans[0].accelerators == ((1.0, 1.5), (1.2, 2.0))
    assert config.incentives.leagues == 3
    assert config.publish.effective_date == "2027-02-01"
    assert config.publish.exempt == ("contract",)
    assert [f.name for f in dataclasses.fields(config.publish) if f"\n#{f.name} = " not in text] == []
    assert config.fairness.probability_by_segment == (("clinic", 0.4), ("hospital", 0.25))
    assert [f.name for f in dataclasses.fields(config.quota) if f"\n#{f.name} = " not in text] == []


def test_definitions_name_every_column() -> None:
    assert tuple(d.column for d in columns_of("accounts")) == ACCOUNT_COLUMNS
    assert tuple(d.column for d in columns_of("reps")) == REP_COLUMNS
    assert all(d.meaning and d.example and d.needed for t in ("accounts", "reps") for d in columns_of(t))


def test_the_workbook_has_headers_definitions_and_validation(tmp_path: Path) -> None:
    _, path = init(tmp_path / "new folder")
    book = CalamineWorkbook.from_path(str(path))
    assert book.sheet_names == ["accounts", "reps", "example", "definitions"]
    assert tuple(book.get_sheet_by_name("accounts").to_python()[0]) == ACCOUNT_COLUMNS
    assert tuple(book.get_sheet_by_name("reps").to_python()[0]) == REP_COLUMNS
    defined = {(row[0], row[1]) for row in book.get_sheet_by_name("definitions").to_python()}
    assert {("accounts", name) for name in ACCOUNT_COLUMNS} | {
        ("reps", name) for name in REP_COLUMNS
    } <= defined
    with zipfile.ZipFile(path) as parts:
        rules = [parts.read(f"xl/worksheets/sheet{i}.xml").decode() for i in (1, 2)]
    assert "yes,no" in rules[0]
    assert "reps!$A$2" in rules[0]
    assert "active,vacant,leaving" in rules[1]
    assert rules[1].count("<dataValidation ") == 5  # lat, lon, capacity_h, share, status


def test_an_unfilled_workbook_says_so(tmp_path: Path) -> None:
    init(tmp_path)
    problem, _, issues = load(tmp_path)
    assert problem is None
    assert [(i.table, i.fault) for i in issues] == [
        ("accounts", "the table has a header but no rows"),
        ("reps", "the table has a header but no rows"),
    ]


def fill(path: Path) -> None:
    """The examples of the definitions as the only rows, in a workbook like that of `init`."""
    with xlsxwriter.Workbook(path) as book:
        for table in ("accounts", "reps"):
            sheet = book.add_worksheet(table)
            for i, definition in enumerate(columns_of(table)):
                sheet.write_string(0, i, definition.column)
                number = definition.kind in ("latitude", "longitude", "amount")
                sheet.write(1, i, float(definition.example) if number else definition.example)


def test_the_examples_are_a_sound_problem(tmp_path: Path) -> None:
    policy, book = init(tmp_path)
    fill(book)
    problem, config, issues = load(tmp_path)
    assert problem is not None
    assert not issues
    assert not check(problem, config.policy)
    assert problem.currency == "EUR"
    assert problem.accounts.owner.tolist() == [0]
    assert problem.accounts.locked.tolist() == [True]
    assert problem.accounts.tag("area_id").texts().tolist() == ["01234"]
    assert all((problem.accounts.measures[name] > 0).all() for name in DEFAULTS)
    assert problem.reps.capacity_h.tolist() == [1400]
    assert policy.exists()


def test_the_example_rows_are_a_sound_problem(tmp_path: Path) -> None:
    """Copied into the sheets that they are for, they can be planned as they are."""
    _, book = init(tmp_path)
    rows = CalamineWorkbook.from_path(str(book)).get_sheet_by_name("example").to_python()
    starts = {str(row[0]).split()[2]: i for i, row in enumerate(rows) if str(row[0]).startswith("The sheet")}
    with xlsxwriter.Workbook(book) as filled:
        for table, start in starts.items():
            sheet = filled.add_worksheet(table)
            for i, row in enumerate(rows[start + 1 :]):
                if str(row[0]) == "":
                    break
                sheet.write_row(i, 0, row)
    problem, config, issues = load(tmp_path)
    assert problem is not None
    assert not issues
    assert not check(problem, config.policy)
    assert (len(problem.accounts), len(problem.reps)) == (4, 3)
    assert problem.accounts.tag("family").texts().tolist() == ["A-0001", "A-0001", "", ""]
    assert problem.reps.share.tolist() == [1, 0.5, 1]


def test_files_of_the_planner_win_over_an_unfilled_workbook(tmp_path: Path) -> None:
    _, book = init(tmp_path)
    (tmp_path / "accounts.csv").write_text("account_id,lat,lon\n1,48,11\n")
    (tmp_path / "reps.csv").write_text("rep_id,lat,lon\n1,48,11\n")
    assert len(read(tmp_path).accounts) == 1
    fill(book)  # now there are two tables of each
    problem, _, issues = load(tmp_path)
    assert problem is None
    assert [i.fault for i in issues] == ["there is more than one file"] * 2


@pytest.mark.parametrize("name", ["territory.toml", "territory.xlsx"])
def test_nothing_is_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(ExportError, match=re.escape(name)):
        init(tmp_path)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [(name, "mine")]
