"""Pay plans as curves: variable pay by attainment."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.incentives.settings import PayPlan
from territory_opt.travel.place import FloatArray

_FAR = 100.0  # a plan without a cap goes on; nobody attains so much


def pay_multiple(plan: PayPlan, attainment: ArrayLike) -> FloatArray:
    """Variable pay ÷ the variable pay on target, by attainment; never falls, 1 at an attainment of 1.

    Piecewise linear, as pay plans are written: Zoltners, Sinha & Lorimer (2006), "The Complete Guide to
    Sales Force Incentive Compensation", on payout functions.

    Example: threshold 0.5 with nothing there, accelerator 1.5 from 1.0 and 2 from 1.2, cap 2:
    0.4 → 0, 0.75 → 0.5, 1 → 1, 1.1 → 1.15, 1.3 → 1.5, 9 → 2.
    """
    x = np.asarray(attainment, np.float64)
    steps = _slopes(plan)
    ends = [start for start, _ in steps[1:]] + [np.inf]
    multiple = np.full(x.shape, plan.at_threshold)
    for (start, slope), end in zip(steps, ends, strict=True):
        multiple = multiple + slope * (np.minimum(x, end) - start).clip(0)
    multiple = np.where(x < plan.threshold, 0.0, multiple)
    return multiple if plan.cap is None else np.minimum(multiple, plan.cap)


def slowing(plan: PayPlan) -> str:
    """A sentence where an accelerator pays less for a sale than the stretch below the quota; "" elsewhere.

    Straight from nothing at a threshold to all at the quota, a plan pays more than variable ÷ quota for each
    sale on the way. Example: threshold 0.5 pays 2 times the rate there, so an accelerator of 1.5 slows down.
    """
    first = _slopes(plan)[0][1]
    slow = [times for _, times in plan.accelerators if 1 <= times < first - 1e-9]
    if not slow:
        return ""
    return (
        f"The plan {plan.name} pays {first:.3g} times the rate between threshold and quota and only "
        f"{min(slow):.3g} times beyond it: raise at_threshold or the accelerators, unless that is meant."
    )


def pay_curve(plan: PayPlan) -> tuple[tuple[float, float], ...]:
    """The same as points (attainment, multiple): straight between, level beyond, two at one for a jump.

    Source: Zoltners, Sinha & Lorimer (2006), as `pay_multiple`. Example: threshold 0.5, accelerator 2 from
    1.0, cap 2: (0.5, 0), (1, 1), (1.5, 2).
    """
    return tuple(_points(plan))


def _points(plan: PayPlan) -> Iterator[tuple[float, float]]:
    steps = _slopes(plan)
    if plan.at_threshold:
        yield plan.threshold, 0.0
    pays, most = plan.at_threshold, np.inf if plan.cap is None else plan.cap
    for (start, slope), end in zip(steps, [*(start for start, _ in steps[1:]), _FAR], strict=True):
        yield start, pays
        reached = pays + slope * (end - start)
        if reached >= most:
            if pays < most:
                yield start + (most - pays) / slope, most
            return
        pays = reached
    yield _FAR, pays


def _slopes(plan: PayPlan) -> list[tuple[float, float]]:
    """Where each stretch of the curve starts, and how steep it is there."""
    first = (1 - plan.at_threshold) / (1 - plan.threshold)
    after = dict([(1.0, 1.0), *plan.accelerators])  # an accelerator from 1.0 on takes the place of the rate
    return [(plan.threshold, first), *after.items()]
