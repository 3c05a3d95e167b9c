"""Accounts in Dynamics 365 (Dataverse): their owners, what is below them, and what there is."""

from territory_opt.crm.dynamics.system import Dynamics, connect

__all__ = ["Dynamics", "connect"]
