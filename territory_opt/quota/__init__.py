"""Quotas that follow the books, and whether they are fair."""

from territory_opt.quota.attainment import Attainment, attainment
from territory_opt.quota.backtest import Backtest, backtest_quotas, judge_year
from territory_opt.quota.judgement import QuotaFairness, quota_fairness
from territory_opt.quota.levels import Unit, levels
from territory_opt.quota.methods import METHODS, quotas_by, quotas_by_all, top_down
from territory_opt.quota.outlook import Outlook, outlook_of
from territory_opt.quota.quotas import Line, Quotas
from territory_opt.quota.rounding import largest_remainder
from territory_opt.quota.season import Seasons, seasons
from territory_opt.quota.settings import QuotaSettings, settings_of
from territory_opt.quota.verdict import Verdict

__all__ = [
    "METHODS",
    "Attainment",
    "Backtest",
    "Line",
    "Outlook",
    "QuotaFairness",
    "QuotaSettings",
    "Quotas",
    "Seasons",
    "Unit",
    "Verdict",
    "attainment",
    "backtest_quotas",
    "judge_year",
    "largest_remainder",
    "levels",
    "outlook_of",
    "quota_fairness",
    "quotas_by",
    "quotas_by_all",
    "seasons",
    "settings_of",
    "top_down",
]
