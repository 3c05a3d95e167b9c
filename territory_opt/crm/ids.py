"""Ids of records, as the systems check them.

A Salesforce id has 15 letters and digits in which case counts, or 18: three more letters say which of the
others are capitals, so that the id survives a program in which case does not count (Salesforce
documentation, "Field Types", ID Field Type).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from territory_opt.errors import DataError, Issue

_SHORT, _LONG = 15, 18
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_FORM = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")
_GUID = re.compile(r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?")
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s.,;<>]+")
_NUMBER = re.compile(r"[0-9]+")


def full_id(short: str) -> str:
    """The 18 characters of a Salesforce id of 15, or of 18 after its check letters were verified.

    Raises ValueError when it is no such id, or when its check letters do not fit: then a capital was lost.
    """
    if not _FORM.fullmatch(short):
        raise ValueError("is no Salesforce id: 15 or 18 letters and digits")
    check = "".join(
        _LETTERS[sum(1 << i for i, letter in enumerate(short[first : first + 5]) if letter.isupper())]
        for first in range(0, _SHORT, 5)
    )
    if len(short) == _LONG and short[_SHORT:].upper() != check:
        raise ValueError("has check letters that do not fit: capitals were changed on the way")
    return short[:_SHORT] + check


def salesforce_ids(table: str, column: str, ids: Iterable[str]) -> list[str]:
    """Ids of a column as 18 characters; DataError lists every one that is none."""
    ids = list(ids)
    issues = list(faults_of_ids("salesforce", table, column, ids))
    if issues:
        raise DataError(issues)
    return [full_id(text) for text in ids]


def faults_of_ids(target: str, table: str, column: str, ids: Iterable[str]) -> Iterator[Issue]:
    """Every id that the target would not know.

    Salesforce has ids of its own, Dynamics GUIDs, HubSpot numbers; of a user HubSpot takes the e-mail address
    as well.
    """
    kind = "hubspot user" if (target, table) == ("hubspot", "reps") else target
    fault_of, mend = _FAULTS[kind]
    for text in ids:
        fault = fault_of(text)
        if fault:
            yield Issue(table, None, column, text, fault, mend)


def _salesforce_fault(text: str) -> str:
    try:
        full_id(text)
    except ValueError as error:
        return str(error)
    return ""


def _unless(words: str, *forms: re.Pattern[str]) -> Callable[[str], str]:
    """The fault of a text that has none of the forms."""
    return lambda text: "" if any(form.fullmatch(text) for form in forms) else words


_OURS = "Take the id of the record from your system"
#: What is wrong with an id, "" where nothing is, and how to mend it, by the system.
_FAULTS = {
    "salesforce": (_salesforce_fault, "Export the column again as text, with 18-character ids"),
    "hubspot": (_unless("is no HubSpot id: digits only", _NUMBER), _OURS),
    "hubspot user": (
        _unless("is no HubSpot owner: digits or an e-mail address", _NUMBER, _EMAIL),
        "Take the id or the e-mail address of the user from your system",
    ),
    "dynamics": (
        _unless("is no Dynamics id: a GUID such as 01234567-89ab-cdef-0123-456789abcdef", _GUID),
        _OURS,
    ),
}


def bare_guid(text: str) -> str:
    """A GUID without braces, in small letters, as the Web API compares it."""
    return text.strip("{}").lower()


def canonical(system: str) -> Callable[[str], str]:
    """How a system writes the ids that it takes: of 18 characters, or as a GUID in small letters.

    A text that is no such id stays as it is, so that the system itself says that it does not know it.
    """
    return {"salesforce": _full_where_one, "dynamics": bare_guid}.get(system, str)


def _full_where_one(text: str) -> str:
    try:
        return full_id(text)
    except ValueError:
        return text
