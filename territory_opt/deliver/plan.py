"""A plan with all that is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from territory_opt.fairness import FairnessSettings
from territory_opt.incentives import IncentiveSettings
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.result import Result


class Plan(NamedTuple):
    """What every chapter is written from.

    quota: keyword arguments of `territory_opt.quota.quotas_by`. fairness: where commission stands.
    incentives: pay plans, and what a move does to pay.
    """

    problem: Problem
    policy: Policy
    result: Result
    quota: Mapping[str, Any]
    fairness: FairnessSettings = FairnessSettings()
    incentives: IncentiveSettings = IncentiveSettings()
