"""Open deals when accounts change hands."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

import territory_opt as to
from territory_opt.io.deals import read_deals
from territory_opt.scenarios.holdover import Deal, HoldoverRules, holdovers

RULES = HoldoverRules({"contract": "exempt", "proposal": "eligible"}, share=0.4)
START = date(2026, 1, 1)


def facts() -> to.Problem:
    accounts = to.Accounts.of(["A", "B", "C", "D"], owner=[0, 0, -1, 2])
    reps = to.Reps.of(["R1", "R2", "R3"], tags={"status": ["active", "active", "leaving"]})
    return to.Problem(accounts, reps)


PLAN = to.Alignment(np.array([1, 0, 1, 1], np.int32))  # A goes from R1 to R2, D from the leaver to R2


def held(*deals: Deal) -> list[tuple[str, str, float, str]]:
    found = holdovers(facts(), PLAN, deals, RULES, START)
    return [(h.treatment, h.works_on_it, h.credit_of_old, str(h.until)) for h in found]


@pytest.mark.parametrize(
    ("stage", "closes", "expected"),
    [
        ("contract", date(2026, 2, 1), ("exempt", "R1", 1.0, "2026-03-02")),
        ("contract", date(2026, 3, 3), ("eligible", "R2", 0.4, "2026-04-01")),  # too late to be exempt
        ("contract", date(2026, 5, 1), ("ineligible", "R2", 0.0, "None")),
        ("proposal", date(2026, 4, 1), ("eligible", "R2", 0.4, "2026-04-01")),
        ("proposal", date(2026, 4, 2), ("ineligible", "R2", 0.0, "None")),
        ("first call", date(2026, 1, 2), ("ineligible", "R2", 0.0, "None")),
    ],
)
def test_stage_and_close_date_decide(stage: str, closes: date, expected: tuple) -> None:
    assert held(Deal("1", "A", stage, closes, 100.0)) == [expected]


def test_only_deals_that_change_hands_and_never_a_leaver() -> None:
    soon = date(2026, 1, 10)
    deals = [Deal(name, name, "contract", soon, 1.0) for name in "ABCD"]
    found = holdovers(facts(), PLAN, deals, RULES, START)
    assert [h.deal.deal_id for h in found] == ["A", "D"]
    assert found[1].treatment == "ineligible"
    assert "leaves" in found[1].why
    row = found[0].row()
    assert row["credit of old"] + row["credit of new"] == 1.0


def test_faults_are_all_listed(tmp_path: Path) -> None:
    with pytest.raises(to.PolicyError) as caught:
        holdovers(facts(), PLAN, [], HoldoverRules({"x": "maybe"}, {"exempt": -1}, 2.0), START)
    assert len(caught.value.issues) == 3
    soon = date(2026, 1, 10)
    with pytest.raises(to.DataError) as wrong:
        holdovers(facts(), PLAN, [Deal("1", "Z", "x", soon, 1), Deal("1", "A", "x", soon, 1)], RULES, START)
    assert [issue.row for issue in wrong.value.issues] == [2, 3]
    table = tmp_path / "deals.csv"
    table.write_text(
        "deal_id,account_id,stage,closes,amount\n1,A,contract,soon,9\n2,A,contract,2026-01-09,x\n"
    )
    with pytest.raises(to.DataError) as unreadable:
        read_deals(table)
    assert [(issue.row, issue.column) for issue in unreadable.value.issues] == [(2, "closes"), (3, "amount")]
    table.write_text("deal_id,account_id,stage,closes,amount\n007,A,contract,2026-01-09,1500\n")
    assert read_deals(table)[0]["deal_id"] == "007"
