"""How many reps: what the work needs, what is there month by month, and what one more is worth."""

from territory_opt.headcount.monthly import MonthlyCapacity, capacity_by_month
from territory_opt.headcount.payback import Payback, added_rep
from territory_opt.headcount.response import BestSizes, best_headcount, best_size, power_sales, sales_at
from territory_opt.headcount.settings import HeadcountSettings
from territory_opt.headcount.span import Spans, span_of_control
from territory_opt.headcount.workload import Workload, full_time_seats, workload_buildup

__all__ = [
    "BestSizes",
    "HeadcountSettings",
    "MonthlyCapacity",
    "Payback",
    "Spans",
    "Workload",
    "added_rep",
    "best_headcount",
    "best_size",
    "capacity_by_month",
    "full_time_seats",
    "power_sales",
    "sales_at",
    "span_of_control",
    "workload_buildup",
]
