"""The shadow prices of a solve, kept in its `result.json` for whoever looks at the plan later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.result import Result
from territory_opt.travel.place import FloatArray

RESULT = "result.json"


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
        record = json.loads(Path(path).with_name(RESULT).read_text(encoding="utf-8"))
        if (record["fingerprint"], record["wishes"]) != (problem.fingerprint(), fingerprint(policy)):
            return {}
        return {
            term.label(): np.array(
                [record["prices"][term.label()][name] for name in term.bins(problem)[1]], np.float64
            )
            for term in policy.load_terms()
            if term.label() in record["prices"]
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


__all__ = ["RESULT", "fingerprint", "price_record", "prices_beside"]
