"""A system in a JSON file, for tests of the verbs: as simple as a vendor's package may be.

FILED_SYSTEM names the file, FILED_TOKEN the log-in. `broken` in the file says what goes wrong, always with
the token in its words, as the messages of a careless system have it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from territory_opt.crm import Change, Interrupted, Outcome, Refused, Table

TOKEN = "planted-4f9c/2b+x=="


class Records:
    """Records of one kind."""

    batch_size = 5

    def __init__(self, path: Path, kind: str, token: str):
        self.path, self.kind, self.token = path, kind, token

    def read(self) -> dict[str, Any]:
        return json.loads(self.path.read_text(encoding="utf-8"))

    def write(self, whole: dict[str, Any]) -> None:
        self.path.write_text(json.dumps(whole, sort_keys=True), encoding="utf-8")

    def owners(self, account_ids: Sequence[str]) -> dict[str, str]:
        records = self.read()[self.kind]
        return {name: records[name]["owner"] for name in account_ids if name in records}

    def cover(self, changes: Sequence[Change]) -> None:
        """Who reaches an account reaches what is below it."""

    uncover = cover

    def assign(self, changes: Sequence[Change]) -> list[Outcome]:
        whole, outcomes = self.read(), []
        for change in changes:
            if change.account_id in whole.get("refused", ()):
                outcomes.append(Outcome(change.account_id, False, f"no rights with {self.token}"))
                continue
            if whole.get("broken") == f"die in {self.kind}":
                self.write(whole)
                raise KeyboardInterrupt
            whole[self.kind][change.account_id]["owner"] = change.new_user
            whole.setdefault("writes", []).append(change.account_id)
            outcomes.append(Outcome(change.account_id, True))
        self.write(whole)
        return outcomes

    def belonging(self, changes: Sequence[Change]) -> list[Change]:
        of = {change.account_id: change for change in changes}
        found = []
        for name, record in self.read()[self.kind].items():
            change = of.get(record["account"])
            if change and record["owner"] == change.old_user and record.get("open", True):
                found.append(Change(name, change.old_user, change.new_user))
        return found


class Filed(Records):
    """Accounts, and who reaches them."""

    keep_teams = True

    def who(self) -> str:
        whole = self.read()
        broken = whole.get("broken")
        if broken == "expired":
            raise Refused(f"the session {self.token} has expired: log in again")
        if broken == "bug":
            raise ValueError(f"Invalid header value b'Bearer {self.token}'")
        if broken == "silent":
            raise Interrupted(f"no answer to {self.token}")
        if whole["token"] != self.token:
            raise Refused("FILED_TOKEN is wrong")
        return "filed: tests, as the tester"

    def children(self, kind: str) -> Records:
        if kind not in self.read():
            raise KeyError(kind)
        return Records(self.path, kind, self.token)

    def assign(self, changes: Sequence[Change]) -> list[Outcome]:
        if not self.keep_teams:
            whole = self.read()
            for change in changes:
                whole["accounts"][change.account_id]["team"] = []
            self.write(whole)
        return super().assign(changes)

    def tables(self) -> Mapping[str, Table]:
        return self.read()["tables"]


def connect(environment: Mapping[str, str] = os.environ) -> Filed:
    """The system whose file the environment names."""
    missing = [name for name in ("FILED_SYSTEM", "FILED_TOKEN") if not environment.get(name)]
    if missing:
        raise Refused(f"{' and '.join(missing)} is missing")
    return Filed(Path(environment["FILED_SYSTEM"]), "accounts", environment["FILED_TOKEN"])
