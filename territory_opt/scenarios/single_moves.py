"""What a few moves alone would do to a plan, counted on the loads that they change and on nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit, MeterCount, audit, load_in_words
from territory_opt.holdings import territories
from territory_opt.policy import BAND_TOLERANCE, HomeAreas, Locked, Policy
from territory_opt.policy.base import Curve, LoadTerm
from territory_opt.problem import Problem
from territory_opt.question import Question
from territory_opt.travel.place import FloatArray, IndexArray


class SingleMoves:
    """A plan, and what becomes of its costs and wishes when some accounts go elsewhere.

    The plan is recounted once; a move then costs a look at the accounts and the two reps that it concerns.
    before: the recount of the plan as it is.
    """

    def __init__(self, problem: Problem, policy: Policy, plan: Alignment, question: Question):
        self.problem, self.policy, self.plan, self.question = problem, policy, plan, question
        self.before: Audit = audit(problem, policy, plan, question)
        self.unit_of_account = question.unit_of_account
        self._bins = [term.bins(problem)[0] for term in question.terms]
        self._torn_now = self._torn(plan) if any(policy.shape_rules()) else {}

    def members(self, account: int) -> IndexArray:
        """The account and all that must go with it: its family, or its area."""
        unit = int(self.unit_of_account[account])
        if unit < 0:
            return np.array([account])
        start = self.question.start
        return self.question.account[start[unit] : start[unit + 1]].astype(np.int64)

    def cost_of_pairs(self, account: IndexArray, rep: IndexArray) -> FloatArray:
        """Money per year of each account with its rep, 0 with nobody."""
        served = np.flatnonzero(rep >= 0)
        total = np.zeros(len(account))
        for term in self.policy.pair_terms():
            total[served] += term.cost(self.problem, account[served], rep[served])
        return total

    def cost(self, account: IndexArray, rep: IndexArray) -> float:
        """Money per year that the plan costs more when these accounts go to these reps; below 0 it saves."""
        now = self.plan.rep[account]
        more = self.cost_of_pairs(account, rep) - self.cost_of_pairs(account, now)
        total = float(more.sum())
        for curve, meter, load, bins in self._loads(account, rep):
            if curve.cost is not None and len(bins):
                grid, money = curve.grid()
                total += sum(float(np.interp(load[b], grid[b], money[b])) for b in bins)
                total -= sum(float(np.interp(meter.load[b], grid[b], money[b])) for b in bins)
        return total

    def objective(self, account: IndexArray, rep: IndexArray) -> float:
        """The same with the penalty for loads outside their bands, by which the search compares plans."""
        total = self.cost(account, rep)
        for _, meter, load, bins in self._loads(account, rep):
            outside = np.maximum(meter.low - load, 0) + np.maximum(load - meter.high, 0)
            breach = np.where(outside > BAND_TOLERANCE * meter.scale, outside, 0.0)
            total += meter.breach_price * float((breach - meter.breach)[bins].sum())
        return total

    def broken(self, account: IndexArray, rep: IndexArray) -> str:
        """The first wish that is then further broken than it is now, in words; "" without any."""
        for breaks in (self._bands_broken, self._rules_broken, self._map_broken):
            for said in breaks(account, rep):
                return said
        return ""

    def _loads(
        self, account: IndexArray, rep: IndexArray
    ) -> Iterator[tuple[Curve, MeterCount, FloatArray, IndexArray]]:
        """For each load term its curve, its count, its loads after the moves, and the bins that change."""
        question, now = self.question, self.plan.rep[account]
        for term, curve, meter, bin_of in zip(
            question.terms, question.curves, self.before.meters, self._bins, strict=True
        ):
            load = meter.load.copy()
            left = self._count(term, bin_of, account, now, load, -1.0)
            came = self._count(term, bin_of, account, rep, load, 1.0)
            yield curve, meter, load, np.union1d(left, came)

    def _count(
        self,
        term: LoadTerm,
        bin_of_rep: IndexArray,
        account: IndexArray,
        rep: IndexArray,
        load: FloatArray,
        sign: float,
    ) -> IndexArray:
        """Add the accounts to the loads of these reps, or take them away; the bins that this concerns."""
        counted = np.append(bin_of_rep, -1)[rep] >= 0
        bins = bin_of_rep[rep[counted]]
        np.add.at(load, bins, sign * term.load(self.problem, account[counted], rep[counted]))
        return np.unique(bins)

    def _bands_broken(self, account: IndexArray, rep: IndexArray) -> Iterator[str]:
        changed = self._loads(account, rep)
        for term, (_, meter, load, bins) in zip(self.question.terms, changed, strict=True):
            outside = np.maximum(meter.low - load, 0) + np.maximum(load - meter.high, 0)
            worse = outside > meter.breach + BAND_TOLERANCE * meter.scale
            for b in bins[worse[bins]]:
                words = load_in_words(self.problem, term, meter, int(b), float(load[b]))
                yield f"breaks {meter.label}: {words}"

    def _rules_broken(self, account: IndexArray, rep: IndexArray) -> Iterator[str]:
        facts, now = self.problem, self.plan.rep[account]
        names, ids = np.append(facts.reps.names, "nobody"), facts.accounts.ids
        for rule in self.policy.pair_rules():
            if isinstance(rule, HomeAreas):  # the map tells
                continue
            wrong = ~rule.allows(facts, account, rep)
            wrong[now >= 0] &= rule.allows(facts, account[now >= 0], now[now >= 0])
            for i in np.flatnonzero(wrong):
                message = f"{names[rep[i]]} may not serve {ids[account[i]]}"
                if isinstance(rule, Locked):
                    message = f"{ids[account[i]]} is locked to {names[facts.accounts.owner[account[i]]]}"
                yield f"breaks {rule.name}: {message}"
        for r in rep[facts.reps.leaving[rep]]:
            yield f"breaks status: {names[r]} is leaving"

    def _map_broken(self, account: IndexArray, rep: IndexArray) -> Iterator[str]:
        if not any(self.policy.shape_rules()):
            return
        for (rule, r), (surplus, message) in self._torn(self.moved(account, rep)).items():
            if surplus > self._torn_now.get((rule, r), (0, ""))[0]:
                yield f"breaks {rule}: {message}"

    def _torn(self, plan: Alignment) -> dict[tuple[str, int], tuple[int, str]]:
        """By rule and rep: pieces of a torn territory beyond one, and what is wrong in words."""
        area, home = self.policy.area_of(self.problem), self.policy.home_of_rep(self.problem)
        holder = territories(self.problem, area, plan, home)
        torn: dict[tuple[str, int], tuple[int, str]] = {}
        for rule in self.policy.shape_rules():
            for rep, pieces, message in rule.torn(self.problem, holder):
                known = torn.get((rule.name, rep), (0, ""))[0]
                torn[rule.name, rep] = known + pieces - 1, message
        return torn

    def moved(self, account: IndexArray, rep: IndexArray) -> Alignment:
        """The plan with these accounts at these reps and nothing else moved."""
        new = self.plan.rep.copy()
        new[account] = rep
        return Alignment(new, self.plan.rep_of_area)
