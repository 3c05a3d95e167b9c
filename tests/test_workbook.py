"""report.xlsx: every sheet is there, says the same as the files, and runs nothing."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np
import plan
import pytest
from python_calamine import CalamineWorkbook

from territory_opt.deliver import make_report
from territory_opt.io import workbook as room
from territory_opt.io.glossary import MEANINGS, meaning_of
from territory_opt.io.report import account_table, moves_table, territory_table
from territory_opt.io.sheets import LONGEST
from territory_opt.io.workbook import FIRST, LAST, write_workbook

SHEETS = (*FIRST, "Fairness by rep", "Quotas", "Quota fairness", "Quota methods", LAST)


def written(facts, result, path: Path) -> Path:
    write_workbook(make_report(facts, plan.POLICY, result), path)
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    facts = plan.problem()
    return written(facts, plan.result(facts), tmp_path_factory.mktemp("book") / "report.xlsx")


def cells(path: Path, sheet: str) -> list[list[object]]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as book:
        return {
            name: book.read(name).decode("utf-8") for name in book.namelist() if not name.endswith(".png")
        }


def test_sheets_in_their_order(path: Path) -> None:
    assert CalamineWorkbook.from_path(str(path)).sheet_names == list(SHEETS)


def test_nothing_runs_and_nothing_links(path: Path) -> None:
    for name, xml in parts(path).items():
        if name.startswith("xl/worksheets/"):
            assert "<f>" not in xml, f"{name} has a formula"
            assert "<f " not in xml, f"{name} has a formula"
            assert "hyperlink" not in xml.lower(), name
        if name.endswith(".rels"):
            assert "http://x.example" not in xml
            assert 'TargetMode="External"' not in xml


def test_hostile_texts_arrive_as_they_are(path: Path) -> None:
    names = [row[1] for row in cells(path, "Accounts")[1:]]
    assert names == [*plan.HOSTILE, "Plain"]
    assert [row[0] for row in cells(path, "Territories")[1:]] == ["=R1", "R2", "007"]
    assert "=own+measure" in cells(path, "Accounts")[0]


def test_a_text_cell_stays_text_when_it_is_edited(path: Path) -> None:
    styles = parts(path)["xl/styles.xml"]
    assert 'quotePrefix="1"' in styles
    sheet = parts(path)["xl/worksheets/sheet4.xml"]
    style = int(re.search(r'<c r="B2" s="(\d+)" t="s">', sheet)[1])
    form = re.findall(r"<xf [^>]*>", styles.split("<cellXfs")[1])[style]
    assert 'numFmtId="49"' in form
    assert 'quotePrefix="1"' in form


def hostile_everywhere():
    """The plan with a formula in every text: ids, names, tags, columns, currency, settings."""
    from dataclasses import replace

    from territory_opt import Accounts, Alignment, History, Policy, Problem, Reps
    from territory_opt.policy import Apart, Balance, Disruption, KeepTogether, Travel
    from territory_opt.scenarios import value

    facts = plan.problem()
    ids = [f"{sign}{i}+cmd|'/C calc'!A0" for i, sign in enumerate("=+-@=+-@")]
    tags = {name: [f"@{name}{i % 2}" for i in range(8)] for name in ("=family", "+segment", "family")}
    old = facts.accounts
    accounts = Accounts.of(
        ids,
        names=["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "|calc", "＝1"],
        lat=old.lat,
        lon=old.lon,
        owner=old.owner,
        measures=old.measures,
        tags=tags,
    )
    reps = Reps.of(
        ["=R1", "+R2", "@R3"],
        names=['=HYPERLINK("http://x.example")', "-2+3", "+SUM(1)"],
        lat=facts.reps.lat,
        lon=facts.reps.lon,
        measures={"quota": [1000.0, 2000.0, 333.33], "commission_rate": [0.01, 0.02, 0.01]},
        tags={
            "region": ["=north", "+south", "=north"],
            "manager": ["@boss", "-boss", "@boss"],
            "start_date": ["2025-01-01"] * 3,
        },
    )
    periods = [f"{year}-Q{q}" for year in (2023, 2024) for q in (1, 2, 3, 4)]
    history = History(periods, np.outer(old.measures["revenue"], np.ones(8)) / 4)
    problem = Problem(accounts, reps, currency="=EUR", history=history)
    wishes = [Travel(), Disruption(), Balance("potential", within=0.1), Balance("=own+measure", within=0.1)]
    policy = Policy([*wishes, Apart(tuple(ids[:2]))], [KeepTogether("=family")])
    counted = value(problem, policy, Alignment(np.array([0, 0, 1, 1, 2, 2, 2, -1])))
    return problem, policy, replace(counted, why_impossible="=1+1")


def test_no_cell_of_any_sheet_can_run_whatever_the_facts_say(tmp_path: Path) -> None:
    """Every text cell that looks like a formula is marked as text, so that editing it runs nothing either."""
    from territory_opt import IncentiveSettings, PayPlan

    problem, policy, result = hostile_everywhere()
    quota = {"hedges": {"region": 0.02, "rep": 0.01}, "season": (0.2, 0.3, 0.2, 0.3)}
    plans = IncentiveSettings(
        plans=(PayPlan("=plan", 50_000, 20_000),), effective_date="2026-01-01", leagues=1
    )
    report = make_report(problem, policy, result, quota=quota, incentives=plans)
    path = tmp_path / "hostile.xlsx"
    write_workbook(report, path)
    xml = parts(path)
    texts = [
        re.sub(r"<[^>]*>", "", item)
        for item in re.findall(r"<si>(.*?)</si>", xml["xl/sharedStrings.xml"], re.S)
    ]
    forms = re.findall(r"<xf [^>]*>", xml["xl/styles.xml"].split("<cellXfs")[1])
    risky = 0
    for name, sheet in xml.items():
        if not name.startswith("xl/worksheets/sheet"):
            continue
        for danger in ("<f>", "<f ", "hyperlink"):
            assert danger not in sheet.lower(), name
        for attributes, number in re.findall(r'<c ([^>]*t="s"[^>]*)><v>(\d+)</v>', sheet):
            if re.match(r"\s*[=+\-@|＝]", texts[int(number)]):
                style = re.search(r's="(\d+)"', attributes)
                assert style, (name, texts[int(number)])
                assert 'quotePrefix="1"' in forms[int(style[1])], (name, texts[int(number)])
                risky += 1
    sheets = CalamineWorkbook.from_path(str(path)).sheet_names
    assert {"Quota by period", "Quota by level", "Forecast"} <= {*sheets}
    assert risky > 200
    assert all("TargetMode" not in text for name, text in xml.items() if name.endswith(".rels"))


def test_charts_draw_every_rep_and_name_no_formula(path: Path) -> None:
    charts = {name: xml for name, xml in parts(path).items() if name.startswith("xl/charts/chart")}
    assert len(charts) == 1
    (xml,) = charts.values()
    assert xml.count("<c:ser>") == 4
    assert "Index of potential" in xml
    ranges = set(re.findall(r"<c:f>([^<]*)</c:f>", xml))
    assert all(reference.startswith("Fairness!$") for reference in ranges)
    first, last = map(int, re.search(r"Fairness!\$C\$(\d+):\$C\$(\d+)", xml).groups())
    today = [row[2] for row in cells(path, "Fairness")[first - 1 : last]]
    facts = plan.problem()
    np.testing.assert_allclose(today, plan.result(facts).today.meters[0].index)


def test_headers_are_frozen_filtered_and_indexes_coloured(path: Path) -> None:
    xml = parts(path)
    for number, name in enumerate(SHEETS, start=1):
        sheet = xml[f"xl/worksheets/sheet{number}.xml"]
        assert 'state="frozen"' in sheet, name
        assert ("<autoFilter" in sheet) == (name != "Summary"), name
    assert xml["xl/worksheets/sheet2.xml"].count("<conditionalFormatting") == 2


def test_summary_says_status_proof_and_money(path: Path) -> None:
    result = plan.result(plan.problem())
    rows = cells(path, "Summary")
    texts = [str(row[0]) for row in rows]
    assert texts[1] == str(result).splitlines()[0]
    assert texts[2] == str(result).splitlines()[1]
    total = rows[texts.index("total")]
    np.testing.assert_allclose(
        total[1:4], [result.today.cost, result.audit.cost, result.audit.cost - result.today.cost]
    )
    assert rows[texts.index("potential within 25 %")][1:5] == [
        "0.38 – 1.31",
        "0.56 – 1.31",
        "1 of 3",
        "1 of 3",
    ]
    assert rows[texts.index("accounts that nobody serves")][1] == 1


def test_summary_puts_today_before_the_plan_in_every_row(path: Path) -> None:
    facts = plan.problem()
    result = plan.result(facts)
    rows = {str(row[0]): row for row in cells(path, "Summary")}
    for name, money in result.audit.terms.items():
        before = result.today.terms[name]
        np.testing.assert_allclose(rows[name][1:4], [before, money, money - before], atol=1e-9)
    report = make_report(facts, plan.POLICY, result)
    then, now = (report.fairness[key][0]["lost_share"]["0.3"] for key in ("today", "plan"))
    found = rows["share of sales lost, by potential, elasticity 0.3"][1:4]
    np.testing.assert_allclose(found, [then, now, now - then])
    found = rows["USD a year of sales lost, by potential, elasticity 0.3"][1:4]
    np.testing.assert_allclose(found, [then * 825, now * 825, (now - then) * 825])  # of the revenue
    assert then != now


def test_accounts_tell_the_owner_of_today_from_the_new_one(path: Path) -> None:
    header, *rows = cells(path, "Accounts")
    served = [(row[header.index("owner_today")], row[header.index("rep_id")]) for row in rows]
    assert served[2] == ("=R1", "R2")
    assert served[4] == ("R2", "007")
    assert served[6] == ("", "007")
    assert served[7] == ("", "")


def test_red_is_outside_the_band_and_green_inside(path: Path) -> None:
    xml = parts(path)
    rules = re.findall(
        r'<cfRule type="cellIs" dxfId="(\d+)"[^>]*operator="(\w+)"[^>]*>'
        r"<formula>([^<]*)</formula><formula>([^<]*)</formula>",
        xml["xl/worksheets/sheet2.xml"],
    )
    fills = re.findall(r"<dxf>.*?</dxf>", xml["xl/styles.xml"])
    assert len(rules) == 4  # inside and outside, today and in the plan
    for style, operator, low, high in rules:
        assert ("E2EFDA" in fills[int(style)]) == (operator == "between")
        assert ("F8CBAD" in fills[int(style)]) == (operator == "notBetween")
        assert (float(low), float(high)) == pytest.approx((0.75, 1.25), abs=1e-5)


def test_sheets_say_what_the_files_say(path: Path) -> None:
    facts = plan.problem()
    report = make_report(facts, plan.POLICY, plan.result(facts))
    tables = {"Territories": territory_table, "Moves": moves_table, "Accounts": account_table}
    for sheet, table in tables.items():
        header, *rows = cells(path, sheet)
        columns = table(report)
        assert header == list(columns)
        for j, values in enumerate(columns.values()):
            for row, value in zip(rows, values, strict=True):
                assert row[j] == pytest.approx(value) if not isinstance(value, str) else row[j] == value


def test_every_column_has_a_definition(path: Path) -> None:
    for sheet in (*SHEETS[1:5], "Fairness by rep", "Quotas"):
        for column in cells(path, sheet)[0]:
            own = column in ("=own+measure", "moved")
            assert own == (meaning_of(column).meaning == "A column of your own"), column
    assert all(meaning.meaning for meaning in MEANINGS.values())
    defined = {(row[0], row[1]) for row in cells(path, "Definitions")[1:]}
    assert {("Territories", "index of potential"), ("Moves", "reason"), ("Fairness", "gini")} <= defined


def test_clashes_are_listed(path: Path) -> None:
    rows = cells(path, "Clashes")
    assert rows[0] == ["wish", "where", "amount", "what"]
    assert [row[:2] for row in rows[1:]] == [
        ["potential within 25 %", "=R1"],
        ["potential within 25 %", "R2"],
        ["coverage", "=A8"],
    ]


def test_a_cell_too_long_for_excel_is_cut_not_lost(tmp_path: Path) -> None:
    from dataclasses import replace

    facts = plan.problem()
    names = facts.accounts.names.copy()
    names[0] = "x" * (LONGEST + 5)
    facts = replace(facts, accounts=replace(facts.accounts, names=names))
    path = written(facts, plan.result(facts), tmp_path / "long.xlsx")
    assert cells(path, "Accounts")[1][1] == "x" * (LONGEST - 1) + "…"


def test_more_rows_than_a_sheet_should_hold(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(room, "MOST_ROWS", 5)
    facts = plan.problem()
    rows = cells(written(facts, plan.result(facts), tmp_path / "cut.xlsx"), "Accounts")
    assert [row[0] for row in rows[1:6]] == [f"00{i}" for i in range(5)]
    assert rows[7][0] == "The first 5 of 8 rows; the CSV files hold all."


def test_same_plan_same_sheets(path: Path, tmp_path: Path) -> None:
    facts = plan.problem()
    again = parts(written(facts, plan.result(facts), tmp_path / "again.xlsx"))
    ours = parts(path)
    for name in again:
        if name not in ("docProps/core.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"):
            assert again[name] == ours[name], name  # the sentence of the proof tells the run time
