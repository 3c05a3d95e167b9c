"""The whole model as a mixed-integer program for HiGHS, through SciPy.

SciPy's interface takes no starting plan. Its bound is of floats with tolerances, so it is shown, not used.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, coo_array, csr_array, eye_array

from benchmarks.peers.market import Effort, Market, NoPlanError, Proposal, bin_scale
from territory_opt.solve.model import Model

MOST_PAIRS = 60_000


def align(market: Market, effort: Effort) -> Proposal:
    """Branch and bound until the time is up or the plan is proved."""
    model, form = market.model(MOST_PAIRS, effort.candidates)
    cost, constraints, n_pairs = _write(model)
    if effort.left <= 0:
        raise NoPlanError("the time was up before the model was written")
    n_others = len(cost) - n_pairs
    answer = milp(
        cost,
        integrality=np.repeat([1, 0], [n_pairs, n_others]),
        bounds=Bounds(0.0, np.repeat([1.0, np.inf], [n_pairs, n_others])),
        constraints=constraints,
        options={"time_limit": effort.left, "mip_rel_gap": 0.0},
    )
    if answer.x is None:
        raise NoPlanError(f"HiGHS found no plan: {answer.message}")
    start = np.asarray(model.start)
    chosen = _largest(answer.x[:n_pairs], start)
    own_bound = float(answer.mip_dual_bound)
    note = "proved for its model" if answer.status == 0 else f"claims a bound of {own_bound:,.0f}"
    return Proposal(market.rep_of_account(model.rep[chosen]), form, note, own_bound=own_bound)


def _write(model: Model) -> tuple[np.ndarray, list[LinearConstraint], int]:
    """Costs, rows and the number of pairs; variables are pairs, loads above, loads below."""
    n_pairs, n_bins, n_units = len(model.rep), len(model.low), len(model.start) - 1
    scale = bin_scale(model)
    unit = np.repeat(np.arange(n_units), np.diff(model.start))
    one = coo_array((np.ones(n_pairs), (unit, np.arange(n_pairs))), shape=(n_units, n_pairs))
    weigh = csr_array((n_bins, n_pairs))
    for bins, load in zip(model.bin, model.load, strict=True):
        b = bins[model.rep]
        at = np.flatnonzero((b >= 0) & (load != 0))
        weigh = weigh + coo_array((load[at] / scale[b[at]], (b[at], at)), shape=(n_bins, n_pairs)).tocsr()
    slack = eye_array(n_bins)
    bands = block_array([[weigh, -slack, slack]]).tocsr()
    breach = model.price * scale
    rows = [
        LinearConstraint(block_array([[one, csr_array((n_units, 2 * n_bins))]]).tocsr(), 1.0, 1.0),
        LinearConstraint(bands, model.low / scale, model.high / scale),
    ]
    return np.concatenate([model.cost, breach, breach]).astype(np.float64), rows, n_pairs


def _largest(share: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The pair of each unit with the largest share: 1 but for HiGHS's tolerance."""
    unit = np.repeat(np.arange(len(start) - 1), np.diff(start))
    return np.lexsort((share, unit))[start[1:] - 1]
