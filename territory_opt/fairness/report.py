"""Fairness of each balanced measure, before and after."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from territory_opt.audit import Audit, MeterCount
from territory_opt.fairness.measures import cv, gini, jain, range_ratio, theil
from territory_opt.fairness.price import price_of_imbalance

ELASTICITIES = (0.2, 0.3, 0.4)


@dataclass(frozen=True)
class Fairness:
    """One measure of one plan; all on the index (load ÷ target) of the reps who have a target."""

    label: str
    reps: int
    in_band: float  # share of the reps within the band
    max_deviation: float  # largest |index - 1|
    mean_deviation: float
    range_ratio: float
    cv: float
    gini: float
    theil: float
    jain: float
    lost_sales: tuple[float, ...]  # in units of the measure, for each of ELASTICITIES

    def as_dict(self) -> dict[str, object]:
        """Plain values, lost sales by elasticity."""
        plain = asdict(self)
        plain["lost_sales"] = dict(zip(map(str, ELASTICITIES), self.lost_sales, strict=True))
        return plain


def fairness(audit: Audit) -> tuple[Fairness, ...]:
    """One entry per load term that gives reps a target; others have no index to be fair in."""
    return tuple(
        _of(meter) for meter in audit.meters if meter.by_rep and np.isfinite(meter.index).any()
        and np.nansum(meter.index) > 0
    )  # fmt: skip


def _of(meter: MeterCount) -> Fairness:
    known = np.isfinite(meter.index)
    index = meter.index[known]
    away = np.abs(index - 1)
    lost = tuple(price_of_imbalance(meter.load[known], meter.target[known], b) for b in ELASTICITIES)
    return Fairness(
        label=meter.label,
        reps=len(index),
        in_band=float((meter.breach[known] == 0).mean()),
        max_deviation=float(away.max()),
        mean_deviation=float(away.mean()),
        range_ratio=range_ratio(index),
        cv=cv(index),
        gini=gini(index),
        theil=theil(index),
        jain=jain(index),
        lost_sales=lost,
    )
