"""Which changes a stage takes, and how secrets are hidden: what must hold for every input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import territory_opt as to
from territory_opt.crm import Limits, Outcome, Refused, Secrets, changes_of, connect, over_limits, systems
from territory_opt.crm.ids import canonical
from territory_opt.crm.stage import Scope, pilot, scope_of, within


def case(owner: list[int], rep: list[int], regions: list[str]) -> tuple[to.Problem, to.Alignment]:
    accounts = to.Accounts.of([f"A{i}" for i in range(len(owner))], owner=owner)
    reps = to.Reps.of([f"R{i}" for i in range(len(regions))], tags={"region": regions})
    return to.Problem(accounts, reps), to.Alignment(np.array(rep, np.int32))


CASES = st.integers(2, 5).flatmap(
    lambda r: st.lists(st.tuples(st.integers(-1, r - 1), st.integers(-1, r - 1)), max_size=20).map(
        lambda rows: (
            case([o for o, _ in rows], [n for _, n in rows], ["North", "South"] * 2 + ["East"])
            if r == 5
            else case([o for o, _ in rows], [n for _, n in rows], ["North", "South", "South", "North"][:r])
        )
    )
)


@given(CASES)
def test_stages_of_all_reps_or_regions_take_everything_and_no_stage_too_much(
    drawn: tuple[to.Problem, to.Alignment],
) -> None:
    problem, plan = drawn
    changes = changes_of(problem, plan)
    regions = problem.reps.tags["region"].texts()
    for scopes in (
        [Scope("rep", name) for name in problem.reps.ids],
        [Scope("region", name) for name in sorted(set(regions))],
    ):
        taken = [within(problem, changes, [scope]) for scope in scopes]
        assert np.array_equal(np.any(taken, axis=0), within(problem, changes, ()))
        assert np.array_equal(np.any(taken[:2], axis=0), within(problem, changes, scopes[:2]))
    for i, name in enumerate(problem.reps.ids):
        chosen = within(problem, changes, [Scope("rep", str(name))])
        expected = [i in pair for pair in zip(changes.old_rep, changes.new_rep, strict=True)]
        assert chosen.tolist() == expected
    scope = pilot(problem, changes, "one-rep")
    counts = [int(within(problem, changes, [Scope("rep", str(name))]).sum()) for name in problem.reps.ids]
    if len(changes):
        assert int(within(problem, changes, scope).sum()) == min(count for count in counts if count)
    else:
        assert scope == ()


@pytest.mark.parametrize("words", ["", "rep", "rep=", "=R1", "team=R1", "Rep=R1"])
def test_a_scope_has_a_kind_and_a_name(words: str) -> None:
    with pytest.raises(to.PolicyError, match="must be rep=ID or region=NAME"):
        scope_of(words)
    assert scope_of("region=Nord=West") == Scope("region", "Nord=West")


def test_the_money_in_open_deals_has_a_limit_of_its_own() -> None:
    problem, plan = case([0, 0, 1, 1], [1, 0, 1, 1], ["N", "S"])
    changes, wide = changes_of(problem, plan), Limits(1.0, 1.0, 1.0, 0.5)
    assert over_limits(problem, changes, wide, np.array([50.0, 50.0, 0.0, 0.0])) == ()
    told = over_limits(problem, changes, wide, np.array([51.0, 49.0, 0.0, 0.0]))
    assert told == ("51.0 % of the money in open deals would change owner; the limit is 50 %",)
    assert over_limits(problem, changes, wide, np.zeros(4)) == over_limits(problem, changes, wide) == ()


SECRET = st.text(st.characters(codec="ascii", exclude_characters="\r\n\x00\x0b\x0c\x1c\x1d\x1e"), min_size=6)


@given(SECRET, st.text(max_size=20), st.text(max_size=20))
def test_a_secret_is_hidden_wherever_it_stands(secret: str, before: str, after: str) -> None:
    secrets = Secrets.of({"SF_ACCESS_TOKEN": secret, "HOME": "/home/ann"})
    for text in (before + secret + after, secret * 2):
        # What is left may form the secret anew only where its ends overlap the mark, which holds no secret.
        assert secrets.hidden(text).count(secret) == 0 or secret in "[hidden]"
    assert secrets.hidden("/home/ann") == "/home/ann" or secret in "/home/ann"


def test_lines_and_forms_of_a_secret_are_hidden_and_short_words_are_not() -> None:
    secrets = Secrets.of({"X_PRIVATE_KEY": "-----BEGIN\nabcdef+/=\n", "API_KEY": "a/b c+d", "PASSWORD": "it"})
    assert secrets.hidden("abcdef+/=") == "[hidden]"
    assert secrets.hidden("?key=a%2Fb%20c%2Bd&k=a%2Fb+c%2Bd") == "?key=[hidden]&k=[hidden]"
    assert secrets.hidden("it is") == "it is"
    assert secrets.outcome(Outcome("A", False, "no a/b c+d")) == Outcome("A", False, "no [hidden]")


@pytest.mark.parametrize(
    "kind", [Refused, to.ExportError, to.DataError, to.InternalError, ValueError, KeyError]
)
def test_errors_leave_without_secrets_and_ours_keep_their_kind(kind: type[Exception]) -> None:
    secrets = Secrets.of({"TOKEN": "planted"})
    with pytest.raises(to.TerritoryError) as caught, secrets.kept():
        raise kind("about planted things") from RuntimeError("planted")
    assert "planted" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    if kind in (Refused, to.InternalError):
        assert type(caught.value) is kind
    with pytest.raises(to.DataError) as kept, secrets.kept():
        raise to.DataError("nothing to hide")
    assert str(kept.value) == "nothing to hide"


def test_systems_are_found_by_name() -> None:
    assert list(systems()) == sorted(systems())
    with pytest.raises(to.PolicyError, match="is no system that is known"):
        connect("nowhere", {})


def test_ids_as_a_system_writes_them() -> None:
    assert canonical("salesforce")("001D000000IqhSL") == "001D000000IqhSLIAZ"
    assert canonical("salesforce")("no id") == "no id"
    assert canonical("dynamics")("{01234567-89AB-CDEF-0123-456789ABCDEF}").startswith("01234567-89ab")
    assert canonical("another")("A1") == "A1"
