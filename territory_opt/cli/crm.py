"""Verbs that bring a plan to the CRM."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from territory_opt.cli.application import AlignmentFile, Data, app
from territory_opt.cli.hand_over import Facts, open_facts, valued
from territory_opt.cli.live import AccountLimit, PipelineLimit, RepLimit, RevenueLimit, refuse, settings_with
from territory_opt.cli.terminal import say

if TYPE_CHECKING:
    from territory_opt.crm import Changes, LoadFile


class Target(StrEnum):
    """Where a plan goes."""

    SALESFORCE = "salesforce"
    HUBSPOT = "hubspot"
    DYNAMICS = "dynamics"
    CSV = "csv"


@app.command()
def export(
    data: Data,
    alignment: AlignmentFile,
    to: Annotated[Target, typer.Option("--to", help="Which system the files are for.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the load files.")],
    route_by: Annotated[str, typer.Option(help="Columns that route new leads: area_id,segment.")] = "",
    accounts: AccountLimit = None,
    revenue: RevenueLimit = None,
    pipeline: PipelineLimit = None,
    per_rep: RepLimit = None,
) -> None:
    """Write load files for a CRM; no network.

    Owners forward and back, open deals that go along, territories, quotas, a routing table, a change sheet
    for each rep, and how to load them. Refused with exit code 3, and nothing is written, when more would
    change than the shares allow.
    """
    from territory_opt.crm import changes_of, over_limits
    from territory_opt.deliver.exports import write_exports
    from territory_opt.moves import moves
    from territory_opt.scenarios.release import open_deals, pipeline_of

    facts = open_facts(data)
    given = {"accounts": accounts, "revenue": revenue, "pipeline": pipeline, "per_rep": per_rep}
    settings = settings_with(facts.config.publish, given)
    result = valued(facts, alignment)
    changes = changes_of(facts.problem, result.alignment)
    refuse(over_limits(facts.problem, changes, settings.limits, pipeline_of(facts.problem, open_deals(data))))
    told = moves(facts.problem, facts.config.policy, result)
    more = _more_files(facts, changes, data, alignment.parent, to.value)
    columns = [name for name in route_by.split(",") if name]
    for path in write_exports(facts.problem, result, told, out, to.value, columns, more):
        say(f"wrote {path}")
    say(f"{len(changes):,} accounts change owner")


def _more_files(facts: Facts, changes: Changes, data: Path, plan: Path, target: str) -> tuple[LoadFile, ...]:
    """Deals that go along as [publish] says, and quotas that lie beside the plan, where there are any."""
    from territory_opt.crm.child_files import DealOwner, deal_files
    from territory_opt.deliver.quota_load import quota_files
    from territory_opt.io.deals import read_deal_owners
    from territory_opt.io.tables import find_table

    settings = facts.config.publish
    files: list[LoadFile] = []
    path = find_table(data, "deals")
    if path is not None and "opportunities" in settings.children:
        deals = [DealOwner(*row) for row in read_deal_owners(path)]
        files += deal_files(facts.problem, changes, deals, target)
    if target == Target.SALESFORCE:
        year_start = facts.config.quota.year_start or settings.effective_date or ""
        files += quota_files(facts.problem, plan, year_start)
    return tuple(files)
