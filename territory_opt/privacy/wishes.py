"""Wishes in the words of the pseudonyms."""

from __future__ import annotations

from dataclasses import replace

from territory_opt.policy import Apart, FollowArea, KeepTogether, PairCost, PairLoad, PairTable, Policy, Wish
from territory_opt.privacy.facts import Codes


def private_wishes(policy: Policy, codes: Codes) -> Policy:
    """The same wishes; ids and texts in them have become pseudonyms."""
    terms, rules = ([_renamed(wish, codes) for wish in wishes] for wishes in (policy.terms, policy.rules))
    return Policy(terms, rules)


def _renamed(wish: Wish, codes: Codes) -> Wish:
    if isinstance(wish, KeepTogether):
        return replace(wish, exceptions=_accounts(wish.exceptions, codes))
    if isinstance(wish, Apart):
        return replace(wish, accounts=_accounts(wish.accounts, codes))
    if isinstance(wish, FollowArea):
        values = tuple(codes.text(str(wish.by), value) for value in wish.values)
        return replace(wish, named=_accounts(wish.named, codes), values=values)
    if isinstance(wish, PairCost):
        return replace(wish, table=_table(wish.table, codes))
    if isinstance(wish, PairLoad):
        capacity = {codes.reps.of_id.get(rep, rep): limit for rep, limit in wish.capacity.items()}
        return replace(wish, table=_table(wish.table, codes), capacity=capacity)
    return wish


def _accounts(ids: tuple[str, ...], codes: Codes) -> tuple[str, ...]:
    return tuple(sorted(codes.accounts.of_id[account] for account in ids))


def _table(table: PairTable, codes: Codes) -> PairTable:
    """The table of those rows and columns that the facts have."""
    rows = [i for i, account in enumerate(table.accounts) if account in codes.accounts.of_id]
    columns = [j for j, rep in enumerate(table.reps) if rep in codes.reps.of_id]
    return PairTable(
        [codes.accounts.of_id[table.accounts[i]] for i in rows],
        [codes.reps.of_id[table.reps[j]] for j in columns],
        table.value[rows][:, columns],
    )
