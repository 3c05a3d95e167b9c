"""What the columns about headcount mean."""

from __future__ import annotations

from territory_opt.io.meaning import CENT, YEAR, Meaning

_HOURS, _SEATS, _MONTH = "hours per year", "full-time seats", "hours in the month"

MEANINGS = {
    "segment": Meaning("", "The segment of the accounts; the last row is all of them"),
    "accounts in segment": Meaning("number", "Accounts of the segment"),
    "visiting_h": Meaning(_HOURS, "Time with customers, without driving"),
    "need_h": Meaning(_HOURS, "Visits and driving that the accounts need"),
    "reps who may serve": Meaning("number", "Reps who stay and whose segments hold this one"),
    "have_h": Meaning(
        _HOURS, "Hours of these reps; those of one who serves several segments are split as these need them"
    ),
    "seats needed": Meaning(_SEATS, "Hours needed ÷ hours of a full-time rep"),
    "full-time": Meaning("number", "Whole seats of those needed"),
    "part-time": Meaning(_SEATS, "The rest as one part-time seat, rounded up to what can be hired"),
    "seats there": Meaning(_SEATS, "Hours that are there ÷ hours of a full-time rep"),
    "seats missing": Meaning(_SEATS, "Needed less there; below 0: more than needed"),
    "coverage": Meaning("share", "Hours that are there ÷ hours needed"),
    "month": Meaning("", "The month, or its number where no start is given"),
    "seats": Meaning(_SEATS, "Seats of the plan with those added so far"),
    "filled seats": Meaning(_SEATS, "Seats with somebody in them, as the expected value"),
    "unfilled seats": Meaning(_SEATS, "Seats that wait for somebody, or for a successor"),
    "seats that left": Meaning(_SEATS, "Expected leavers at the end of the month"),
    "seats that joined": Meaning(_SEATS, "Hires and successors who start in the month"),
    "lost to ramp_h": Meaning(_MONTH, "Hours that those who are new on the job do not bring yet"),
    "capacity in month_h": Meaning(_MONTH, "Hours of those who are there, with ramp"),
    "need in month_h": Meaning(_MONTH, "A twelfth of the hours needed in a year"),
    "gap_h": Meaning(_MONTH, "Capacity less need; below 0 hours are missing"),
    "elasticity": Meaning(
        "ratio", "By how many per cent sales grow with one per cent more selling time, in the same year"
    ),
    "added reps": Meaning(_SEATS, "How many are added"),
    "added sales a year": Meaning(CENT, "What they sell more in a year at full productivity"),
    "break-even ratio": Meaning(
        "ratio", "Contribution of these sales ÷ the cost of a year: above 1 pays at once"
    ),
    "return on a year": Meaning(
        "share",
        "Contribution of one year's effort with what carries over, less its cost, ÷ its cost; companies of "
        "the right size see 50 to 150 %",
    ),
    "net of all years": Meaning(
        CENT, "Discounted contribution of keeping them, with ramp, less pay, travel and hiring"
    ),
    "break-even month": Meaning(
        "months", "When they have earned what they cost; blank: not within the years"
    ),
    "size today": Meaning(_SEATS, "Filled seats that stay: their hours ÷ hours of a full-time rep"),
    "best number of reps": Meaning(_SEATS, "At one more, the last rep would earn less than he costs"),
    "best size": Meaning(_SEATS, "The same in fractions of a rep"),
    "sales at best": Meaning(CENT, "Sales a year that the response model expects there"),
    "contribution at best": Meaning(
        CENT,
        "Contribution of today's sales, and of what is sold beyond them with carry-over, less the cost of "
        "all reps",
    ),
    "contribution today": Meaning(CENT, "The same at today's size"),
    "lost by size": Meaning(CENT, "What today's size leaves on the table a year"),
    "manager": Meaning("", "Who leads the seats"),
    "reps led": Meaning("number", "Seats that stay, vacant ones too"),
    "vacant seats": Meaning("number", "Vacant ones among them"),
    "shares led": Meaning("ratio", "Their shares (FTE × ramp) summed"),
    "flag": Meaning("", "Too few, too many, or no manager, against the wished span; empty: as wished"),
    "reps": Meaning("number", "Seats that stay, filled or vacant"),
    "full-time seats": Meaning(_SEATS, "These seats, each as its hours ÷ hours of a full-time rep"),
    "seats changed": Meaning("", "Seats that are lost, or the places (latitude, longitude) of new ones"),
    "status": Meaning("", "What is known of the plan: optimal, feasible, clash or impossible"),
    "cost of plan": Meaning(YEAR, "All terms of the policy"),
    "travel cost": Meaning(YEAR, "Driving in the plan"),
    "accounts moved": Meaning("number", "Accounts with another rep than today"),
    "bands broken": Meaning("number", "Wishes that the plan breaks"),
    "accounts covered": Meaning("share", "Accounts that somebody serves"),
    "hours covered": Meaning("share", "Hours of work that fit into the hours of whoever does it"),
    "modelled sales": Meaning(
        CENT, "Sales a year by the response model, scaled to today's revenue at today's size"
    ),
    "modelled sales, low": Meaning(CENT, "The least over the interval of the elasticity"),
    "modelled sales, high": Meaning(CENT, "The most over the interval of the elasticity"),
    "contribution of size": Meaning(
        CENT,
        "Contribution of today's sales, and of what the size adds or loses with its carry-over, less pay and "
        "travel",
    ),
}
