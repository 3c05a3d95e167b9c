"""Past sales: read from any table, every fault named, and carried with the accounts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import territory_opt as to
from territory_opt.config import load
from territory_opt.history import History, named, numbered
from territory_opt.io.snapshot import read_snapshot, write_snapshot

ACCOUNTS = pd.DataFrame({"account_id": ["01", "02", "03"], "lat": [48, 48.1, 48.2], "lon": [11, 11, 11]})
REPS = pd.DataFrame({"rep_id": ["r"], "lat": [48], "lon": [11]})


def write(folder, history: str, toml: str = "[[terms]]\ntype = 'travel'\n"):
    ACCOUNTS.assign(visits=1).to_csv(folder / "accounts.csv", index=False)
    REPS.to_csv(folder / "reps.csv", index=False)
    (folder / "history.csv").write_text(history, encoding="utf-8")
    (folder / "territory.toml").write_text(toml, encoding="utf-8")
    return load(folder)


def history_issues(issues):
    return [issue for issue in issues if issue.table == "history"]


def test_rows_in_any_order_become_one_table(tmp_path) -> None:
    rows = "account_id,period,revenue\n02,2024-Q2,20\n01,2024-Q1,10\n01,2024-Q3,-5\n02,2024-Q3,7\n"
    problem, _, issues = write(tmp_path, rows)
    assert problem is not None
    assert list(problem.history.periods) == ["2024-Q1", "2024-Q2", "2024-Q3"]
    np.testing.assert_array_equal(problem.history.revenue, [[10, 0, -5], [0, 20, 7], [0, 0, 0]])
    assert [i.fault for i in history_issues(issues)] == ["5 of 9 account periods have no row"]
    assert not any(i.fatal for i in issues)


def test_months_other_names_and_other_columns(tmp_path) -> None:
    rows = "Kunde;Monat;Umsatz\n01;2023/12;1.234,5\n02;2024-1;2.000,0\n"
    toml = '[columns.history]\naccount_id = "Kunde"\nperiod = "Monat"\nrevenue = "Umsatz"\n'
    problem, _, _ = write(tmp_path, rows, toml)
    assert list(problem.history.periods) == ["2023-12", "2024-01"]
    np.testing.assert_array_equal(problem.history.revenue[:2], [[1234.5, 0], [0, 2000]])


def test_every_fault_is_in_one_list(tmp_path) -> None:
    rows = (
        "account_id,period,revenue\n01,2024-Q1,10\n01,2024-Q1,11\n02,2024-13,5\n02,2024-02,5\n"
        "03,2024-Q3,many\n99,2024-Q1,1\n03,2024-Q1,\n"
    )
    problem, _, issues = write(tmp_path, rows)
    assert problem is None
    found = {(i.row, i.column, i.fault) for i in history_issues(issues)}
    assert found == {
        (3, "revenue", "the account has the period twice"),
        (4, "period", "is no quarter or month"),
        (5, "period", "quarters and months are mixed"),
        (6, "revenue", "is not a number"),
        (8, "revenue", "is empty"),
        (None, "period", "no account has a row for this period"),
        (None, "account_id", "1 rows are of accounts that are in no table, this one first"),
    }


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("account_id,quarter,revenue\n01,2024-Q1,1\n", "the column is missing"),
        ("account_id,period,revenue\n", "the table has a header but no rows"),
        ("account_id,period,revenue\n77,2024-Q1,1\n", "no row is of an account of the table"),
        ("account_id,period,revenue\n01,2024-Q1,1\n01,3024-Q1,1\n", "3,975 more periods have no row"),
    ],
)
def test_a_history_that_is_none(tmp_path, rows: str, fault: str) -> None:
    problem, _, issues = write(tmp_path, rows)
    assert problem is None
    assert fault in {i.fault for i in history_issues(issues) if i.fatal}


def test_no_history_is_no_fault(tmp_path) -> None:
    write(tmp_path, "account_id,period,revenue\n01,2024-Q1,1\n")
    (tmp_path / "history.csv").unlink()
    assert load(tmp_path)[0].history is None


def test_rows_go_with_their_accounts() -> None:
    past = History(["2024-Q4", "2025-Q1"], [[1.0, 2], [3, 4], [5, 6]])
    problem = to.Problem(to.Accounts.of(["a", "b", "c"]), to.Reps.of(["r"]), history=past)
    chosen = problem.take(np.array([2, 0]), np.array([0]))
    np.testing.assert_array_equal(chosen.history.revenue, [[5, 6], [1, 2]])
    assert past.per_year == 4
    assert past.season.tolist() == [3, 0]
    assert past.until(1).periods.tolist() == ["2024-Q4"]
    bare = to.Problem(problem.accounts, problem.reps)
    assert problem.fingerprint() != bare.fingerprint()
    with pytest.raises(ValueError, match="read-only"):
        past.revenue[0, 0] = 9


@pytest.mark.parametrize("periods", [["2024-Q1", "2024-02"], ["2024-Q1", "2024-Q3"], ["2024-Q1", "x"], ["1"]])
def test_periods_of_a_history_follow_one_another(periods: list[str]) -> None:
    with pytest.raises(to.DataError):
        History(periods, np.zeros((1, 2)))


@given(st.sampled_from([4, 12]), st.integers(0, 39_999))
def test_a_number_reads_back_from_its_name(per_year: int, number: int) -> None:
    assert numbered(named(per_year, number)) == (per_year, number)


def test_new_accounts_have_bought_nothing_yet() -> None:
    past = History(["2025-Q1", "2025-Q2"], [[1.0, 2]])
    facts = to.Problem(to.Accounts.of(["a"], lat=[48.0], lon=[11.0]), to.Reps.of(["r"]), history=past)
    change = to.NewAccounts(to.Accounts.of(["b", "c"], lat=[48.0] * 2, lon=[11.0] * 2))
    more, _ = change.apply(facts, to.Policy([to.Travel()]))
    np.testing.assert_array_equal(more.history.revenue, [[1, 2], [0, 0], [0, 0]])
    assert to.forecast(more, to.Alignment(np.zeros(3))).expected.tolist() == [6]


def test_a_history_is_kept_with_its_problem(tmp_path) -> None:
    past = History(["2025-11", "2025-12"], [[0.1, 2]])
    facts = to.Problem(to.Accounts.of(["a"]), to.Reps.of(["r"]), history=past)
    write_snapshot(facts, tmp_path / "facts.npz")
    assert read_snapshot(tmp_path / "facts.npz").fingerprint() == facts.fingerprint()
