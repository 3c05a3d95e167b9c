"""What is below a company in HubSpot: contacts, deals and tickets whose primary company it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from territory_opt.crm.change import Change
from territory_opt.crm.hubspot.api import Api, chunks, values
from territory_opt.crm.hubspot.records import OWNER, Records, owner_of

_INPUTS = 1000  # of a batch of associations (changelog of February 2025)


@dataclass(frozen=True)
class Kind:
    """A kind of record below companies.

    primary: type of the association from a primary company; types are stable, labels are not. stage: the
    property that says whether the record is open, "" where all count.
    """

    name: str
    primary: int
    stage: str = ""


KINDS: Mapping[str, Kind] = {
    "contacts": Kind("contacts", primary=2),
    "opportunities": Kind("deals", primary=6, stage="dealstage"),
    "cases": Kind("tickets", primary=25, stage="hs_pipeline_stage"),
}


class Children(Records):
    """A client for one kind of record below companies."""

    def __init__(self, api: Api, kind: Kind):
        super().__init__(api, kind.name)
        self._kind = kind

    def belonging(self, changes: Sequence[Change]) -> list[Change]:
        """Open records whose primary company changes hands and who belong to its old owner."""
        of = {change.account_id: change for change in changes}
        parent = dict(self._below(list(of)))
        stage = self._kind.stage
        closed = closed_stages(self.api, self.kind) if stage and parent else frozenset()
        records = self.api.read(self.kind, parent, (OWNER, stage) if stage else (OWNER,))
        return [
            Change(record["id"], change.old_user, change.new_user)
            for record in records
            if record["id"] in parent
            and owner_of(record) == (change := of[parent[record["id"]]]).old_user
            and (record["properties"].get(stage) not in closed or not stage)
        ]

    def _below(self, companies: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Pairs of a record and its primary company."""
        path = f"/crm/v4/associations/companies/{self.kind}/batch/read"
        for some in chunks(companies, _INPUTS):
            inputs = [{"id": name} for name in some]
            while inputs:
                answer = values(self.api.post(path, {"inputs": inputs}))
                inputs = []
                for told in answer.get("results", ()):
                    company = str(told["from"]["id"])
                    yield from ((str(to["toObjectId"]), company) for to in told["to"] if self._is_primary(to))
                    after = told.get("paging", {}).get("next", {}).get("after")
                    if after:
                        inputs.append({"id": company, "after": after})

    def _is_primary(self, to: Mapping[str, list[Mapping[str, object]]]) -> bool:
        return any(
            kind["category"] == "HUBSPOT_DEFINED" and kind["typeId"] == self._kind.primary
            for kind in to["associationTypes"]
        )


def closed_stages(api: Api, kind: str) -> frozenset[str]:
    """Ids of the stages in which a deal or ticket is closed, over all pipelines."""
    return frozenset(
        stage["id"]
        for pipeline in api.get(f"/crm/v3/pipelines/{kind}").get("results", ())
        for stage in pipeline["stages"]
        if _is_closed(stage.get("metadata", {}))
    )


def _is_closed(metadata: Mapping[str, object]) -> bool:
    said = str(metadata.get("isClosed", "")).lower() == "true"
    return said or metadata.get("ticketState") == "CLOSED"
