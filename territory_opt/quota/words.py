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


def rate(growth: float) -> str:
    """A rate of growth, or of a cut."""
    return f"{'growth' if growth >= 0 else 'cut'} of {percent(abs(growth))}"


def step_to_goal(growth: float) -> str:
    """What takes a book to the goal."""
    return f"{rate(growth)} to the goal"
