"""Shadow prices and proof of a solve, kept in its `result.json` for whoever looks at the plan later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.result import Result, Status, relative_gap
from territory_opt.travel.place import FloatArray

RESULT = "result.json"
_SAME_COST = 1e-6  # gap that rounding leaves


def price_record(policy: Policy, result: Result) -> dict[str, Any]:
    """What `result.json` says of prices: the wishes they belong to, and money per unit of load by bin."""
    names = {meter.label: meter.bins for meter in result.audit.meters}
    prices = {
        label: dict(zip(names[label], price.tolist(), strict=True))
        for label, price in result.known_prices.items()
        if label in names
    }
    return {"wishes": fingerprint(policy), "prices": prices}


def fingerprint(policy: Policy) -> str:
    """SHA-256 of every wish and its parameters."""
    return hashlib.sha256(repr(policy).encode()).hexdigest()


def prices_beside(path: str | Path, problem: Problem, policy: Policy) -> Mapping[str, FloatArray]:
    """Prices by label from the `result.json` in the folder of an alignment file.

    None at all unless the file is whole and tells of exactly these facts and wishes: prices of another
    question would be wrong, and none are only less informative.
    """
    try:
        record = _record(path, problem, policy)
        return {
            term.label(): np.array(
                [record["prices"][term.label()][name] for name in term.bins(problem)[1]], np.float64
            )
            for term in policy.load_terms()
            if term.label() in record["prices"]
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def with_proof_beside(path: str | Path, problem: Problem, policy: Policy, result: Result) -> Result:
    """The recount of a plan with the bound from the `result.json` in the folder of its file.

    A bound holds for every plan of the same facts and wishes, so also for one that was edited since. As it is
    without a file that is whole and tells of exactly these.
    """
    try:
        record = _record(path, problem, policy)
        bound, runtime_s, status = (
            float(record["bound"]),
            float(record["runtime_s"]),
            Status(record["status"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return result
    gap = relative_gap(result.objective, bound)
    if result.clashes:
        known = Status.IMPOSSIBLE if status is Status.IMPOSSIBLE else Status.CLASH
    else:
        known = Status.OPTIMAL if status is Status.OPTIMAL and gap <= _SAME_COST else Status.FEASIBLE
    return replace(result, bound=bound, runtime_s=runtime_s, status=known, searched=True)


def _record(path: str | Path, problem: Problem, policy: Policy) -> Any:
    """What the file beside another says; KeyError where it tells of other facts or wishes."""
    record = json.loads(Path(path).with_name(RESULT).read_text(encoding="utf-8"))
    if (record["fingerprint"], record["wishes"]) != (problem.fingerprint(), fingerprint(policy)):
        raise KeyError(RESULT)
    return record


__all__ = ["RESULT", "fingerprint", "price_record", "prices_beside", "with_proof_beside"]
