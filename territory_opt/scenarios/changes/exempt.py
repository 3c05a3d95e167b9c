"""A rep whose load no band limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from territory_opt.policy import Balance, Policy
from territory_opt.policy.base import Curve
from territory_opt.problem import Problem
from territory_opt.scenarios.changes.base import Facts, unknown
from territory_opt.travel.place import FloatArray


@dataclass(frozen=True)
class Exempt:
    """No band limits what this rep takes on; targets, and all limits of others, stay as they are.

    A band inside which imbalance has a price stays for everybody: that price is a cost, and no limit.
    """

    rep_id: str

    def faults(self, problem: Problem, policy: Policy) -> Iterator[str]:
        yield from unknown("rep", [self.rep_id], problem.reps.ids)

    def apply(self, problem: Problem, policy: Policy) -> Facts:
        def changed(wish: Any) -> Any:
            if not isinstance(wish, Balance) or wish.price:
                return wish
            given = {field.name: getattr(wish, field.name) for field in fields(Balance)}
            known = wish.exempt if isinstance(wish, _BandButFor) else ()
            return _BandButFor(**given, exempt=(*known, self.rep_id))

        return problem, Policy(map(changed, policy.terms), map(changed, policy.rules))

    def words(self) -> str:
        return f"no bands for {self.rep_id}"


@dataclass(frozen=True)
class _BandButFor(Balance):
    """A band that some reps need not keep."""

    exempt: tuple[str, ...] = ()

    def label(self) -> str:
        return f"{super().label()}, but for {', '.join(self.exempt)}"

    def curve(self, problem: Problem, least: FloatArray) -> Curve:
        curve = super().curve(problem, least)
        free = np.isin(problem.reps.ids, np.array(self.exempt, dtype=object))
        return replace(curve, low=np.where(free, -np.inf, curve.low), high=np.where(free, np.inf, curve.high))
