"""What the columns about quotas and forecasts mean."""

from __future__ import annotations

from territory_opt.io.meaning import CENT, YEAR, Meaning

MEANINGS = {
    "period": Meaning("", "Month or quarter of the year that the quota is for"),
    "level": Meaning("", "company, a column of the reps such as region or manager, or rep"),
    "unit": Meaning("", "Which of the level: the name of the region or manager, or the rep_id"),
    "belongs to": Meaning("", "The units above it, from the top down"),
    "reps": Meaning("number", "Seats in the unit"),
    "quota below": Meaning(CENT, "Sum of the quotas one level down; blank for a rep"),
    "hedge below": Meaning("share", "By what share the level below exceeds this level as a whole"),
    "from leavers": Meaning(CENT, "What seats that leave would have had, shared by the quotas of the others"),
    "from ramp": Meaning(CENT, "What new reps do not carry yet, and what the others carry for them"),
    "from limits": Meaning(CENT, "What caps and floors on growth take, and give to the others"),
    "from the market": Meaning(CENT, "What the market adds to the revenue at today's share of it"),
    "from share growth": Meaning(CENT, "What a greater share of the market is to add"),
    "from plans": Meaning(CENT, "What the accounts of the book are expected to buy"),
    "revenue_last_year": Meaning(
        YEAR, "What the accounts of the new book bought in the last year of the history"
    ),
    "forecast": Meaning(YEAR, "What they are expected to buy in the year after it"),
    "forecast_low": Meaning(
        YEAR, "Lower end of the band around the forecast; blank with one period of history"
    ),
    "forecast_high": Meaning(
        YEAR, "Upper end of the band around the forecast; blank with one period of history"
    ),
    "sold_in_test": Meaning(CENT, "What the accounts bought in the periods that the test held back"),
    "forecast_in_test": Meaning(CENT, "What would have been forecast for them from the periods before"),
    "error_in_test": Meaning("share", "Distance of the two ÷ what was sold; blank where nothing was"),
    "win_rate": Meaning("share", "Deals won ÷ deals decided"),
    "cycle_days": Meaning("days", "From first talk to order, mean over the deals won"),
    "revenue_per_quarter": Meaning(CENT, "A quarter of the revenue of the book"),
    "selling_share": Meaning("share", "Hours with customers ÷ hours with customers and driving"),
    "used_share": Meaning("share", "Those hours ÷ capacity_h; blank where there is no limit"),
    "won": Meaning("per year", "Deals won with the account"),
    "lost": Meaning("per year", "Deals lost with the account"),
}
