"""Recount of a plan from the raw accounts, sharing nothing with the search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.policy import BAND_TOLERANCE, Policy
from territory_opt.policy.base import Curve, LoadTerm
from territory_opt.problem import BoolArray, Int32Array, Problem
from territory_opt.question import Question, ask
from territory_opt.travel.place import FloatArray


@dataclass(frozen=True)
class MeterCount:
    """One load term, recounted; every array has shape (bins,)."""

    label: str  # the planner's words, e.g. 'workload_h within 10 %'
    measure: str  # the measure's column, e.g. 'workload_h'
    bins: tuple[str, ...]  # rep ids, or names of regions, or one bin for the whole force
    by_rep: bool  # whether bins are the reps, in order
    load: FloatArray
    target: FloatArray  # NaN where an index means nothing
    low: FloatArray
    high: FloatArray
    cost: float  # money per year of imbalance inside the band, summed

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
    def scale(self) -> FloatArray:
        """What a breach is measured against: the target, else the limit, at least the mean load."""
        limit = np.where(np.isfinite(self.high), self.high, self.low)
        scale = np.where(np.isfinite(self.target), self.target, limit)
        return np.maximum(np.where(np.isfinite(scale), scale, 0.0), 1e-9)


@dataclass(frozen=True)
class Clash:
    """A wish that a plan breaks, said in the planner's words."""

    wish: str
    where: str  # rep id, family, account id …
    amount: float  # how much, in units of the wish; 0 where it is not a quantity
    message: str


@dataclass(frozen=True)
class Audit:
    """What a plan costs and which wishes it breaks."""

    terms: Mapping[str, float]  # money per year by term
    meters: tuple[MeterCount, ...]
    clashes: tuple[Clash, ...]
    uncovered: Int32Array  # accounts that nobody serves
    moved: BoolArray  # (accounts,)
    forced: BoolArray  # (accounts,) moved because the owner is gone or may not serve it
    breach_cost: float

    @property
    def cost(self) -> float:
        """Money per year of all terms."""
        return float(sum(self.terms.values()))

    @property
    def objective(self) -> float:
        """Cost, with breaches priced as in the search."""
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
        meter = _count(problem, term, curve, account, rep)
        meters.append(meter)
        breach_cost += float(price * meter.breach.sum())
        if curve.cost is not None:
            name = f"imbalance of {meter.measure}"
            terms[name] = terms.get(name, 0.0) + meter.cost
    moved = alignment.moved(problem)
    return Audit(
        terms=terms,
        meters=tuple(meters),
        clashes=tuple(_clashes(problem, policy, alignment, tuple(meters))),
        uncovered=np.flatnonzero(~alignment.covered).astype(np.int32),
        moved=moved,
        forced=_forced(problem, policy, moved),
        breach_cost=breach_cost,
    )


def _count(
    problem: Problem, term: LoadTerm, curve: Curve, account: Int32Array, rep: Int32Array
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
    measure = getattr(term, "measure", term.name)
    return MeterCount(term.label(), measure, names, by_rep, load, curve.target, curve.low, curve.high, cost)


def _forced(problem: Problem, policy: Policy, moved: BoolArray) -> BoolArray:
    """Moves that no plan could avoid: the owner leaves or may not serve the account."""
    forced = np.zeros(len(moved), bool)
    account = np.flatnonzero(moved)
    owner = problem.accounts.owner[account]
    forced[account] = problem.reps.leaving[owner]
    for rule in policy.pair_rules():
        forced[account] |= ~rule.allows(problem, account, owner)
    return forced


def _clashes(
    problem: Problem,
    policy: Policy,
    alignment: Alignment,
    meters: tuple[MeterCount, ...],
) -> Iterator[Clash]:
    for meter in meters:
        breach = meter.breach
        for b in np.flatnonzero(breach):
            yield _band_clash(meter, int(b), float(breach[b]))
    yield from _rule_clashes(problem, policy, alignment)
    yield from _split_groups(problem, policy, alignment)
    for a in np.flatnonzero(~alignment.covered):
        yield Clash("coverage", str(problem.accounts.ids[a]), 1.0, "nobody serves this account")


def _band_clash(meter: MeterCount, b: int, amount: float) -> Clash:
    side, limit = ("above", meter.high[b]) if meter.load[b] > meter.high[b] else ("below", meter.low[b])
    message = f"{meter.load[b]:,.6g} is {amount:,.6g} {side} the limit of {limit:,.6g}"
    return Clash(meter.label, meter.bins[b], amount, message)


def _rule_clashes(problem: Problem, policy: Policy, alignment: Alignment) -> Iterator[Clash]:
    account = np.flatnonzero(alignment.covered)
    rep = alignment.rep[account]
    ids, rep_ids = problem.accounts.ids, problem.reps.ids
    for rule in policy.pair_rules():
        for i in np.flatnonzero(~rule.allows(problem, account, rep)):
            message = f"{rep_ids[rep[i]]} may not serve it"
            yield Clash(rule.name, str(ids[account[i]]), 1.0, message)
    for i in np.flatnonzero(problem.reps.leaving[rep]):
        yield Clash("status", str(ids[account[i]]), 1.0, f"{rep_ids[rep[i]]} is leaving")


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
