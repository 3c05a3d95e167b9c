"""Small problems for property tests, and brute force to referee them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from territory_opt import (
    AccountCount,
    Accounts,
    Apart,
    Balance,
    Capacity,
    Disruption,
    Eligible,
    KeepTogether,
    Locked,
    MaxTravel,
    MoveCap,
    Policy,
    Problem,
    Reps,
    Travel,
)
from territory_opt.policy import BAND_TOLERANCE
from territory_opt.question import ask


@dataclass(frozen=True)
class Drawn:
    """A drawn question."""

    problem: Problem
    policy: Policy


@st.composite
def problems(draw: st.DrawFn, max_accounts: int = 8, max_reps: int = 3) -> Problem:
    """Problems with every column a wish may ask for; ids in an order that is not sorted."""
    n = draw(st.integers(1, max_accounts))
    n_reps = draw(st.integers(1, max_reps))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = 10.0 ** rng.integers(-3, 6)  # of money: a plan must not depend on the currency's scale
    worth = rng.random(n) < rng.choice([0.5, 1.0])
    worth[0] = True  # some potential there must be
    leaving = np.array(["active", "leaving"])[(rng.random(n_reps) < 0.15).astype(int)]
    leaving[0] = "active"
    accounts = Accounts.of(
        [f"A{i}" for i in rng.permutation(n)],
        lat=rng.uniform(40, 44, n),
        lon=rng.uniform(-90, -84, n),
        owner=rng.integers(-1, n_reps, n),
        locked=rng.random(n) < 0.15,
        measures={
            "visits": rng.integers(1, 13, n),
            "visit_h": rng.choice([0.5, 1.0, 2.0], n),
            "potential": rng.lognormal(2, 1, n) * size * worth,
            "revenue": rng.lognormal(1, 1, n) * size,
            "months_with_owner": np.where(rng.random(n) < 0.3, np.nan, rng.integers(0, 40, n)),
        },
        tags={
            "family": rng.choice(["", "", "F", "G"], n),
            "segment": rng.choice(["", "large", "small"], n),
            "region": rng.choice(["north", "south"], n),
        },
    )
    reps = Reps.of(
        [f"R{i}" for i in rng.permutation(n_reps)],
        lat=rng.uniform(40, 44, n_reps),
        lon=rng.uniform(-90, -84, n_reps),
        capacity_h=rng.choice([np.nan, 60.0, 200.0], n_reps),
        share=rng.choice([0.5, 1.0], n_reps),
        tags={
            "segments": rng.choice(["", "large", "large;small"], n_reps),
            "region": rng.choice(["north", "south"], n_reps),
            "status": leaving,
        },
    )
    return Problem(accounts, reps)


@st.composite
def questions(draw: st.DrawFn, max_accounts: int = 8, max_reps: int = 3) -> Drawn:
    """A drawn problem under a drawn policy."""
    problem = draw(problems(max_accounts, max_reps))
    within = st.sampled_from([0.1, 0.4, 0.9])
    terms = [Travel(), Disruption()]
    optional = [
        Balance("workload_h", within=draw(within), price=draw(st.booleans()), margin=100.0),
        Balance("potential", within=draw(within), price=draw(st.booleans())),
        MoveCap(share=draw(st.sampled_from([0.2, 0.5]))),
        MoveCap("revenue", share=0.5, per_rep=True),
        AccountCount(at_least=1, at_most=draw(st.sampled_from([3, 6]))),
    ]
    if set(problem.accounts.tag("region").texts()) <= set(problem.reps.tag("region").texts()):
        optional.append(Balance("potential", within=0.5, by="region"))
    if len(problem.accounts) > 1:
        optional.append(Apart(accounts=tuple(problem.accounts.ids[:2])))
    if not np.isnan(problem.reps.capacity_h).all():
        optional.append(Capacity())
    rules = [Locked(), KeepTogether("family"), Eligible("segment"), MaxTravel(km=300)]
    keep = draw(st.lists(st.booleans(), min_size=len(optional), max_size=len(optional)))
    obey = draw(st.lists(st.booleans(), min_size=len(rules), max_size=len(rules)))
    return Drawn(
        problem,
        Policy(
            [*terms, *itertools.compress(optional, keep)],
            list(itertools.compress(rules, obey)),
        ),
    )


def brute_force(drawn: Drawn) -> tuple[bool, float]:
    """Whether some plan keeps all bands, and the least objective (among those that do, if any).

    Values every way of giving units to reps, straight from the wishes, account by account.
    """
    problem, policy = drawn.problem, drawn.policy
    question = ask(problem, policy)
    account = np.flatnonzero(question.unit_of_account >= 0)
    n_reps = len(problem.reps)
    every = np.array(list(itertools.product(range(n_reps), repeat=question.n_units)), dtype=np.int64)
    rep = every.reshape(len(every), question.n_units)[:, question.unit_of_account[account]]
    allowed = ~problem.reps.leaving[rep].any(axis=1)
    for rule in policy.pair_rules():
        allowed &= rule.allows(problem, account[None, :], rep).all(axis=1)
    rep = rep[allowed]
    value = sum(t.cost(problem, account[None, :], rep).sum(axis=1) for t in policy.pair_terms())
    breached = np.zeros(len(rep), bool)
    for term, curve, price in zip(question.terms, question.curves, question.breach_price, strict=True):
        load = term.load(problem, account[None, :], rep)
        bins = term.bins(problem)[0][rep]
        for b in range(len(curve.low)):
            total = np.where(bins == b, load, 0.0).sum(axis=1)
            breach = np.maximum(curve.low[b] - total, 0) + np.maximum(total - curve.high[b], 0)
            limit = curve.high[b] if np.isfinite(curve.high[b]) else curve.low[b]
            breach[breach <= BAND_TOLERANCE * abs(limit)] = 0.0
            breached |= breach > 0
            value = value + price * breach
            if curve.cost is not None:
                grid, money = curve.grid()
                value = value + np.interp(total, grid[b], money[b])
    feasible = bool((~breached).any())
    return feasible, float(value[~breached].min() if feasible else value.min())
