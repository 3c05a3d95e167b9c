"""Plans for the systems that hold the accounts: load files, and changes made there that can be undone."""

from territory_opt.crm.change import Change, Changes, changes_of
from territory_opt.crm.client import Client, Interrupted, Outcome, Refused
from territory_opt.crm.ids import full_id, salesforce_ids
from territory_opt.crm.limits import Limits, over_limits
from territory_opt.crm.load_files import TARGETS, LoadFile, load_files
from territory_opt.crm.manifest import verify
from territory_opt.crm.publish import Published, publish, roll_back
from territory_opt.crm.routing import routing_table

__all__ = [
    "TARGETS",
    "Change",
    "Changes",
    "Client",
    "Interrupted",
    "Limits",
    "LoadFile",
    "Outcome",
    "Published",
    "Refused",
    "changes_of",
    "full_id",
    "load_files",
    "over_limits",
    "publish",
    "roll_back",
    "routing_table",
    "salesforce_ids",
    "verify",
]
