"""Pages to hand out: a sheet for each rep, a pack for each manager, a report for leaders."""

from territory_opt.pages.write import AUDIENCES, pages

__all__ = ["AUDIENCES", "pages"]
