"""Companies in HubSpot: their owners, what is below them, and what there is."""

from territory_opt.crm.hubspot.system import HubSpot, connect

__all__ = ["HubSpot", "connect"]
