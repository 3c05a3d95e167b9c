"""The people of HubSpot who own records, by id or by e-mail address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from territory_opt.crm.hubspot.api import Api, Record


def people(api: Api) -> Iterator[tuple[Record, bool]]:
    """Each person and whether he is still there: those of today, then those whose user was taken away."""
    for is_there, archived in ((True, "false"), (False, "true")):
        for person in api.pages("/crm/v3/owners", {"archived": archived}):
            if person.get("type", "PERSON") == "PERSON":
                yield person, is_there


def ids_of(api: Api, names: Sequence[str]) -> dict[str, str]:
    """The id of the owner whom each name means: a number is one, else an e-mail address in any letters.

    Names that nobody has are left out. Nothing is asked where all are numbers.
    """
    found = {name: name for name in names if name.isascii() and name.isdigit()}
    others = [name for name in names if name not in found]
    if others:
        by_address: dict[str, str] = {}
        for person, _ in people(api):
            by_address.setdefault((person.get("email") or "").lower(), str(person["id"]))
        by_address.pop("", None)
        found |= {name: by_address[name.lower()] for name in others if name.lower() in by_address}
    return found
