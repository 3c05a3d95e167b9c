"""Every what-if workflow has a test through the public Python names and one through the command line.

This is the table of them; each named test must be there, and must go the way that its column says.
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

HERE = Path(__file__).parent

#: Workflow -> test in Python, word of the API in it; test of the command line, verb in it.
WORKFLOWS = {
    "scenarios": (
        "test_scenarios.py::test_changes_are_made_one_after_the_other_and_all_faults_listed",
        "with_",
        "test_cli_whatif.py::test_what_if_and_the_store",
        "what-if",
    ),
    "store": (
        "test_store.py::test_versions_are_added_and_never_changed",
        "Store",
        "test_cli_whatif.py::test_what_if_and_the_store",
        "scenarios",
    ),
    "mid-year events": (
        "test_scenarios.py::test_mid_year_only_few_others_move",
        "OthersMove",
        "test_cli_whatif.py::test_what_if_and_the_store",
        "--leaver",
    ),
    "holdovers": (
        "test_holdover.py::test_only_deals_that_change_hands_and_never_a_leaver",
        "holdovers",
        "test_cli_whatif.py::test_holdovers_of_open_deals",
        "holdovers",
    ),
    "stability": (
        "test_stability.py::test_one_per_cent_new_accounts_move_at_most_so_many",
        "Stability",
        "test_cli_reasons.py::test_stability_is_a_setting",
        "stability",
    ),
    "compare": (
        "test_workflows.py::test_plans_side_by_side_in_python",
        "compare",
        "test_cli.py::test_compare_writes_pages_a_map_of_each_plan_and_the_accounts_that_differ",
        "compare",
    ),
    "frontier": (
        "test_frontier.py::test_every_point_is_certified_and_none_beaten",
        "to.Point",
        "test_cli_whatif.py::test_frontier_and_first_moves",
        "frontier",
    ),
    "first moves": (
        "test_frontier.py::test_first_moves_buy_more_and_more",
        "first_moves",
        "test_cli_whatif.py::test_frontier_and_first_moves",
        "first-moves",
    ),
    "explain an account": (
        "test_explain.py::test_a_family_goes_together",
        "explain",
        "test_cli.py::test_explain_prices_every_rep",
        "explain",
    ),
    "explain a territory": (
        "test_reasons.py::test_a_territory_tells_what_its_bands_cost",
        "explain_territory",
        "test_cli_reasons.py::test_explain_says_why_in_money",
        "explain",
    ),
    "explain a band": (
        "test_reasons.py::test_a_band_costs_what_other_widths_save",
        "explain_band",
        "test_cli_reasons.py::test_explain_says_why_in_money",
        "explain",
    ),
    "explain a lock": (
        "test_reasons.py::test_a_lock_holds_until_the_relationship_is_worth_the_threshold",
        "explain_lock",
        "test_cli_reasons.py::test_explain_says_why_in_money",
        "explain",
    ),
    "explain a cap": (
        "test_reasons.py::test_a_cap_is_free_from_the_moves_that_are_made_without_it",
        "explain_cap",
        "test_cli_reasons.py::test_explain_a_cap",
        "--cap",
    ),
    "worth": (
        "test_worth.py::test_the_threshold_is_where_the_account_changes_its_mind",
        "worth_of_staying",
        "test_cli_whatif.py::test_worth_answers_in_money",
        "worth",
    ),
    "conflict": (
        "test_conflict.py::test_clashing_wishes_are_what_exhaustive_search_finds",
        "conflict",
        "test_cli_whatif.py::test_conflict_names_what_clashes_and_what_helps",
        "conflict",
    ),
    "overrides": (
        "test_requests.py::test_the_most_valuable_set_is_accepted",
        "decide",
        "test_cli_whatif.py::test_decide_on_what_the_field_asks_for",
        "decide",
    ),
    "uncertainty": (
        "test_uncertainty.py::test_a_margin_makes_the_band_hold_more_often",
        "solve_surely",
        "test_cli_reasons.py::test_sure_bands_hold_as_often_as_they_say",
        "sure",
    ),
    "executors": (
        "test_frontier.py::test_processes_give_the_plans_that_one_worker_gives",
        "ProcessPoolExecutor",
        "test_workflows.py::test_workers_and_a_cluster_draw_the_same_frontier",
        "--workers",
    ),
    "dask": (
        "test_frontier.py::test_a_killed_worker_of_a_cluster_loses_nothing",
        "cluster",
        "test_workflows.py::test_workers_and_a_cluster_draw_the_same_frontier",
        "--scheduler",
    ),
}


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_both_ways_are_tested(workflow: str) -> None:
    in_python, word, in_shell, verb = WORKFLOWS[workflow]
    assert word in body(in_python)
    assert verb in body(in_shell)
    assert "run(" in body(in_shell) or "moved(run" in body(in_shell)


def body(test: str) -> str:
    """The source of a test and its decorators."""
    file, name = test.split("::")
    source = (HERE / file).read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            parts = [*node.decorator_list, node]
            return "\n".join(ast.get_source_segment(source, part) or "" for part in parts)
    raise AssertionError(f"there is no {test}")


def test_plans_side_by_side_in_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    import territory_opt as to
    from territory_opt.generate import generate

    facts = generate(40, 3, 2)
    policy = to.Policy([to.Travel(), to.Disruption(), to.Balance("potential", 0.3)])
    first = facts.accounts.owner.copy()
    first[first < 0] = 0
    other = first.copy()
    other[[3, 7]] = (first[[3, 7]] + 1) % 3
    found = to.compare(facts, policy, {"a": to.Alignment(first), "<i>b": to.Alignment(other)})
    assert [row["account_id"] for row in found.accounts()] == list(facts.accounts.ids[[3, 7]])
    files = found.save(tmp_path)
    text = files["compare.html"].read_text(encoding="utf-8")
    assert "<i>b" not in text
    assert text.count('<svg class="map"') == 3
    assert sum(name.startswith("plan-") for name in files) == 2
    assert np.array_equal([*found.audits], ["today", "a", "<i>b"])
    assert all(path.is_file() for path in files.values())

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(importlib.import_module("territory_opt.pages.comparison"), "write_csv", full)
    with pytest.raises(to.ExportError, match="no space left"):
        found.save(tmp_path / "half")
    assert not (tmp_path / "half").exists()  # neither pages nor tables


@pytest.mark.slow
@pytest.mark.parametrize("way", [("--workers", 2), ("--scheduler", "local")])
def test_workers_and_a_cluster_draw_the_same_frontier(run, way: tuple[str, object]) -> None:  # type: ignore[no-untyped-def]
    """Small enough that every point is proved, so that time decides nothing."""
    if way[0] == "--scheduler":
        pytest.importorskip("distributed", reason="the extra `dask` has it")
    data = HERE.parent / "instances" / "quickstart"
    grid = ("--widths", "0.1,0.3", "--weights", "0.5,2", "--time", 20, "--format", "csv")
    alone = run("frontier", data, *grid)
    assert alone[0] == 0
    assert run("frontier", data, *grid, *way)[:2] == alone[:2]
