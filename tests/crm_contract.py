"""What the client of every vendor must keep, whatever the network does: one set of tests for all of them.

A vendor's test module derives a class from `Contract`, says how to start its server and how to connect, and
gets every test below. The server speaks the vendor's documented protocol over real HTTP (`tests/servers`).
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import territory_opt as to
from territory_opt.crm import Change, Refused, publish, roll_back, verify
from territory_opt.crm.client import System
from territory_opt.crm.journal import Journal
from tests.servers.loopback import AFTER, ASKED_WAIT_S, BEFORE, FAULTS, MIDDLE

BATCH, N = 3, 27
#: Publishes from a process of its own, which the server kills.
_PROCESS = """
import json, sys
from importlib import import_module
from pathlib import Path
from territory_opt.crm import Change, publish
told = json.loads(sys.stdin.read())
system = import_module(told["package"]).connect(told["environment"])
system.batch_size = told["batch_size"]
changes = [Change(*row) for row in told["changes"]]
print(publish(system, changes, Path(told["folder"]), push=True))
"""


class Server(Protocol):
    """What the tests ask of a vendor's server; see `tests.servers.loopback.Loopback`."""

    ids: list[str]
    users: list[str]
    environment: dict[str, str]
    token: str
    faults: Any
    read_faults: Any
    on_kill: Callable[[], None]
    before_write: Callable[[], None] | None
    writes: list[str]
    uncovered: list[str]
    refused: set[str]
    expired: bool
    calls: int

    def snapshot(self) -> bytes: ...
    def owner(self, name: str) -> str: ...
    def give(self, name: str, user: str) -> None: ...
    def remove(self, name: str) -> None: ...
    def close(self) -> None: ...


def asleep(_: float) -> None:
    """Waits take no time here."""


def changes_of(server: Server, names: Sequence[str] | None = None) -> list[Change]:
    """Every account (or some) goes from the first user to the second."""
    old, new = server.users[:2]
    return [Change(name, old, new) for name in (server.ids if names is None else names)]


class Contract:
    """Derive a class `Test…` from this, and give it `package`, `server_of` and `connect`."""

    package: ClassVar[str]

    def server_of(self, n: int) -> Server:
        """A server with n accounts that belong to the first of its users."""
        raise NotImplementedError

    def connect(self, server: Server) -> System:
        """A client that waits at most a third of a second for an answer."""
        raise NotImplementedError

    @pytest.fixture
    def server(self) -> Iterator[Server]:
        server = self.server_of(N)
        yield server
        server.close()
        assert server.uncovered == []  # in whatever test: at no moment is an account without coverage

    @pytest.fixture
    def system(self, server: Server) -> System:
        return self._small(server)

    def _small(self, server: Server) -> System:
        system = self.connect(server)
        system.batch_size = BATCH
        return system

    def test_an_empty_diff_writes_nothing(self, server: Server, system: System, tmp_path: Path) -> None:
        before = server.snapshot()
        told = publish(system, [], tmp_path / "run", push=True)
        assert told.written == ()
        assert (server.calls, server.writes, server.snapshot()) == (0, [], before)
        assert not (tmp_path / "run").exists()

    def test_a_dry_run_writes_nothing(self, server: Server, system: System, tmp_path: Path) -> None:
        before = server.snapshot()
        assert len(publish(system, changes_of(server), tmp_path / "run").written) == N
        assert (server.calls, server.snapshot()) == (0, before)
        assert not (tmp_path / "run").exists()

    def test_ten_drifted_are_skipped_and_none_is_overwritten(
        self, server: Server, system: System, tmp_path: Path
    ) -> None:
        drifted = server.ids[1:21:2]
        for name in drifted:
            server.give(name, server.users[2])
        told = publish(system, changes_of(server), tmp_path, push=True)
        assert [change.account_id for change in told.drifted] == drifted
        assert len(drifted) == 10
        assert {server.owner(name) for name in drifted} == {server.users[2]}
        assert not set(drifted) & set(server.writes)
        assert len(told.written) == N - 10

    def test_a_second_run_writes_nothing(self, server: Server, system: System, tmp_path: Path) -> None:
        publish(system, changes_of(server), tmp_path, push=True)
        writes, calls, after = list(server.writes), server.calls, server.snapshot()
        told = publish(system, changes_of(server), tmp_path, push=True)
        assert (told.written, len(told.already)) == ((), N)
        assert (server.writes, server.calls, server.snapshot()) == (writes, calls, after)

    @pytest.mark.parametrize("how", ["kill", "die"])
    def test_killed_after_batch_three_of_nine_the_other_six_are_written(
        self, server: Server, tmp_path: Path, how: str
    ) -> None:
        """The process is killed for good, after the server did batch 3 or before it began batch 4."""
        server.faults.extend(["", "", "kill"] if how == "kill" else ["", "", "", "die"])
        process = self._process(server, tmp_path)
        server.on_kill = lambda: (os.kill(process.pid, signal.SIGKILL), process.wait())[0]
        said = process.communicate(self._told(server, tmp_path))
        assert process.returncode == -signal.SIGKILL, said
        assert sorted(server.writes) == sorted(server.ids[:9])
        assert Journal(tmp_path).unfinished() != []
        told = publish(self._small(server), changes_of(server), tmp_path, push=True, sleep=asleep)
        assert (len(told.written), len(told.already)) == (18, 9)
        assert sorted(server.writes) == sorted(server.ids)
        assert Journal(tmp_path).unfinished() == []

    def _process(self, server: Server, folder: Path) -> subprocess.Popen[str]:
        where = Path(to.__file__).parents[1]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [sys.executable, "-c", _PROCESS], cwd=where, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )

    def _told(self, server: Server, folder: Path) -> str:
        return json.dumps(
            {
                "package": f"territory_opt.crm.{self.package}",
                "environment": server.environment,
                "batch_size": BATCH,
                "changes": [[c.account_id, c.old_user, c.new_user] for c in changes_of(server)],
                "folder": str(folder),
            }
        )

    @pytest.mark.parametrize("fault", FAULTS)
    @pytest.mark.parametrize("times", [1, 2])
    def test_whatever_fails_in_the_middle_nothing_is_lost_or_doubled(
        self, server: Server, system: System, tmp_path: Path, fault: str, times: int
    ) -> None:
        server.faults.extend(["", *[fault] * times])
        told = publish(system, changes_of(server), tmp_path, push=True, sleep=asleep)
        self._all_is_done_once(server, tmp_path)
        assert len(told.written) == N
        assert told.failed == ()

    @pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in MIDDLE])
    def test_reading_is_tried_again(self, server: Server, system: System, tmp_path: Path, fault: str) -> None:
        server.read_faults.extend([fault, fault, "", fault])
        publish(system, changes_of(server), tmp_path, push=True, sleep=asleep)
        self._all_is_done_once(server, tmp_path)

    def test_any_row_of_failures_ends_well(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        quick = st.sampled_from(["", *(set(BEFORE) | set(MIDDLE) | set(AFTER)) - {"slow"}])

        @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(quick, max_size=10), st.lists(quick, max_size=10), st.integers(1, 7))
        def ends_well(faults: list[str], read_faults: list[str], batch_size: int) -> None:
            server, folder = self.server_of(11), tmp_path_factory.mktemp("run")
            start = server.snapshot()
            server.faults.extend(faults)
            server.read_faults.extend(read_faults)
            system = self.connect(server)
            system.batch_size = batch_size
            try:
                for _ in range(4):  # a row of failures may be longer than one run's patience
                    try:
                        publish(system, changes_of(server), folder, push=True, sleep=asleep)
                        break
                    except to.ExportError:
                        continue
                self._all_is_done_once(server, folder)
                server.faults.clear()
                server.read_faults.clear()
                roll_back(system, folder, push=True, sleep=asleep)
                assert server.snapshot() == start
            finally:
                server.close()
            assert server.uncovered == []

        ends_well()

    def _all_is_done_once(self, server: Server, folder: Path) -> None:
        assert sorted(server.writes) == sorted(server.ids)
        assert {server.owner(name) for name in server.ids} == {server.users[1]}
        assert Journal(folder).unfinished() == []
        assert verify(folder) == ()

    def test_the_wait_that_the_system_asks_for_is_kept(
        self, server: Server, system: System, tmp_path: Path
    ) -> None:
        waited: list[float] = []
        server.faults.append("429")
        publish(system, changes_of(server), tmp_path, push=True, sleep=waited.append)
        assert waited == [ASKED_WAIT_S]

    def test_applied_and_rolled_back_the_system_is_as_it_was(
        self, server: Server, system: System, tmp_path: Path
    ) -> None:
        start = server.snapshot()
        publish(system, changes_of(server), tmp_path, push=True)
        assert server.snapshot() != start
        assert len(roll_back(system, tmp_path).written) == N
        told = roll_back(system, tmp_path, push=True)
        assert len(told.written) == N
        assert server.snapshot() == start

    def test_an_expired_log_in_gives_one_clear_line(
        self, server: Server, system: System, tmp_path: Path
    ) -> None:
        server.expired = True
        for call in (system.who, lambda: publish(system, changes_of(server), tmp_path / "run", push=True)):
            with pytest.raises(Refused, match="does not let us in") as error:
                call()
            said = str(error.value)
            assert "\n" not in said
            assert server.token not in said
            assert any(name in said for name in server.environment)  # which variable to renew
        assert server.calls == 0
        assert not (tmp_path / "run").exists()

    def test_a_log_in_that_expires_half_way_is_taken_up_again(
        self, server: Server, system: System, tmp_path: Path
    ) -> None:
        server.before_write = lambda: setattr(server, "expired", True)
        with pytest.raises(Refused):
            publish(system, changes_of(server), tmp_path, push=True, sleep=asleep)
        assert len(server.writes) < N
        server.expired = False
        publish(self._small(server), changes_of(server), tmp_path, push=True, sleep=asleep)
        self._all_is_done_once(server, tmp_path)

    def test_refused_records_are_listed_and_the_others_written(
        self, server: Server, system: System, tmp_path: Path
    ) -> None:
        server.refused = {server.ids[1], server.ids[8]}
        told = publish(system, changes_of(server), tmp_path, push=True, sleep=asleep)
        assert sorted(outcome.account_id for outcome in told.failed) == sorted(server.refused)
        assert all(outcome.message for outcome in told.failed)
        assert len(told.written) == N - 2
        assert {server.owner(name) for name in server.refused} == {server.users[0]}

    def test_an_account_that_is_gone_is_not_made_again(
        self, server: Server, system: System, tmp_path: Path
    ) -> None:
        gone, changes = server.ids[4], changes_of(server)
        server.remove(gone)
        told = publish(system, changes, tmp_path, push=True)
        assert told.missing == (gone,)
        assert gone.encode() not in server.snapshot()
        outcomes = {outcome.account_id: outcome for outcome in system.assign(changes[3:6])}
        assert not outcomes[gone].ok
        assert gone.encode() not in server.snapshot()

    def test_calls_may_be_made_again(self, server: Server, system: System) -> None:
        changes = changes_of(server)[:BATCH]
        for _ in range(2):
            system.cover(changes)
            assert all(outcome.ok for outcome in system.assign(changes))
            system.uncover(changes)
        assert sorted(server.writes) == sorted(server.ids[:BATCH])

    def test_no_secret_is_left_anywhere(
        self, server: Server, system: System, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        said = [system.who(), repr(system), repr(vars(system))]
        server.faults.extend(["500", "drop"])
        publish(system, changes_of(server), tmp_path, push=True, sleep=asleep)
        server.expired = True
        try:
            roll_back(system, tmp_path, push=True, sleep=asleep)
        except Refused as error:
            said += traceback.format_exception(error)
        assert len(said) > 3
        files = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file()]
        assert len(files) >= 3
        assert not [text for text in (*said, *files, caplog.text) if server.token in text]


def check_meanwhile(server: Server, system: System, folder: Path) -> None:
    """An account that somebody gives away between the diff and its batch is not overwritten."""
    name, third = server.ids[7], server.users[2]
    cover = system.cover

    def give_away(changes: Sequence[Change]) -> None:
        cover(changes)
        if name in [change.account_id for change in changes]:
            server.give(name, third)

    system.cover = give_away  # type: ignore[method-assign]
    told = publish(system, changes_of(server), folder, push=True)
    assert server.owner(name) == third
    assert name not in server.writes
    listed = [outcome.account_id for outcome in told.failed] + [c.account_id for c in told.drifted]
    assert listed == [name]
    assert len(told.written) == N - 1
