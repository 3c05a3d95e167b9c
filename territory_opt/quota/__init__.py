"""Quotas that follow the books, and whether they are fair."""

from territory_opt.quota.attainment import Attainment, attainment
from territory_opt.quota.backtest import Backtest, backtest_quotas, judge_year
from territory_opt.quota.judgement import QuotaFairness, quota_fairness
from territory_opt.quota.outlook import Outlook, outlook_of
from territory_opt.quota.rounding import largest_remainder
from territory_opt.quota.top_down import Line, Quotas, faults, top_down
from territory_opt.quota.verdict import Verdict

__all__ = [
    "Attainment",
    "Backtest",
    "Line",
    "Outlook",
    "QuotaFairness",
    "Quotas",
    "Verdict",
    "attainment",
    "backtest_quotas",
    "faults",
    "judge_year",
    "largest_remainder",
    "outlook_of",
    "quota_fairness",
    "top_down",
]
