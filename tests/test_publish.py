"""Publishing against a system that fails in every way: nothing is lost, doubled, overtaken or uncovered."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import territory_opt as to
from territory_opt import crm
from territory_opt.crm import Change, Interrupted, Outcome, Refused, publish, roll_back, verify
from territory_opt.crm.journal import ROLLBACK, Journal
from territory_opt.crm.manifest import Origin

FAILURES = st.lists(st.sampled_from(["", "silent", "half", "late", "kill", "die"]), max_size=8)


class Killed(BaseException):
    """The process ends here."""


class System:
    """Accounts with owners, and who may reach them; fails as it is told.

    plan: what each call to `assign` does: "" all, "silent" nothing and no answer, "half" half of it and no
    answer, "late" all and no answer, "kill" all and then the process ends, "die" nothing before it ends.
    uncovering: the same for each call to `uncover`.
    """

    def __init__(
        self,
        owners: dict[str, str],
        plan: Sequence[str] = (),
        batch_size: int = 3,
        uncovering: Sequence[str] = (),
    ):
        self.live, self.plan, self.batch_size = dict(owners), list(plan), batch_size
        self.uncovering = list(uncovering)
        self.reach = {name: {owner} for name, owner in owners.items()}
        self.writes: list[str] = []
        self.refused: set[str] = set()

    def owners(self, account_ids: Sequence[str]) -> dict[str, str]:
        return {name: self.live[name] for name in account_ids if name in self.live}

    def cover(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self.reach[change.account_id].add(change.new_user)

    def uncover(self, changes: Sequence[Change]) -> None:
        what = self.uncovering.pop(0) if self.uncovering else ""
        for change in changes[: self._reached(what, len(changes))]:
            self.reach[change.account_id].discard(change.old_user)
            assert self.reach[change.account_id]
        self._fail(what)

    def assign(self, changes: Sequence[Change]) -> list[Outcome]:
        what = self.plan.pop(0) if self.plan else ""
        outcomes = [self._one(change) for change in changes[: self._reached(what, len(changes))]]
        self._fail(what)
        return outcomes

    def _reached(self, what: str, n: int) -> int:
        return {"silent": 0, "die": 0, "half": n // 2}.get(what, n)

    def _fail(self, what: str) -> None:
        if what in ("silent", "half", "late"):
            raise Interrupted("no answer", after_s=0.5 if what == "silent" else None)
        if what in ("kill", "die"):
            raise Killed

    def only_owners_reach(self) -> bool:
        """Nobody but its owner reaches an account."""
        return all(self.reach[name] == {owner} for name, owner in self.live.items())

    def _one(self, change: Change) -> Outcome:
        if change.account_id in self.refused:
            return Outcome(change.account_id, False, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
        assert change.new_user in self.reach[change.account_id]  # covered before it changes hands
        self.live[change.account_id] = change.new_user
        self.writes.append(change.account_id)
        return Outcome(change.account_id, True)


def market(n: int) -> tuple[dict[str, str], list[Change]]:
    owners = {f"A{i:03d}": "old" for i in range(n)}
    return owners, [Change(name, "old", "new") for name in owners]


def asleep(_: float) -> None:
    """Waits take no time here."""


def test_a_dry_run_writes_nothing_anywhere(tmp_path: Path) -> None:
    owners, changes = market(7)
    system = System(owners)
    told = publish(system, changes, tmp_path / "run")
    assert len(told.written) == 7
    assert "7 accounts would change" in str(told)
    assert system.writes == []
    assert not (tmp_path / "run").exists()


def test_no_change_writes_nothing(tmp_path: Path) -> None:
    told = publish(System({"A": "x"}), [], tmp_path / "run", push=True)
    assert told.written == ()
    assert not (tmp_path / "run").exists()


def test_what_somebody_else_changed_is_left_alone(tmp_path: Path) -> None:
    owners, changes = market(30)
    overtaken = list(owners)[::3]
    for name in overtaken:
        owners[name] = "somebody else"
    system = System(owners)
    told = publish(system, [*changes, Change("gone", "old", "new")], tmp_path, push=True)
    assert len(told.drifted) == 10
    assert {change.old_user for change in told.drifted} == {"somebody else"}
    assert told.missing == ("gone",)
    assert all(system.live[name] == "somebody else" for name in overtaken)
    assert len(system.writes) == 20


def test_a_second_run_writes_nothing(tmp_path: Path) -> None:
    owners, changes = market(10)
    system = System(owners)
    publish(system, changes, tmp_path, push=True)
    told = publish(system, changes, tmp_path, push=True)
    assert (told.written, len(told.already)) == ((), 10)
    assert len(system.writes) == 10


def test_killed_after_three_of_nine_batches_it_writes_the_other_six(tmp_path: Path) -> None:
    owners, changes = market(27)
    system = System(owners, ["", "", "kill"])
    with pytest.raises(Killed):
        publish(system, changes, tmp_path, push=True)
    assert len(system.writes) == 9
    assert len(Journal(tmp_path).done()) == 6  # the third was sent, and nobody heard the answer
    told = publish(system, changes, tmp_path, push=True)
    assert len(told.written) == 18
    assert len(told.already) == 9
    assert sorted(system.writes) == sorted(owners)
    assert set(system.live.values()) == {"new"}
    assert system.only_owners_reach()
    assert Journal(tmp_path).unfinished() == []


@pytest.mark.parametrize("how", ["kill", "die", "half", "late", "silent"])
def test_old_owners_lose_access_though_the_run_that_should_take_it_was_killed(
    tmp_path: Path, how: str
) -> None:
    owners, changes = market(7)
    tries = 7 if how in ("half", "late", "silent") else 1
    system = System(owners, uncovering=["", *[how] * tries])
    with pytest.raises((Killed, to.ExportError)):
        publish(system, changes, tmp_path, push=True, sleep=asleep)
    assert [change.account_id for change in Journal(tmp_path).unfinished()] == ["A003", "A004", "A005"]
    publish(system, changes, tmp_path, push=True, sleep=asleep)
    assert system.only_owners_reach()
    assert Journal(tmp_path).done() == set(owners)


def test_a_silent_uncovering_is_tried_again_at_once(tmp_path: Path) -> None:
    owners, changes = market(2)
    system, waited = System(owners, uncovering=["silent", "half", "late"]), []
    publish(system, changes, tmp_path, push=True, sleep=waited.append)
    assert waited == [0.5, 2.0, 4.0]
    assert system.only_owners_reach()


def test_an_access_given_for_a_change_that_never_came_is_taken_back(tmp_path: Path) -> None:
    owners, changes = market(3)
    for follows in ("another plan", "rollback"):
        system, folder = System(owners, ["die"]), tmp_path / follows
        with pytest.raises(Killed):
            publish(system, changes, folder, push=True)
        assert system.reach["A000"] == {"old", "new"}
        if follows == "rollback":
            roll_back(system, folder, push=True)
            assert system.live == owners
        else:
            publish(system, [Change(name, "old", "third") for name in owners], folder, push=True)
            assert set(system.live.values()) == {"third"}
        assert system.only_owners_reach()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.integers(0, 12),
    FAILURES,
    FAILURES,
    st.integers(1, 5),
)
def test_whatever_fails_nothing_is_lost_or_doubled(
    tmp_path_factory: pytest.TempPathFactory, n: int, plan: list[str], uncovering: list[str], batch_size: int
) -> None:
    folder = tmp_path_factory.mktemp("run")
    owners, changes = market(n)
    system = System(owners, plan, batch_size, uncovering)
    for _ in range(len(plan) + len(uncovering) + 1):
        try:
            publish(system, changes, folder, push=True, sleep=asleep)
            break
        except (Killed, to.ExportError):
            continue
    assert sorted(system.writes) == sorted(owners)
    assert set(system.live.values()) <= {"new"}
    assert system.only_owners_reach()
    system.plan = system.uncovering = []
    back = roll_back(system, folder, push=True, sleep=asleep) if n else None
    assert system.live == owners
    assert system.only_owners_reach()
    assert back is None or len(back.written) == n


def test_silence_is_waited_out_as_long_as_the_system_asks(tmp_path: Path) -> None:
    owners, changes = market(3)
    waited: list[float] = []
    publish(System(owners, ["silent", "late"]), changes, tmp_path, push=True, sleep=waited.append)
    assert waited == [0.5, 2.0]
    with pytest.raises(to.ExportError, match=r"does not answer.*Run again"):
        publish(System(owners, ["silent"] * 20), changes, tmp_path / "b", push=True, sleep=asleep)


def test_refused_records_are_listed_with_the_words_of_the_system(tmp_path: Path) -> None:
    owners, changes = market(4)
    system = System(owners)
    system.refused = {"A001"}
    told = publish(system, changes, tmp_path, push=True)
    assert [outcome.account_id for outcome in told.failed] == ["A001"]
    assert "VALIDATION" in told.failed[0].message
    assert len(told.written) == 3
    assert system.only_owners_reach()  # whoever was to get the refused one does not reach it


def test_a_system_that_does_not_let_us_in_says_so_once(tmp_path: Path) -> None:
    class Closed(System):
        def owners(self, account_ids: Sequence[str]) -> dict[str, str]:
            raise Refused("the session has expired")

    with pytest.raises(Refused, match="expired"):
        publish(Closed({"A": "old"}), [Change("A", "old", "new")], tmp_path / "run", push=True)
    assert not (tmp_path / "run").exists()


def test_rollback_leaves_alone_what_changed_since(tmp_path: Path) -> None:
    owners, changes = market(4)
    system = System({**owners, "B": ""})
    publish(system, [*changes, Change("B", "", "new")], tmp_path, push=True)
    system.live["A000"] = "third"
    assert "A000,old,new" in (tmp_path / ROLLBACK).read_text(encoding="utf-8")
    dry = roll_back(system, tmp_path)
    assert len(dry.written) == 3
    told = roll_back(system, tmp_path, push=True)
    assert system.live == {"A000": "third", "A001": "old", "A002": "old", "A003": "old", "B": "new"}
    assert [change.account_id for change in told.drifted] == ["A000"]
    assert told.failed[-1].message == "had no owner before"


def test_two_plans_in_one_folder_are_undone_to_where_the_first_began(tmp_path: Path) -> None:
    owners, changes = market(5)
    system = System(owners)
    publish(system, changes, tmp_path, push=True)
    publish(system, [Change(name, "new", "newest") for name in list(owners)[:3]], tmp_path, push=True)
    assert [row[1:] for row in rollback_rows(tmp_path)] == [["old", "newest"]] * 3 + [["old", "new"]] * 2
    told = roll_back(system, tmp_path, push=True)
    assert told.drifted == ()
    assert system.live == owners
    assert system.only_owners_reach()


@pytest.mark.parametrize("how", ["die", "kill"])
def test_a_second_plan_that_was_killed_is_undone_wherever_it_came_to(tmp_path: Path, how: str) -> None:
    owners, changes = market(9)
    system = System(owners, ["", "", "", "", how])
    publish(system, changes, tmp_path, push=True)
    with pytest.raises(Killed):
        publish(system, [Change(name, "new", "newest") for name in owners], tmp_path, push=True)
    assert set(system.live.values()) == {"new", "newest"}
    system.live["A008"] = "somebody else"
    assert [change.account_id for change in roll_back(system, tmp_path).drifted] == ["A008"]
    told = roll_back(system, tmp_path, push=True)
    assert (len(told.written), [change.account_id for change in told.drifted]) == (8, ["A008"])
    assert system.live == owners | {"A008": "somebody else"}
    del system.live["A008"]
    assert system.only_owners_reach()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="asks Linux for the names of open files")
def test_the_rollback_file_is_on_the_disk_before_the_first_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    monkeypatch.setattr("os.fsync", lambda handle: synced.append(os.readlink(f"/proc/self/fd/{handle}")))

    class Watching(System):
        def assign(self, changes: Sequence[Change]) -> list[Outcome]:
            folder = tmp_path.resolve() / "run"
            assert [str(tmp_path.resolve()), str(folder / "rollback.new"), str(folder)] == synced[:3]
            return super().assign(changes)

    owners, changes = market(1)
    assert len(publish(Watching(owners), changes, tmp_path / "run", push=True).written) == 1


def test_a_publishing_leaves_a_manifest_that_can_be_checked(tmp_path: Path) -> None:
    owners, changes = market(4)
    owners["A003"] = "third"
    system = System(owners)
    system.refused = {"A001"}
    began = datetime.now(UTC).replace(microsecond=0)
    publish(
        system, [*changes, Change("gone", "old", "new")], tmp_path, push=True, origin=Origin(facts="f00d")
    )
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["inputs"] == {"facts": "f00d", "plan": "", "policy": ""}
    assert manifest["counts"] == {"written": 2, "already": 0, "drifted": 1, "missing": 1, "failed": 1}
    assert manifest["who"] == getpass.getuser()
    assert began <= datetime.fromisoformat(manifest["when"]) <= datetime.now(UTC)
    for name in ("journal.jsonl", ROLLBACK):
        assert manifest["files"][name]["sha256"] == sha256((tmp_path / name).read_bytes()).hexdigest()
    assert verify(tmp_path) == ()


def test_a_manifest_is_never_written_over(tmp_path: Path) -> None:
    owners, changes = market(4)
    system = System(owners)
    publish(system, changes, tmp_path, push=True)
    first = (tmp_path / "manifest.json").read_bytes()
    publish(system, changes, tmp_path, push=True)  # nothing left to do, so nothing to tell
    assert not (tmp_path / "manifest-2.json").exists()
    publish(system, [Change(name, "new", "newest") for name in owners], tmp_path, push=True)
    assert (tmp_path / "manifest.json").read_bytes() == first
    assert json.loads((tmp_path / "manifest-2.json").read_text(encoding="utf-8"))["counts"]["written"] == 4
    assert verify(tmp_path) == ()


def test_what_was_changed_after_a_publishing_is_said(tmp_path: Path) -> None:
    owners, changes = market(4)
    system = System(owners)
    with pytest.raises(to.DataError, match="has no manifest"):
        verify(tmp_path)
    publish(system, changes, tmp_path, push=True)
    journal, rollback = tmp_path / "journal.jsonl", tmp_path / ROLLBACK
    whole, before = journal.read_bytes(), rollback.read_bytes()
    rollback.write_bytes(before.replace(b"old", b"odd"))
    assert verify(tmp_path) == ("rollback.csv was changed since manifest.json was written",)
    rollback.write_bytes(before)
    journal.write_bytes(whole.replace(b"A001", b"A009"))
    assert verify(tmp_path) == ("journal.jsonl was changed since manifest.json was written",)
    journal.unlink()
    assert verify(tmp_path) == ("journal.jsonl is missing or cannot be read",)
    journal.write_bytes(whole)
    system.plan = ["", "kill"]
    with pytest.raises(Killed):
        publish(system, [Change(name, "new", "newest") for name in owners], tmp_path, push=True)
    assert verify(tmp_path)[0].startswith("journal.jsonl has grown since manifest.json was written")
    publish(system, [Change(name, "new", "newest") for name in owners], tmp_path, push=True)
    assert verify(tmp_path) == ()
    (tmp_path / "manifest.json").chmod(0o644)
    (tmp_path / "manifest.json").write_text("[]", encoding="utf-8")
    assert verify(tmp_path) == (
        "manifest.json cannot be read",
        "manifest.json is not the manifest that manifest-2.json follows",
    )


def test_other_facts_and_counts_than_a_manifest_tells_of_are_named(tmp_path: Path) -> None:
    owners, changes = market(4)
    publish(System(owners), changes, tmp_path, push=True, origin=Origin("f00d", "beef", "cafe"))
    manifest = tmp_path / "manifest.json"
    assert manifest.stat().st_mode & 0o222 == 0
    assert verify(tmp_path, {"facts": "f00d", "plan": "beef", "policy": "cafe"}) == ()
    assert verify(tmp_path, {"facts": "f00d", "plan": "b00f"}) == (
        "the plan is not what manifest.json tells of: fingerprint b00f today, beef then",
    )
    told = json.loads(manifest.read_text(encoding="utf-8"))
    assert told["journal"] == {"done": 4, "refused": 0, "undone": 0}
    told["journal"]["done"] = 3
    manifest.chmod(0o644)
    manifest.write_text(json.dumps(told), encoding="utf-8")
    assert verify(tmp_path) == ("manifest.json counts other records than journal.jsonl holds",)


def test_a_manifest_that_was_taken_away_is_missed(tmp_path: Path) -> None:
    owners, changes = market(4)
    system = System(owners)
    publish(system, changes, tmp_path, push=True)
    publish(system, [Change(name, "new", "newest") for name in owners], tmp_path, push=True)
    os.replace(tmp_path / "manifest-2.json", tmp_path / "manifest.json")
    assert verify(tmp_path) == ("the manifest that manifest.json follows was taken away",)


class Jobs(System):
    """A system that changes owners in jobs: one that was started goes on though nobody waits for it."""

    def __init__(self, owners: dict[str, str], plan: Sequence[str] = ()):
        super().__init__(owners, plan)
        self.running: dict[str, Sequence[Change]] = {}
        self.started, self.ended = list[str](), list[str]()

    def report_jobs(self, note: Callable[[str], None]) -> None:
        self.note = note

    def end_jobs(self, jobs: Sequence[str]) -> None:
        self.ended += jobs
        for job in jobs:
            for change in self.running.pop(job, ()):
                self._one(change)

    def assign(self, changes: Sequence[Change]) -> list[Outcome]:
        job = f"J{len(self.started)}"
        self.note(job)
        self.started.append(job)
        what = self.plan.pop(0) if self.plan else ""
        if what:
            self.running[job] = changes
            self._fail(what)
        return [self._one(change) for change in changes]


@pytest.mark.parametrize("how", ["silent", "die"])
def test_a_job_that_runs_on_is_ended_before_anything_is_sent_again(tmp_path: Path, how: str) -> None:
    owners, changes = market(9)
    system = Jobs(owners, ["", how])
    if how == "die":
        with pytest.raises(Killed):
            publish(system, changes, tmp_path, push=True)
        assert Journal(tmp_path).open_jobs() == ["J1"]
    publish(system, changes, tmp_path, push=True, sleep=asleep)
    assert system.ended == ["J1"]
    assert sorted(system.writes) == sorted(owners)  # each once
    assert system.only_owners_reach()
    assert Journal(tmp_path).open_jobs() == []


def test_a_job_that_runs_on_cannot_undo_a_rollback(tmp_path: Path) -> None:
    owners, changes = market(6)
    system = Jobs(owners, ["", "die"])
    with pytest.raises(Killed):
        publish(system, changes, tmp_path, push=True)
    roll_back(system, tmp_path, push=True)
    assert system.running == {}
    assert system.live == owners
    assert system.only_owners_reach()


def test_a_record_of_which_the_system_says_nothing_is_no_success(tmp_path: Path) -> None:
    class Forgetful(System):
        def assign(self, changes: Sequence[Change]) -> list[Outcome]:
            return super().assign(changes[1:])

    owners, changes = market(3)
    system = Forgetful(owners)
    told = publish(system, changes, tmp_path, push=True)
    assert [outcome.message for outcome in told.failed] == ["the system did not say what became of it"]
    assert told.written == ("A001", "A002")


def test_progress_is_heard_batch_by_batch(tmp_path: Path) -> None:
    owners, changes = market(7)
    heard: list[tuple[int, int]] = []
    publish(System(owners), changes, tmp_path, push=True, on_batch=lambda done, of: heard.append((done, of)))
    assert heard == [(3, 7), (6, 7), (7, 7)]


def test_everything_that_publishing_takes_is_at_the_door() -> None:
    assert {
        *("publish", "roll_back", "verify", "Client", "Change", "Outcome", "Published"),
        *("Interrupted", "Refused"),
    } <= set(crm.__all__)
    assert all(hasattr(crm, name) for name in crm.__all__)


def rollback_rows(folder: Path) -> list[list[str]]:
    return [line.split(",") for line in (folder / ROLLBACK).read_text(encoding="utf-8").splitlines()[1:]]


def test_a_line_of_the_journal_that_a_crash_cut_short_is_no_harm(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write(what="done", batch=0, accounts=["A"])
    with journal.path.open("a", encoding="utf-8") as file:
        file.write('{"what": "do')
    assert journal.done() == {"A"}
    journal.write(what="done", batch=1, accounts=["B"])
    with journal.path.open("ab") as file:
        file.write(b'\xc3\n[1]\n7\n{"what": "done"}\n{"what": "done", "acc')
    Journal(tmp_path).write(what="done", batch=2, accounts=["C"])
    assert journal.done() == {"A", "B", "C"}
    assert b"\n\n" not in journal.path.read_bytes()


@pytest.mark.parametrize("name", ["a\u2028b", "a\x85b", "a\nb", "a\x0cb", "\ud800", "Zoë", '"', ""])
def test_the_journal_takes_any_id(tmp_path: Path, name: str) -> None:
    journal = Journal(tmp_path)
    journal.sending(0, [Change(name, name, name + "2")])
    journal.sending(1, [Change("plain", "old", "new")])
    journal.ended("done", ["plain"])
    assert journal.unfinished() == [Change(name, name, name + "2")]
    assert journal.path.read_bytes().isascii()


def test_a_run_that_was_killed_within_a_line_goes_on(tmp_path: Path) -> None:
    owners = {f"A\u2028{i}": "old" for i in range(6)}
    changes = [Change(name, "old", "new") for name in owners]
    system = System(owners, ["", "kill"])
    with pytest.raises(Killed):
        publish(system, changes, tmp_path, push=True)
    journal = Journal(tmp_path)
    with journal.path.open("ab") as file:
        file.write(b'{"what": "done", "accou')
    publish(system, changes, tmp_path, push=True)
    assert journal.done() == set(owners)
    assert system.only_owners_reach()
    roll_back(system, tmp_path, push=True)
    assert system.live == owners


def test_changes_of_a_plan_can_be_published(tmp_path: Path) -> None:
    from territory_opt.crm import changes_of

    accounts = to.Accounts.of(["A", "B", "C"], owner=[0, 0, 1])
    problem = to.Problem(accounts, to.Reps.of(["r", "s"]))
    changes = changes_of(problem, to.Alignment(np.array([1, 0, 1], np.int32)))
    system = System({"A": "r", "B": "r", "C": "s"})
    assert publish(system, changes.records(), tmp_path, push=True).written == ("A",)
