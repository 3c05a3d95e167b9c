"""Which tolerance to take, as a table for files and as a picture."""

from __future__ import annotations

import numpy as np

from territory_opt.scenarios.advice import ToleranceAdvice
from territory_opt.scenarios.tolerance import BASE
from territory_opt.scenarios.tolerance_words import said
from territory_opt.travel.place import FloatArray


def advice_columns(advice: ToleranceAdvice) -> dict[str, np.ndarray]:
    """`ToleranceAdvice.rows` as columns."""
    rows = advice.rows()
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return {name: v.astype(object) if v.dtype.kind == "U" else v for name, v in columns.items()}


def advice_picture(advice: ToleranceAdvice) -> bytes:
    """PNG of what each tolerance costs and earns."""
    from territory_opt.plots.tolerance import tolerance_picture

    points = advice.points
    parts: dict[str, FloatArray] = {
        term: np.array([point.trade.terms[term] for point in points]) for term in points[0].trade.terms
    }
    parts["sales lost to imbalance"] = np.array([point.trade.imbalance[BASE] for point in points])
    best = advice.best
    return tolerance_picture(
        [said(point.within) for point in points],
        parts,
        np.array([point.least_total() for point in points]),
        [point.kept for point in points],
        next((i for i, point in enumerate(points) if point is best), -1),
        advice.currency,
    )
