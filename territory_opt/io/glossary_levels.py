"""What the columns about levels above the territories mean."""

from __future__ import annotations

from territory_opt.io.meaning import Meaning

MEANINGS = {
    "district": Meaning("", "The district that the seat is in"),
    "region": Meaning("", "The region that the seat is in"),
    "level": Meaning("", "Which level above the territories the row is of"),
    "group": Meaning("", "The district, region … itself"),
    "inside": Meaning("", "The group of the next level above; empty on the highest one"),
    "territories": Meaning("number", "Seats in it that stay, vacant ones too"),
    "span": Meaning("number", "Groups of the level below in it, or territories: the span of control"),
}


def even_share(measure: str) -> Meaning:
    """What `even share of …` says."""
    return Meaning("index", f"{measure} ÷ an even share among the groups of the level: 1.00 is even")
