"""How evenly a plan spreads a measure, per share of each rep; and what unevenness costs."""

from territory_opt.fairness.measures import cv, gini, jain, lorenz, range_ratio, theil
from territory_opt.fairness.price import price_of_imbalance
from territory_opt.fairness.report import ELASTICITIES, Fairness, fairness, has_index, of_meter

__all__ = [
    "ELASTICITIES",
    "Fairness",
    "cv",
    "fairness",
    "gini",
    "has_index",
    "jain",
    "lorenz",
    "of_meter",
    "price_of_imbalance",
    "range_ratio",
    "theil",
]
