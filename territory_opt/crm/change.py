"""What a plan changes in a system: one record an account, from its owner of today to that of the plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.errors import DataError, Issue
from territory_opt.problem import BoolArray, Problem, TextArray
from territory_opt.travel.place import FloatArray, IndexArray

USER = "crm_user_id"  # a column of reps: who the seat is in the system, where that is not its rep_id


@dataclass(frozen=True)
class Change:
    """One account that gets another owner; ids are those of the system, "" for nobody."""

    account_id: str
    old_user: str
    new_user: str

    def turned_round(self) -> Change:
        """The change that undoes this one."""
        return Change(self.account_id, self.new_user, self.old_user)


@dataclass(frozen=True)
class Changes:
    """All changes of a plan as columns (changes,), in the order of the accounts.

    account: row in the problem. old_rep, new_rep: rows of reps, -1 for nobody. revenue: of each account.
    """

    account: IndexArray
    account_id: TextArray
    old_rep: IndexArray
    new_rep: IndexArray
    old_user: TextArray
    new_user: TextArray
    revenue: FloatArray

    def __len__(self) -> int:
        return len(self.account)

    def take(self, rows: IndexArray | BoolArray) -> Changes:
        """Some of the changes."""
        return Changes(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})

    def records(self) -> list[Change]:
        """The same as one value a change."""
        columns = (self.account_id.tolist(), self.old_user.tolist(), self.new_user.tolist())
        return [Change(*row) for row in zip(*columns, strict=True)]


def changes_of(problem: Problem, alignment: Alignment) -> Changes:
    """Accounts whose rep in the plan is not their owner of today; those that nobody serves stay as they are.

    A system has no account without an owner, so that one the plan leaves uncovered keeps the one it has.

    Raises DataError where two seats that matter are the same user, or a seat that gets accounts is nobody.
    """
    owner, rep = problem.accounts.owner, alignment.rep
    account = np.flatnonzero((rep >= 0) & (rep != owner))
    users = users_of(problem)
    issues = [
        Issue("reps", int(r) + 2, USER, "", "gets accounts, but is no user", "Fill in the user's id")
        for r in np.unique(rep[account])
        if not users[r]
    ]
    if issues:
        raise DataError(issues)
    padded = np.append(users, "")
    return Changes(
        account=account,
        account_id=problem.accounts.ids[account],
        old_rep=owner[account],
        new_rep=rep[account],
        old_user=padded[owner[account]],
        new_user=padded[rep[account]],
        revenue=problem.accounts.measures["revenue"][account],
    )


def users_of(problem: Problem) -> TextArray:
    """The system's id of each seat (reps,): its `crm_user_id`, else its rep_id; "" for a vacant seat.

    Raises DataError where one user sits on two seats.
    """
    reps = problem.reps
    users = reps.ids.copy()
    if USER in reps.tags:
        given = reps.tags[USER].texts()
        users = np.where(given != "", given, users).astype(object)
    if "status" in reps.tags:
        vacant = reps.tags["status"].texts() == "vacant"
        named = reps.tags[USER].texts() != "" if USER in reps.tags else np.zeros(len(reps), bool)
        users[vacant & ~named] = ""
    known, first, count = np.unique(users.astype(str), return_index=True, return_counts=True)
    mend = "One user holds one seat: correct the ids"
    issues = [
        Issue("reps", int(row) + 2, USER, str(name), "is on several seats", mend)
        for name, row, n in zip(known, first, count, strict=True)
        if name and n > 1
    ]
    if issues:
        raise DataError(issues)
    return users
