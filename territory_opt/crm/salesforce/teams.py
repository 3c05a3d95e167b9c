"""Owners changed so that the teams of the records stay.

Without being told otherwise, Salesforce deletes the team of an account or opportunity whose owner is changed
by a program. Only its SOAP interface takes the option that keeps it (`OwnerChangeOptions`), for records with
the same old and the same new owner, 200 in a call; REST and bulk jobs offer no such thing. So records
with a team go this way, and all others the fast one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from territory_opt.crm.change import Change
from territory_opt.crm.client import Interrupted, Outcome, Refused
from territory_opt.crm.salesforce.query import ask, ask_among
from territory_opt.crm.salesforce.session import Session, pieces

#: Members of a team by the record that has it: their object, the field that names the record, the option.
TEAMS = {
    "Account": ("AccountTeamMember", "AccountId", "KeepAccountTeam"),
    "Opportunity": ("OpportunityTeamMember", "OpportunityId", "KeepSalesTeam"),
}
_AT_ONCE = 200
_TOKEN = "@token@"
_ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns="urn:partner.soap.sforce.com" xmlns:record="urn:sobject.partner.soap.sforce.com">
<soap:Header><SessionHeader><sessionId>@token@</sessionId></SessionHeader>
<AllOrNoneHeader><allOrNone>false</allOrNone></AllOrNoneHeader>
<OwnerChangeOptions><options><type>{option}</type><execute>true</execute></options></OwnerChangeOptions>
</soap:Header><soap:Body><update>{records}</update></soap:Body></soap:Envelope>"""
_RECORD = (
    "<sObjects><record:type>{sobject}</record:type><record:Id>{id}</record:Id>"
    "<record:OwnerId>{owner}</record:OwnerId></sObjects>"
)


def with_teams(session: Session, sobject: str, ids: Sequence[str]) -> set[str]:
    """Those of the records that have a team; none where the org has no teams."""
    if sobject not in TEAMS or not ids:
        return set()
    member, field, _ = TEAMS[sobject]
    if not session.has(member) or not any(ask(session, f"SELECT Id FROM {member} LIMIT 1")):
        return set()
    soql = f"SELECT {field} FROM {member} WHERE {field} IN {{ids}}"
    return {record[field] for record in ask_among(session, soql, ids)}


def assign_with_teams(session: Session, sobject: str, changes: Sequence[Change]) -> Iterator[Outcome]:
    """Give records to their new owners together with their teams; see `Client.assign`."""
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.old_user, change.new_user), []).append(change)
    for group in groups.values():
        for some in pieces(group, _AT_ONCE):
            yield from _updated(session, sobject, some)


def _updated(session: Session, sobject: str, changes: Sequence[Change]) -> Iterator[Outcome]:
    records = "".join(
        _RECORD.format(sobject=sobject, id=escape(change.account_id), owner=escape(change.new_user))
        for change in changes
    )
    results = _results(session, _ENVELOPE.format(option=TEAMS[sobject][2], records=records))
    if len(results) != len(changes):
        raise Interrupted("the answer does not fit the call: what was done is not known")
    for change, result in zip(changes, results, strict=True):
        ok = _text(result, "success") == "true"
        words = f"{_text(result, 'statusCode')} {_text(result, 'message')}".strip()
        yield Outcome(change.account_id, ok, "" if ok else words or "was refused")


def _results(session: Session, envelope: str, again: bool = True) -> list[ElementTree.Element]:
    """What the call answers for each record; faults come with status 500 and say what they are."""
    http, credential = session.http, session.http.credential
    assert credential is not None  # no session without one
    credential.is_ready()
    headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}
    content = credential.filled(envelope, _TOKEN)
    path = f"/services/Soap/u/{session.version}"
    answer = http.post(path, data=content, headers=headers, accept=(500,))
    try:
        told = ElementTree.fromstring(answer.content)
    except ElementTree.ParseError:
        told = ElementTree.Element("nothing")
    code, words = _text(told, "faultcode"), credential.hidden(_text(told, "faultstring"))
    if "INVALID_SESSION_ID" in code:
        if again and credential.renewed():
            return _results(session, envelope, again=False)
        raise Refused(f"{http.host} does not let us in ({code}). Renew {credential.variable}")
    if answer.status == 500 and (not code or any(word in code for word in ("UNAVAILABLE", "UNKNOWN"))):
        raise Interrupted(f"{http.host} asks to wait ({code or 500})")
    if answer.status == 500:
        raise Refused(f"{http.host} refuses the call ({code}: {words})")
    return [element for element in told.iter() if _name(element) == "result"]


def _text(element: ElementTree.Element, name: str) -> str:
    """The text of the first element of a name below this one, whatever its namespace."""
    found = (below.text or "" for below in element.iter() if _name(below) == name)
    return " ".join(next(found, "").split())


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
