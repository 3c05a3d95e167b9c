"""Rates and shares as people read them."""

from __future__ import annotations


def percent(share: float) -> str:
    """0.0513 as "5.13 %"."""
    return f"{100 * share:.4g} %"


def against(growth: float) -> str:
    """A rate as a word, since a bare minus is overlooked."""
    if abs(growth) < 5e-5:
        return "equal to"
    return f"{percent(abs(growth))} {'below' if growth < 0 else 'above'}"


def step_to_goal(growth: float) -> str:
    """What takes a book to the goal."""
    return f"{'growth' if growth >= 0 else 'cut'} of {percent(abs(growth))} to the goal"


def plus(growth: float, amount: str | None = None) -> str:
    """What is added to the revenue of a book, or taken from it: "plus 5 %"."""
    sign = "plus" if growth >= 0 else "less"
    return f"as the revenue of each new book {sign} {amount or percent(abs(growth))}"
