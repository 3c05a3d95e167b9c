"""How evenly a plan spreads a measure, per share of each rep; and what unevenness costs."""

from territory_opt.fairness.commission import Commission, commission
from territory_opt.fairness.envy import Envy, envy
from territory_opt.fairness.groups import GroupSpread, Spread, by_group, columns_of_groups
from territory_opt.fairness.measures import cv, gini, jain, lorenz, range_ratio, theil, theil_parts
from territory_opt.fairness.price import lost_money, price_of_imbalance
from territory_opt.fairness.report import ELASTICITIES, Fairness, fairness, has_index, of_meter
from territory_opt.fairness.settings import FairnessSettings

__all__ = [
    "ELASTICITIES",
    "Commission",
    "Envy",
    "Fairness",
    "FairnessSettings",
    "GroupSpread",
    "Spread",
    "by_group",
    "columns_of_groups",
    "commission",
    "cv",
    "envy",
    "fairness",
    "gini",
    "has_index",
    "jain",
    "lorenz",
    "lost_money",
    "of_meter",
    "price_of_imbalance",
    "range_ratio",
    "theil",
    "theil_parts",
]
