"""Who may own a record: users and teams."""

from __future__ import annotations

from collections.abc import Iterable

from territory_opt.crm.dynamics.api import Api, guids
from territory_opt.crm.dynamics.schema import TEAMS, USERS


class Principals:
    """Users and teams of an environment, each asked for once."""

    def __init__(self, api: Api):
        self._api = api
        self._path: dict[str, str] = {}
        self._disabled: set[str] = set()

    def learn(self, ids: Iterable[str]) -> None:
        """Ask for those that are not known yet."""
        unknown = [name for name in guids(ids) if name not in self._path]
        for row in self._api.rows_where(USERS, (USERS.key,), unknown, ("isdisabled",)) if unknown else ():
            self._path[row[USERS.key]] = f"/{USERS.set}({row[USERS.key]})"
            if row.get("isdisabled"):
                self._disabled.add(row[USERS.key])
        unknown = [name for name in unknown if name not in self._path]
        for row in self._api.rows_where(TEAMS, (TEAMS.key,), unknown, ()) if unknown else ():
            self._path[row[TEAMS.key]] = f"/{TEAMS.set}({row[TEAMS.key]})"

    def path(self, name: str) -> str:
        """What a record is bound to so that this user or team owns it, "" for neither."""
        return self._path.get(name, "")

    def may_own(self, name: str) -> bool:
        """Whether Dataverse lets it own a record: there, and not disabled."""
        return name in self._path and name not in self._disabled
