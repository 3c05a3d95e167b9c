"""Tables in: every dialect reads alike, and every fault is named."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

from territory_opt.check import check
from territory_opt.config import load, read
from territory_opt.errors import DataError, Issue, PolicyError
from territory_opt.io.atomic import replacing, safe_cell, safe_cells, unguarded
from territory_opt.io.columns import SHOWN_PER_FAULT, Column
from territory_opt.io.families import resolve_families
from territory_opt.io.folder import from_frames, read_folder
from territory_opt.io.issues import HEADER, write_issues
from territory_opt.io.numbers import read_numbers
from territory_opt.io.tables import read_table
from territory_opt.problem import Problem
from territory_opt.solve import solve
from territory_opt.travel import TravelTable

BAD = sorted(p for p in (Path(__file__).parent / "bad_inputs").iterdir() if p.is_dir())
ROWS = (
    {
        "account_id": "007",
        "name": "Müller & Söhne",
        "lat": 48.1,
        "lon": 11.5,
        "visits": 12,
        "potential": 1234.5,
    },
    {"account_id": "0815", "name": "Čapek; Ltd", "lat": 48.25, "lon": 11.625, "visits": 6, "potential": 50},
)
REPS = "rep_id,lat,lon\n501,48.14,11.58\n"


def faults_of(folder: Path) -> list[Issue]:
    """All that the package says about a folder, whether it raises or lists."""
    try:
        problem, config, issues = load(folder)
        return [*issues, *(check(problem, config.policy) if problem is not None else ())]
    except (DataError, PolicyError) as error:
        return list(error.issues)


@pytest.mark.parametrize("folder", BAD, ids=lambda p: p.name)
def test_every_fault_is_named(folder: Path) -> None:
    """Exactly the expected faults: none missed, none invented."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert expected
    found = [
        {
            "severity": "fatal" if issue.fatal else "warning",
            **{k: getattr(issue, k) for k in ("table", "row", "column", "value", "fault")},
        }
        for issue in faults_of(folder)
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert all(issue.mend for issue in faults_of(folder))


@pytest.mark.parametrize("folder", BAD, ids=lambda p: p.name)
def test_only_sound_facts_become_a_problem(folder: Path) -> None:
    """`read` refuses exactly where the tables have a fatal fault."""
    fatal = {issue for issue in faults_of(folder) if issue.fatal}
    try:
        problem, config, _ = load(folder)
    except PolicyError:
        problem = None
    if problem is None:
        with pytest.raises((DataError, PolicyError)) as caught:
            read(folder)
        assert set(caught.value.issues) == fatal
    else:
        assert read(folder).fingerprint() == problem.fingerprint()
        assert fatal <= set(check(problem, config.policy))


def write_csv(path: Path, *, separator: str = ",", decimal: str = ".", encoding: str = "utf-8") -> None:
    """The two test accounts in a dialect."""
    with path.open("w", encoding=encoding, newline="", errors="replace") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow(ROWS[0])
        for row in ROWS:
            writer.writerow(
                [str(v).replace(".", decimal) if isinstance(v, float) else v for v in row.values()]
            )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250", "utf-16"])
@pytest.mark.parametrize(
    ("separator", "decimal"), [(",", "."), (";", ","), (";", "."), ("\t", ","), ("|", ".")]
)
def test_every_dialect_reads_alike(tmp_path: Path, encoding: str, separator: str, decimal: str) -> None:
    (tmp_path / "reps.csv").write_text(REPS)
    write_csv(tmp_path / "accounts.csv", separator=separator, decimal=decimal, encoding=encoding)
    problem = read(tmp_path)
    accounts = problem.accounts
    assert accounts.ids.tolist() == ["007", "0815"]
    assert accounts.lat.tolist() == [48.1, 48.25]
    assert accounts.lon.tolist() == [11.5, 11.625]
    assert accounts.measures["potential"].tolist() == [1234.5, 50]
    assert accounts.measures["visits"].tolist() == [12, 6]
    assert problem.reps.ids.tolist() == ["501"]
    if encoding != "cp1250":
        assert accounts.names.tolist() == [row["name"] for row in ROWS]


def test_windows_1252_keeps_its_letters(tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_bytes("account_id,name\n1,Café Zoë – €5 “Ünï”\n".encode("cp1252"))
    assert read_table(path, "accounts")["name"].tolist() == ["Café Zoë – €5 “Ünï”"]


def test_separator_line_of_excel(tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text("sep=;\naccount_id;name\n1;a,b\n")
    frame = read_table(path, "accounts")
    assert frame.to_dict("list") == {"account_id": ["1"], "name": ["a,b"]}
    assert frame.index.tolist() == [1]  # row 3 of the file


def test_blank_rows_are_skipped_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text("\naccount_id,name\n1,a\n,\n\n2,b\n")
    frame = read_table(path, "accounts")
    assert frame["account_id"].tolist() == ["1", "2"]
    assert (frame.index + 2).tolist() == [3, 6]


def test_excel_and_parquet_read_as_csv(tmp_path: Path) -> None:
    """Numbers that Excel made of ids come back without .0, and texts keep their zeros."""
    header = [*ROWS[0], "owner", "locked"]
    cells = [[*row.values(), 501.0, True] for row in ROWS]
    for kind in ("xlsx", "parquet", "csv"):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "reps.csv").write_text(REPS)
    with xlsxwriter.Workbook(tmp_path / "xlsx" / "accounts.xlsx") as book:
        book.add_worksheet("notes").write(0, 0, "not this one")
        sheet = book.add_worksheet("accounts")
        for i, line in enumerate([header, *cells]):
            sheet.write_row(i, 0, line)
    frame = pd.DataFrame(cells, columns=header)
    frame.to_parquet(tmp_path / "parquet" / "accounts.parquet")
    frame.assign(owner="501", locked="yes").to_csv(tmp_path / "csv" / "accounts.csv", index=False)
    prints = {kind: read(tmp_path / kind).fingerprint() for kind in ("xlsx", "parquet", "csv")}
    assert len(set(prints.values())) == 1
    assert read(tmp_path / "xlsx").accounts.owner.tolist() == [0, 0]
    assert (
        from_frames(frame, pd.DataFrame({"rep_id": [501], "lat": [48.14], "lon": [11.58]})).fingerprint()
        == (prints["csv"])
    )


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1.5", "2", ""], [1.5, 2, np.nan]),
        (["1,5", "2"], [1.5, 2]),
        (["1.234,5", "12.500"], [1234.5, 12500]),
        (["1,234.5", "12,500"], [1234.5, 12500]),
        (["1,234", "12,500"], [1234, 12500]),  # the English way where nothing decides
        (["1,234", "0,500"], [1.234, 0.5]),
        (["1.234.567", "1.000"], [1234567, 1000]),
        (["1 234,5", "$ 5"], [1234.5, 5]),
        (["€1,234", "7"], [1234, 7]),
        (["12%", "0.5"], [0.12, 0.5]),
        (["1e3", "-2.5E-1"], [1000, -0.25]),
        (["1,5", "1.5", "2.5"], [np.nan, 1.5, 2.5]),  # two signs in one column: the rarer is a fault
        (["12 34", "1-2", "n/a", "--"], [np.nan] * 4),
        (["1,23,4", "1.2.3"], [np.nan] * 2),
    ],
)
def test_numbers_as_people_write_them(cells: list[str], numbers: list[float]) -> None:
    np.testing.assert_allclose(read_numbers(pd.Series(cells, dtype=object)).values, numbers)


def test_an_open_number_follows_its_table() -> None:
    """`1,234` is 1.234 where another column of the table has decimal commas."""
    frame = pd.DataFrame({"potential": ["1,234", "2,500"], "visit_h": ["1,5", "2"]})
    column = Column("accounts", frame)
    assert column.number("potential").tolist() == [1.234, 2.5]
    assert not column.issues
    alone = Column("accounts", frame[["potential"]])
    assert alone.number("potential").tolist() == [1234, 2500]
    assert [issue.fatal for issue in alone.issues] == [False]


def test_families_resolve_to_the_top_parent() -> None:
    ids = pd.Series(["A", "B", "C", "D", "E", "F", "G", "H"])
    cells = pd.Series(["", "A", "B", "chain", "chain", "", "D", "H"])
    column = Column("accounts", pd.DataFrame({"account_id": ids, "family": cells}))
    found = resolve_families(column, ids)
    assert found.tolist() == ["A", "A", "A", "chain", "chain", "", "chain", "H"]
    assert not column.issues


@pytest.mark.parametrize("length", [2, 3, 7, 1000])
def test_long_chains_and_cycles(length: int) -> None:
    """A chain of any length ends at its top; a cycle is blamed on its members, not on who leads there."""
    ids = pd.Series([f"N{i}" for i in range(length)])
    chain = pd.Series(["", *ids[:-1]])
    column = Column("accounts", pd.DataFrame({"account_id": ids, "family": chain}))
    assert set(resolve_families(column, ids)) == {"N0"}
    assert not column.issues
    cycle = chain.copy()
    cycle.iloc[0] = "N1"
    column = Column("accounts", pd.DataFrame({"account_id": ids, "family": cycle}))
    resolve_families(column, ids)
    assert [issue.row for issue in column.issues] == [2, 3]


def test_travel_table(tmp_path: Path) -> None:
    """Distances of the planner's own need no coordinates, in any order of rows."""
    (tmp_path / "accounts.csv").write_text("account_id,visits\nA,1\nB,2\n")
    (tmp_path / "reps.csv").write_text("rep_id\nX\nY\n")
    (tmp_path / "travel.csv").write_text("rep_id;account_id;km\nY;B;4,5\nX;A;1\nX;B;3\nY;A;2\n")
    problem = read(tmp_path)
    assert isinstance(problem.distances, TravelTable)
    assert problem.distances.table.tolist() == [[1, 2], [3, 4.5]]


def test_a_leaver_needs_no_place(tmp_path: Path) -> None:
    """No plan depends on it; today's travel counts from the middle of the accounts, over the date line."""
    (tmp_path / "accounts.csv").write_text(
        "account_id,lat,lon,visits,visit_h,potential,revenue,owner\n"
        "A,-17,179,4,1,9,9,gone\nB,-17,-177,4,1,9,9,gone\nC,-18,178,4,1,9,9,here\nD,-16,178,4,1,9,9,\n"
    )
    plans, today = set(), []
    for place in (",", "-17,179.9", "-10,170"):
        (tmp_path / "reps.csv").write_text(
            "rep_id,lat,lon,status\nhere,-17,178,\nthere,-17,-178,\nidle,,,leaving\ngone,"
            + place
            + ",leaving\n"
        )
        problem, config, _ = load(tmp_path)
        assert problem is not None
        result = solve(problem, config.policy)
        assert np.isfinite([result.today.cost, result.audit.cost]).all()
        plans.add(tuple(result.alignment.rep))
        today.append(result.today.terms["travel"])
        if place == ",":
            assert (problem.reps.lat[3], problem.reps.lon[3]) == pytest.approx((-17.0, -179.0), abs=0.01)
    assert len(plans) == 1
    assert today[0] < today[2]


def test_half_a_character_in_a_frame_is_named() -> None:
    """It would end as an error of the writer, after the search."""
    reps = pd.DataFrame({"rep_id": ["R"], "lat": [1.0], "lon": [1.0]})
    names = pd.Series(["fine", "bro\ud800ken"], dtype=object)
    accounts = pd.DataFrame({"account_id": ["A", "B"], "name": names, "lat": [1.0, 2], "lon": [1.0, 2]})
    with pytest.raises(DataError) as caught:
        from_frames(accounts, reps)
    (issue,) = caught.value.issues
    assert (issue.table, issue.row, issue.column, issue.value) == ("accounts", 3, "name", "bro\\ud800ken")
    assert "no file can hold" in str(caught.value)


def test_a_column_of_ones_own_may_look_like_ours(tmp_path: Path) -> None:
    """Mapped to its own name, it is kept as it is; the missing one is said to be missing."""
    (tmp_path / "accounts.csv").write_text("account_id,lat,lon,visits,visit_h,revnue (k)\nA,48,11,1,1,7\n")
    (tmp_path / "reps.csv").write_text("rep_id,lat,lon\nX,48,11\n")
    issues = faults_of(tmp_path)
    near = [issue for issue in issues if issue.column == "revnue (k)"]
    assert near == []  # too far from ours
    text = (tmp_path / "accounts.csv").read_text()
    (tmp_path / "accounts.csv").write_text(text.replace("revnue (k)", "reve nue"))
    (near,) = (issue for issue in faults_of(tmp_path) if issue.column == "reve nue")
    assert near.fatal
    own = '"reve nue" = "reve nue"'
    assert own in near.mend
    kept, meant = {"reve nue": 7.0, "revenue": 0.0}, {"revenue": 7.0}
    for line, measures in ((own, kept), ('revenue = "reve nue"', meant)):
        (tmp_path / "territory.toml").write_text(f"[columns.accounts]\n{line}\n")
        problem, _, issues = load(tmp_path)
        assert problem is not None, issues
        assert {k: v.tolist() for k, v in problem.accounts.measures.items() if "rev" in k} == {
            name: [value] for name, value in measures.items()
        }


def test_tags_and_measures(tmp_path: Path) -> None:
    """Further columns: numbers are measures; texts, postal codes and ids are tags."""
    (tmp_path / "accounts.csv").write_text(
        "account_id,lat,lon,beds,zip,tier,plain_zip,cost centre id\n"
        "1,48,11,10,01234,gold,80331,7\n2,48,11,20,99999,,80332,8\n"
    )
    (tmp_path / "reps.csv").write_text("rep_id,lat,lon,quota,language\n1,48,11,,de;fr\n2,48,11,500,\n")
    problem, issues = read_folder(tmp_path)
    assert problem is not None
    assert problem.accounts.measures["beds"].tolist() == [10, 20]
    assert problem.accounts.tag("zip").texts().tolist() == ["01234", "99999"]
    assert {"tier", "plain_zip", "cost centre id"} <= set(problem.accounts.tags)
    np.testing.assert_array_equal(problem.reps.measures["quota"], [np.nan, 500])
    assert problem.reps.tag("language").texts().tolist() == ["de;fr", ""]
    assert [(i.row, i.column) for i in issues if i.table == "reps"] == [(2, "quota")]


def test_many_faults_of_a_kind_are_counted() -> None:
    n = SHOWN_PER_FAULT + 7
    column = Column("accounts", pd.DataFrame({"potential": ["x"] * n}))
    column.number("potential")
    assert len(column.issues) == SHOWN_PER_FAULT + 1
    assert "7 more rows" in column.issues[-1].fault


def test_relabelled_rows_give_the_same_facts() -> None:
    """The order of rows changes nothing but the order of rows."""
    accounts = pd.DataFrame(
        {
            "account_id": ["A", "B", "C"],
            "lat": [48.0, 48.1, 48.2],
            "lon": [11.0, 11.1, 11.2],
            "family": ["", "A", "B"],
            "owner": ["X", "Y", ""],
        }
    )
    reps = pd.DataFrame({"rep_id": ["X", "Y"], "lat": [48.0, 48.1], "lon": [11.0, 11.1]})
    one, two = from_frames(accounts, reps), from_frames(accounts[::-1], reps[::-1])
    back = np.array([2, 1, 0])
    assert two.take(back, np.array([1, 0])).fingerprint() == one.fingerprint()


@pytest.mark.parametrize(
    "cell", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1", " =1", "|cmd", "-1\n", "=", "＝1"]
)
def test_formulas_are_disarmed(cell: str) -> None:
    assert safe_cell(cell) == "'" + cell
    assert safe_cells([cell]).tolist() == ["'" + cell]
    assert unguarded(safe_cell(cell)) == cell


@pytest.mark.parametrize(
    "cell", ["", "-12.5", "+4", "-1,5", "-1e-3", "A=1", "a-b", "O'Hara", "'quoted'", "501"]
)
def test_other_cells_stay(cell: str) -> None:
    assert safe_cell(cell) == cell
    assert safe_cells([cell]).tolist() == [cell]
    assert unguarded(cell) == cell


def test_guarded_ids_read_back(tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text(f"account_id,name\n{safe_cell('=1')},{safe_cell('-x')}\n'a,b\n")
    frame = read_table(path, "accounts")
    assert frame.to_numpy().tolist() == [["=1", "-x"], ["'a", "b"]]


def test_replacing_is_all_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with replacing(path) as temporary:
        assert temporary.parent == tmp_path
        temporary.write_text("first")
        assert not path.exists()
    with pytest.raises(RuntimeError, match="halfway"):
        write_half(path)
    assert path.read_text() == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["out.csv"]


def write_half(path: Path) -> None:
    with replacing(path) as temporary:
        temporary.write_text("half of")
        raise RuntimeError("halfway")


def test_issues_as_csv(tmp_path: Path) -> None:
    issues = [
        Issue("reps", None, "share", "", "warned", "mended", fatal=False),
        Issue("accounts", 7, "name", "=cmd()", "wrong, very", "mend"),
    ]
    path = write_issues(issues, tmp_path / "issues.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        list(HEADER),
        ["fatal", "accounts", "7", "name", "'=cmd()", "wrong, very", "mend"],
        ["warning", "reps", "", "share", "", "warned", "mended"],
    ]


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no folder"):
        read(tmp_path / "nowhere")


def test_all_faults_of_both_tables_in_one_error(tmp_path: Path) -> None:
    """Damage in one file does not hide damage in the other."""
    (tmp_path / "accounts.csv").write_text("account_id,lat,lon\nA,1,2,3\n")
    (tmp_path / "reps.csv").write_text("")
    with pytest.raises(DataError) as caught:
        read(tmp_path)
    assert [issue.table for issue in caught.value.issues] == ["accounts", "reps"]


def test_a_clean_folder_has_no_fault(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text(
        "account_id,lat,lon,visits,visit_h,potential,revenue,owner\nA,48,11,1,1,10,5,X\nB,48.1,11.1,2,1,20,5,\n"
    )
    (tmp_path / "reps.csv").write_text("rep_id,lat,lon\nX,48,11\n")
    problem, config, issues = load(tmp_path)
    assert isinstance(problem, Problem)
    assert not issues
    assert not check(problem, config.policy)
