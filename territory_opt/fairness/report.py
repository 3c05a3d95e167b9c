"""Fairness of each balanced measure, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from territory_opt.audit import Audit, MeterCount
from territory_opt.fairness.measures import cv, gini, jain, lorenz, range_ratio, theil
from territory_opt.fairness.price import price_of_imbalance

ELASTICITIES = (0.2, 0.3, 0.4)


@dataclass(frozen=True)
class Fairness:
    """One measure of one plan; all on the index (load ÷ target) of the reps who have a target."""

    label: str
    measure: str
    reps: int
    in_band: float  # share of the reps within the band
    max_deviation: float  # largest |index - 1|
    mean_deviation: float
    range_ratio: float  # inf when somebody has nothing
    cv: float
    gini: float
    theil: float
    jain: float
    lost_sales: tuple[float, ...]  # price of imbalance in units of the measure, for each of ELASTICITIES
    lost_share: tuple[float, ...]  # the same as a share of what perfect balance would sell
    lorenz_reps: tuple[float, ...]  # cumulative share of reps, the smallest index first, 0 to 1
    lorenz_load: tuple[float, ...]  # cumulative share of the index that they hold

    def as_dict(self) -> dict[str, object]:
        """Plain values, the price of imbalance by elasticity."""
        plain = asdict(self)
        for name in ("lost_sales", "lost_share"):
            plain[name] = dict(zip(map(str, ELASTICITIES), plain[name], strict=True))
        return plain


def fairness(audit: Audit) -> tuple[Fairness, ...]:
    """One entry per load term that gives reps a target; others have no index to be fair in."""
    return tuple(of_meter(meter) for meter in audit.meters if has_index(meter))


def has_index(meter: MeterCount) -> bool:
    """Whether reps can be compared in this measure: targets are known and somebody has a load."""
    index = meter.index[np.isfinite(meter.index)]
    return bool(meter.by_rep and len(index) and index.sum() > 0)


def of_meter(meter: MeterCount) -> Fairness:
    """All figures of one measure; the meter must have an index."""
    known = np.isfinite(meter.index)
    load, target, index = meter.load[known], meter.target[known], meter.index[known]
    away = np.abs(index - 1)
    lost = [price_of_imbalance(load, target, b) for b in ELASTICITIES]
    reps, held = lorenz(index)
    return Fairness(
        label=meter.label,
        measure=meter.measure,
        reps=len(index),
        in_band=float((meter.breach[known] == 0).mean()),
        max_deviation=float(away.max()),
        mean_deviation=float(away.mean()),
        range_ratio=range_ratio(index),
        cv=cv(index),
        gini=gini(index),
        theil=theil(index),
        jain=jain(index),
        lost_sales=tuple(lost),
        lost_share=tuple(money / float(load.sum()) for money in lost),
        lorenz_reps=_floats(reps),
        lorenz_load=_floats(held),
    )


def _floats(values: Sequence[float] | np.ndarray) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
