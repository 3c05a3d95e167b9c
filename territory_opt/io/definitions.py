"""What each column means: the definitions sheet of the workbook, and the notes on its headers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "latitude", "longitude", "amount", "yes_no", "status", "owner", "date"]


@dataclass(frozen=True)
class Definition:
    """One column: what it means, its unit, whether every row needs it, and an example."""

    table: str
    column: str
    kind: Kind
    unit: str
    needed: str
    meaning: str
    example: str


_A, _R = "accounts", "reps"

DEFINITIONS = (
    Definition(
        _A, "account_id", "text", "", "always", "The account's id, unique; text, zeros count", "A-0042"
    ),
    Definition(_A, "name", "text", "", "optional", "What people call it; the id where empty", "Hill Bikes"),
    Definition(_A, "lat", "latitude", "degrees", "without travel.csv", "Latitude, north positive", "48.1372"),
    Definition(
        _A, "lon", "longitude", "degrees", "without travel.csv", "Longitude, east positive", "11.5756"
    ),
    Definition(
        _A, "visits", "amount", "per year", "for workload and travel", "Visits that the account needs", "12"
    ),
    Definition(
        _A, "visit_h", "amount", "hours a visit", "optional, 1", "Time with the customer, no driving", "1.5"
    ),
    Definition(
        _A, "potential", "amount", "money per year", "for its balance", "What could be sold in all", "80000"
    ),
    Definition(_A, "revenue", "amount", "money per year", "for disruption", "What is sold today", "25000"),
    Definition(
        _A, "owner", "owner", "a rep_id", "for disruption", "Who serves it today; empty when nobody", "R-07"
    ),
    Definition(
        _A,
        "family",
        "text",
        "",
        "optional",
        "The parent's account_id, or a name that a family shares",
        "A-0001",
    ),
    Definition(_A, "segment", "text", "", "optional", "What reps specialise in", "hospital"),
    Definition(_A, "locked", "yes_no", "yes or no", "optional, no", "Stays with its owner", "yes"),
    Definition(_A, "area_id", "text", "", "optional", "The area it lies in; text, zeros count", "01234"),
    Definition(
        _A,
        "months_with_owner",
        "amount",
        "months",
        "optional",
        "How long the owner has had it; empty: unknown",
        "18",
    ),
    Definition(_A, "won", "amount", "per year", "optional", "Deals won; empty: unknown", "4"),
    Definition(_A, "lost", "amount", "per year", "optional", "Deals lost; empty: unknown", "6"),
    Definition(
        _A, "cycle_days", "amount", "days", "optional", "From first talk to order; empty: unknown", "45"
    ),
    Definition(
        _A, "currency", "text", "ISO 4217", "optional", "The currency of the amounts; one for all", "EUR"
    ),
    Definition(_R, "rep_id", "text", "", "always", "The seat's id, unique; text, zeros count", "R-07"),
    Definition(_R, "name", "text", "", "optional", "Who holds the seat; the id where empty", "Ada Hill"),
    Definition(_R, "lat", "latitude", "degrees", "without travel.csv", "Latitude of the home base", "48.2"),
    Definition(_R, "lon", "longitude", "degrees", "without travel.csv", "Longitude of the home base", "11.6"),
    Definition(
        _R,
        "capacity_h",
        "amount",
        "hours per year",
        "for capacity",
        "Hours for visits and driving; empty: no limit",
        "1400",
    ),
    Definition(
        _R, "share", "amount", "any scale", "optional, 1", "Target share: FTE × ramp; 0.5 for half time", "1"
    ),
    Definition(_R, "region", "text", "", "optional", "Region of the seat", "South"),
    Definition(_R, "manager", "text", "", "optional", "Who leads the seat", "M-2"),
    Definition(
        _R, "segments", "text", "list with ;", "optional", "Segments served; empty: all", "hospital;clinic"
    ),
    Definition(_R, "skills", "text", "list with ;", "optional", "Skills or languages", "de;fr"),
    Definition(
        _R,
        "status",
        "status",
        "",
        "optional, active",
        "active, vacant (to be filled) or leaving (gone)",
        "active",
    ),
    Definition(_R, "start_date", "date", "YYYY-MM-DD", "optional", "First day on the job", "2025-04-01"),
    Definition(
        _R,
        "home_area",
        "text",
        "an area_id",
        "optional",
        "The area of the home base; from lat and lon",
        "01234",
    ),
)


def columns_of(table: str) -> tuple[Definition, ...]:
    """The definitions of one table, in the order of its columns."""
    return tuple(d for d in DEFINITIONS if d.table == table)


def _split(*lines: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(cell.strip() for cell in line.split("|")) for line in lines)


#: Rows to look at, one cell per column of `columns_of`.
EXAMPLES = {
    _A: _split(
        "A-0001|Hill Group|48.137|11.575|12|1.5|80000|25000|R-07||hospital|yes|01234|18|4|6|45|EUR",
        "A-0042|Hill Clinic|48.251|11.434|6|1|30000|9000|R-07|A-0001|clinic||01234|18|1|3|60|EUR",
        "A-0043|Vale Hospital|49.453|11.077|8|2|55000|0|||hospital||04321|||||EUR",
        "A-0044|Lake Clinic|47.995|12.185|4|1|20000|12000|R-08||clinic|no|01234|40|2|2|30|EUR",
    ),
    _R: _split(
        "R-07|Ada Hill|48.2|11.6|1400|1|South|M-2|hospital;clinic|de;fr|active|2021-04-01|01234",
        "R-08|Ben Lake|47.9|12.1|700|0.5|South|M-2|clinic|de|active|2024-09-15|",
        "R-09||49.4|11.1|1400|1|North|M-2|||vacant||",
    ),
}
