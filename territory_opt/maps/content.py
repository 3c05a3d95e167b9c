"""What a map shows, as plain columns: the page's script does the drawing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit, MeterCount
from territory_opt.maps.areas import AreaMap, area_content, area_map, boxes, neighbours, shape_columns
from territory_opt.maps.assets import background
from territory_opt.maps.colours import NOBODY, colour_reps, colours
from territory_opt.maps.hulls import outlines
from territory_opt.maps.view import frame, unwrapped
from territory_opt.moves import moves
from territory_opt.policy import Policy
from territory_opt.problem import Int32Array, Problem
from territory_opt.result import Result
from territory_opt.summary import proof_sentence
from territory_opt.travel import HiddenPlaces
from territory_opt.travel.place import FloatArray

_RADII = 7  # account sizes, by the root of their potential
_SHOWN_MEASURES = ("potential", "revenue", "visits")
_MOST_CLASHES = 200


def plan_content(problem: Problem, policy: Policy, result: Result) -> dict[str, Any]:
    """Everything about a solved plan: indices, clashes, and the reason of every move."""
    found = moves(problem, policy, result)
    reasons = {int(a): text for a, text in zip(found.account, found.reason, strict=True)}
    content = alignment_content(problem, result.alignment, reasons)
    content["title"] = f"{int(result.audit.moved.sum()):,} of {len(result.alignment):,} accounts move"
    content["subtitle"] = proof_sentence(result)
    return content | judged(result.today, result.audit)


def judged(today: Audit, plan: Audit) -> dict[str, Any]:
    """Indices of every wish with a target, and what the plan breaks."""
    meters = [
        (before, after)
        for before, after in zip(today.meters, plan.meters, strict=True)
        if after.by_rep and np.isfinite(after.index).any()
    ]
    clashes = [f"{c.wish}, {c.where}: {c.message}" for c in plan.clashes[:_MOST_CLASHES]]
    return {"measures": [_measure(before, after) for before, after in meters], "clashes": clashes}


def alignment_content(
    problem: Problem,
    alignment: Alignment,
    reasons: Mapping[int, str] | None = None,
    centres: tuple[FloatArray, FloatArray] | None = None,
) -> dict[str, Any]:
    """Accounts, homes and territories of an alignment, with today's beside it.

    centres: lat and lon of the middles from which territories were drawn, where there are such.
    """
    accounts = problem.accounts
    drawn = area_map(problem, alignment)
    lat, lon = _places(accounts.lat, accounts.lon, drawn)
    homes = _places(problem.reps.lat, problem.reps.lon, drawn)
    middles = _places(*centres, drawn) if centres is not None else (np.zeros(0), np.zeros(0))
    shown = {k: accounts.measures[k] for k in _SHOWN_MEASURES if accounts.measures[k].any()}
    return {
        "title": f"{len(accounts):,} accounts, {int((~problem.reps.leaving).sum()):,} territories",
        "subtitle": "",
        "currency": problem.currency,
        "nobody": NOBODY,
        "measures": [],
        "clashes": [],
        "reps": _rep_columns(problem, alignment, homes, drawn),
        "centres": {"lat": _rounded(middles[0]), "lon": _rounded(middles[1])},
        "areas": None if drawn is None else area_content(drawn, problem),
        "compactness": _compactness(problem, alignment) if drawn is not None else None,
        "accounts": {
            "id": accounts.ids.tolist(),
            "name": accounts.names.tolist(),
            "lat": _rounded(lat),
            "lon": _rounded(lon),
            "rep": alignment.rep.tolist(),
            "owner": accounts.owner.tolist(),
            "size": _sizes(accounts.measures["potential"]),
            "km": _km(problem, alignment),
        },
        "values": {k: v.round().astype(np.int64).tolist() for k, v in shown.items()},
        "reasons": {str(k): v for k, v in (reasons or {}).items()},
        "land": background(_known(accounts.lat), _known(accounts.lon)),
        "view": _view([(lat, lon), homes, middles], drawn),
    }


def _rep_columns(
    problem: Problem, alignment: Alignment, homes: tuple[FloatArray, FloatArray], drawn: AreaMap | None
) -> dict[str, Any]:
    accounts, reps, n = problem.accounts, problem.reps, len(problem.reps)
    if drawn is None:
        colour = colour_reps(accounts.lat, accounts.lon, alignment.rep, n)
    else:
        colour = colours(neighbours(drawn), n)

    def hulls(rep: Int32Array, held: Int32Array) -> list[list[list[float]]]:
        """Outlines around accounts, of those reps who hold no area."""
        return outlines(accounts.lat, accounts.lon, np.where(np.isin(rep, held), -1, rep), n)

    none = np.zeros(0, np.int32)
    plan, today = (none, none) if drawn is None else (drawn.plan.rep, drawn.today.rep)
    return {
        "id": reps.ids.tolist(),
        "name": reps.names.tolist(),
        "lat": _rounded(homes[0]),
        "lon": _rounded(homes[1]),
        "colour": colour,
        "accounts": np.bincount(alignment.rep[alignment.covered], minlength=n).tolist(),
        "plan": hulls(alignment.rep, plan),
        "today": hulls(accounts.owner, today),
    }


def _compactness(problem: Problem, alignment: Alignment) -> dict[str, Any]:
    today = Alignment.today(problem)
    return {when: shape_columns(problem, a) for when, a in (("plan", alignment), ("today", today))}


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


def _km(problem: Problem, alignment: Alignment) -> list[int | None]:
    """Whole km from home to each account, None where nobody serves it or a place is not known.

    Nor where places are hidden: three distances would give a home away.
    """
    km, served = np.full(len(alignment), np.nan), np.flatnonzero(alignment.covered)
    if isinstance(problem.distances, HiddenPlaces):
        return [None] * len(km)
    km[served] = problem.km(served, alignment.rep[served])
    return [round(v) if v == v else None for v in km.tolist()]


def _places(lat: FloatArray, lon: FloatArray, drawn: AreaMap | None) -> tuple[FloatArray, FloatArray]:
    """Places where the map shows them: a map of areas may be cut elsewhere than at the date line."""
    return lat, lon if drawn is None else unwrapped(lon, drawn.cut)


def _view(places: Iterable[tuple[FloatArray, FloatArray]], drawn: AreaMap | None) -> list[list[float]] | None:
    points = np.concatenate([np.column_stack(place) for place in places])
    if drawn is None:
        return frame(points, points)
    low, high = boxes(drawn)
    return frame(np.concatenate([points, low]), np.concatenate([points, high]))


def _sizes(potential: np.ndarray) -> list[int]:
    """0 … _RADII - 1 by the root of the potential, against its 98th percentile."""
    top = max(float(np.quantile(potential, 0.98)) if len(potential) else 0.0, 1e-9)
    return np.clip(np.sqrt(potential / top) * _RADII, 0, _RADII - 1).astype(int).tolist()


def _rounded(values: np.ndarray) -> list[float | None]:
    return [round(v, 4) if v == v else None for v in values.tolist()]  # NaN is not itself


def _known(values: np.ndarray) -> list[float]:
    return np.nan_to_num(values, nan=0.0)[::7].tolist()
