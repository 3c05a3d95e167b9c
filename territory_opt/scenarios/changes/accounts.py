"""Changes of the market."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from territory_opt.policy import Assigned, Locked, Policy
from territory_opt.policy.words import counted
from territory_opt.problem import Accounts, Categories, Problem
from territory_opt.scenarios.carry import rows_of
from territory_opt.scenarios.changes.base import Facts, stacked, unknown


@dataclass(frozen=True)
class Lock:
    """These accounts stay with their owner of today; `locked=False` sets them free again.

    Where no rule `locked` is asked for, locking adds it: it binds all accounts that are locked in the facts.
    """

    account_ids: tuple[str, ...]
    locked: bool = True

    def faults(self, problem: Problem, policy: Policy) -> Iterator[str]:
        yield from unknown("account", self.account_ids, problem.accounts.ids)
        rows = rows_of(problem.accounts.ids, self.account_ids)
        if self.locked:
            for i in rows[rows >= 0]:
                if problem.accounts.owner[i] < 0:
                    yield f"{problem.accounts.ids[i]!r} has no owner to stay with"

    def apply(self, problem: Problem, policy: Policy) -> Facts:
        locked = problem.accounts.locked.copy()
        locked[rows_of(problem.accounts.ids, self.account_ids)] = self.locked
        facts = replace(problem, accounts=replace(problem.accounts, locked=locked))
        binds = not self.locked or any(isinstance(w, Locked) for w in policy.wishes)
        return facts, policy if binds else Policy(policy.terms, [*policy.rules, Locked()])

    def words(self) -> str:
        which = ", ".join(self.account_ids[:3]) + (" …" if len(self.account_ids) > 3 else "")
        verb = "locked" if self.locked else "set free"
        return f"{counted(len(self.account_ids), 'account')} {verb} ({which})"


@dataclass(frozen=True)
class Assign:
    """These accounts go to this rep and to no other; the bands stay where they are."""

    account_ids: tuple[str, ...]
    rep_id: str

    def faults(self, problem: Problem, policy: Policy) -> Iterator[str]:
        yield from unknown("account", self.account_ids, problem.accounts.ids)
        yield from unknown("rep", [self.rep_id], problem.reps.ids)

    def apply(self, problem: Problem, policy: Policy) -> Facts:
        rule = next((w for w in policy.wishes if isinstance(w, Assigned)), None)
        column = (rule or Assigned()).by
        tags = problem.accounts.tags
        nothing = np.full(len(problem.accounts), "", dtype=object)
        texts = tags[column].texts() if column in tags else nothing
        texts[rows_of(problem.accounts.ids, self.account_ids)] = self.rep_id
        accounts = replace(problem.accounts, tags={**tags, column: Categories.of(texts)})
        rules = policy.rules if rule is not None else [*policy.rules, Assigned()]
        return replace(problem, accounts=accounts), Policy(policy.terms, rules)

    def words(self) -> str:
        which = ", ".join(self.account_ids[:3]) + (" …" if len(self.account_ids) > 3 else "")
        return f"{counted(len(self.account_ids), 'account')} to {self.rep_id} ({which})"


@dataclass(frozen=True)
class NewAccounts:
    """More accounts, as a table; a hypothetical list will do. Columns that are not given are empty or 0."""

    accounts: Accounts

    def faults(self, problem: Problem, policy: Policy) -> Iterator[str]:
        twice = set(problem.accounts.ids) & set(self.accounts.ids)
        yield from (f"there is an account {name!r} already" for name in sorted(twice)[:10])
        if not problem.distances.needs_places:
            yield "a table of distances says nothing of new accounts"

    def apply(self, problem: Problem, policy: Policy) -> Facts:
        past = problem.history
        past = None if past is None else past.joined_by(len(self.accounts))
        return replace(problem, accounts=stacked(problem.accounts, self.accounts), history=past), policy

    def words(self) -> str:
        return f"{counted(len(self.accounts), 'new account')}"


@dataclass(frozen=True)
class Gone:
    """These accounts are no more."""

    account_ids: tuple[str, ...]

    def faults(self, problem: Problem, policy: Policy) -> Iterator[str]:
        yield from unknown("account", self.account_ids, problem.accounts.ids)

    def apply(self, problem: Problem, policy: Policy) -> Facts:
        gone = np.isin(problem.accounts.ids, np.array(self.account_ids, dtype=object))
        return problem.take(np.flatnonzero(~gone), np.arange(len(problem.reps))), policy

    def words(self) -> str:
        return f"{counted(len(self.account_ids), 'account')} gone"
