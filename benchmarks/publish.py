"""How long it takes to bring a plan to a system: what changes, load files, a dry run, the push, the way back.

    python -m benchmarks.publish --accounts 100000 --system salesforce [--reps 200] [--seed 1] [--json]

Every account changes hands. The system is the vendor's test server, over HTTP on loopback: the class in
`tests/servers/SYSTEM.py` whose name ends in `Server`, with the accounts and users that it starts with. Where
there is none it is one in this process, so that only our own work is measured; the figures say which.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import numpy as np

import territory_opt as to
from territory_opt.crm import (
    Change,
    Manner,
    Outcome,
    PublishSettings,
    as_system_writes,
    connect,
    full_id,
    roll_all_back,
    roll_out,
    verify,
)
from territory_opt.deliver.exports import write_exports
from territory_opt.deliver.publishing import rep_table, teller
from territory_opt.moves import moves
from territory_opt.scenarios import value
from territory_opt.scenarios.release import release

T = TypeVar("T")
_ACCOUNT, _USER = "001", "005"  # how Salesforce ids of these kinds begin
_WIDE = PublishSettings(accounts=1.0, revenue=1.0, pipeline=1.0, per_rep=1.0, children=())


class Memory:
    """A system in this process that does what it is asked, at once."""

    batch_size = 2_000
    keep_teams = True

    def __init__(self, owners: Mapping[str, str]):
        self.live = dict(owners)

    def owners(self, account_ids: Sequence[str]) -> Mapping[str, str]:
        return {name: self.live[name] for name in account_ids if name in self.live}

    def cover(self, changes: Sequence[Change]) -> None:
        """Nobody needs an access here."""

    uncover = cover

    def assign(self, changes: Sequence[Change]) -> list[Outcome]:
        self.live |= {change.account_id: change.new_user for change in changes}
        return [Outcome(change.account_id, True) for change in changes]


def ids_of(system: str, prefix: str, n: int) -> np.ndarray:
    """Ids that the system would know."""
    form: Callable[[int], str] = {
        "salesforce": lambda i: full_id(f"{prefix}B{i:011d}"),
        "dynamics": lambda i: str(UUID(int=int(prefix) << 64 | i)),
    }.get(system, lambda i: f"{prefix}{i:09d}".lstrip("0"))
    ids = np.empty(n, dtype=object)
    ids[:] = [form(i) for i in range(n)]
    return ids


def market(account_ids: Any, user_ids: Any, seed: int) -> tuple[to.Problem, to.Alignment]:
    """Accounts of the first user, and a plan that gives them all to others, but not to the last of three.

    In the test servers that one has left.
    """
    n, reps = len(account_ids), len(user_ids)
    problem = to.generate(n, reps, seed=seed, locks=0.0, families=0.0)
    accounts = replace(problem.accounts, owner=np.zeros(n, np.int32), ids=account_ids)
    problem = replace(problem, accounts=accounts, reps=replace(problem.reps, ids=user_ids))
    return problem, to.Alignment((1 + np.arange(n) % max(reps - 2, 1)).astype(np.int32))


def measure(accounts: int, reps: int, seed: int, system: str) -> dict[str, Any]:
    """Seconds of each step, and what became of the accounts."""
    seconds: dict[str, float] = {}
    make = server_of(system)
    with tempfile.TemporaryDirectory() as folder:
        if make is None:
            ids, users = ids_of(system, _ACCOUNT, accounts), ids_of(system, _USER, reps)
            client: Any = Memory(dict.fromkeys(ids, users[0]))
            counts = _steps(*market(ids, users, seed), system, client, Path(folder), seconds)
        else:
            with closing(make(accounts)) as server:
                reps, client = len(server.users), connect(system, server.environment)
                facts = market(_texts(server.ids), _texts(server.users), seed)
                counts = _steps(*facts, system, client, Path(folder), seconds)
    total = sum(seconds[name] for name in ("diff_s", "export_s", "dry_run_s", "publish_s"))
    return {
        **{"accounts": accounts, "reps": reps, "system": system if make else f"{system} ids, in memory"},
        **{name: round(s, 2) for name, s in seconds.items()},
        **{"total_s": round(total, 2), **counts},
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def server_of(system: str) -> Callable[[int], Any] | None:
    """What starts the test server of a system with so many accounts, None where there is none."""
    name = f"tests.servers.{system}"
    if find_spec("tests.servers") is None or find_spec(name) is None:
        return None
    module = import_module(name)
    ours = [c for c in vars(module).values() if isinstance(c, type) and c.__module__ == name]
    return next((c for c in ours if c.__name__.endswith("Server")), None)


def _texts(values: Sequence[str]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = list(values)
    return array


def _steps(
    problem: to.Problem, plan: to.Alignment, system: str, client: Any, folder: Path, seconds: dict[str, float]
) -> dict[str, Any]:
    today = date(2027, 2, 1)
    released = _timed(seconds, "diff_s", lambda: release(problem, plan, _WIDE, (), today=today))
    changes = as_system_writes(system, released.changes.records())

    def export() -> object:
        policy = to.Policy([to.Travel(), to.Disruption()])
        result = value(problem, policy, plan)
        return write_exports(problem, result, moves(problem, policy, result), folder / "export", system, ())

    _timed(seconds, "export_s", export)
    _timed(seconds, "dry_run_s", lambda: roll_out(client, changes, folder / "run", (), Manner()))
    tell = teller({}, {}, lambda part: rep_table(problem, released.changes, part))
    manner = Manner(push=True, tell=tell)
    done = _timed(seconds, "publish_s", lambda: roll_out(client, changes, folder / "run", (), manner))
    differences = _timed(seconds, "verify_s", lambda: verify(folder / "run"))
    undo = Manner(push=True, tell=teller({}, {}, None))
    back = _timed(seconds, "rollback_s", lambda: roll_all_back(client, folder / "run", undo))
    return {
        **done[0].published.counts(),
        **{"rolled_back": len(back[0].published.written), "differences": len(differences)},
    }


def _timed(seconds: dict[str, float], name: str, work: Callable[[], T]) -> T:
    began_s = time.perf_counter()
    found = work()
    seconds[name] = time.perf_counter() - began_s
    return found


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where an account was not published or not given back."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--reps", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--system", default="salesforce")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(words)
    figures = measure(given.accounts, given.reps, given.seed, given.system)
    if given.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:>12}  {figure:,}" if isinstance(figure, int) else f"{name:>12}  {figure}")
    return int(figures["written"] != given.accounts or figures["rolled_back"] != given.accounts)


if __name__ == "__main__":
    raise SystemExit(main())
