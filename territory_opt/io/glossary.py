"""What every column that leaves means."""

from __future__ import annotations

from territory_opt.io import (
    glossary_fairness,
    glossary_headcount,
    glossary_incentives,
    glossary_levels,
    glossary_quota_fairness,
)
from territory_opt.io.glossary_quota import MEANINGS as QUOTA
from territory_opt.io.meaning import CENT, YEAR, Meaning

#: Column name -> meaning, for all sheets and files.
MEANINGS = QUOTA | {
    "account_id": Meaning("", "The account's id, as in the input"),
    "rep_id": Meaning("", "The seat that serves the account in the plan, or that the row is about"),
    "name": Meaning("", "What people call the account or the holder of the seat"),
    "owner_today": Meaning("", "The seat that serves the account today; empty when nobody does"),
    "change": Meaning(
        "",
        "moved: to another seat; newly assigned: nobody serves it today; not covered any more: nobody serves "
        "it in the plan; empty: as today",
    ),
    "from_rep": Meaning("", "The seat that serves the account today; empty when nobody does"),
    "to_rep": Meaning("", "The seat that serves it in the plan; empty when nobody does"),
    "forced": Meaning("", "yes where no plan could avoid the move: the owner leaves or may not serve it"),
    "travel_and_fit_saved": Meaning(
        YEAR, "Less travel and a better fit thanks to the change; below 0: more travel or a poorer fit"
    ),
    "disruption_cost": Meaning(
        YEAR, "What breaking the relationship costs: sales at risk and time for the handover"
    ),
    "worth_of_balance": Meaning(
        YEAR,
        "What the change is worth to the balance of territories: what the plan would cost more if the bands "
        "had to be kept without it, at their shadow prices; empty where no price is known, or where a band "
        "cannot be kept, so that its price is only a penalty",
    ),
    "reason": Meaning("", "Why, in one sentence"),
    "accounts today": Meaning("number", "Accounts in the territory today"),
    "accounts": Meaning(
        "number",
        "Accounts in the territory in the plan: those of today, + gained + newly assigned − lost − "
        "not covered any more",
    ),
    "gained": Meaning("number", "Accounts that come from another seat"),
    "newly assigned": Meaning("number", "Accounts that nobody serves today"),
    "lost": Meaning("number", "Accounts that go to another seat"),
    "not covered any more": Meaning("number", "Accounts that go to nobody"),
    "potential": Meaning(YEAR, "What could be sold in all"),
    "revenue": Meaning(YEAR, "What is sold today"),
    "visits": Meaning("per year", "Visits that the account needs"),
    "visit_h": Meaning("hours a visit", "Time with the customer, without driving"),
    "months_with_owner": Meaning("months", "How long the owner of today has had the account"),
    "workload_h": Meaning("hours per year", "Visits and driving"),
    "travel_h": Meaning("hours per year", "Driving"),
    "areas": Meaning("number", "Areas of the territory: those where the rep serves most of the accounts"),
    "pieces": Meaning("number", "Parts of the territory that do not touch; bridges and links join them"),
    "area_km2": Meaning("km²", "Size of its areas on the ground"),
    "polsby_popper": Meaning(
        "ratio", "4π × area ÷ perimeter²: 1 for a circle, 0.79 for a square; wiggly outlines make it small"
    ),
    "reock": Meaning(
        "ratio", "Area ÷ that of the smallest circle around it: 1 for a circle, 0.64 for a square"
    ),
    "hull_ratio": Meaning("ratio", "Area ÷ that of a rubber band around it: 1 without bays and arms"),
    "inertia": Meaning(
        "ratio",
        "How close the area lies to its middle, against a circle of its size: 1 for a circle, 0.95 "
        "for a square, small for a thread or pieces far apart",
    ),
    "diameter_km": Meaning(
        "km", "The greatest distance between two points of the territory, as the crow flies"
    ),
    "diameter_road_km": Meaning("km", "The same by road: times the detour of territory.toml"),
    "wish": Meaning("", "The wish that is broken"),
    "where": Meaning("", "The rep, account, family or group that breaks it"),
    "amount": Meaning("in units of the wish", "By how much"),
    "what": Meaning("", "What is broken, in words"),
    "quota_today": Meaning(CENT, "The rep's present quota, from the input"),
    "quota": Meaning(CENT, "The quota on the new book; all quotas sum to the goal and its over-assignment"),
    "share": Meaning("any scale", "The rep's part of the force, FTE × ramp; 0 for one who leaves"),
    "index of quota": Meaning(
        "index", "Quota ÷ the rep's share of all quotas, so that part-timers compare fairly: 1.00 is even"
    ),
    "from revenue": Meaning(CENT, "Revenue of the new book, as far as the goal is shared by it"),
    "from growth": Meaning(
        CENT, "What the goal asks of that revenue beyond today; below 0: the goal asks for less than today"
    ),
    "from potential": Meaning(CENT, "The book's share of all potential, times that part of the goal"),
    "from over-assignment": Meaning(
        CENT, "What is assigned beyond the goal, so that the goal survives a miss"
    ),
    "from rounding": Meaning(CENT, "What rounding added; the largest remainders got the cents left over"),
    "how it arose": Meaning("", "The parts of the quota, which sum to it, with their percentages"),
    "step": Meaning("number", "Step of the search"),
    "stage": Meaning("", "Stage of the search"),
    "elapsed_s": Meaning("seconds", "Time since the search began"),
    "objective": Meaning(
        YEAR,
        "Cost of the best plan so far, and a penalty for what is outside the bands: what plans are "
        "compared by",
    ),
    "bound": Meaning(YEAR, "No plan can have a lower objective"),
    "gap": Meaning("share", "Share of the objective that a better plan could save at most"),
}
MEANINGS |= glossary_fairness.MEANINGS | glossary_quota_fairness.MEANINGS
MEANINGS |= glossary_headcount.MEANINGS | glossary_incentives.MEANINGS | glossary_levels.MEANINGS

_INDEX = Meaning("index", "Load ÷ target, per share of the rep: 1.00 is on target")


def meaning_of(column: str) -> Meaning:
    """The meaning of a column; one that is not ours is a measure of the planner's."""
    if column in MEANINGS:
        return MEANINGS[column]
    if column.startswith("index of "):
        return _INDEX
    if column.startswith("even share of "):
        return glossary_levels.even_share(column.removeprefix("even share of "))
    if column.startswith("quota by "):
        return Meaning(CENT, f"The quota {column.removeprefix('quota ')}, all methods for one goal")
    if column.startswith("from "):
        return Meaning(CENT, f"The part of the quota that comes {column}")
    return Meaning("as in the input", "A column of your own")
