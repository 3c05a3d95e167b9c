"""Bridges and forbidden borders as tables beside the map."""

from __future__ import annotations

from pathlib import Path

import pytest
from maps_of_squares import grid, named_edges, write_folder

from territory_opt.config import load, read
from territory_opt.errors import DataError

GRID_2x2 = {("a0", "a1"), ("a0", "a2"), ("a1", "a3"), ("a2", "a3")}
HEAD = "area_id_a,area_id_b,note\n"


def folder(path: Path, bridges: str = "", forbidden: str = "", toml: str = "") -> Path:
    write_folder(path, grid(2, 2), [("1", 48.05, 10.05, "")], toml)
    for name, text in (("bridges", bridges), ("forbidden", forbidden)):
        if text:
            (path / f"{name}.csv").write_text(text)
    return path


def test_tables_and_settings_say_the_same(tmp_path: Path) -> None:
    tables, toml = tmp_path / "tables", tmp_path / "toml"
    tables.mkdir()
    toml.mkdir()
    folder(tables, HEAD + "a3,a0,ferry\n", HEAD + "a1,a0,the river\n")
    folder(toml, toml='[areas]\nbridges = [["a0", "a3"]]\nforbidden = [["a0", "a1"]]\n')
    one, two = read(tables), read(toml)
    assert one.areas is not None
    assert named_edges(one.areas) == GRID_2x2 - {("a0", "a1")} | {("a0", "a3")}
    assert one.fingerprint() == two.fingerprint()


def test_both_places_count_together(tmp_path: Path) -> None:
    folder(tmp_path, HEAD + "a3,a0,\n", toml='[areas]\nbridges = [["a1", "a2"]]\n')
    problem, _, issues = load(tmp_path)
    assert problem is not None
    assert issues == ()
    assert named_edges(problem.areas) == GRID_2x2 | {("a0", "a3"), ("a1", "a2")}


def test_columns_may_have_other_names_and_the_note_may_be_missing(tmp_path: Path) -> None:
    toml = '[columns.bridges]\narea_id_a = "from"\narea_id_b = "to"\n'
    folder(tmp_path, "from;to\na3;a0\n", toml=toml)
    assert named_edges(read(tmp_path).areas) == GRID_2x2 | {("a0", "a3")}
    (tmp_path / "bridges.csv").write_text(HEAD)  # nothing to be edited
    (tmp_path / "territory.toml").unlink()
    assert named_edges(read(tmp_path).areas) == GRID_2x2


def test_every_fault_has_its_place(tmp_path: Path) -> None:
    bridges = HEAD + "a0,a3,\na0,a3x,\n,a1,\na2,a2,\nzz,a1,\na3,a0,again\n"
    folder(tmp_path, bridges, HEAD + "a0,a3,\na1,a2,\n", '[areas]\nforbidden = [["a0", "b"]]\n')
    problem, _, issues = load(tmp_path)
    assert problem is None
    assert sorted((i.table, i.row or 0, i.column, i.value, i.fault) for i in issues if i.fatal) == [
        ("bridges", 3, "area_id_b", "a3x", "is no area"),
        ("bridges", 4, "area_id_a", "", "is empty"),
        ("bridges", 5, "area_id_a, area_id_b", "a2", "is paired with itself"),
        ("bridges", 6, "area_id_a", "zz", "is no area"),
        ("forbidden", 2, "area_id_a, area_id_b", "a0 – a3", "is a bridge and forbidden at once"),
        ("territory.toml", 0, "areas.forbidden", "b", "is no area"),
    ]
    assert [(i.table, i.row, i.fault) for i in issues if not i.fatal] == [
        ("bridges", 7, "the pair is there twice"),
        ("forbidden", 3, "the two areas share no border"),
    ]
    assert all("Did you mean 'a3'?" in i.mend for i in issues if i.value == "a3x")


@pytest.mark.parametrize(
    ("text", "fault"),
    [("area_id_a,note\na0,\n", "area_id_b: the column is missing"), ("x,y\n1,2\n", "area_id_a: the column")],
)
def test_a_table_without_its_columns_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    folder(tmp_path, text)
    with pytest.raises(DataError, match=fault):
        read(tmp_path)


def test_a_table_without_a_map_is_told(tmp_path: Path) -> None:
    folder(tmp_path, HEAD + "a0,a3,\n")
    (tmp_path / "areas.geojson").unlink()
    (tmp_path / "accounts.csv").write_text("account_id,lat,lon\n1,48,10\n")
    problem, _, issues = load(tmp_path)
    assert problem is not None
    assert ("bridges", "bridges.csv", "there are no areas") in {(i.table, i.value, i.fault) for i in issues}
