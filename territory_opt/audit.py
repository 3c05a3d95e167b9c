"""Recount of a plan from the raw accounts, sharing nothing with the search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.holdings import territories
from territory_opt.language import ENGLISH, Language
from territory_opt.policy import (
    BAND_TOLERANCE,
    Apart,
    Disruption,
    HomeAreas,
    Locked,
    MoveCap,
    Policy,
    Stability,
)
from territory_opt.policy.base import Curve, LoadTerm
from territory_opt.policy.words import load_against_limit
from territory_opt.problem import BoolArray, Int32Array, Problem
from territory_opt.question import Question, ask
from territory_opt.travel.place import FloatArray, IndexArray


@dataclass(frozen=True)
class MeterCount:
    """One load term, recounted; every array has shape (bins,).

    A leaving rep's seat has neither target nor limits: that it should end empty is a rule of its own.
    """

    label: str  # the planner's words, e.g. 'workload_h within 10 %'
    measure: str  # the measure's column, e.g. 'workload_h'
    bins: tuple[str, ...]  # rep ids, or names of regions, or one bin for the whole force
    by_rep: bool  # whether bins are the reps, in order
    load: FloatArray
    target: FloatArray  # NaN where an index means nothing
    low: FloatArray
    high: FloatArray
    cost: float  # money per year of imbalance inside the band, summed
    breach_price: float = 0.0  # penalty of the search for each unit of load outside the band, as money

    @property
    def index(self) -> FloatArray:
        """Load ÷ target: 1.00 is on target; NaN without one."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.target > 0, self.load / self.target, np.nan)

    @property
    def breach(self) -> FloatArray:
        """Load outside the band, in units of the measure, 0 inside."""
        slack = BAND_TOLERANCE * self.scale
        outside = np.maximum(self.low - self.load, 0) + np.maximum(self.load - self.high, 0)
        return np.where(outside > slack, outside, 0.0)

    @property
    def judged(self) -> BoolArray:
        """Bins that count as inside or outside: with a target where the wish sets any, else with a limit."""
        has_target = self.target > 0
        return has_target if has_target.any() else np.isfinite(self.low) | np.isfinite(self.high)

    @property
    def outside(self) -> BoolArray:
        """Judged bins that are outside their band."""
        return self.judged & (self.breach > 0)

    @property
    def scale(self) -> FloatArray:
        """What a breach is measured against: the target, else the limit, at least the mean load."""
        limit = np.where(np.isfinite(self.high), self.high, self.low)
        scale = np.where(np.isfinite(self.target), self.target, limit)
        return np.maximum(np.where(np.isfinite(scale), scale, 0.0), 1e-9)


#: The wish that somebody serves every account, as clashes call it.
COVERAGE = "coverage"


@dataclass(frozen=True)
class Clash:
    """A wish that a plan breaks, said in the planner's words."""

    wish: str
    where: str  # rep id, family, account id …
    amount: float  # how much, in units of the wish; 0 where it is not a quantity
    message: str


@dataclass(frozen=True)
class Audit:
    """What a plan costs and which wishes it breaks.

    An account that has an owner today is kept, moved or dropped; one that has none is assigned or stays
    uncovered. `breach_cost` is no money that anybody pays: it is the penalty by which the search compares
    plans that leave their bands.
    """

    terms: Mapping[str, float]  # money per year by term
    meters: tuple[MeterCount, ...]
    clashes: tuple[Clash, ...]
    uncovered: Int32Array  # accounts that nobody serves
    moved: BoolArray  # (accounts,) another rep than today
    assigned: BoolArray  # (accounts,) no owner today, a rep in the plan
    dropped: BoolArray  # (accounts,) an owner today, nobody in the plan
    forced: BoolArray  # (accounts,) moved because the owner is gone or may not serve it, or what goes with it
    forced_disruption: float  # money per year of disruption that forced moves cost
    breach_cost: float
    currency: str

    @property
    def cost(self) -> float:
        """Money per year of all terms; broken bands are listed apart and not in it."""
        return float(sum(self.terms.values()))

    @property
    def objective(self) -> float:
        """What the search minimises: the cost, and its penalty for load outside the bands."""
        return self.cost + self.breach_cost


def audit(problem: Problem, policy: Policy, alignment: Alignment, question: Question | None = None) -> Audit:
    """Recount an alignment account by account: costs, loads, broken rules.

    question: targets and breach prices, where they are already known (they are worked out otherwise).
    """
    question = question or ask(problem, policy)
    account = np.flatnonzero(alignment.covered).astype(np.int32)
    rep = alignment.rep[account]
    terms = {t.name: 0.0 for t in policy.pair_terms()}
    for pair_term in policy.pair_terms():
        terms[pair_term.name] += float(pair_term.cost(problem, account, rep).sum())
    meters, breach_cost = [], 0.0
    for term, curve, price in zip(question.terms, question.curves, question.breach_price, strict=True):
        meter = _count(problem, term, curve, account, rep, float(price))
        meters.append(meter)
        breach_cost += float(price * meter.breach.sum())
        if curve.cost is not None:
            name = f"imbalance of {meter.measure}"
            terms[name] = terms.get(name, 0.0) + meter.cost
    has_owner, covered = problem.accounts.owner >= 0, alignment.covered
    moved = alignment.moved(problem) & covered
    forced = moved & must_move(problem, policy, question)
    return Audit(
        terms=terms,
        meters=tuple(meters),
        clashes=tuple(_clashes(problem, policy, alignment, question.terms, tuple(meters))),
        uncovered=np.flatnonzero(~covered).astype(np.int32),
        moved=moved,
        assigned=~has_owner & covered,
        dropped=has_owner & ~covered,
        forced=forced,
        forced_disruption=_disruption(problem, policy, alignment, np.flatnonzero(forced)),
        breach_cost=breach_cost,
        currency=problem.currency,
    )


def _count(
    problem: Problem, term: LoadTerm, curve: Curve, account: Int32Array, rep: Int32Array, price: float
) -> MeterCount:
    bin_of_rep, names = term.bins(problem)
    counted = bin_of_rep[rep] >= 0
    load = np.bincount(
        bin_of_rep[rep[counted]],
        term.load(problem, account[counted], rep[counted]),
        minlength=len(names),
    ).astype(np.float64)
    cost = 0.0
    if curve.cost is not None:
        grid, money = curve.grid()
        cost = float(sum(np.interp(g, x, y) for g, x, y in zip(load, grid, money, strict=True)))
    by_rep = len(names) == len(problem.reps) and names == tuple(problem.reps.ids)
    gone = problem.reps.leaving if by_rep else np.zeros(len(names), bool)
    return MeterCount(
        label=term.label(),
        measure=getattr(term, "measure", term.name),
        bins=names,
        by_rep=by_rep,
        load=load,
        target=np.where(gone, np.nan, curve.target),
        low=np.where(gone, -np.inf, curve.low),
        high=np.where(gone, np.inf, curve.high),
        cost=cost,
        breach_price=price,
    )


def must_move(problem: Problem, policy: Policy, question: Question | None = None) -> BoolArray:
    """Accounts (accounts,) that no plan can leave with their owner.

    He leaves, or he may not serve them or another account of their family or area, which moves as one.
    question: of the same facts and wishes, where it is already known.
    """
    owner = problem.accounts.owner
    account = np.flatnonzero(owner >= 0)
    must = np.zeros(len(owner), bool)
    must[account] = ~_may(problem, policy, account, owner[account])
    if any(policy.group_rules()):
        _add_dragged(must, problem, policy, question or ask(problem, policy))
    return must


def _may(problem: Problem, policy: Policy, account: IndexArray, rep: IndexArray) -> BoolArray:
    """Whether each rep may serve each account, pair by pair."""
    may = ~problem.reps.leaving[rep]
    for rule in policy.pair_rules():
        may &= rule.allows(problem, account, rep)
    return may


def _add_dragged(must: BoolArray, problem: Problem, policy: Policy, question: Question) -> None:
    """Add the accounts whose owner may not serve all that goes together with them."""
    size = np.diff(question.start)
    unit = np.repeat(np.arange(len(size)), size)
    owner, n_reps = problem.accounts.owner[question.account], len(problem.reps)
    asked = np.flatnonzero((size[unit] > 1) & (owner >= 0))
    if len(asked) == 0:
        return
    key, which = np.unique(unit[asked] * n_reps + owner[asked], return_inverse=True)
    unit, rep = key // n_reps, key % n_reps  # every owner of a part of a unit, asked about all of it
    first = np.cumsum(size[unit]) - size[unit]
    member = np.repeat(question.start[unit] - first, size[unit]) + np.arange(size[unit].sum())
    may = _may(problem, policy, question.account[member], np.repeat(rep, size[unit]))
    must[question.account[asked]] |= ~np.logical_and.reduceat(may, first)[which]


def _disruption(problem: Problem, policy: Policy, alignment: Alignment, account: IndexArray) -> float:
    """Money per year that the moves of these accounts cost as broken relationships."""
    terms = [term for term in policy.pair_terms() if isinstance(term, Disruption)]
    return float(sum(term.cost(problem, account, alignment.rep[account]).sum() for term in terms))


def _clashes(
    problem: Problem,
    policy: Policy,
    alignment: Alignment,
    terms: tuple[LoadTerm, ...],
    meters: tuple[MeterCount, ...],
) -> Iterator[Clash]:
    for term, meter in zip(terms, meters, strict=True):
        breach = meter.breach
        for b in np.flatnonzero(breach):
            message = load_in_words(problem, term, meter, int(b), float(meter.load[b]))
            yield Clash(meter.label, meter.bins[b], float(breach[b]), message)
    yield from _rule_clashes(problem, policy, alignment)
    yield from _split_groups(problem, policy, alignment)
    yield from _torn_territories(problem, policy, alignment)
    for a in np.flatnonzero(~alignment.covered):
        yield Clash(COVERAGE, str(problem.accounts.ids[a]), 1.0, "nobody serves this account")


def load_in_words(
    problem: Problem,
    term: LoadTerm,
    meter: MeterCount,
    b: int,
    load: float,
    would: bool = False,
    language: Language = ENGLISH,
) -> str:
    """What it means that a bin of a wish has a load outside its limits; would: if it had."""
    capped = isinstance(term, MoveCap | Stability)
    verb = ("keeps" if meter.by_rep else "moves") if capped else "has"
    plan = language.say("load.the_plan")
    who = problem.reps.names[b] if meter.by_rep else plan if capped else meter.bins[b]
    does = language.say(f"load.{'would_' if would else ''}{verb}", who=who)
    measure = language.say("load.apart") if isinstance(term, Apart) else meter.measure
    low, high = float(meter.low[b]), float(meter.high[b])
    return load_against_limit(does, load, low, high, measure, problem.currency, language)


def _rule_clashes(problem: Problem, policy: Policy, alignment: Alignment) -> Iterator[Clash]:
    account = np.flatnonzero(alignment.covered)
    rep = alignment.rep[account]
    ids, owner, names = problem.accounts.ids, problem.accounts.owner, np.append(problem.reps.names, "nobody")
    for rule in policy.pair_rules():
        if isinstance(rule, HomeAreas):  # said once for each home, with the territories
            continue
        for i in np.flatnonzero(~rule.allows(problem, account, rep)):
            message = f"{names[rep[i]]} may not serve it"
            if isinstance(rule, Locked):
                message = f"it is locked to {names[owner[account[i]]]}, but goes to {names[rep[i]]}"
            yield Clash(rule.name, str(ids[account[i]]), 1.0, message)
    for i in np.flatnonzero(problem.reps.leaving[rep]):
        yield Clash("status", str(ids[account[i]]), 1.0, f"{names[rep[i]]}, who serves it, is leaving")


def _split_groups(problem: Problem, policy: Policy, alignment: Alignment) -> Iterator[Clash]:
    rep_ids = np.append(problem.reps.ids, "nobody")
    for rule in policy.group_rules():
        code = rule.groups(problem)
        member = np.flatnonzero((code >= 0) & alignment.covered)
        member = member[np.argsort(code[member], kind="stable")]
        differ = (code[member][1:] == code[member][:-1]) & (
            alignment.rep[member][1:] != alignment.rep[member][:-1]
        )
        for group in np.unique(code[member][1:][differ]):
            family = np.flatnonzero(code == group)
            reps = ", ".join(sorted({str(rep_ids[r]) for r in alignment.rep[family]}))
            accounts = ", ".join(map(str, problem.accounts.ids[family][:5]))
            message = (
                f"{len(family)} accounts ({accounts}{' …' if len(family) > 5 else ''}) are split over {reps}"
            )
            yield Clash(rule.name, str(problem.accounts.ids[family[0]]), float(len(family)), message)


def _torn_territories(problem: Problem, policy: Policy, alignment: Alignment) -> Iterator[Clash]:
    for rule in policy.shape_rules():
        holder = territories(problem, policy.area_of(problem), alignment, policy.home_of_rep(problem))
        for rep, pieces, message in rule.torn(problem, holder):
            yield Clash(rule.name, str(problem.reps.ids[rep]), float(pieces - 1), message)
