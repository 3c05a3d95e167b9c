"""Every wish binds: the plan with it differs from the plan without it in just the way it asks for."""

from __future__ import annotations

import numpy as np
import pytest

import territory_opt as to

FREE = [to.Travel()]


def line(**columns: object) -> to.Problem:
    """Six accounts on the equator at 0 … 5 degrees; rep W at 0°, rep E at 5°: three lie nearer to each."""
    measures = {"visits": np.full(6, 4.0), "visit_h": np.ones(6), "potential": np.full(6, 100.0)}
    accounts = to.Accounts.of(
        list("abcdef"),
        lat=np.zeros(6),
        lon=np.arange(6) + 0.01,
        owner=columns.get("owner", [0, 0, 0, 1, 1, 1]),
        locked=columns.get("locked", np.zeros(6, bool)),
        measures=measures | {"revenue": np.full(6, 1000.0)} | columns.get("measures", {}),
        tags={"family": [""] * 6, "segment": [""] * 6, "country": list("XXXYYY")} | columns.get("tags", {}),
    )
    reps = to.Reps.of(
        ["W", "E"],
        lat=[0, 0],
        lon=[0, 5.02],
        capacity_h=columns.get("capacity_h"),
        share=columns.get("share"),
        tags={"segments": ["", ""], "country": ["X", "Y"]} | columns.get("rep_tags", {}),
    )
    return to.Problem(accounts, reps)


def plan(problem: to.Problem, *wishes: object) -> str:
    """The rep of each account, as letters."""
    result = to.solve(problem, to.Policy([*FREE, *wishes]))
    assert result.status is to.Status.OPTIMAL
    return "".join(problem.reps.ids[result.alignment.rep])


def test_travel_goes_to_the_nearest() -> None:
    assert plan(line()) == "WWWEEE"


def test_travel_costs_what_the_formula_says() -> None:
    problem = line()
    km = 6371.0088 * np.radians(1.01)
    hours = 4 * 2 * km * 1.3 / 60 / 4
    cost = to.Travel(hour_cost=60).cost(problem, np.array([1]), np.array([0]))
    assert cost == pytest.approx([hours * 60])


def test_disruption_keeps_owners() -> None:
    problem = line(owner=[1, 0, 0, 1, 1, 0])
    assert plan(problem) == "WWWEEE"
    assert plan(problem, to.Disruption(churn_risk=100.0)) == "EWWEEW"


@pytest.mark.parametrize(("months", "share"), [(np.nan, 1.0), (0, 0.0), (12, 0.5), (240, 1.0)])
def test_disruption_scales_with_tenure(months: float, share: float) -> None:
    problem = line(measures={"months_with_owner": np.full(6, months)})
    cost = to.Disruption().cost(problem, np.array([0]), np.array([1]))
    assert cost == pytest.approx([share * (0.05 * 1000 + 4 * 60)])


def test_new_accounts_break_no_relationship() -> None:
    cost = to.Disruption().cost(line(owner=[-1] * 6), np.arange(6), np.zeros(6, int))
    assert not cost.any()


def test_fit_sends_accounts_to_the_specialist() -> None:
    problem = line(tags={"segment": ["bank"] + [""] * 5}, rep_tags={"segments": ["shop", "shop; bank"]})
    assert plan(problem, to.Fit(uplift=1e4)) == "EWWEEE"


def test_balance_binds() -> None:
    problem = line(measures={"potential": np.array([300.0, 100, 100, 100, 100, 100])})
    assert plan(problem, to.Balance("potential", within=0.01)) in ("WWEEEE", "WEWEEE")


def test_balance_follows_shares() -> None:
    assert plan(line(share=[2.0, 1.0]), to.Balance("potential", within=0.01)) == "WWWWEE"


def test_balance_within_groups() -> None:
    tags = {"country": list("XXXXYY")}
    balance = to.Balance("potential", within=0.01, by="country")
    assert plan(line(tags=tags), balance, to.Eligible("country")) == "WWWWEE"


def test_priced_imbalance_moves_load_inside_the_band() -> None:
    problem = line(measures={"potential": np.array([100.0, 100, 100, 100, 1, 1])})
    assert plan(problem, to.Balance("potential", within=0.9)) == "WWWEEE"
    assert plan(problem, to.Balance("potential", within=0.9, price=True, margin=1e4)) == "WWEEEE"


def test_capacity_binds() -> None:
    assert plan(line(capacity_h=[np.nan, 20.0]), to.Capacity()) == "WWWWEE"


def test_account_count_moves_the_cheapest() -> None:
    problem = line(rep_tags={"segments": ["", ""]})
    reps = to.Reps.of(["W", "E"], lat=[0, 0], lon=[0, 20], tags={})
    lopsided = to.Problem(problem.accounts, reps)
    assert plan(lopsided) == "WWWWWW"
    assert plan(lopsided, to.AccountCount(at_least=2)) == "WWWWEE"
    assert plan(lopsided, to.AccountCount(at_most=5)) == "WWWWWE"


def test_move_cap_binds() -> None:
    problem = line(owner=[1, 1, 1, 0, 0, 0])
    for wish in (to.MoveCap(share=0.34), to.MoveCap(at_most=2), to.MoveCap("revenue", at_most=2000)):
        result = to.solve(problem, to.Policy([*FREE, wish]))
        assert result.audit.moved.sum() == 2


def test_move_cap_per_rep_binds() -> None:
    problem = line(owner=[1, 1, 1, 0, 0, 0])
    result = to.solve(problem, to.Policy([*FREE, to.MoveCap(at_most=1, per_rep=True)]))
    lost = np.bincount(problem.accounts.owner[result.audit.moved], minlength=2)
    assert (lost == 1).all()


def test_eligible_binds() -> None:
    tags = {"segment": ["", "", "bank", "", "", ""]}
    problem = line(tags=tags, rep_tags={"segments": ["shop", "bank"]})
    assert plan(problem, to.Eligible("segment")) == "WWEEEE"


def test_locked_binds_unless_the_owner_leaves() -> None:
    locked = [False, False, True, False, False, False]
    assert plan(line(owner=[0, 0, 1, 1, 1, 1], locked=locked), to.Locked()) == "WWEEEE"
    gone = line(owner=[0, 0, 1, 1, 1, 1], locked=locked, rep_tags={"status": ["active", "leaving"]})
    assert plan(gone, to.Locked()) == "WWWWWW"


def test_keep_together_binds() -> None:
    assert plan(line(tags={"family": ["", "", "f", "f", "f", ""]}), to.KeepTogether()) == "WWEEEE"


def test_keep_together_only_within_a_region() -> None:
    problem = line(tags={"family": ["", "", "f", "f", "f", ""]})
    assert plan(problem, to.KeepTogether(mode="within", within="country")) == "WWWEEE"


def test_keep_together_free_and_exceptions() -> None:
    problem = line(tags={"family": ["", "", "f", "f", "f", ""]})
    assert plan(problem, to.KeepTogether(mode="free")) == "WWWEEE"
    assert plan(problem, to.KeepTogether(exceptions=("c",))) == "WWWEEE"


def test_max_travel_binds() -> None:
    problem = line(owner=[1] * 6)
    stay = to.Disruption(churn_risk=100.0)
    assert plan(problem, stay) == "EEEEEE"
    assert plan(problem, stay, to.MaxTravel(km=400)) == "WWEEEE"
    assert plan(problem, stay, to.MaxTravel(hours=400 * 1.3 / 60)) == "WWEEEE"


def test_apart_binds() -> None:
    assert plan(line(), to.Apart(accounts=("e", "f"))) == "WWWEWE"


def test_family_that_nobody_may_serve_as_a_whole_is_split_and_named() -> None:
    locked = [True, False, False, False, False, True]
    problem = line(locked=locked, tags={"family": ["f", "", "", "", "", "f"]})
    result = to.solve(problem, to.Policy(FREE, [to.Locked(), to.KeepTogether()]))
    assert "".join(problem.reps.ids[result.alignment.rep]) == "WWWEEE"
    assert [c.wish for c in result.clashes] == ["keep_together"]


def test_account_that_nobody_may_serve_is_listed() -> None:
    problem = line(tags={"segment": ["alien"] + [""] * 5}, rep_tags={"segments": ["shop", "shop"]})
    result = to.solve(problem, to.Policy(FREE, [to.Eligible("segment")]))
    assert result.alignment.rep[0] == -1
    assert [(c.wish, c.where) for c in result.clashes] == [("coverage", "a")]


def test_impossible_bands_are_proved_and_named() -> None:
    result = to.solve(line(), to.Policy([*FREE, to.Balance("potential", at_least=1.1, at_most=1.2)]))
    assert result.status is to.Status.IMPOSSIBLE
    assert {c.where for c in result.clashes} == {"W", "E"}


def test_moves_tell_their_reason() -> None:
    problem = line(owner=[1, 0, 0, 1, 1, 0], rep_tags={"status": ["active", "active"]})
    policy = to.Policy([*FREE, to.Disruption()])
    result = to.solve(problem, policy)
    found = to.moves(problem, policy, result)
    assert set(problem.accounts.ids[found.account]) == {"a", "f"}
    assert all("saves" in r.lower() and "disruption" in r for r in found.reason)
    assert (found.saving > found.disruption).all()
