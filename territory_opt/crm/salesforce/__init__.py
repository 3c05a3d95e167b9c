"""Accounts in Salesforce: their owners and territories, what is below them, and what there is."""

from territory_opt.crm.salesforce.system import Salesforce, connect

__all__ = ["Salesforce", "connect"]
