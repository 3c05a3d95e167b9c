"""What is said of a decision: sentences, a table, and what another decision would save.

Two ways lead to that money. At the shadow prices of the plan the changed problem has a lower bound, one pass
over all its pairs, so that "saves at most" is proved at once. And the counter-question can be asked: the
changed problem is solved, and the saving lies in the interval that both plans and both bounds give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from territory_opt.errors import PolicyError
from territory_opt.question import ask
from territory_opt.result import Result
from territory_opt.scenarios.changes import Change
from territory_opt.scenarios.scenario import Scenario
from territory_opt.shown import ShownAsText
from territory_opt.solve import Stop
from territory_opt.solve.columns import full_bound, no_prices

_NOTHING = 0.5  # money per year that rounds to 0


@dataclass(frozen=True)
class Saving:
    """What a change saves, money per year: `found` by the two plans, proved between `least` and `most`.

    found is NaN where the counter-question was not asked, an end infinite where nothing is proved.
    """

    found: float
    least: float
    most: float

    def said(self, currency: str) -> str:
        """The amount in words, as a clause after "it" or "that"."""
        if np.isnan(self.found):
            return _from_prices(self.most, currency)
        proved = [f"at least {self.least:,.0f}"] if np.isfinite(self.least) else []
        proved += [f"at most {self.most:,.0f}"] if np.isfinite(self.most) else []
        amount = f"saves {self.found:,.0f}" if self.found >= 0 else f"costs {-self.found:,.0f}"
        if len(proved) == 2 and round(self.least) == round(self.most):
            return f"{amount} {currency} a year (proved)"
        return f"{amount} {currency} a year ({'proved: ' + ' and '.join(proved) if proved else 'unproved'})"


def _from_prices(most: float, currency: str) -> str:
    if not np.isfinite(most):
        return "saves an amount of which nothing is known without another search"
    if most < _NOTHING:
        return "saves nothing: that is proved by prices"
    return f"saves at most {most:,.0f} {currency} a year, by prices"


@dataclass(frozen=True)
class Explained(ShownAsText):
    """An explanation.

    sentences: in the planner's words, the most important first. saving: what the change that is spoken of
    saves. counterpart: the changed scenario, with its plan where the counter-question was asked. figures:
    numbers that the sentences state, by name.
    """

    sentences: tuple[str, ...]
    table: tuple[dict[str, object], ...]
    saving: Saving
    counterpart: Scenario
    figures: Mapping[str, float] = field(default_factory=dict)

    def rows(self) -> list[dict[str, object]]:
        """One row for each rep, account or limit that is spoken of."""
        return list(self.table)

    def record(self) -> dict[str, object]:
        """Everything as plain values."""
        return {"said": list(self.sentences), "figures": dict(self.figures), "rows": self.rows()}

    def __str__(self) -> str:
        return "\n".join(self.sentences)


def plan_of(scenario: Scenario) -> Result:
    """The plan of a scenario. PolicyError where there is none."""
    if scenario.result is None:
        raise PolicyError(f"{scenario.name!r} has no plan yet; solve it first")
    return scenario.result


def saving_of(scenario: Scenario, change: Change, stop: Stop | None, seed: int) -> tuple[Saving, Scenario]:
    """What a change would save, and the changed scenario; stop: of the counter-question, None: not asked."""
    ours = plan_of(scenario)
    changed = scenario.with_(change)
    most = ours.objective - _bound_at_prices(changed)
    if stop is None:
        return Saving(np.nan, -np.inf, most), changed
    solved = changed.solve(stop=stop, seed=seed)
    other = plan_of(solved)
    most = min(most, ours.objective - other.bound)
    return Saving(ours.objective - other.objective, ours.bound - other.objective, most), solved


def _bound_at_prices(changed: Scenario) -> float:
    """What no plan of a changed scenario costs less than, at the prices of its parent.

    A price may be anything for the bound to hold; one that pays for a limit that is gone would make it -inf.
    """
    start, question = changed.start(), ask(changed.problem, changed.policy)
    prices = None if start is None else start.bin_prices(question)
    if prices is None:
        return full_bound(question, no_prices(question))
    low, high = (np.concatenate([getattr(c, side) for c in question.curves]) for side in ("low", "high"))
    useless = (np.isinf(high) & (prices > 0)) | (np.isinf(low) & (prices < 0))
    return full_bound(question, np.where(useless, 0.0, prices))
