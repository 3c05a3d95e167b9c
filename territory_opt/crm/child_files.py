"""Load files of what goes with accounts: open deals that belong to the old owner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from territory_opt.arrays import texts
from territory_opt.crm.change import USER, Changes, users_of
from territory_opt.crm.ids import canonical, faults_of_ids
from territory_opt.crm.load_files import Columns, LoadFile
from territory_opt.errors import DataError
from territory_opt.problem import Problem


@dataclass(frozen=True)
class DealOwner:
    """An open deal, its account, and whom it belongs to: a rep_id, or a user of the system."""

    deal_id: str
    account_id: str
    owner: str


@dataclass(frozen=True)
class _Form:
    """How a system takes new owners of deals: file name, its two headers, and what to do with it."""

    name: str
    record: str
    owner: str
    how: str
    bound: Callable[[str], str] = str


_FORMS: Mapping[str, _Form] = {
    "salesforce": _Form("opportunity_owners", "Id", "OwnerId", "Data Loader: update Opportunity."),
    "hubspot": _Form("deals", "Record ID", "Deal owner", "Import, update existing deals by Record ID."),
    "dynamics": _Form(
        "opportunities",
        "opportunityid",
        "ownerid@odata.bind",
        "PATCH opportunities(…) with If-Match: *.",
        lambda user: f"/systemusers({user})",
    ),
    "csv": _Form("deals", "deal_id", "owner", "One row a deal that goes with its account."),
}
#: Every file that only some exports have.
NAMES = tuple(f"{form.name}{back}.csv" for form in _FORMS.values() for back in ("", "_back"))


def deal_files(
    problem: Problem, changes: Changes, deals: Sequence[DealOwner], target: str
) -> tuple[LoadFile, ...]:
    """Open deals of accounts that change hands, forward and back; none where no deal goes along.

    Only deals that belong to the old owner go; others stay with whom they have. Raises DataError listing
    every id that the system would not know.
    """
    rows = list(_that_go(problem, changes, deals))
    if not rows:
        return ()
    if target in ("salesforce", "hubspot", "dynamics"):
        ids, old, new = (list(dict.fromkeys(column)) for column in zip(*rows, strict=True))
        issues = [*faults_of_ids(target, "deals", "deal_id", ids)]
        issues += faults_of_ids(target, "reps", USER, dict.fromkeys([*old, *new]))
        if issues:
            raise DataError(issues)
    form, write = _FORMS[target], canonical(target)

    def columns(which: int) -> Columns:
        return {
            form.record: texts([write(row[0]) for row in rows]),
            form.owner: texts([form.bound(write(row[which])) for row in rows]),
        }

    return (
        LoadFile(f"{form.name}.csv", columns(2), form.how),
        LoadFile(f"{form.name}_back.csv", columns(1), f"Undoes {form.name}.csv."),
    )


def _that_go(
    problem: Problem, changes: Changes, deals: Sequence[DealOwner]
) -> Iterator[tuple[str, str, str]]:
    """Deal, old and new user of each deal that goes with its account."""
    users, ids = users_of(problem), problem.reps.ids
    row = {account: i for i, account in enumerate(changes.account_id)}
    for deal in deals:
        i = row.get(deal.account_id, -1)
        if i >= 0 and changes.old_rep[i] >= 0:
            rep = changes.old_rep[i]
            if deal.owner in (users[rep], ids[rep]) and deal.owner:
                yield deal.deal_id, str(changes.old_user[i]), str(changes.new_user[i])
