"""What a map shows, as plain columns: the page's script does the drawing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import MeterCount
from territory_opt.maps.assets import background
from territory_opt.maps.colours import NOBODY, colour_reps
from territory_opt.maps.hulls import outlines
from territory_opt.moves import moves
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.result import Result
from territory_opt.summary import proof_sentence

_RADII = 7  # account sizes, by the root of their potential
_SHOWN_MEASURES = ("potential", "revenue", "visits")


def plan_content(problem: Problem, policy: Policy, result: Result) -> dict[str, Any]:
    """Everything about a solved plan: indices, clashes, and the reason of every move."""
    found = moves(problem, policy, result)
    reasons = {int(a): text for a, text in zip(found.account, found.reason, strict=True)}
    content = alignment_content(problem, result.alignment, reasons)
    content["title"] = f"{int(result.audit.moved.sum()):,} of {len(result.alignment):,} accounts move"
    content["subtitle"] = proof_sentence(result)
    meters = [
        (before, after)
        for before, after in zip(result.today.meters, result.audit.meters, strict=True)
        if after.by_rep and np.isfinite(after.index).any()
    ]
    content["measures"] = [_measure(before, after) for before, after in meters]
    content["clashes"] = [f"{c.wish}, {c.where}: {c.message}" for c in result.clashes[:200]]
    return content


def alignment_content(
    problem: Problem, alignment: Alignment, reasons: Mapping[int, str] | None = None
) -> dict[str, Any]:
    """Accounts, homes and outlines of an alignment, with today's beside it."""
    accounts, reps, n_reps = problem.accounts, problem.reps, len(problem.reps)
    colours = colour_reps(accounts.lat, accounts.lon, alignment.rep, n_reps)
    today = Alignment.today(problem)
    km = np.zeros(len(accounts))
    served = np.flatnonzero(alignment.covered)
    km[served] = problem.km(served, alignment.rep[served])
    shown = {k: accounts.measures[k] for k in _SHOWN_MEASURES if accounts.measures[k].any()}
    return {
        "title": f"{len(accounts):,} accounts, {n_reps:,} territories",
        "subtitle": "",
        "currency": problem.currency,
        "nobody": NOBODY,
        "measures": [],
        "clashes": [],
        "reps": {
            "id": reps.ids.tolist(),
            "name": reps.names.tolist(),
            "lat": _rounded(reps.lat),
            "lon": _rounded(reps.lon),
            "colour": colours,
            "accounts": np.bincount(alignment.rep[served], minlength=n_reps).tolist(),
            "plan": outlines(accounts.lat, accounts.lon, alignment.rep, n_reps),
            "today": outlines(accounts.lat, accounts.lon, today.rep, n_reps),
        },
        "accounts": {
            "id": accounts.ids.tolist(),
            "name": accounts.names.tolist(),
            "lat": _rounded(accounts.lat),
            "lon": _rounded(accounts.lon),
            "rep": alignment.rep.tolist(),
            "owner": accounts.owner.tolist(),
            "size": _sizes(accounts.measures["potential"]),
            "km": km.round().astype(int).tolist(),
        },
        "values": {k: v.round().astype(np.int64).tolist() for k, v in shown.items()},
        "reasons": {str(k): v for k, v in (reasons or {}).items()},
        "land": background(_known(accounts.lat), _known(accounts.lon)),
    }


def _measure(before: MeterCount, after: MeterCount) -> dict[str, Any]:
    def plain(values: np.ndarray) -> list[float | None]:
        return [round(float(v), 4) if np.isfinite(v) else None for v in values]

    # Two wishes may share a measure: the band below its name tells the columns apart.
    band = after.label.removeprefix(after.measure).strip()
    return {
        "name": after.measure,
        "band": band or after.label,
        "label": after.label,
        "plan": plain(after.index),
        "today": plain(before.index),
        "broken": (after.breach > 0).tolist(),
        "broken_today": (before.breach > 0).tolist(),
    }


def _sizes(potential: np.ndarray) -> list[int]:
    """0 … _RADII - 1 by the root of the potential, against its 98th percentile."""
    top = max(float(np.quantile(potential, 0.98)) if len(potential) else 0.0, 1e-9)
    return np.clip(np.sqrt(potential / top) * _RADII, 0, _RADII - 1).astype(int).tolist()


def _rounded(values: np.ndarray) -> list[float | None]:
    return [round(v, 4) if v == v else None for v in values.tolist()]  # NaN is not itself


def _known(values: np.ndarray) -> list[float]:
    return np.nan_to_num(values, nan=0.0)[::7].tolist()
