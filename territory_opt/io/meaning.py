"""What is said about a column."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Meaning:
    """One column: its unit and what it says."""

    unit: str
    meaning: str


YEAR, CENT = "money per year", "money, to the cent"
