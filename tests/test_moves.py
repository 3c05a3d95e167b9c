"""Why accounts change hands: the money adds up, and every reason holds when it is tried out."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from drawn import Drawn, questions
from hypothesis import given, settings
from hypothesis import strategies as st
from test_audit import gone
from test_policy import line

import territory_opt as to
from territory_opt.moves import ASSIGNED, DROPPED, MOVED
from territory_opt.policy import BAND_TOLERANCE
from territory_opt.receivers import may_serve, pieces_of, rivals, sentences_of_breaks
from territory_opt.scenarios import value_file

BAND = to.Balance("potential", within=0.1)
POLICY = to.Policy([to.Travel(), to.Disruption(), BAND], [to.KeepTogether("family"), to.Locked()])


def reasons(problem: to.Problem, policy: to.Policy, rep: list[int], **changed: object) -> dict[str, str]:
    """The reason of each change of a given plan, by account."""
    result = replace(to.value(problem, policy, to.Alignment(np.array(rep))), **changed)
    found = to.moves(problem, policy, result)
    return dict(zip(problem.accounts.ids[found.account].tolist(), found.reason, strict=True))


def drawn_plan(drawn: Drawn, seed: int) -> to.Alignment:
    """Any plan at all, good or bad: some accounts with nobody, some with a rep who leaves."""
    n, n_reps = len(drawn.problem.accounts), len(drawn.problem.reps)
    return to.Alignment(np.random.default_rng(seed).integers(-1, n_reps, n))


@settings(max_examples=60, deadline=None)
@given(questions(), st.integers(0, 2**16))
def test_every_change_is_listed_once_and_the_money_adds_up(drawn: Drawn, seed: int) -> None:
    alignment = drawn_plan(drawn, seed)
    result = to.value(drawn.problem, drawn.policy, alignment)
    found = to.moves(drawn.problem, drawn.policy, result)
    owner, rep = drawn.problem.accounts.owner, alignment.rep
    assert list(found.account) == list(np.flatnonzero(owner != rep))
    assert all(found.reason)
    kinds = [(MOVED, result.audit.moved), (ASSIGNED, result.audit.assigned), (DROPPED, result.audit.dropped)]
    for kind, are in kinds:
        assert list(found.account[found.are(kind)]) == list(np.flatnonzero(are))
    terms, today = result.audit.terms, result.today.terms
    assert found.saving.sum() == pytest.approx(today["travel"] - terms["travel"], rel=1e-9, abs=1e-6)
    assert found.disruption.sum() == pytest.approx(terms["disruption"], rel=1e-9, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(questions(), st.integers(0, 2**16))
def test_a_band_is_named_when_and_only_when_the_other_rep_would_break_it(drawn: Drawn, seed: int) -> None:
    problem, policy = drawn.problem, drawn.policy
    alignment = drawn_plan(drawn, seed)
    count = to.audit(problem, policy, alignment)
    served = np.flatnonzero(alignment.covered).astype(np.int32)
    pieces, _ = pieces_of(problem, policy, alignment, served)
    instead = np.random.default_rng(seed + 1).integers(0, len(problem.reps), len(pieces)).astype(np.int32)
    said = sentences_of_breaks(problem, policy, count, pieces, instead)
    for p in range(len(pieces)):
        rep = alignment.rep.copy()
        rep[pieces.account[pieces.start[p] : pieces.start[p + 1]]] = instead[p]
        after = to.audit(problem, policy, to.Alignment(rep))
        worse = [
            (then.breach - now.breach) / now.scale
            for now, then in zip(count.meters, after.meters, strict=True)
        ]
        most = max((float(w.max()) for w in worse), default=0.0)
        if most > 2 * BAND_TOLERANCE or most < 0.5 * BAND_TOLERANCE:
            assert bool(said[p]) == (most > BAND_TOLERANCE), (said[p], most)


@settings(max_examples=60, deadline=None)
@given(questions(), st.integers(0, 2**16))
def test_the_cheapest_and_the_nearest_are_what_trying_every_rep_finds(drawn: Drawn, seed: int) -> None:
    problem, policy = drawn.problem, drawn.policy
    alignment = drawn_plan(drawn, seed)
    served = np.flatnonzero(alignment.covered).astype(np.int32)
    pieces, piece = pieces_of(problem, policy, alignment, served)
    assert sorted(pieces.account) == list(served)  # each in one piece
    assert list(pieces.rep[piece]) == list(alignment.rep[served])
    standing = rivals(problem, policy, pieces)
    may = may_serve(problem, policy, pieces, np.arange(len(problem.reps))[None, :])
    for p in range(len(pieces)):
        members = pieces.account[pieces.start[p] : pieces.start[p + 1]]
        cost, km = {}, {}
        for rep in range(len(problem.reps)):
            who = np.full(len(members), rep)
            fine = not problem.reps.leaving[rep]
            fine &= all(rule.allows(problem, members, who).all() for rule in policy.pair_rules())
            assert may[p, rep] == fine
            if fine:
                cost[rep] = sum(term.cost(problem, members, who).sum() for term in policy.pair_terms())
                km[rep] = problem.km(members, who).sum()
        assert standing.options[p] == len(cost)
        assert standing.allowed[p] == (pieces.rep[p] in cost)
        if cost:
            assert cost[standing.cheapest[p]] == pytest.approx(min(cost.values()), abs=0.006)
            assert km[standing.nearest[p]] == pytest.approx(min(km.values()))
        else:
            assert standing.cheapest[p] == standing.nearest[p] == -1


def test_a_forced_move_says_why_this_rep_gets_it() -> None:
    facts = gone()
    said = reasons(facts, POLICY, [0, 2, 0, 0, 2, 2])
    assert said["e"] == "Eve is leaving; Nan costs least and is nearest"
    assert re.fullmatch(
        r"Eve is leaving; Wes costs [\d,]+ USD a year more than Nan; "
        r"otherwise Nan would have 400 USD a year of potential, 70 over the limit of 330",
        said["d"],
    )
    dearer = reasons(facts, to.Policy([to.Travel()]), [0, 2, 0, 0, 2, 2])["d"]
    assert re.fullmatch(r"Eve is leaving; Wes costs [\d,]+ USD a year more than Nan", dearer)


def test_the_only_rep_who_may_is_called_that() -> None:
    facts = gone()
    tags = dict(facts.reps.tags) | {"segments": to.Categories.of(["shop", "", "bank"])}
    segment = to.Categories.of(["shop", "shop", "bank", "bank", "bank", "shop"])
    facts = replace(
        facts,
        reps=replace(facts.reps, tags=tags),
        accounts=replace(facts.accounts, tags=dict(facts.accounts.tags) | {"segment": segment}),
    )
    said = reasons(facts, to.Policy([to.Travel()], [to.Eligible()]), [0, 0, 2, 2, 0, 0])
    assert said["c"] == "Eve is leaving; only Nan may serve it"
    assert said["e"] == "Eve is leaving; goes to Wes, who may not serve it"


def test_only_families_are_said_to_be_families() -> None:
    alone = reasons(line(owner=[1, 0, 0, 1, 1, 0]), POLICY, [0, 0, 0, 1, 1, 1])
    assert alone.keys() == {"a", "f"}
    assert not any("family" in said for said in alone.values())
    owner, family = [0, 0, 1, 1, 1, 1], ["", "", "F", "F", "", ""]
    together = reasons(line(owner=owner, tags={"family": family}), POLICY, [0, 0, 0, 0, 1, 1])
    assert together.keys() == {"c", "d"}
    assert all("goes with its family of 2 accounts" in said for said in together.values())


def test_newly_assigned_and_dropped_accounts_have_reasons() -> None:
    said = reasons(line(owner=[-1, 0, 0, 1, 1, 1]), POLICY, [0, 0, 0, 1, 1, -1])
    assert said["a"] == "Has no owner today; W costs least and is nearest"
    assert said["f"] == "The plan gives it to nobody, though a rep may serve it"
    facts = line(tags={"segment": ["", "", "", "", "", "bank"]}, rep_tags={"segments": ["shop", "shop"]})
    said = reasons(facts, to.Policy([to.Travel()], [to.Eligible()]), [0, 0, 0, 1, 1, -1])
    assert said["f"] == "No rep may serve it under the rules"


def test_a_move_that_does_not_pay_by_itself_says_what_it_is_for() -> None:
    facts = line(owner=[0, 0, 0, 0, 1, 1])
    (said,) = reasons(facts, POLICY, [0, 0, 0, 1, 1, 1]).values()
    assert "costs 290 USD of disruption" in said
    assert said.endswith("had it stayed, W would have 400 USD a year of potential, 70 over the limit of 330")
    (idle,) = reasons(facts, to.Policy([to.Travel(), to.Disruption()]), [0, 0, 0, 1, 1, 1]).values()
    assert re.search(r"staying would cost [\d,]+ USD less and break no band$", idle)


def result_with_prices(policy: to.Policy, prices: dict[str, list[float]]) -> tuple[to.Problem, to.Result]:
    facts = line(owner=[0, 0, 0, 0, 1, 1])
    result = to.value(facts, policy, to.Alignment(np.array([0, 0, 0, 1, 1, 1])))
    return facts, replace(result, prices={label: np.array(p) for label, p in prices.items()})


def test_worth_of_balance_is_price_times_load() -> None:
    facts, result = result_with_prices(POLICY, {BAND.label(): [2.0, -1.0]})
    assert to.moves(facts, POLICY, result).fairness == pytest.approx([300.0])


def test_a_price_that_is_only_the_penalty_is_no_worth() -> None:
    _, result = result_with_prices(POLICY, {})
    penalty = result.audit.meters[0].breach_price
    assert penalty > 1
    facts, result = result_with_prices(POLICY, {BAND.label(): [penalty, 0.0]})
    assert np.isnan(to.moves(facts, POLICY, result).fairness).all()


def test_the_price_of_a_cap_on_moves_is_no_balance() -> None:
    cap = to.MoveCap(share=0.5)
    policy = to.Policy([*POLICY.terms, cap], POLICY.rules)
    facts, result = result_with_prices(policy, {BAND.label(): [2.0, -1.0], cap.label(): [-9999.0]})
    assert to.moves(facts, policy, result).fairness == pytest.approx([300.0])


def test_what_is_not_known_is_empty_not_zero(tmp_path) -> None:
    facts, result = result_with_prices(POLICY, {})
    assert np.isnan(to.moves(facts, POLICY, result).fairness).all()
    to.deliver(facts, POLICY, result, tmp_path, with_map=False)
    header, row = (r.split(",") for r in (tmp_path / "moves.csv").read_text("utf-8").splitlines())
    assert row[header.index("worth_of_balance")] == ""


@pytest.fixture
def solved(tmp_path):
    """A plan that a search made and wrote, where balance is worth something."""
    facts = line(owner=[0, 0, 0, 0, 1, 1])
    result = to.solve(facts, POLICY, seed=1)
    to.deliver(facts, POLICY, result, tmp_path / "out", with_map=False)
    return facts, result, tmp_path / "out" / "alignment.csv"


def test_prices_come_back_from_beside_the_plan(solved) -> None:
    facts, result, path = solved
    worth = to.moves(facts, POLICY, result).fairness
    assert (worth > 0).any()
    again = value_file(facts, POLICY, path)
    assert again.alignment == result.alignment
    assert not again.searched
    assert to.moves(facts, POLICY, again).fairness == pytest.approx(worth)
    to.deliver(
        facts, POLICY, again, path.parent, with_map=False
    )  # the prices stay, though no search was made
    assert to.moves(facts, POLICY, value_file(facts, POLICY, path)).fairness == pytest.approx(worth)


def test_prices_of_another_question_or_a_damaged_file_are_not_taken(solved) -> None:
    facts, _, path = solved
    tighter = to.Policy([*POLICY.terms[:2], to.Balance("potential", within=0.1, at_most=1.05)], POLICY.rules)
    cheaper = to.Policy([to.Travel(hour_cost=1.0), *POLICY.terms[1:]], POLICY.rules)
    richer = line(owner=[0, 0, 0, 0, 1, 1], measures={"revenue": np.full(6, 2000.0)})
    for other_facts, policy in ((facts, tighter), (facts, cheaper), (richer, POLICY)):
        assert value_file(other_facts, policy, path).prices == {}
    record = json.loads((path.parent / "result.json").read_text("utf-8"))
    for text in ("", "{", "[]", json.dumps(record | {"prices": {BAND.label(): {"W": 1.0}}})):
        (path.parent / "result.json").write_text(text, "utf-8")
        assert value_file(facts, POLICY, path).prices == {}
    (path.parent / "result.json").unlink()
    assert value_file(facts, POLICY, path).prices == {}


def test_a_run_cut_off_before_its_prices_knows_none() -> None:
    facts, result = result_with_prices(POLICY, {BAND.label(): [0.0, 0.0]})
    cut = replace(result, searched=True, interrupted=True)
    assert np.isnan(to.moves(facts, POLICY, cut).fairness).all()
    assert "stopped before it had proved anything" in str(cut)
