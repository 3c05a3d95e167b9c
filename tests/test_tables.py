"""Cells of any kind and files of any make: read as texts, in bulk, and never with a crash."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from drawn import Drawn, questions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from territory_opt.config import read
from territory_opt.errors import DataError
from territory_opt.io import csv_file, excel_file
from territory_opt.io.facts_file import write_facts
from territory_opt.io.folder import read_folder
from territory_opt.io.tables import read_table
from territory_opt.io.texts import as_text

REPS = "rep_id,lat,lon\n501,48.14,11.58\n"


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        ([501.0, 7.25, None], ["501", "7.25", ""]),
        ([501, 7, 2**60 + 1], ["501", "7", "1152921504606846977"]),
        ([True, False, None], ["yes", "no", ""]),
        (["007", " a ", None], ["007", "a", ""]),
        (["x", 501.0, True], ["x", "501", "yes"]),
        ([1e-7, 1e22, float("inf")], ["1e-7", "1e+22", "inf"]),
        ([1234567890123456.0, 0.1, -3.0], ["1.234567890123456e+15", "0.1", "-3"]),  # Excel keeps 15 digits
        (
            [datetime.date(2025, 4, 1), datetime.datetime(2025, 4, 1, 8, 30)],
            ["2025-04-01", "2025-04-01 08:30:00"],
        ),
        ([datetime.datetime(2025, 4, 1), None], ["2025-04-01", ""]),
        ([b"A1", Decimal("1.50")], ["A1", "1.50"]),
        ([], []),
    ],
)
def test_any_kind_of_cell_as_text(cells: list[object], texts: list[str]) -> None:
    assert as_text(cells).tolist() == texts
    assert as_text(pd.Series(cells, dtype=object)).tolist() == texts


@given(
    st.lists(
        st.one_of(
            st.none(), st.floats(allow_nan=False), st.integers(-(2**70), 2**70), st.text(), st.booleans()
        )
    )
)
def test_bulk_and_single_cells_agree(cells: list[object]) -> None:
    """However a column is typed, every cell reads as the number or text that it holds."""
    for cell, text in zip(cells, as_text(cells), strict=True):
        alone = as_text([cell, "a text beside it"]).iloc[0]
        if isinstance(cell, (int, float)) and not isinstance(cell, bool):
            assert float(text) == float(alone) == float(cell)
        else:
            assert text == alone


_CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"), max_size=6
)


@given(
    st.lists(st.lists(_CELL, min_size=3, max_size=3), min_size=1, max_size=6),
    st.sampled_from(",;\t|"),
    st.booleans(),
)
def test_both_csv_readers_agree(rows: list[list[str]], separator: str, quoted: bool) -> None:
    """The quick reader gives what the thorough one gives, or nothing."""
    file = io.StringIO()
    style = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(file, delimiter=separator, lineterminator="\n", quoting=style).writerows(
        [["a", "b", "c"], *rows]
    )
    quick = csv_file._quick(file.getvalue(), separator)
    thorough = csv_file._thorough(file.getvalue(), separator)
    assert quick is not None
    assert [c.fillna("").tolist() for c in quick] == [c.fillna("").tolist() for c in thorough[:3]]


@pytest.mark.parametrize(
    "text",
    [
        'a,b\n1,"2\n3,4\n',
        'a,b\n"1\n1",2\n',
        "a,b\n1\n",
        "a,b\n1,2,3\n",
        "a,b\r1,2\r",
        'a,b\n1,"2',
        'a,b\n5" x,"2\n',
    ],
)
def test_an_irregular_file_is_left_to_the_thorough_reader(text: str) -> None:
    """An open quotation mark, above all, must not swallow the rows below it."""
    assert csv_file._quick(text, ",") is None


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_bytes_crash_the_reader(tmp_path: Path, raw: bytes) -> None:
    for name in ("t.csv", "t.xlsx", "t.parquet"):
        (tmp_path / name).write_bytes(raw)
        try:
            frame = read_table(tmp_path / name, "t")
        except DataError:
            continue
        assert not any("\x00" in cell for column in frame for cell in frame[column])


def test_failed_formulas_of_excel_are_seen(tmp_path: Path) -> None:
    """A lookup that failed must not make the account nobody's."""
    with xlsxwriter.Workbook(tmp_path / "accounts.xlsx") as book:
        book.add_worksheet("notes").write_formula(0, 0, "=NA()", None, "#N/A")
        sheet = book.add_worksheet("accounts")
        sheet.write_row(0, 0, ["account_id", "lat", "lon", "potential", "owner", "family"])
        sheet.write_row(1, 0, ["A1", 48, 11, 5, "501", "F"])
        sheet.write_row(2, 0, ["A2", 48, 11, 5, "501", "F"])
        sheet.write_formula(1, 4, '=VLOOKUP("x",A1:B2,2)', None, "#N/A")
        sheet.write_formula(2, 3, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 5, "=Z9", None, "#REF!")
    (tmp_path / "reps.csv").write_text(REPS)
    with pytest.raises(DataError) as caught:
        read(tmp_path)
    found = {(issue.row, issue.column, issue.value) for issue in caught.value.issues}
    assert found == {(2, "owner", "#N/A"), (3, "potential", "#DIV/0!"), (3, "family", "#REF!")}


ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" office:version="1.3">
<office:body><office:spreadsheet>
<table:table table:name="notes"><table:table-row>{failed}</table:table-row></table:table>
<table:table table:name="accounts">
<table:table-row>{header}</table:table-row>
<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>
<table:table-row>{first}</table:table-row>
<table:table-row>{second}</table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""


def ods_cell(text: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


def ods_failed(sign: str, kind: str = 'office:value-type="string" office:string-value=""') -> str:
    """A failed formula as LibreOffice 7.4 writes it; `kind` is what the reader of cells believes."""
    mark = 'calcext:value-type="error"'
    return (
        f'<table:table-cell table:formula="of:=X()" {kind} {mark}><text:p>{sign}</text:p></table:table-cell>'
    )


def test_failed_formulas_of_libreoffice_are_seen(tmp_path: Path) -> None:
    same = '<table:table-cell table:number-columns-repeated="2" office:value-type="float" office:value="48">'
    same += "<text:p>48</text:p></table:table-cell>"
    number = 'office:value-type="float" office:value="0"'
    text = ODS.format(
        failed=ods_failed("#N/A"),
        header="".join(map(ods_cell, ["account_id", "lat", "lon", "potential", "owner", "segment"])),
        first=ods_cell("A1") + same + ods_failed("#DIV/0!", number) + ods_failed("#N/A") + ods_cell("#N/A"),
        second=ods_cell("A2") + same + ods_cell("5") + ods_cell("501") + ods_failed("Err:502"),
    )
    with zipfile.ZipFile(tmp_path / "accounts.ods", "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("META-INF/manifest.xml", "<manifest/>")
        parts.writestr("content.xml", text)
    (tmp_path / "reps.csv").write_text(REPS)
    with pytest.raises(DataError) as caught:
        read(tmp_path)
    assert {(issue.row, issue.column, issue.value) for issue in caught.value.issues} == {
        (4, "potential", "#DIV/0!"),
        (4, "owner", "#N/A"),
        (4, "segment", "#N/A"),  # typed in, and no better
        (5, "segment", "Err:502"),
    }


def test_kinds_of_workbook_that_hide_failed_formulas_are_refused(tmp_path: Path) -> None:
    """In .xls and .xlsb an owner whose lookup failed would be nobody; a password hides all."""
    (tmp_path / "reps.csv").write_text(REPS)
    with zipfile.ZipFile(tmp_path / "binary", "w") as parts:
        parts.writestr("xl/workbook.bin", b"")
    cases = {"accounts.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)}
    cases |= {"accounts.xlsx": cases["accounts.xls"], "accounts.xlsb": (tmp_path / "binary").read_bytes()}
    for name, raw in cases.items():
        (tmp_path / name).write_bytes(raw)
        with pytest.raises(DataError, match="failed formula in it would be read as an empty cell") as caught:
            read(tmp_path)
        assert [issue.mend for issue in caught.value.issues] == [
            "Save it as .xlsx without a password, or as CSV"
        ]
        (tmp_path / name).unlink()


def test_failed_formulas_are_found_across_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large sheet is read in pieces; a cell on the seam is neither lost nor read twice."""
    places = [(row, row % 3) for row in range(1, 60, 2)]
    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as book:
        sheet = book.add_worksheet("t")
        sheet.write_row(0, 0, ["a", "b", "c"])
        for row, column in places:
            sheet.write_formula(row, column, "=NA()", None, "#N/A")
    whole = list(excel_file._failed_formulas(tmp_path / "t.xlsx", "t"))
    assert whole == [(row, column, "#N/A") for row, column in places]
    monkeypatch.setattr(excel_file, "_CHUNK", 37)
    monkeypatch.setattr(excel_file, "_LONGEST", 200)
    assert list(excel_file._failed_formulas(tmp_path / "t.xlsx", "t")) == whole


def test_failed_formulas_are_found_under_a_prefix() -> None:
    """As some export libraries write their elements."""
    text = b'<x:row r="2"><x:c r="A2"><x:v>5</x:v></x:c>'
    text += b'<x:c r="C2" t="e"><x:f>NA()</x:f><x:v>#N/A</x:v></x:c></x:row>'
    assert list(excel_file._failed_in_xlsx(io.BytesIO(text))) == [(1, 2, "#N/A")]


def test_the_index_of_a_frame_in_parquet(tmp_path: Path) -> None:
    """A named index is a column like others; a frame's own count is none."""
    frame = pd.DataFrame({"account_id": ["007", "8"], "beds": [1.5, 2]})
    frame.set_index("account_id").to_parquet(tmp_path / "named.parquet")
    frame[::-1].to_parquet(tmp_path / "counted.parquet")
    assert read_table(tmp_path / "named.parquet", "t")["account_id"].tolist() == ["007", "8"]
    assert list(read_table(tmp_path / "counted.parquet", "t").columns) == ["account_id", "beds"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(questions(), st.sampled_from(["csv", "parquet"]))
def test_written_facts_read_back(tmp_path: Path, drawn: Drawn, kind: Literal["csv", "parquet"]) -> None:
    """What `generate` leaves behind is read as the same arrays, to the last bit."""
    before = drawn.problem
    for path in tmp_path.iterdir():
        path.unlink()
    write_facts(before, tmp_path, kind)
    after, _ = read_folder(tmp_path)
    assert after is not None
    for one, two in ((before.accounts, after.accounts), (before.reps, after.reps)):
        assert one.ids.tolist() == two.ids.tolist()
        for name in ("lat", "lon"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
        for name, values in one.measures.items():
            empty = np.full(len(values), np.nan)  # a column without a number is as good as none
            np.testing.assert_array_equal(values, two.measures.get(name, empty))
        for name, tag in one.tags.items():
            assert tag.texts().tolist() == two.tag(name).texts().tolist()
    assert before.accounts.owner.tolist() == after.accounts.owner.tolist()
