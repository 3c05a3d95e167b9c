"""Load files of a plan for each system, and how they are loaded; nothing here speaks to a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.arrays import texts
from territory_opt.crm.change import USER, Changes, changes_of, users_of
from territory_opt.crm.ids import bare_guid, faults_of_ids, salesforce_ids
from territory_opt.errors import DataError
from territory_opt.problem import BoolArray, Problem, TextArray

Columns = Mapping[str, Any]


@dataclass(frozen=True)
class LoadFile:
    """One file: its name, its columns, and how it is loaded, in a sentence."""

    name: str
    columns: Columns
    how: str = field(default="", compare=False)


@dataclass(frozen=True)
class _Plan:
    """What files are made from."""

    problem: Problem
    alignment: Alignment
    changes: Changes


def load_files(problem: Problem, alignment: Alignment, target: str) -> tuple[LoadFile, ...]:
    """Everything that loads a plan into a system: owners forward, and the same accounts back.

    target: `salesforce`, `hubspot`, `dynamics` or `csv`. Files of owners hold changed accounts only; a plan
    that changes nothing makes files without rows. Raises DataError listing every id that the system would
    not know, and a KeyError for another target.
    """
    return tuple(TARGETS[target](_Plan(problem, alignment, changes_of(problem, alignment))))


def _salesforce(plan: _Plan) -> Iterator[LoadFile]:
    changes = plan.changes
    _check("salesforce", *_in_territories(plan))
    ids = salesforce_ids("accounts", "account_id", changes.account_id.tolist())
    new = salesforce_ids("reps", USER, changes.new_user.tolist())
    had = changes.old_user != ""
    old = salesforce_ids("reps", USER, changes.old_user[had].tolist())
    yield LoadFile(
        "account_owners.csv",
        _two("Id", ids, "OwnerId", new),
        "Data Loader: update Account. Keeps account teams only where your settings say so.",
    )
    back = [account for account, was in zip(ids, had.tolist(), strict=True) if was]
    yield LoadFile(
        "account_owners_back.csv",
        _two("Id", back, "OwnerId", old),
        "Undoes account_owners.csv: update Account.",
    )
    yield from _territories(plan.problem, plan.alignment)


def _territories(problem: Problem, alignment: Alignment) -> Iterator[LoadFile]:
    """Enterprise Territory Management: territories by developer name, who is in them, which accounts."""
    names = texts([f"T_{_developer_name(name)}" for name in problem.reps.ids])
    active = ~problem.reps.leaving
    yield LoadFile(
        "territory2.csv",
        {
            "Name": problem.reps.names[active],
            "DeveloperName": names[active],
            "AccountAccessLevel": _same("Edit", int(active.sum())),
            "OpportunityAccessLevel": _same("Edit", int(active.sum())),
        },
        "Add Territory2ModelId and Territory2TypeId of your model in planning; insert Territory2.",
    )
    users, seated = _seated(problem)
    yield LoadFile(
        "user_territory2_association.csv",
        {
            "UserId": texts(salesforce_ids("reps", USER, users[seated].tolist())),
            "Territory2.DeveloperName": names[seated],
            "RoleInTerritory2": _same("Owner", int(seated.sum())),
        },
        "Insert UserTerritory2Association; the territory is found by its developer name.",
    )
    served = np.flatnonzero(alignment.covered)
    accounts = salesforce_ids("accounts", "account_id", problem.accounts.ids[served].tolist())
    yield LoadFile(
        "object_territory2_association.csv",
        {
            "ObjectId": texts(accounts),
            "Territory2.DeveloperName": names[alignment.rep[served]],
            "AssociationCause": _same("Territory2Manual", len(served)),
        },
        "Insert ObjectTerritory2Association before owners change, and delete old ones after: there is no "
        "update, and deleted ones skip the recycle bin, so export them first.",
    )


def _seated(problem: Problem) -> tuple[TextArray, BoolArray]:
    """The user of each seat (reps,), and which seats have one who stays."""
    users = users_of(problem)
    return users, ~problem.reps.leaving & (users != "")


def _in_territories(plan: _Plan) -> tuple[list[str], list[str]]:
    """Accounts and users that any of the Salesforce files names."""
    accounts, users = _that_change(plan.changes)
    served = plan.problem.accounts.ids[plan.alignment.covered].tolist()
    every, seated = _seated(plan.problem)
    return [*accounts, *served], [*users, *every[seated].tolist()]


def _that_change(changes: Changes) -> tuple[list[str], list[str]]:
    """Accounts that change owner, and their users of today and of the plan."""
    users = [*changes.new_user.tolist(), *changes.old_user.tolist()]
    return changes.account_id.tolist(), [user for user in users if user]


def _hubspot(plan: _Plan) -> Iterator[LoadFile]:
    changes = plan.changes
    _check("hubspot", *_that_change(changes))
    yield LoadFile(
        "companies.csv",
        {"Record ID": changes.account_id, "Company owner": changes.new_user},
        "Import, update existing companies by Record ID; the owner is a user id or an e-mail address.",
    )
    had = changes.old_user != ""
    yield LoadFile(
        "companies_back.csv",
        {"Record ID": changes.account_id[had], "Company owner": changes.old_user[had]},
        "Undoes companies.csv.",
    )


def _dynamics(plan: _Plan) -> Iterator[LoadFile]:
    changes = plan.changes
    _check("dynamics", *_that_change(changes))
    had = changes.old_user != ""
    for name, users, rows in (
        ("accounts.csv", changes.new_user, np.ones(len(changes), bool)),
        ("accounts_back.csv", changes.old_user, had),
    ):
        yield LoadFile(
            name,
            {
                "accountid": texts([bare_guid(text) for text in changes.account_id[rows]]),
                "ownerid@odata.bind": texts([f"/systemusers({bare_guid(text)})" for text in users[rows]]),
            },
            "PATCH accounts(…) with If-Match: *, so that an id that is gone makes no new record.",
        )


def _plain(plan: _Plan) -> Iterator[LoadFile]:
    changes = plan.changes
    rep_ids = np.append(plan.problem.reps.ids, "")
    yield LoadFile(
        "owners.csv",
        {
            "account_id": changes.account_id,
            "old_rep_id": rep_ids[changes.old_rep],
            "rep_id": rep_ids[changes.new_rep],
        },
        "One row an account that changes hands.",
    )


#: Every system that files are made for: one visible list.
TARGETS: Mapping[str, Callable[[_Plan], Iterator[LoadFile]]] = {
    "salesforce": _salesforce,
    "hubspot": _hubspot,
    "dynamics": _dynamics,
    "csv": _plain,
}


def _check(target: str, accounts: Sequence[str], users: Sequence[str]) -> None:
    """DataError lists every id of either table that the target would not know, each once."""
    issues = [
        *faults_of_ids(target, "accounts", "account_id", dict.fromkeys(accounts)),
        *faults_of_ids(target, "reps", USER, dict.fromkeys(users)),
    ]
    if issues:
        raise DataError(issues)


def _developer_name(rep_id: str) -> str:
    """Letters, digits and single underscores, as the API wants it; different ids stay different."""
    plain = "".join(
        letter if letter.isascii() and letter.isalnum() else f"_{ord(letter):x}_" for letter in rep_id
    )
    return "_".join(part for part in plain.split("_") if part)


def _two(first: str, ids: Sequence[str], second: str, users: Sequence[str]) -> Columns:
    return {first: texts(ids), second: texts(users)}


def _same(text: str, n: int) -> np.ndarray:
    return np.full(n, text, dtype=object)
