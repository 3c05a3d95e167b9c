"""A plan in the making: who belongs to which territory and where each has its centre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from territory_opt.solve.design.sites import Sites
from territory_opt.travel.place import FloatArray, IndexArray


@dataclass(frozen=True)
class Territories:
    """label (units,): territory of each unit; centre (k,): site of each. Bands may still be broken."""

    label: IndexArray
    centre: IndexArray

    @classmethod
    def of(cls, sites: Sites, site: IndexArray) -> Territories:
        """Those of a plan, site per unit; a territory's number is its rep, where there are any."""
        centre, label = np.unique(site, return_inverse=True)
        return seated(sites, cls(label, centre))

    @property
    def site(self) -> IndexArray:
        """The plan: site per unit (units,)."""
        return self.centre[self.label]


def seated(sites: Sites, plan: Territories) -> Territories:
    """The same territories, numbered so that their reps cost least together."""
    if sites.rep_cost is None:
        return plan
    together = np.zeros((sites.k, sites.k))
    np.add.at(together, plan.label, sites.rep_cost)
    _, rep = linear_sum_assignment(together)
    centre = np.empty_like(plan.centre)
    centre[rep] = plan.centre
    return Territories(rep[plan.label], centre)


def prices(sites: Sites, scale: float) -> FloatArray:
    """Finite price of a unit of breach for each meter (meters,): its own, or one that no plan would pay.

    scale: cost of a unit in a fair plan. Hard bands: as much as moving the load some ten times as far.
    """
    mean_load = np.maximum(np.abs(sites.load).mean(axis=1), 1e-12)
    dear = 10.0 * scale / mean_load
    if sites.breach_price is None:
        return dear
    return np.where(np.isfinite(sites.breach_price), sites.breach_price, dear)


def hard_breach(sites: Sites, site: IndexArray) -> float:
    """Load outside hard bands, as a share of all load, summed over meters; 0.0 within the tolerance."""
    outside = sites.breach(site)
    limit = np.where(sites.loads(site) > sites.high, sites.high, sites.low)
    outside = np.where(outside > 1e-9 * np.maximum(np.abs(limit), 1.0), outside, 0.0)
    if sites.breach_price is not None:
        outside = outside[~np.isfinite(sites.breach_price)]
    total = np.maximum(np.abs(sites.load).sum(axis=1), 1e-12)
    if sites.breach_price is not None:
        total = total[~np.isfinite(sites.breach_price)]
    return float((outside.sum(axis=1) / total).sum())


def broken_territories(sites: Sites, plan: Territories) -> IndexArray:
    """Numbers of the territories outside a hard band, the worst first."""
    outside = sites.breach(plan.site)[~np.isfinite(sites.breach_prices())][:, plan.centre]
    size = np.maximum(np.abs(sites.load).mean(axis=1), 1e-12)[~np.isfinite(sites.breach_prices())]
    astray = (outside / size[:, None]).sum(axis=0)
    order = np.argsort(-astray, kind="stable")
    return order[astray[order] > 1e-9]


def rank(sites: Sites, site: IndexArray) -> tuple[float, float]:
    """What a better plan has less of: hard breach first, then cost."""
    return hard_breach(sites, site), sites.value(site)
