"""Every account that changes hands, each with its reason in money."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from territory_opt.language import ENGLISH, Language
from territory_opt.policy import Disruption, Policy
from territory_opt.problem import BoolArray, Int32Array, Problem
from territory_opt.receivers import (
    Pieces,
    Rivals,
    may_serve,
    pieces_of,
    rivals,
    sentences_of_breaks,
    servable,
)
from territory_opt.result import Result
from territory_opt.travel.place import FloatArray, IndexArray

MOVED, ASSIGNED, DROPPED = "moved", "newly assigned", "not covered any more"
#: A shadow price this near to the penalty for a broken band is that penalty, and no money.
_CEILING = 0.99
#: Up to so many pairs every rep is compared for accounts that must go somewhere: some seconds of work.
_COMPARED_PAIRS = 50_000_000
_NOTHING = 0.5  # money per year that rounds to 0
GIVEN_TO_NOBODY = ENGLISH.say("reason.given_to_nobody")
SERVABLE_BY_NOBODY = ENGLISH.say("reason.servable_by_nobody")


@dataclass(frozen=True)
class Moves:
    """Accounts that change owner, get one or lose theirs; every array has shape (moves,), money is per year.

    owner, rep: -1 for nobody. change: `moved`, `newly assigned` or `not covered any more`. saving: travel
    and fit that the change saves. disruption: what the broken relationship costs. fairness: what the change
    is worth to the wishes that give reps a target, at their shadow prices; NaN where a price is not known,
    or is only the penalty for a band that cannot be kept.
    """

    account: Int32Array
    owner: Int32Array
    rep: Int32Array
    change: tuple[str, ...]
    forced: BoolArray
    saving: FloatArray
    disruption: FloatArray
    fairness: FloatArray
    reason: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.account)

    def are(self, change: str) -> BoolArray:
        """Which of them are this kind of change."""
        return np.array([kind == change for kind in self.change], bool)


def moves(problem: Problem, policy: Policy, result: Result, language: Language = ENGLISH) -> Moves:
    """Every account whose rep is not its owner of today, with a reason each, in the order of the input.

    language: of the reasons.
    """
    count = result.audit
    account = np.flatnonzero(count.moved | count.assigned | count.dropped).astype(np.int32)
    owner, rep = problem.accounts.owner[account], result.alignment.rep[account]
    saving, disruption = np.zeros(len(account)), np.zeros(len(account))
    for term in policy.pair_terms():
        more = _of_pairs(term.cost, problem, account, rep) - _of_pairs(term.cost, problem, account, owner)
        if isinstance(term, Disruption):
            disruption += more
        else:
            saving -= more
    change = np.where(rep < 0, DROPPED, np.where(owner < 0, ASSIGNED, MOVED))
    found = Moves(
        account=account,
        owner=owner,
        rep=rep,
        change=tuple(change.tolist()),
        forced=count.forced[account],
        saving=saving,
        disruption=disruption,
        fairness=_worth_of_balance(problem, policy, result, account, owner, rep),
        reason=(),
    )
    return Moves(**{**found.__dict__, "reason": _reasons(_Plan(problem, policy, result, language), found)})


def _of_pairs(
    of: Callable[[Problem, IndexArray, IndexArray], FloatArray],
    problem: Problem,
    account: Int32Array,
    rep: Int32Array,
) -> FloatArray:
    """A cost or load of each pair, 0 where there is no rep."""
    values, real = np.zeros(len(account)), rep >= 0
    values[real] = of(problem, account[real], rep[real])
    return values


def _worth_of_balance(
    problem: Problem,
    policy: Policy,
    result: Result,
    account: Int32Array,
    owner: Int32Array,
    rep: Int32Array,
) -> FloatArray:
    """Shadow price × load, old pair against new, summed over the wishes that give reps a target."""
    worth, unknown = [], np.full(len(account), np.nan)
    for term, meter in zip(policy.load_terms(), result.audit.meters, strict=True):
        if not (meter.target > 0).any():
            continue  # a cap on moves, say: what it costs to keep is not balance
        price = result.known_prices.get(term.label())
        if price is None:
            return unknown
        price = np.where(np.abs(price) < _CEILING * meter.breach_price, price, np.nan)
        # A seat without a target has nothing to be balanced, so that its price says nothing.
        price = np.append(np.where(meter.judged, price, 0.0), 0.0)
        bins = np.append(term.bins(problem)[0], -1)
        for who, sign in ((owner, 1.0), (rep, -1.0)):
            load = _of_pairs(term.load, problem, account, who)
            worth.append(sign * np.where(load == 0, 0.0, price[bins[who]] * load))
    return np.sum(worth, axis=0) if worth else unknown


class _Plan(NamedTuple):
    """What reasons are told of, and in which language."""

    problem: Problem
    policy: Policy
    result: Result
    language: Language

    def say(self, key: str, **values: object) -> str:
        return self.language.say(f"reason.{key}", **values)

    def money(self, amount: float) -> str:
        return f"{self.language.number(amount)} {self.problem.currency}"


def _reasons(plan: _Plan, found: Moves) -> tuple[str, ...]:
    """Why each account changes hands, as counted on the plan itself."""
    problem, policy = plan.problem, plan.policy
    reason = np.full(len(found), "", dtype=object)
    dropped = np.flatnonzero(found.rep < 0)
    may = servable(problem, policy, found.account[dropped])
    given, barred = (_sentence(plan, plan.say(key)) for key in ("given_to_nobody", "servable_by_nobody"))
    reason[dropped] = np.where(may, given, barred)
    must = (found.owner < 0) | found.forced
    for part, tell in ((must & (found.rep >= 0), _why_this_rep), (~must & (found.rep >= 0), _why_at_all)):
        at = np.flatnonzero(part)
        if len(at):
            pieces, piece = pieces_of(problem, policy, plan.result.alignment, found.account[at])
            reason[at] = list(tell(plan, found, at, pieces, piece))
    return tuple(reason)


def _why_this_rep(
    plan: _Plan, found: Moves, at: IndexArray, pieces: Pieces, piece: IndexArray
) -> Iterator[str]:
    """For accounts that must go somewhere: why they must, and how their rep compares with the others."""
    names, leaving = plan.problem.reps.names, plan.problem.reps.leaving
    compared = len(pieces.account) * len(plan.problem.reps) <= _COMPARED_PAIRS
    choice = _choices(plan, pieces) if compared else [""] * len(pieces)
    follows = plan.policy.area_of(plan.problem)[found.account] >= 0
    may = _owner_may_serve(plan, found)
    for i, p in zip(at.tolist(), piece.tolist(), strict=True):
        owner = found.owner[i]
        why = plan.say("no_owner")
        if owner >= 0:
            barred = "may_not_all" if may[i] else "may_not"
            why = plan.say("leaving" if leaving[owner] else barred, owner=names[owner])
        yield _sentence(plan, why, _family(plan, int(pieces.size[p]), follows[i]), choice[p])


def _owner_may_serve(plan: _Plan, found: Moves) -> BoolArray:
    """Whether the rules let each account's owner serve it alone (moves,)."""
    may, owned = np.ones(len(found), bool), found.owner >= 0
    for rule in plan.policy.pair_rules():
        may[owned] &= rule.allows(plan.problem, found.account[owned], found.owner[owned])
    return may


def _choices(plan: _Plan, pieces: Pieces) -> list[str]:
    """How the rep of each piece compares with the others who may serve it."""
    standing = rivals(plan.problem, plan.policy, pieces)
    rival = np.where(standing.cheapest >= 0, standing.cheapest, pieces.rep)
    audit = plan.result.audit
    broken = sentences_of_breaks(plan.problem, plan.policy, audit, pieces, rival, plan.language)
    return [_choice(plan, pieces, standing, p, broken[p]) for p in range(len(pieces))]


def _choice(plan: _Plan, pieces: Pieces, standing: Rivals, p: int, broken: str) -> str:
    names, rep = plan.problem.reps.names, pieces.rep[p]
    nearest, cheapest = standing.nearest[p], standing.cheapest[p]
    if not standing.allowed[p]:
        return plan.say("to_barred", rep=names[rep])
    if standing.options[p] == 1:
        return plan.say("only", rep=names[rep])
    if cheapest == rep:
        which = "least" if nearest < 0 else "least_and_nearest" if nearest == rep else "least_not_nearest"
        return plan.say(which, rep=names[rep], other=names[nearest])
    which = "nearest_but_dearer" if nearest == rep else "dearer"
    said = plan.say(which, rep=names[rep], other=names[cheapest], money=plan.money(standing.dearer[p]))
    return plan.say("otherwise", said=said, broken=broken) if broken else said


def _why_at_all(
    plan: _Plan, found: Moves, at: IndexArray, pieces: Pieces, piece: IndexArray
) -> Iterator[str]:
    """For accounts that could have stayed: money, family, and what staying would do."""
    problem, policy, audit = plan.problem, plan.policy, plan.result.audit
    home = np.zeros(len(pieces), np.int32)
    home[piece[::-1]] = found.owner[at][::-1]  # a family of several owners: that of its first account
    broken = sentences_of_breaks(problem, policy, audit, pieces, home, plan.language)
    may = may_serve(problem, policy, pieces, home[:, None])[:, 0]
    only_pairs_cost = len(audit.terms) == len({term.name for term in policy.pair_terms()})
    follows = policy.area_of(problem)[found.account] >= 0
    # What stays may tear a territory on the map, and then its cost says nothing.
    free = ~follows if any(policy.shape_rules()) else np.ones(len(found), bool)
    for i, p in zip(at.tolist(), piece.tolist(), strict=True):
        parts = [*_figures(plan, found, i), _family(plan, int(pieces.size[p]), follows[i])]
        loss = found.disruption[i] - found.saving[i]
        if found.owner[i] == home[p] and loss > -_NOTHING:
            if not may[p]:
                parts.append(plan.say("part_barred", owner=problem.reps.names[home[p]]))
            elif broken[p]:
                parts.append(plan.say("had_it_stayed", broken=broken[p]))
            elif loss > _NOTHING and only_pairs_cost and free[i] and pieces.whole[p] and pieces.size[p] == 1:
                parts.append(plan.say("dearer_than_staying", money=plan.money(loss)))
        yield _sentence(plan, *parts) or plan.say("same")


def _figures(plan: _Plan, found: Moves, i: int) -> Iterator[str]:
    """What one change saves and costs, and what it is worth to balance."""
    saving, disruption, worth = found.saving[i], found.disruption[i], found.fairness[i]
    if abs(saving) >= _NOTHING:
        terms = (t.name for t in plan.policy.pair_terms() if not isinstance(t, Disruption))
        of = plan.language.listed(plan.language.name_of("term", name) for name in dict.fromkeys(terms))
        yield plan.say("saves" if saving > 0 else "adds", money=plan.money(abs(saving)), of=of)
    if abs(disruption) >= _NOTHING:
        yield plan.say("disruption", money=plan.money(disruption))
    if worth >= _NOTHING:
        yield plan.say("worth", money=plan.money(worth))
    elif worth <= -_NOTHING:
        yield plan.say("takes_room", money=plan.money(-worth))


def _sentence(plan: _Plan, *parts: str) -> str:
    """The parts that say anything, as one sentence."""
    text = plan.say("and_then").join(filter(None, parts))
    return text[:1].upper() + text[1:]


def _family(plan: _Plan, size: int, follows: bool) -> str:
    """follows: whether the account goes where its area goes."""
    key = "with_area" if follows else "with_family"
    return plan.say(key, accounts=plan.language.counted(size, "account")) if size > 1 else ""


__all__ = ["ASSIGNED", "DROPPED", "GIVEN_TO_NOBODY", "MOVED", "SERVABLE_BY_NOBODY", "Moves", "moves"]
