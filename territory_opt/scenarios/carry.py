"""A plan of one problem carried over to another: rows are matched by their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.policy import Policy
from territory_opt.policy.base import LoadTerm
from territory_opt.problem import Problem
from territory_opt.result import Result
from territory_opt.solve import Start
from territory_opt.travel.place import FloatArray, IndexArray


def carried_start(before: Problem, wishes: Policy, result: Result, problem: Problem, policy: Policy) -> Start:
    """The plan and the prices of a result, as the start of a search for nearly the same problem.

    before, wishes: what the result is of. A band keeps its prices when it is made wider or narrower. Accounts
    and reps that are new have no plan, and bins that are new no price.
    """
    known = {}
    for key, term in _terms(wishes).items():
        if term.label() in result.known_prices:
            known[key] = result.known_prices[term.label()], term.bins(before)[1]
    prices = {
        term.label(): _prices(*known[key], term.bins(problem)[1])
        for key, term in _terms(policy).items()
        if key in known
    }
    return Start(carried_alignment(before, result.alignment, problem), prices)


def _terms(policy: Policy) -> dict[tuple[Any, ...], LoadTerm]:
    """Load terms by what they count: kind, measure, groups, and which of several alike."""
    terms: dict[tuple[Any, ...], LoadTerm] = {}
    alike = Counter[tuple[Any, ...]]()
    for term in policy.load_terms():
        kind = (term.name, getattr(term, "measure", ""), getattr(term, "by", ""))
        terms[*kind, alike[kind]] = term
        alike[kind] += 1
    return terms


def carried_alignment(before: Problem, alignment: Alignment, problem: Problem) -> Alignment:
    """The same reps for the same accounts, -1 where one of them is new or gone."""
    old = rows_of(before.accounts.ids, problem.accounts.ids)
    rep = np.append(rows_of(problem.reps.ids, before.reps.ids), -1)
    served = np.append(alignment.rep, -1)[old]
    return Alignment(rep[served].astype(np.int32))


def rows_of(ids: Any, wanted: Any) -> IndexArray:
    """The row of each wanted id among the ids, -1 where there is none; shape of `wanted`."""
    row = {name: i for i, name in enumerate(ids)}
    return np.fromiter((row.get(name, -1) for name in wanted), np.int64, len(wanted))


def _prices(price: FloatArray, before: tuple[str, ...], now: tuple[str, ...]) -> FloatArray:
    known: Mapping[str, float] = dict(zip(before, price.tolist(), strict=True))
    return np.array([known.get(name, 0.0) for name in now])
