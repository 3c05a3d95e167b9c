"""What differs between two scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from territory_opt.scenarios.carry import rows_of
from territory_opt.scenarios.changes.wishes import label_of
from territory_opt.scenarios.scenario import Scenario
from territory_opt.shown import ShownAsTable


@dataclass(frozen=True)
class Difference(ShownAsTable):
    """Two scenarios, the second against the first."""

    one: Scenario
    other: Scenario

    def rows(self) -> list[dict[str, object]]:
        """One row for each thing that differs: facts, wishes, figures of the plans."""
        return [{"what": what, "first": a, "second": b} for what, a, b in self._parts() if a != b]

    def accounts(self) -> list[dict[str, object]]:
        """One row for each account whose rep differs; "" where it has none, or is not there."""
        ours, theirs = self._reps(self.one), self._reps(self.other)
        return [
            {"account_id": name, "first": ours.get(name, ""), "second": theirs.get(name, "")}
            for name in dict.fromkeys([*ours, *theirs])
            if ours.get(name, "") != theirs.get(name, "")
        ]

    def _parts(self) -> Iterator[tuple[str, object, object]]:
        for table in ("accounts", "reps"):
            ids = [getattr(scenario.problem, table).ids for scenario in (self.one, self.other)]
            gone, new = (rows_of(a, b) < 0 for a, b in (ids[::-1], ids))
            yield f"{table} that the other lacks", int(gone.sum()), int(new.sum())
        yield "facts", self.one.problem.fingerprint()[:12], self.other.problem.fingerprint()[:12]
        wishes = [{label_of(wish) for wish in scenario.policy.wishes} for scenario in (self.one, self.other)]
        for wish in sorted(wishes[0] ^ wishes[1]):
            yield wish, "yes" if wish in wishes[0] else "", "yes" if wish in wishes[1] else ""
        figures = [dict(_figures(scenario)) for scenario in (self.one, self.other)]
        for name in dict.fromkeys([*figures[0], *figures[1]]):
            yield name, figures[0].get(name, ""), figures[1].get(name, "")
        if self.one.result is not None and self.other.result is not None:
            yield "accounts with another rep", "", len(self.accounts())

    @staticmethod
    def _reps(scenario: Scenario) -> dict[str, str]:
        if scenario.result is None:
            return {}
        names = np.append(scenario.problem.reps.ids, "")[scenario.result.alignment.rep]
        return dict(zip(map(str, scenario.problem.accounts.ids), map(str, names), strict=True))


def _figures(scenario: Scenario) -> Iterator[tuple[str, object]]:
    result = scenario.result
    if result is None:
        return
    yield "status", result.status.value
    for term, money in result.audit.terms.items():
        yield f"{term} per year", round(money, 2)
    yield "cost per year", round(result.audit.cost, 2)
    yield "no plan below", round(result.bound, 2)
    yield "accounts moved", int(result.audit.moved.sum())
    yield "wishes broken", len(result.clashes)
