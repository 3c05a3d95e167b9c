"""What-if: facts and wishes that differ by named changes, plans set side by side, and plans valued."""

from territory_opt.scenarios.changes import (
    Band,
    Change,
    Gone,
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
from territory_opt.scenarios.scenario import Scenario
from territory_opt.scenarios.value import value, value_file

__all__ = [
    "Band",
    "Change",
    "Comparison",
    "Gone",
    "Joins",
    "Leaves",
    "Lock",
    "NewAccounts",
    "OthersMove",
    "Scenario",
    "With",
    "Without",
    "Works",
    "compare",
    "value",
    "value_file",
]
