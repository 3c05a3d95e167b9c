"""A plan of which every output is private, since it is made from facts that are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import audit
from territory_opt.policy import Policy
from territory_opt.privacy.facts import Codes, order_of, private_facts
from territory_opt.privacy.pseudonyms import Salt
from territory_opt.privacy.wishes import private_wishes
from territory_opt.problem import Int32Array, Problem, TextArray
from territory_opt.question import ask
from territory_opt.result import Result
from territory_opt.travel.place import FloatArray, IndexArray


@dataclass(frozen=True, eq=False)
class Private:
    """Facts, wishes and plan under pseudonyms, for any output; `key` says who is who and stays at home.

    key: columns `pseudonym`, `id`, `name` and `table` (accounts or reps).
    """

    problem: Problem
    policy: Policy
    result: Result
    key: Mapping[str, TextArray]


def privately(
    problem: Problem, policy: Policy, result: Result, salt: bytes, *, keep: Collection[str] = ()
) -> Private:
    """The same plan without names, homes and exact places.

    Accounts and reps get pseudonyms, the same for the same salt, and are sorted by them; places of accounts
    are rounded to about a kilometre; homes are left out; texts name groups by pseudonyms; columns that no
    wish looks at are dropped, amounts that we know apart. Costs, loads and the proof stay as they are: they
    are recounted with the true distances, which no output shows. Whoever knows many accounts and what each
    of their moves saves in travel could still reckon about where somebody lives.

    salt: a secret of 16 bytes or more, kept where the outputs are not. keep: further columns that settings
    look at. PolicyError for a salt that is too short.
    """
    codes = Codes.of(problem, policy, Salt(salt), keep)
    facts, wishes = private_facts(problem, codes), private_wishes(policy, codes)
    at, who = order_of(codes.accounts), order_of(codes.reps)
    alignment = _renumbered(result.alignment, at, who)
    question = ask(facts, wishes)
    hidden = replace(
        result,
        alignment=alignment,
        audit=audit(facts, wishes, alignment, question),
        today=audit(facts, wishes, Alignment.today(facts), question),
        prices=_prices(problem, policy, facts, wishes, result.prices, who),
        fingerprint=facts.fingerprint(),
        why_impossible="",  # it names reps and areas
    )
    return Private(facts, wishes, hidden, _key(problem, codes))


def _renumbered(alignment: Alignment, at: IndexArray, who: IndexArray) -> Alignment:
    """The alignment after accounts and reps were put in another order."""
    new = np.append(np.argsort(who), -1).astype(np.int32)
    areas: Int32Array | None = alignment.rep_of_area
    return Alignment(new[alignment.rep[at]], None if areas is None else new[areas])


def _prices(
    problem: Problem,
    policy: Policy,
    facts: Problem,
    wishes: Policy,
    prices: Mapping[str, FloatArray],
    who: IndexArray,
) -> dict[str, FloatArray]:
    """Shadow prices by the new labels, their bins found again by the reps in them."""
    found = {}
    for old, new in zip(policy.load_terms(), wishes.load_terms(), strict=True):
        if old.label() in prices:
            old_bin, (new_bin, names) = old.bins(problem)[0][who], new.bins(facts)
            price = np.zeros(len(names))
            price[new_bin[new_bin >= 0]] = prices[old.label()][old_bin[new_bin >= 0]]
            found[new.label()] = price
    return found


def _key(problem: Problem, codes: Codes) -> dict[str, Any]:
    tables = (("accounts", problem.accounts, codes.accounts), ("reps", problem.reps, codes.reps))
    return {
        "pseudonym": np.concatenate([names.ids for _, _, names in tables]),
        "id": np.concatenate([table.ids for _, table, _ in tables]),
        "name": np.concatenate([table.names for _, table, _ in tables]),
        "table": np.concatenate([np.full(len(table), word, object) for word, table, _ in tables]),
    }
