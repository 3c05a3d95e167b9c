"""Everything a planner takes away from a plan, gathered from all rooms and written into one folder."""

from territory_opt.deliver.fairness import FairnessReport, fairness_report
from territory_opt.deliver.fairness_pictures import fairness_pictures
from territory_opt.deliver.gather import make_report
from territory_opt.deliver.quota_methods import QuotaStandings, quota_standings
from territory_opt.deliver.quotas import quota_columns
from territory_opt.deliver.write import deliver, deliver_report

__all__ = [
    "FairnessReport",
    "QuotaStandings",
    "deliver",
    "deliver_report",
    "fairness_pictures",
    "fairness_report",
    "make_report",
    "quota_columns",
    "quota_standings",
]
