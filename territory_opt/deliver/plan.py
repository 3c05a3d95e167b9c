"""A plan with all that is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from territory_opt.deliver.quota_facts import QuotaFacts, checked_settings, quota_facts, quotas_on
from territory_opt.fairness import FairnessSettings
from territory_opt.incentives import IncentiveSettings
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.quota import Outlook, Quotas, QuotaSettings, outlook_of
from territory_opt.result import Result


@dataclass(frozen=True, eq=False)
class Plan:
    """What every chapter is written from; quotas are made once, for all chapters that count on them.

    quota: keyword arguments of `territory_opt.quota.quotas_by`. fairness: where commission stands.
    incentives: pay plans, and what a move does to pay.
    """

    problem: Problem
    policy: Policy
    result: Result
    quota: Mapping[str, Any]
    fairness: FairnessSettings = field(default_factory=FairnessSettings)
    incentives: IncentiveSettings = field(default_factory=IncentiveSettings)

    @cached_property
    def quota_settings(self) -> QuotaSettings:
        """How quotas are set and judged; PolicyError for settings at fault."""
        return checked_settings(self.quota)

    @cached_property
    def quota_facts(self) -> QuotaFacts:
        """The facts that the quotas are made on; PolicyError for settings at fault."""
        return quota_facts(self.problem, self.quota)

    @cached_property
    def quotas(self) -> Quotas:
        """The quotas on the books of the plan; `NoQuotas`, a PolicyError, where these hold nothing."""
        return quotas_on(self.quota_facts, self.result.alignment, self.quota)

    @cached_property
    def outlook(self) -> Outlook:
        """What the books may sell; DataError or PolicyError where nothing is expected of them."""
        facts, how = self.quota_facts.problem, self.quota_settings.of_outlook
        return outlook_of(facts, self.result.alignment, self.quotas.goal, **how)
