"""How sales answer to the size of the force, and the size at which the last rep just pays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.arrays import Tabular
from territory_opt.headcount.settings import HeadcountSettings, fault_of, refuse, setting_issues
from territory_opt.travel.place import FloatArray

#: A return on a rep's first year between these is about the right size, by the experience of many firms.
RIGHT_SIZE = (0.5, 1.5)


def power_sales(time: ArrayLike, potential: ArrayLike, elasticity: float) -> float:
    """Σ T^b · G^(1-b) over territories: what selling time T makes of potential G, in units of G.

    Time counts as a share of all of it, and potential as itself: with time in proportion to potential the
    whole potential is sold. Twice the force with everything else the same sells 2^b times as much, once
    time is measured in hours and not in shares. Model: Zoltners & Sinha (1980), Management Science 26(3).

    Example: time 4 and 1, potential 1 and 4, b = ½: √4 + √4 = 4.

    Args: time, potential: (territories,), 0 or more. Raises ValueError where they are not.
    """
    t, g = np.asarray(time, np.float64), np.asarray(potential, np.float64)
    if not (np.isfinite(t).all() and np.isfinite(g).all()) or (t < 0).any() or (g < 0).any():
        raise ValueError("needs times and potentials of 0 or more")
    return float((t**elasticity * g ** (1 - elasticity)).sum())


def sales_at(sales: float, size: float, other: ArrayLike, elasticity: ArrayLike) -> FloatArray:
    """Sales of a force of another size on the same accounts: sales · (N' / N)^b.

    All territories become smaller or larger alike, so that Σ T^b · G^(1-b) grows with N^b. Model:
    Zoltners & Sinha (1980), as `power_sales`.
    Example: 100 sold by 4; 9 sell 100 · (9/4)^½ = 150 at b = ½.
    """
    return np.asarray(sales * (np.asarray(other, np.float64) / size) ** np.asarray(elasticity, np.float64))


def years_worth(settings: HeadcountSettings) -> float:
    """What a sale is worth in all years together: 1 + Σ carry-over, each year discounted.

    Example: carry-over 0.5 and 0.2 without discount: 1.7.
    """
    later = np.asarray(settings.carry_over, np.float64)[: settings.years - 1]
    return 1.0 + float((later / (1 + settings.discount_rate) ** np.arange(1, len(later) + 1)).sum())


def best_size(sales: float, size: float, cost: float, worth: float, elasticity: float) -> float:
    """The size N* at which one more rep earns just what he costs, in fractions of a rep.

    Contribution w · S · (N / N₀)^b has the slope w·S·b·N^(b-1) / N₀^b; it equals the cost c of a rep at
    N* = N₀ · (b·w·S / (c·N₀))^(1/(1-b)). Below N* each rep adds more than he costs.
    Rule: Lodish (1980), J. Marketing 44(3); sizes in practice lie below it: Zoltners & Sinha (2005).

    Example: b = ½, w·S = 8, N₀ = 1, c = 2: N* = (½·8/2)² = 4, where 8·√4 − 2·4 = 8 is the most.

    Args: sales, size: today. cost: of a rep. worth: contribution of a unit of sales, all years together.
    Raises ValueError for an elasticity outside 0 … 0.9: the power 1/(1-b) makes any size of it.
    """
    if not 0 < elasticity < 0.9:
        raise ValueError(f"elasticity = {elasticity:g} must be above 0 and below 0.9")
    return float(size * (elasticity * worth * sales / (cost * size)) ** (1 / (1 - elasticity)))


@dataclass(frozen=True)
class BestSizes(Tabular):
    """The best number of reps by elasticity; every array (elasticities,).

    best: in whole reps, at least 1. contribution: of today's sales, and of the difference that the size makes
    with what carries over of it, less the cost of the reps, per year. lost: what today's size leaves on the
    table. worth: what today's sales would contribute with carry-over, the scale of that difference; cost: of
    a rep; both money a year.
    """

    elasticity: FloatArray
    size: float
    worth: float
    cost: float
    exact: FloatArray
    best: FloatArray
    sales: FloatArray
    contribution: FloatArray
    contribution_today: float
    notes: tuple[str, ...] = ()

    @property
    def lost(self) -> FloatArray:
        """Contribution a year that today's size misses; 0 or more."""
        return np.maximum(self.contribution - self.contribution_today, 0.0)

    def contribution_at(self, size: ArrayLike) -> FloatArray:
        """Contribution a year of forces of other sizes: sizes (sizes,), result (elasticities, sizes)."""
        other = np.asarray(size, np.float64)[None, :]
        more = sales_at(self.worth, self.size, other, self.elasticity[:, None]) - self.worth
        return self.contribution_today + more - self.cost * (other - self.size)

    def columns(self) -> dict[str, Any]:
        return {
            "elasticity": self.elasticity,
            "size today": np.full(len(self.best), round(self.size, 4)),
            "best number of reps": self.best,
            "best size": self.exact.round(2),
            "sales at best": self.sales.round(2),
            "contribution at best": self.contribution.round(2),
            "contribution today": np.full(len(self.best), round(self.contribution_today, 2)),
            "lost by size": self.lost.round(2),
        }


def best_headcount(
    sales: float, size: float, settings: HeadcountSettings, travel_per_rep: float = 0.0
) -> BestSizes:
    """Add reps until one more would earn less than he costs (Lodish 1980); for three elasticities.

    Contribution is m·S + m·w·(S(N) − S) − c·N: today's sales S count once, and only what another size adds
    or loses is worth w = 1 + Σ carry-over, for the same accounts buy again next year anyhow.

    Example: S = 400, N₀ = 4, b = ½, m = ½, c = 10, carry-over 0.4: the best is N = 49, where S(N) = 1,400
    and contribution is 200 + ½·1.4·1,000 − 490 = 410; today it is 160.

    Args:
        sales: of all accounts today, money per year. size: today's reps, in full-time seats.
        settings: with `cost_per_rep` and `margin`. travel_per_rep: driving and trips, money per year.

    Raises PolicyError that lists every fault.
    """
    refuse([*setting_issues(settings), *money_issues(settings, sales, size, travel_per_rep)])
    assert settings.margin is not None
    assert settings.cost_per_rep is not None
    worth, cost = settings.margin * years_worth(settings), settings.cost_per_rep + travel_per_rep
    b, today = np.array(settings.elasticities), settings.margin * sales
    exact = np.array([best_size(sales, size, cost, worth, x) for x in b])
    below = np.maximum(np.floor(exact), 1.0)

    def gain(n: FloatArray) -> FloatArray:
        return today + worth * (sales_at(sales, size, n, b) - sales) - cost * n

    best = np.where(gain(below + 1) > gain(below), below + 1, below)
    now = today - cost * size
    sold = sales_at(sales, size, best, b)
    total = worth * sales
    return BestSizes(b, size, total, cost, exact, best, sold, gain(best), now, (_verdict(best, size),))


def _verdict(best: FloatArray, size: float) -> str:
    low, high = best.min(), best.max()
    span = f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"
    if low > size:
        said = "today's force is too small at every elasticity of the interval; most companies undersize"
    elif high < size:
        said = "today's force is too large at every elasticity of the interval"
    else:
        said = "today's force lies within what is not known of the elasticity"
    return (
        f"The last rep just pays at {span} reps, today there are {round(size, 2):g} full-time seats: {said}."
    )


def money_issues(settings: HeadcountSettings, sales: float, size: float, travel_per_rep: float) -> list[Any]:
    """What keeps a return from being counted."""
    issues = []
    for name, mend in (("cost_per_rep", "the loaded pay of a rep a year"), ("margin", "between 0 and 1")):
        if getattr(settings, name) is None:
            issues.append(fault_of(name, None, "is missing", f"Write {name}, {mend}"))
    if not (np.isfinite(sales) and sales > 0):
        issues.append(fault_of("", sales, "the accounts sell nothing today", "Give a column revenue"))
    if not (np.isfinite(size) and size > 0):
        issues.append(fault_of("", size, "there is no rep today", "Give reps who stay, with a share"))
    if not (np.isfinite(travel_per_rep) and travel_per_rep >= 0):
        issues.append(fault_of("", travel_per_rep, "travel must cost 0 or more", "Correct it"))
    return issues
