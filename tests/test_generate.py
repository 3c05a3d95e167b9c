"""Generated markets: repeatable, feasible by construction, and shaped like real ones."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import territory_opt as to
from territory_opt.config import load
from territory_opt.generate import market, wishes
from territory_opt.generate.sizes import ROOM
from territory_opt.io.facts_file import write_facts

POLICY = to.Policy(
    [
        to.Travel(),
        to.Balance("workload_h", within=ROOM + 0.01),
        to.Balance("potential", within=0.01),
        to.Capacity(),
    ],
    [to.KeepTogether("family"), to.Locked(), to.Eligible("region")],
)


@settings(max_examples=40, deadline=None)
@given(
    n_reps=st.integers(1, 12),
    per_rep=st.integers(1, 40),
    seed=st.integers(0, 2**31),
    families=st.sampled_from([0.0, 0.1, 1.0]),
    locks=st.sampled_from([0.0, 0.2, 1.0]),
    gone=st.sampled_from([(0, 0), (1, 0), (0, 1), (2, 1)]),
)
def test_the_hidden_plan_keeps_every_wish(
    n_reps: int, per_rep: int, seed: int, families: float, locks: float, gone: tuple[int, int]
) -> None:
    leavers, vacancies = gone
    n_reps += leavers + vacancies
    made = market(
        n_reps * per_rep,
        n_reps,
        seed,
        families=families,
        locks=locks,
        drift=0.1,
        prospects=0.1,
        part_time=0.3,
        leavers=leavers,
        vacancies=vacancies,
    )
    assert not [issue for issue in to.check(made.problem, POLICY) if issue.fatal]
    count = to.audit(made.problem, POLICY, to.Alignment(made.hidden))
    assert count.clashes == ()
    assert len(count.uncovered) == 0


def test_same_seed_same_bytes_and_another_seed_another_market(tmp_path: Path) -> None:
    files = [write_facts(to.generate(500, 10, seed), tmp_path / str(i)) for i, seed in enumerate((7, 7, 8))]
    same, again, other = ([path.read_bytes() for path in paths] for paths in files)
    assert same == again
    assert same[0] != other[0]


@pytest.mark.parametrize("table_format", ["csv", "parquet"])
def test_written_facts_read_back_as_they_were(tmp_path: Path, table_format: str) -> None:
    made = to.generate(400, 8, 3, leavers=1, vacancies=1)
    write_facts(made, tmp_path, table_format, wishes())  # type: ignore[arg-type]
    problem, config, issues = load(tmp_path)
    assert [issue for issue in issues if issue.fatal] == []
    assert problem is not None
    assert problem.fingerprint() == made.fingerprint()
    assert {w.name for w in config.policy.wishes} >= {"balance", "keep_together", "locked", "capacity"}


def test_market_is_shaped_like_a_real_one() -> None:
    problem = to.generate(20_000, 100, 1)
    accounts = problem.accounts
    potential = np.sort(accounts.measures["potential"])
    assert 0.4 < potential[-4000:].sum() / potential.sum() < 0.9  # a fifth of the accounts has the most
    assert abs(np.log(potential).mean() - np.median(np.log(potential))) < 0.3
    family = accounts.tag("family").code
    sizes = np.bincount(family[family >= 0])
    assert 0.08 < (family >= 0).mean() < 0.12
    assert sizes.min() == 2
    assert sizes.max() == 6
    assert 0.01 < accounts.locked.mean() < 0.03
    assert 0.03 < (accounts.owner < 0).mean() < 0.07
    visits, money = accounts.measures["visits"], accounts.measures["potential"]
    assert np.median(money[visits == 12]) > 4 * np.median(money[visits == 2])


def test_today_is_plausible_but_not_balanced() -> None:
    problem = to.generate(5_000, 40, 2, part_time=0.0)
    today = to.audit(problem, POLICY, to.Alignment.today(problem))
    index = today.meters[1].index
    assert index.min() < 0.8
    assert index.max() > 1.25
    owned = np.flatnonzero(problem.accounts.owner >= 0)
    km = problem.km(owned, problem.accounts.owner[owned])
    assert np.median(km) < 100


def test_vacancies_own_nothing_and_leavers_get_nothing_in_the_hidden_plan() -> None:
    made = market(
        600, 10, 1, families=0, locks=0, drift=0.1, prospects=0, part_time=0, leavers=2, vacancies=1
    )
    status = made.problem.reps.tag("status").texts()
    owners = set(status[made.problem.accounts.owner])
    assert owners == {"active", "leaving"}
    assert set(status[made.hidden]) == {"active", "vacant"}


def test_senseless_numbers_are_refused_all_at_once() -> None:
    with pytest.raises(to.DataError) as caught:
        to.generate(3, 9, families=1.5, locks=-0.1)
    assert [issue.column for issue in caught.value.issues] == ["families", "locks", "n_accounts"]
    with pytest.raises(to.DataError, match="nobody who works"):
        to.generate(10, 2, leavers=2)


@pytest.mark.slow
def test_a_million_accounts_take_seconds() -> None:
    began = time.process_time()
    problem = to.generate(1_000_000, 2_000, 1)
    assert time.process_time() - began < 60
    assert len(problem.accounts) == 1_000_000
