"""How evenly a plan spreads a measure, per share of each rep; and what unevenness costs."""

from territory_opt.fairness.measures import cv, gini, jain, lorenz, range_ratio, theil
from territory_opt.fairness.price import price_of_imbalance
from territory_opt.fairness.report import Fairness, fairness

__all__ = [
    "Fairness",
    "cv",
    "fairness",
    "gini",
    "jain",
    "lorenz",
    "price_of_imbalance",
    "range_ratio",
    "theil",
]
