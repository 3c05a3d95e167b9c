"""The public names, for type checkers; a test keeps it equal to `__init__.py`."""

from territory_opt.alignment import Alignment
from territory_opt.areas import Areas, Outlines
from territory_opt.audit import Audit, Clash, MeterCount, audit
from territory_opt.check import check
from territory_opt.compactness import Compactness, compactness
from territory_opt.config import read, read_policy
from territory_opt.deliver import deliver
from territory_opt.design import Design, Sizes, design
from territory_opt.errors import (
    DataError,
    ExportError,
    InternalError,
    Issue,
    PolicyError,
    TerritoryError,
    TravelError,
)
from territory_opt.explain import Choice, explain
from territory_opt.fairness import fairness
from territory_opt.generate import generate
from territory_opt.headcount import (
    BestSizes,
    HeadcountSettings,
    MonthlyCapacity,
    Payback,
    Spans,
    Workload,
    added_rep,
    best_headcount,
    capacity_by_month,
    span_of_control,
    workload_buildup,
)
from territory_opt.incentives import (
    Credits,
    IncentiveSettings,
    Leagues,
    Payouts,
    PayPlan,
    Transition,
    crediting,
    credits_of,
    leagues,
    payouts,
    transition,
)
from territory_opt.io.coverage import coverage
from territory_opt.maps import alignment_map as map
from territory_opt.maps import save_map, territory_map
from territory_opt.moves import Moves, moves
from territory_opt.policy import (
    AccountCount,
    Apart,
    Balance,
    Capacity,
    Contiguous,
    Disruption,
    Eligible,
    Fit,
    FollowArea,
    KeepTogether,
    Locked,
    MaxTravel,
    MoveCap,
    Policy,
    Travel,
)
from territory_opt.problem import Accounts, Categories, Driving, Problem, Reps
from territory_opt.result import Result, Status, Step
from territory_opt.scenarios import Comparison, HeadcountCurve, compare, headcount_curve, value
from territory_opt.solve import FirstOf, GapBelow, MaxRuntime, MaxSteps, solve
from territory_opt.travel import GreatCircle, TravelTable

__version__: str
__all__ = [
    "AccountCount",
    "Accounts",
    "Alignment",
    "Apart",
    "Areas",
    "Audit",
    "Balance",
    "BestSizes",
    "Capacity",
    "Categories",
    "Choice",
    "Clash",
    "Compactness",
    "Comparison",
    "Contiguous",
    "Credits",
    "DataError",
    "Design",
    "Disruption",
    "Driving",
    "Eligible",
    "ExportError",
    "FirstOf",
    "Fit",
    "FollowArea",
    "GapBelow",
    "GreatCircle",
    "HeadcountCurve",
    "HeadcountSettings",
    "IncentiveSettings",
    "InternalError",
    "Issue",
    "KeepTogether",
    "Leagues",
    "Locked",
    "MaxRuntime",
    "MaxSteps",
    "MaxTravel",
    "MeterCount",
    "MonthlyCapacity",
    "MoveCap",
    "Moves",
    "Outlines",
    "PayPlan",
    "Payback",
    "Payouts",
    "Policy",
    "PolicyError",
    "Problem",
    "Reps",
    "Result",
    "Sizes",
    "Spans",
    "Status",
    "Step",
    "TerritoryError",
    "Transition",
    "Travel",
    "TravelError",
    "TravelTable",
    "Workload",
    "__version__",
    "added_rep",
    "audit",
    "best_headcount",
    "capacity_by_month",
    "check",
    "compactness",
    "compare",
    "coverage",
    "crediting",
    "credits_of",
    "deliver",
    "design",
    "explain",
    "fairness",
    "generate",
    "headcount_curve",
    "leagues",
    "map",
    "moves",
    "payouts",
    "read",
    "read_policy",
    "save_map",
    "solve",
    "span_of_control",
    "territory_map",
    "transition",
    "value",
    "workload_buildup",
]
