"""What can differ from one scenario to the next."""

from territory_opt.scenarios.changes.accounts import Assign, Gone, Lock, NewAccounts
from territory_opt.scenarios.changes.base import Change
from territory_opt.scenarios.changes.exempt import Exempt
from territory_opt.scenarios.changes.seats import Joins, Leaves, Works
from territory_opt.scenarios.changes.wishes import Band, Instead, OthersMove, With, Without

__all__ = [
    "Assign",
    "Band",
    "Change",
    "Exempt",
    "Gone",
    "Instead",
    "Joins",
    "Leaves",
    "Lock",
    "NewAccounts",
    "OthersMove",
    "With",
    "Without",
    "Works",
]
