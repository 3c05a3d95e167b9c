"""Designs sales territories and proves how good they are.

Public names are loaded when they are first used, so that importing the package stays quick. Some of them
are called like the module they live in (`audit`, `check`, `moves`, `solve` …): as attributes of the package
they are the functions, while `from territory_opt.audit import …` still finds the module.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

#: Module -> the public names that live in it, `public=there` where it has another name there.
#: `__init__.pyi` says the same to type checkers.
_HOME = {
    "errors": "DataError ExportError InternalError Issue PolicyError TerritoryError TravelError",
    "travel": "GreatCircle TravelTable",
    "areas": "Areas Outlines",
    "categories": "Categories",
    "problem": "Accounts Driving Problem Reps",
    "alignment": "Alignment",
    "policy": "AccountCount Apart Assigned Balance Capacity Contiguous Disruption Eligible Fit"
    " FollowArea KeepTogether Locked MaxTravel MoveCap Policy QuotaAttainment Stability"
    " Travel",
    "check": "check",
    "audit": "Audit Clash MeterCount audit",
    "result": "Result Status Step",
    "moves": "Moves moves",
    "solve": "FirstOf GapBelow MaxRuntime MaxSteps Start solve",
    "explain": "Choice explain",
    "fairness": "FairnessSettings fairness",
    "headcount": "BestSizes HeadcountSettings MonthlyCapacity Payback Spans Workload added_rep"
    " best_headcount capacity_by_month span_of_control workload_buildup",
    "incentives": "Credits IncentiveSettings Leagues PayPlan Payouts Transition crediting"
    " credits_of leagues payouts transition",
    "compactness": "Compactness compactness",
    "io.area_settings": "AreaSettings",
    "io.coverage": "coverage",
    "io.facts_file": "write_facts",
    "io.folder": "from_frames",
    "maps": "map=alignment_map save_map territory_map",
    "generate": "generate",
    "deliver": "FairnessReport QuotaStandings deliver fairness_report quota_standings",
    "design": "Design Sizes design",
    "scenarios": "Assign Band Comparison Conflict Deal Decided Decision Difference Entry Exempt Explained"
    " Frontier Gone HeadcountCurve Holdover HoldoverRules Instead Joins Leaves Lock MoveStep"
    " NewAccounts Noise OthersMove Point Repair Request Scenario Store Sure ToleranceAdvice"
    " With Without Works Worth as_solved compare conflict decide explain_band explain_cap"
    " explain_lock explain_territory first_moves frontier headcount_curve holdovers"
    " moves_that_buy_most repairs solve_surely solved tolerance_advice value worth_of_staying"
    " worth_of_wish",
    "config": "read read_policy",
    "quota": "Backtest QuotaFairness Quotas backtest_quotas quota_fairness quotas=quotas_by",
    "volatility": "volatility_from_history",
    "history": "History",
    "forecast": "Forecast estimate_potential forecast forecast_accuracy productivity"
    " with_forecast with_potential",
    "pages": "pages",
    "privacy": "Private privately",
}
_MODULE = {name.split("=")[0]: module for module, names in _HOME.items() for name in names.split()}
_THERE = dict(name.split("=") for names in _HOME.values() for name in names.split() if "=" in name)

__all__ = sorted(["__version__", *_MODULE])


class _Face(ModuleType):
    """A package whose public names are not overwritten when a module of the same name is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _MODULE and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULE[name]}"), _THERE.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
