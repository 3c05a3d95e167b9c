"""What the columns about incentives mean."""

from __future__ import annotations

from territory_opt.io.meaning import CENT, Meaning

MEANINGS = {
    "plan": Meaning("", "The pay plan of the rep"),
    "fixed pay": Meaning(CENT, "Pay a year that does not depend on sales"),
    "variable pay on target": Meaning(CENT, "Pay a year at 100 % of the quota"),
    "on-target earnings": Meaning(CENT, "Both together"),
    "rate on target": Meaning("share", "Variable pay on target ÷ quota: what a sale pays on the way there"),
    "mean variable pay": Meaning(
        CENT, "Mean over the draws of attainment, or at the attainment given; 0 without a quota"
    ),
    "variable pay P10": Meaning(CENT, "One year in ten pays less"),
    "variable pay P90": Meaning(CENT, "One year in ten pays more"),
    "reaches target": Meaning("share", "Share of the draws at or above the quota; blank without a quota"),
    "accounts lost": Meaning("number", "Accounts that leave the rep"),
    "commission_rate": Meaning("small share", "Commission on a unit of revenue"),
    "commission at risk": Meaning(CENT, "Commission rate × revenue of the accounts that leave, a year of it"),
    "transition credit": Meaning(CENT, "What the former owner keeps of it by the proposal"),
    "extra cost": Meaning(
        CENT, "What the proposal costs the company more; below 0: the new owner's rate is higher"
    ),
    "split": Meaning("share", "Share of the account's credit; those of an account sum to 100 % on every day"),
    "from": Meaning("YYYY-MM-DD", "First day of the credit; empty: since ever"),
    "to": Meaning("YYYY-MM-DD", "Last day of the credit; empty: until further notice"),
    "credited revenue": Meaning(
        CENT, "What the row gets of the account's revenue in the first year of the plan"
    ),
    "league": Meaning("number", "1 holds the territories with the most potential per share"),
    "potential index": Meaning("index", "Potential per share ÷ that of all who compete: 1.00 is the mean"),
    "expected contest sales": Meaning(
        CENT, "Sales a year that time and potential let expect, by the response model"
    ),
    "handicap": Meaning(
        "ratio", "What sales are multiplied by, so that all in a league expect the same score"
    ),
    "expected score": Meaning(CENT, "Expected contest sales × handicap"),
}
