"""Pay and plan: what reps earn, what a move does to their pay, who is credited, and fair contests."""

from territory_opt.incentives.credits import Credits, crediting, reconciled, split_faults
from territory_opt.incentives.curves import pay_curve, pay_multiple
from territory_opt.incentives.given import credits_of
from territory_opt.incentives.leagues import Leagues, leagues
from territory_opt.incentives.payout import Payouts, payouts
from territory_opt.incentives.rates import rates_today
from territory_opt.incentives.settings import IncentiveSettings, PayPlan
from territory_opt.incentives.transition import Transition, transition

__all__ = [
    "Credits",
    "IncentiveSettings",
    "Leagues",
    "PayPlan",
    "Payouts",
    "Transition",
    "crediting",
    "credits_of",
    "leagues",
    "pay_curve",
    "pay_multiple",
    "payouts",
    "rates_today",
    "reconciled",
    "split_faults",
    "transition",
]
