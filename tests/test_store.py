"""Scenarios in a folder: what was saved comes back exactly, whoever else writes and whatever happens."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, is_dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from drawn import Drawn, questions
from hypothesis import HealthCheck, given, settings

import territory_opt as to
from territory_opt.generate import generate
from territory_opt.io.snapshot import read_snapshot, write_snapshot
from territory_opt.scenarios import value
from territory_opt.scenarios.store import Store

Run = Callable[..., tuple[int, str, str]]
POLICY = to.Policy([to.Travel(), to.Disruption(), to.Balance("potential", 0.2)], [to.Locked()])


def valued(name: str = "base", seed: int = 1) -> to.Scenario:
    problem = generate(40, 4, seed)
    result = value(problem, POLICY, to.Alignment.today(problem))
    return to.Scenario(problem, POLICY, name, result=result)


def same(one: object, other: object) -> bool:
    """Equal all the way down, NaN with NaN."""
    if isinstance(one, np.ndarray):
        if one.dtype == object:
            return list(one) == list(other)
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if hasattr(one, "items"):
        return list(one) == list(other) and all(same(one[k], other[k]) for k in one)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if is_dataclass(one):
        return type(one) is type(other) and all(
            same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one)
        )
    return one == other or (one != one and other != other)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions())
def test_what_is_kept_comes_back(tmp_path_factory: pytest.TempPathFactory, drawn: Drawn) -> None:
    path = tmp_path_factory.mktemp("kept") / "one.npz"
    result = value(drawn.problem, drawn.policy, to.Alignment.today(drawn.problem))
    kept = (drawn.problem, drawn.policy, result, ("a", 'quote " \n'), {"nan": float("nan"), "": -0.0})
    write_snapshot(kept, path)
    assert same(read_snapshot(path), kept)


def test_tables_and_areas_are_kept_too(tmp_path: Path) -> None:
    table = to.TravelTable(np.arange(6.0).reshape(3, 2))
    accounts = to.Accounts.of(["=1+1", "<b>", "ü\x00/.."], area=[0, 1, -1])
    areas = to.Areas.of(["a", "b"], edges=[(0, 1)], border_km=[2.5], measures={"people": [1, 2]})
    problem = to.Problem(accounts, to.Reps.of(["r", "s"]), distances=table, areas=areas, currency="EUR")
    write_snapshot(problem, tmp_path / "p.npz")
    back = read_snapshot(tmp_path / "p.npz")
    assert back.fingerprint() == problem.fingerprint()
    assert back.distances.table.tolist() == table.table.tolist()
    assert same(back.areas, areas)


def test_a_strangers_value_is_not_kept_under_the_name_of_ours(tmp_path: Path) -> None:
    @dataclass
    class Balance:  # as a wish of ours is called
        measure: str

    with pytest.raises(to.DataError, match="a Balance cannot be kept in a file"):
        write_snapshot((Balance("revenue"),), tmp_path / "one.npz")
    assert not list(tmp_path.iterdir())


def test_versions_are_added_and_never_changed(tmp_path: Path) -> None:
    store, scenario = Store(tmp_path), valued()
    first = store.save(scenario, "as it was")
    files = {path: path.read_bytes() for path in first.folder.iterdir()}
    second = store.save(scenario.with_(to.Band("potential", 0.3), name="base"))
    assert (first.version, second.version) == (1, 2)
    assert {path: path.read_bytes() for path in first.folder.iterdir()} == files
    assert [entry.version for entry in store.entries("base")] == [1, 2]
    assert store.entry("base").version == 2
    assert store.entry("base", 1).row()["note"] == "as it was"
    assert len(list((tmp_path / "facts").iterdir())) == 1  # shared
    back = store.load("base", 1)
    assert same(back.result, scenario.result)
    assert same(back.policy, scenario.policy)
    assert back.problem.fingerprint() == scenario.problem.fingerprint()
    assert store.load("base").changes == ("potential within 30 %",)


@pytest.mark.parametrize("name", ["../../etc", "a/b", "", "…", "CON", "x" * 300, "<script>", "base"])
def test_any_name_stays_inside_the_folder(tmp_path: Path, name: str) -> None:
    store = Store(tmp_path / "store")
    store.save(valued(name))
    assert [entry.name for entry in store.entries()] == [name]
    assert os.listdir(tmp_path) == ["store"]
    assert store.load(name).name == name


def _save_some(folder: str, writer: int) -> None:
    for _ in range(4):
        Store(folder).save(valued(seed=writer))


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    context = get_context("spawn")
    writers = [context.Process(target=_save_some, args=(str(tmp_path), i)) for i in (1, 2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    entries = Store(tmp_path).entries("base")
    assert [entry.version for entry in entries] == list(range(1, 9))
    facts = [entry.manifest["facts"] for entry in entries]
    assert all(facts.count(mark) == 4 for mark in set(facts))
    assert not list(tmp_path.rglob(".unfinished*"))


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    scenario = valued()
    with ThreadPoolExecutor(8) as pool:
        versions = [entry.version for entry in pool.map(lambda _: Store(tmp_path).save(scenario), range(16))]
    assert sorted(versions) == list(range(1, 17))


def test_a_crash_in_the_middle_of_writing_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store.save(valued())
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("territory_opt.scenarios.store.os.rename", crash)
        with pytest.raises(KeyboardInterrupt):
            store.save(valued())
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before
    home = store.entry("base").folder.parent
    (home / ".unfinished-left").mkdir()  # a writer that was killed could not tidy up
    os.utime(home / ".unfinished-left", (0, 0))
    assert store.save(valued()).version == 2
    assert not (home / ".unfinished-left").exists()


def test_changed_files_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    entry = store.save(valued())
    path = entry.folder / "scenario.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[:-7])
    with pytest.raises(to.DataError, match="was changed since it was saved"):
        store.load("base")
    path.write_bytes(whole)
    facts = next((tmp_path / "facts").iterdir())
    facts.write_bytes(b"PK nonsense")
    with pytest.raises(to.DataError, match="cannot be read back"):
        store.load("base")
    write_snapshot(valued(seed=2).problem, facts)
    with pytest.raises(to.DataError, match="was changed"):
        store.load("base")
    with pytest.raises(to.DataError, match="no such scenario"):
        store.load("bsae")
    with pytest.raises(to.DataError, match="There are 1"):
        store.load("base", 7)
    manifest = entry.folder / "manifest.json"
    manifest.write_text("{")
    assert [entry.row()["status"] for entry in store.entries()] == ["broken"]
    with pytest.raises(to.DataError, match="no manifest"):
        store.load("base")


@pytest.mark.parametrize(
    "text",
    ["{", "", "[]", "3", "null", '{"name": "other"}', '{"name": 7, "facts": "", "files": {}}', "[" * 9999],
)
def test_a_manifest_that_cannot_be_read_stands_in_nobodys_way(tmp_path: Path, text: str) -> None:
    store = Store(tmp_path)
    broken = store.save(valued("other"))
    for name in ("base", "other"):
        store.save(valued(name))
    (broken.folder / "manifest.json").write_text(text, encoding="utf-8")
    assert store.load("base").name == "base"
    assert store.load("other").name == "other"  # its second version is whole
    with pytest.raises(to.DataError, match=r"no manifest that can be read\. Take another version \(2\)"):
        store.load("other", 1)
    told = {entry.folder: entry.fault for entry in store.entries()}
    assert len(told) == 3
    assert [folder for folder, fault in told.items() if fault] == [broken.folder]
    assert store.save(valued("other")).version == 3
    with pytest.raises(to.DataError, match="Did you mean 'base'"):
        store.load("bsae")


def test_the_verb_lists_what_is_broken_and_goes_on(run: Run, tmp_path: Path) -> None:
    broken, whole = (Store(tmp_path).save(valued(name)) for name in ("first", "second"))
    (broken.folder / "manifest.json").write_text("[]", encoding="utf-8")
    code, told, err = run("scenarios", "list", tmp_path, "--format", "json")
    assert code == 0
    assert {row["name"]: row["status"] for row in json.loads(told)} == {
        broken.folder.parent.name: "broken",
        "second": whole.manifest["status"],
    }
    assert str(broken.folder) in err


def test_damaged_facts_are_said_and_written_again_by_the_next_save(tmp_path: Path) -> None:
    store, scenario = Store(tmp_path), valued()
    store.save(scenario)
    facts = next((tmp_path / "facts").iterdir())
    whole = facts.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    for damaged in (b"", whole[:100], flipped, b"PK nonsense"):
        facts.write_bytes(damaged)
        with pytest.raises(to.DataError, match=r"facts.*cannot be read back"):
            store.load("base")
        store.save(scenario)
        assert store.load("base", 1).problem.fingerprint() == scenario.problem.fingerprint()


def test_no_flipped_bit_of_a_file_goes_unseen_or_ends_in_a_crash(tmp_path: Path) -> None:
    problem, path = generate(5, 2, 1), tmp_path / "facts.npz"
    write_snapshot(problem, path)
    whole, seen = path.read_bytes(), 0
    for at in range(0, len(whole), max(len(whole) // 400, 1)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        try:
            assert read_snapshot(path).fingerprint() == problem.fingerprint()
        except to.DataError:
            seen += 1
    assert seen > 100


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="asks Linux for the names of open files")
def test_everything_is_on_the_disk_before_a_version_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[str] = set()
    fsync, rename = os.fsync, os.rename

    def note(handle: int) -> None:
        synced.add(Path(os.readlink(f"/proc/self/fd/{handle}")).name)
        fsync(handle)

    def checked(source: Path, target: Path) -> None:
        assert len([name for name in synced if name.endswith(".npz")]) == 2  # under their temporary names
        assert {"facts", source.name} <= synced
        rename(source, target)

    monkeypatch.setattr("os.fsync", note)
    monkeypatch.setattr("territory_opt.scenarios.store.os.rename", checked)
    home = Store(tmp_path).save(valued()).folder.parent
    assert home.name in synced


def test_the_manifest_can_be_read_by_people(tmp_path: Path) -> None:
    entry = Store(tmp_path).save(valued())
    manifest = json.loads((entry.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["wishes"] == ["travel", "disruption", "potential within 20 %", "locked"]
    assert manifest["cost"] == valued().result.audit.cost
    assert set(manifest["files"]) == {"scenario.npz", "alignment.csv"}
