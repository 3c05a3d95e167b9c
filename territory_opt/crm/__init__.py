"""Plans for the systems that hold the accounts: load files, and what makes a change safe to load."""

from territory_opt.crm.change import Change, Changes, changes_of
from territory_opt.crm.ids import full_id, salesforce_ids
from territory_opt.crm.limits import Limits, over_limits
from territory_opt.crm.load_files import TARGETS, LoadFile, load_files
from territory_opt.crm.routing import routing_table

__all__ = [
    "TARGETS",
    "Change",
    "Changes",
    "Limits",
    "LoadFile",
    "changes_of",
    "full_id",
    "load_files",
    "over_limits",
    "routing_table",
    "salesforce_ids",
]
