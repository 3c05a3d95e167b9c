"""What can differ from one scenario to the next: one small value each, applied to facts and wishes.

A change reads like what a planner says: a rep leaves, a rep joins, the band is 5 %, these accounts stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from territory_opt.errors import did_you_mean
from territory_opt.policy import Policy
from territory_opt.problem import Categories, Problem
from territory_opt.scenarios.carry import rows_of

Facts = tuple[Problem, Policy]


class Change(Protocol):
    """One difference between a scenario and its parent."""

    def faults(self, problem: Problem, policy: Policy) -> Iterator[str]:
        """Every reason why it cannot be made here, in the planner's words."""

    def apply(self, problem: Problem, policy: Policy) -> Facts:
        """Facts and wishes with the change; what was given stays as it is."""

    def words(self) -> str:
        """The change as a planner would say it."""


def unknown(kind: str, wanted: Any, ids: Any) -> Iterator[str]:
    """A sentence for each id that is none."""
    for name, row in zip(wanted, rows_of(ids, wanted), strict=True):
        if row < 0:
            yield f"there is no {kind} {name!r}. {did_you_mean(str(name), list(map(str, ids[:10_000])))}"


def stacked(above: Any, below: Any) -> Any:
    """Rows of two tables of one kind; a column that one of them lacks is empty, or NaN, there."""
    n, m = len(above), len(below)
    new: dict[str, Any] = {}
    for name in above.__dataclass_fields__:
        ours, theirs = getattr(above, name), getattr(below, name)
        if name == "measures":
            empty_ours, empty_theirs = np.full(n, np.nan), np.full(m, np.nan)
            new[name] = {
                k: np.concatenate([ours.get(k, empty_ours), theirs.get(k, empty_theirs)])
                for k in {**ours, **theirs}
            }
        elif name == "tags":
            nothing = (np.full(n, "", dtype=object), np.full(m, "", dtype=object))
            new[name] = {
                k: Categories.of(
                    np.concatenate(
                        [t[k].texts() if k in t else e for t, e in zip((ours, theirs), nothing, strict=True)]
                    )
                )
                for k in {**ours, **theirs}
            }
        else:
            new[name] = np.concatenate([ours, theirs])
    return replace(above, **new)
