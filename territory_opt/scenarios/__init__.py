"""What-if: facts and wishes that differ by named changes, plans set side by side, and what they are worth."""

from territory_opt.scenarios.advice import ToleranceAdvice, tolerance_advice
from territory_opt.scenarios.changes import (
    Assign,
    Band,
    Change,
    Exempt,
    Gone,
    Instead,
    Joins,
    Leaves,
    Lock,
    NewAccounts,
    OthersMove,
    With,
    Without,
    Works,
)
from territory_opt.scenarios.compare import Comparison, compare
from territory_opt.scenarios.conflict import Conflict, Repair, conflict, repairs
from territory_opt.scenarios.difference import Difference
from territory_opt.scenarios.first_moves import MoveStep, first_moves, moves_that_buy_most
from territory_opt.scenarios.frontier import Frontier, Point, frontier
from territory_opt.scenarios.headcount import HeadcountCurve, Sized, headcount_curve
from territory_opt.scenarios.holdover import Deal, Holdover, HoldoverRules, holdovers
from territory_opt.scenarios.many import as_solved, solved
from territory_opt.scenarios.reasons import (
    Explained,
    explain_band,
    explain_cap,
    explain_lock,
    explain_territory,
)
from territory_opt.scenarios.requests import Decided, Decision, Request, decide
from territory_opt.scenarios.scenario import Scenario
from territory_opt.scenarios.store import Entry, Store
from territory_opt.scenarios.uncertainty import Noise, Sure, solve_surely
from territory_opt.scenarios.value import value, value_file
from territory_opt.scenarios.worth import Worth, worth_of_staying, worth_of_wish

__all__ = [
    "Assign",
    "Band",
    "Change",
    "Comparison",
    "Conflict",
    "Deal",
    "Decided",
    "Decision",
    "Difference",
    "Entry",
    "Exempt",
    "Explained",
    "Frontier",
    "Gone",
    "HeadcountCurve",
    "Holdover",
    "HoldoverRules",
    "Instead",
    "Joins",
    "Leaves",
    "Lock",
    "MoveStep",
    "NewAccounts",
    "Noise",
    "OthersMove",
    "Point",
    "Repair",
    "Request",
    "Scenario",
    "Sized",
    "Store",
    "Sure",
    "ToleranceAdvice",
    "With",
    "Without",
    "Works",
    "Worth",
    "as_solved",
    "compare",
    "conflict",
    "decide",
    "explain_band",
    "explain_cap",
    "explain_lock",
    "explain_territory",
    "first_moves",
    "frontier",
    "headcount_curve",
    "holdovers",
    "moves_that_buy_most",
    "repairs",
    "solve_surely",
    "solved",
    "tolerance_advice",
    "value",
    "value_file",
    "worth_of_staying",
    "worth_of_wish",
]
