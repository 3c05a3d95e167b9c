"""Fairness as tables, sentences, pictures and sheets: the same numbers everywhere, and no name that runs."""

from __future__ import annotations

import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import plan
import pytest
from python_calamine import CalamineWorkbook

from territory_opt import Alignment, PolicyError, Problem, deliver, fairness, fairness_report
from territory_opt.deliver import fairness as room
from territory_opt.deliver import fairness_pictures, make_report
from territory_opt.fairness import FairnessSettings, commission, envy, lost_money
from territory_opt.io.glossary import meaning_of
from territory_opt.plots.fairness import Indexes, Lorenz, index_picture, lorenz_picture
from territory_opt.plots.tolerance import tolerance_picture
from territory_opt.plots.words import label
from territory_opt.problem import Reps
from territory_opt.scenarios import value


def facts(regions: tuple[str, ...] = ("=north", "south", "=north"), **measures: list[float]) -> Problem:
    """The plan of every trap, with regions and commission rates."""
    problem = plan.problem()
    reps = Reps.of(
        problem.reps.ids,
        names=problem.reps.names,
        lat=problem.reps.lat,
        lon=problem.reps.lon,
        measures={"commission_rate": [0.02, 0.02, 0.05]} | measures,
        tags={"segments": ["a"] * 3, "region": list(regions)},
    )
    return replace(problem, reps=reps)


def rows(columns) -> list[dict[str, object]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def test_figures_are_those_of_the_measure_and_money_is_a_share_of_revenue() -> None:
    problem = facts()
    result = plan.result(problem)
    told = {row["figure"]: row for row in rows(fairness_report(problem, plan.POLICY, result).figures)}
    (before,), (after,) = fairness(result.today), fairness(result.audit)
    assert (told["gini"]["today"], told["gini"]["plan"]) == (before.gini, after.gini)
    money = lost_money(problem, after.lost_share)
    assert told["lost money (b = 0.3)"]["plan"] == pytest.approx(money[1])
    assert money[1] == pytest.approx(after.lost_share[1] * 825)
    report = make_report(problem, plan.POLICY, result)
    assert report.fairness["plan"][0]["lost_money"] == dict(zip(("0.2", "0.3", "0.4"), money, strict=True))


def test_groups_and_what_lies_between_them_make_up_the_whole() -> None:
    problem = facts()
    told = fairness_report(problem, plan.POLICY, plan.result(problem))
    found = rows(told.groups)
    assert [row["group"] for row in found] == ["=north", "south", "between groups"]
    for side in ("today", "plan"):
        assert sum(row[f"part of theil {side}"] for row in found) == pytest.approx(1.0, abs=1e-5)
    index = np.array([300, 600]) / (1600 / 3)
    assert found[0]["mean index plan"] == pytest.approx(index.mean(), abs=1e-6)
    assert any(line.startswith("Unevenness that lies between groups by region: ") for line in told.notes)


def test_reps_say_envy_and_commission() -> None:
    problem = facts()
    result = plan.result(problem)
    told = fairness_report(problem, plan.POLICY, result)
    found = envy(problem, result.alignment, plan.POLICY)
    np.testing.assert_array_equal(told.reps["books preferred plan"], found.prefers.sum(axis=1))
    money = commission(problem, result.alignment)
    np.testing.assert_allclose(told.reps["commission plan"], money.available)
    assert told.reps["book liked best plan"][0] in ("R2", "007")
    assert told.reps["worth of it plan"][0] > 1
    assert "Would rather have another's book" in str(told)
    assert "no probability is known" in str(told)


def test_only_today() -> None:
    problem = facts()
    today = value(problem, plan.POLICY, Alignment.today(problem))
    told = fairness_report(problem, plan.POLICY, today, only_today=True)
    for columns in (told.figures, told.groups, told.reps):
        assert not any(name.endswith("plan") for name in columns)
    assert set(fairness_pictures(problem, today, only_today=True)) == {"fairness.png", "fairness_index.png"}


def test_one_region_has_no_groups_and_no_rate_no_commission() -> None:
    problem = plan.problem()
    told = fairness_report(problem, plan.POLICY, plan.result(problem))
    assert len(told.groups["group"]) == 0
    assert not any("commission" in name for name in told.reps)
    assert "Nothing is said about commission: reps have no column commission_rate." in told.notes


def test_what_cannot_be_said_is_said_so() -> None:
    problem = facts()
    nothing = dict(problem.accounts.measures) | {"potential": np.zeros(8)}
    empty = replace(problem, accounts=replace(problem.accounts, measures=nothing))
    policy = plan.Policy([plan.Travel()])
    told = fairness_report(empty, policy, value(empty, policy, Alignment.today(empty)))
    assert len(told.figures["figure"]) == 0
    assert "Nothing is said about envy: no account has any potential" in str(told)
    assert fairness_pictures(empty, value(empty, policy, Alignment.today(empty))) == {}


def test_nobody_has_an_owner_today() -> None:
    problem = facts()
    fresh = replace(problem, accounts=replace(problem.accounts, owner=np.full(8, -1, np.int32)))
    result = value(fresh, plan.POLICY, Alignment(np.array([0, 0, 1, 1, 2, 2, 2, -1])))
    told = fairness_report(fresh, plan.POLICY, result)
    assert np.isnan(told.figures["today"]).all()
    assert np.isfinite(told.groups["mean index plan"][:2]).all()
    assert set(fairness_pictures(fresh, result)) == {"fairness.png", "fairness_index.png"}


def test_a_rate_out_of_range_is_an_error() -> None:
    problem = facts(commission_rate=[2, 2, 2])
    result = plan.result(problem)
    with pytest.raises(PolicyError, match=r"0\.02 is 2 %"):
        fairness_report(problem, plan.POLICY, result)
    # A plan that is there is written all the same.
    chapters = {c.sheet: c for c in make_report(problem, plan.POLICY, result).chapters}
    assert any("0.02 is 2 %" in note for note in chapters["Fairness by rep"].notes)


def test_settings_name_the_columns_and_the_chances() -> None:
    problem = facts(bonus=[0.1, 0.1, 0.1])
    result = plan.result(problem)
    settings = FairnessSettings(commission_rate="bonus", probability_by_segment=(("a", 0.5),))
    told = fairness_report(problem, plan.POLICY, result, settings=settings)
    np.testing.assert_allclose(told.reps["commission plan"], 0.1 * 0.5 * np.array([300, 700, 600]))
    chapters = make_report(problem, plan.POLICY, result, fairness=settings).chapters
    reps = next(c for c in chapters if c.sheet == "Fairness by rep")
    np.testing.assert_array_equal(reps.columns["commission plan"], told.reps["commission plan"])
    with pytest.raises(PolicyError, match="no column 'bonsu'"):
        fairness_report(problem, plan.POLICY, result, settings=FairnessSettings(commission_rate="bonsu"))
    wrong = FairnessSettings(probability_by_segment=(("a", 1.5),), margin=0)
    assert [name for name, _ in wrong.faults()] == ["probability_by_segment", "margin"]


def test_many_pairs_are_not_searched_for_envy_in_every_report(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = facts()
    monkeypatch.setattr(room, "_ENVY_PAIRS", 10)
    chapters = {c.sheet: c for c in make_report(problem, plan.POLICY, plan.result(problem)).chapters}
    assert "books preferred plan" not in chapters["Fairness by rep"].columns
    assert any("was not counted" in note for note in chapters["Fairness by rep"].notes)


def test_sheets_and_files_say_the_same_and_run_nothing(tmp_path: Path) -> None:
    problem = facts()
    files = deliver(problem, plan.POLICY, plan.result(problem), tmp_path, with_map=False)
    assert {"fairness.png", "fairness_index.png", "fairness_groups.csv", "fairness_reps.csv"} <= set(files)
    text = files["fairness_groups.csv"].read_text(encoding="utf-8-sig")
    assert "'=north" in text
    assert ",=north" not in text
    book = CalamineWorkbook.from_path(str(files["report.xlsx"]))
    sheet = book.get_sheet_by_name("Fairness by group").to_python()
    assert [row[2] for row in sheet[1:4]] == ["=north", "south", "between groups"]
    for column in sheet[0]:
        assert meaning_of(column).meaning != "A column of your own", column
    with zipfile.ZipFile(files["report.xlsx"]) as parts:
        pictures = [name for name in parts.namelist() if name.startswith("xl/media/")]
    assert len(pictures) == 3  # two on the sheet of fairness, one on that of the quotas


def test_a_plan_without_groups_takes_the_old_file_away(tmp_path: Path) -> None:
    deliver(facts(), plan.POLICY, plan.result(facts()), tmp_path, with_map=False)
    assert (tmp_path / "fairness_groups.csv").is_file()
    deliver(plan.problem(), plan.POLICY, plan.result(plan.problem()), tmp_path, with_map=False)
    assert not (tmp_path / "fairness_groups.csv").exists()


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    return struct.unpack(">II", png[16:24])


@pytest.mark.parametrize("n", [1, 5, 60, 500])
@pytest.mark.filterwarnings("error")
def test_pictures_of_any_force_with_any_names(n: int) -> None:
    rng = np.random.default_rng(1)
    index = rng.lognormal(0, 0.2, n)
    names = [*plan.HOSTILE, "$x^2$ \\frac{1}{0}", "_hidden", "山田太郎", "x" * 500][:n]
    names += [f"Rep {i}" for i in range(n - len(names))]
    bars = Indexes("=potential", names, index, index[::-1], np.full(n, 0.9), np.full(n, np.inf))
    width, height = size(index_picture([bars]))
    assert width < 1000
    assert (height > 1000) == (n == 60)  # names need room, and 500 names have none
    curve = Lorenz("today", [0.0, 1.0], [0.0, 1.0], 0.0)
    assert size(lorenz_picture([("=potential", [curve])]))[0] < 1000


@pytest.mark.filterwarnings("error")
def test_picture_of_tolerances_none_of_which_is_kept() -> None:
    parts = {"travel": np.array([1.0, 2.0]), "sales lost to imbalance": np.array([3.0, 4.0])}
    png = tolerance_picture(["±2 %", "±5 %"], parts, np.array([-np.inf, 1.0]), [False, False], -1, "USD")
    assert size(png)[0] > 1000


def test_labels_are_one_short_line_of_letters_that_can_be_drawn() -> None:
    assert label("a\nb\tc") == "a b c"
    assert label("x" * 40, 10) == "x" * 9 + "…"
    assert label("é山") == "é\N{WHITE SQUARE}"
