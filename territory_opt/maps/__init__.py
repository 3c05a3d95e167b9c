"""Maps of a plan, in one file that opens without a network. folium lives here and nowhere else."""

from territory_opt.maps.page import alignment_map, save_map, save_page, territory_map

__all__ = ["alignment_map", "save_map", "save_page", "territory_map"]
