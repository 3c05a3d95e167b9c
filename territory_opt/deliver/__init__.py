"""Everything a planner takes away from a plan, gathered from all rooms and written into one folder."""

from territory_opt.deliver.gather import make_report
from territory_opt.deliver.quotas import quota_columns
from territory_opt.deliver.write import deliver, deliver_report

__all__ = ["deliver", "deliver_report", "make_report", "quota_columns"]
