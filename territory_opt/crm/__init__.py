"""Plans for the systems that hold the accounts: load files, and changes made there that can be undone."""

from territory_opt.crm.change import Change, Changes, changes_of
from territory_opt.crm.client import (
    CHILDREN,
    ChildClient,
    Client,
    Interrupted,
    Outcome,
    Refused,
    System,
    Table,
)
from territory_opt.crm.ids import full_id, salesforce_ids
from territory_opt.crm.limits import Limits, over_limits
from territory_opt.crm.load_files import TARGETS, LoadFile, load_files
from territory_opt.crm.manifest import Origin, verify
from territory_opt.crm.publish import Published, publish, roll_back
from territory_opt.crm.rollout import Manner, Part, as_system_writes, roll_all_back, roll_out
from territory_opt.crm.routing import routing_table
from territory_opt.crm.secrets import Secrets
from territory_opt.crm.settings import PublishSettings
from territory_opt.crm.systems import connect, systems

__all__ = [
    "CHILDREN",
    "TARGETS",
    "Change",
    "Changes",
    "ChildClient",
    "Client",
    "Interrupted",
    "Limits",
    "LoadFile",
    "Manner",
    "Origin",
    "Outcome",
    "Part",
    "PublishSettings",
    "Published",
    "Refused",
    "Secrets",
    "System",
    "Table",
    "as_system_writes",
    "changes_of",
    "connect",
    "full_id",
    "load_files",
    "over_limits",
    "publish",
    "roll_all_back",
    "roll_back",
    "roll_out",
    "routing_table",
    "salesforce_ids",
    "systems",
    "verify",
]
