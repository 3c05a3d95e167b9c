"""Every account that changes hands, each with its reason in money."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from territory_opt.policy import Disruption, Policy
from territory_opt.policy.words import counted
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
GIVEN_TO_NOBODY = "the plan gives it to nobody, though a rep may serve it"
SERVABLE_BY_NOBODY = "no rep may serve it under the rules"


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


def moves(problem: Problem, policy: Policy, result: Result) -> Moves:
    """Every account whose rep is not its owner of today, with a reason each, in the order of the input."""
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
    return Moves(**{**found.__dict__, "reason": tuple(_reasons(problem, policy, result, found))})


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


def _reasons(problem: Problem, policy: Policy, result: Result, found: Moves) -> tuple[str, ...]:
    """Why each account changes hands, as counted on the plan itself."""
    reason = np.full(len(found), "", dtype=object)
    dropped = np.flatnonzero(found.rep < 0)
    may = servable(problem, policy, found.account[dropped])
    reason[dropped] = np.where(may, _sentence(GIVEN_TO_NOBODY), _sentence(SERVABLE_BY_NOBODY))
    must = (found.owner < 0) | found.forced
    for part, tell in ((must & (found.rep >= 0), _why_this_rep), (~must & (found.rep >= 0), _why_at_all)):
        at = np.flatnonzero(part)
        if len(at):
            pieces, piece = pieces_of(problem, policy, result.alignment, found.account[at])
            reason[at] = list(tell(problem, policy, result, found, at, pieces, piece))
    return tuple(reason)


def _why_this_rep(
    problem: Problem,
    policy: Policy,
    result: Result,
    found: Moves,
    at: IndexArray,
    pieces: Pieces,
    piece: IndexArray,
) -> Iterator[str]:
    """For accounts that must go somewhere: why they must, and how their rep compares with the others."""
    names, leaving = problem.reps.names, problem.reps.leaving
    compared = len(pieces.account) * len(problem.reps) <= _COMPARED_PAIRS
    choice = _choices(problem, policy, result, pieces) if compared else [""] * len(pieces)
    follows = policy.area_of(problem)[found.account] >= 0
    may = _owner_may_serve(problem, policy, found)
    for i, p in zip(at.tolist(), piece.tolist(), strict=True):
        owner = found.owner[i]
        why = "Has no owner today"
        if owner >= 0:
            what = "all that goes with it" if may[i] else "it"
            why = f"{names[owner]} {'is leaving' if leaving[owner] else f'may not serve {what}'}"
        yield _sentence(why, _family(int(pieces.size[p]), follows[i]), choice[p])


def _owner_may_serve(problem: Problem, policy: Policy, found: Moves) -> BoolArray:
    """Whether the rules let each account's owner serve it alone (moves,)."""
    may, owned = np.ones(len(found), bool), found.owner >= 0
    for rule in policy.pair_rules():
        may[owned] &= rule.allows(problem, found.account[owned], found.owner[owned])
    return may


def _choices(problem: Problem, policy: Policy, result: Result, pieces: Pieces) -> list[str]:
    """How the rep of each piece compares with the others who may serve it."""
    standing = rivals(problem, policy, pieces)
    rival = np.where(standing.cheapest >= 0, standing.cheapest, pieces.rep)
    broken = sentences_of_breaks(problem, policy, result.audit, pieces, rival)
    return [_choice(problem, pieces, standing, p, broken[p]) for p in range(len(pieces))]


def _choice(problem: Problem, pieces: Pieces, standing: Rivals, p: int, broken: str) -> str:
    names, rep = problem.reps.names, pieces.rep[p]
    nearest, cheapest = standing.nearest[p], standing.cheapest[p]
    if not standing.allowed[p]:
        return f"goes to {names[rep]}, who may not serve it"
    if standing.options[p] == 1:
        return f"only {names[rep]} may serve it"
    if cheapest == rep:
        also = " and is nearest" if nearest == rep else f", though {names[nearest]} is nearer"
        return f"{names[rep]} costs least{also if nearest >= 0 else ''}"
    dearer = f"{_money(problem, standing.dearer[p])} a year {{}} than {names[cheapest]}"
    near = f"{names[rep]} is nearest, though " if nearest == rep else f"{names[rep]} costs "
    said = near + dearer.format("dearer" if nearest == rep else "more")
    return f"{said}; otherwise {broken}" if broken else said


def _why_at_all(
    problem: Problem,
    policy: Policy,
    result: Result,
    found: Moves,
    at: IndexArray,
    pieces: Pieces,
    piece: IndexArray,
) -> Iterator[str]:
    """For accounts that could have stayed: money, family, and what staying would do."""
    home = np.zeros(len(pieces), np.int32)
    home[piece[::-1]] = found.owner[at][::-1]  # a family of several owners: that of its first account
    broken = sentences_of_breaks(problem, policy, result.audit, pieces, home)
    may = may_serve(problem, policy, pieces, home[:, None])[:, 0]
    only_pairs_cost = len(result.audit.terms) == len({term.name for term in policy.pair_terms()})
    follows = policy.area_of(problem)[found.account] >= 0
    # What stays may tear a territory on the map, and then its cost says nothing.
    free = ~follows if any(policy.shape_rules()) else np.ones(len(found), bool)
    for i, p in zip(at.tolist(), piece.tolist(), strict=True):
        parts = [*_figures(problem, policy, found, i), _family(int(pieces.size[p]), follows[i])]
        loss = found.disruption[i] - found.saving[i]
        if found.owner[i] == home[p] and loss > -_NOTHING:
            owner = problem.reps.names[home[p]]
            if not may[p]:
                parts.append(f"{owner} may not serve all of it")
            elif broken[p]:
                parts.append(f"had it stayed, {broken[p]}")
            elif loss > _NOTHING and only_pairs_cost and free[i] and pieces.whole[p] and pieces.size[p] == 1:
                parts.append(f"staying would cost {_money(problem, loss)} less and break no band")
        yield _sentence(*parts) or "Costs the same as today"


def _figures(problem: Problem, policy: Policy, found: Moves, i: int) -> Iterator[str]:
    """What one change saves and costs, and what it is worth to balance."""
    saving, disruption, worth = found.saving[i], found.disruption[i], found.fairness[i]
    if abs(saving) >= _NOTHING:
        names = " and ".join(
            dict.fromkeys(t.name for t in policy.pair_terms() if not isinstance(t, Disruption))
        )
        yield f"{'saves' if saving > 0 else 'adds'} {_money(problem, abs(saving))} a year of {names}"
    if abs(disruption) >= _NOTHING:
        yield f"costs {_money(problem, disruption)} of disruption"
    if worth >= _NOTHING:
        yield f"is worth {_money(problem, worth)} to the balance of all territories"
    elif worth <= -_NOTHING:
        yield f"takes room in the bands worth {_money(problem, -worth)}"


def _sentence(*parts: str) -> str:
    """The parts that say anything, as one sentence."""
    text = "; ".join(filter(None, parts))
    return text[:1].upper() + text[1:]


def _family(size: int, follows: bool) -> str:
    """follows: whether the account goes where its area goes."""
    word = "area" if follows else "family"
    return f"goes with its {word} of {counted(size, 'account')}" if size > 1 else ""


def _money(problem: Problem, amount: float) -> str:
    return f"{amount:,.0f} {problem.currency}"


__all__ = ["ASSIGNED", "DROPPED", "GIVEN_TO_NOBODY", "MOVED", "SERVABLE_BY_NOBODY", "Moves", "moves"]
