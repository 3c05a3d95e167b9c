"""What the columns about the fairness of quotas mean."""

from __future__ import annotations

from territory_opt.io.meaning import YEAR, Meaning

MEANINGS = {
    "method": Meaning("", "How the goal is shared out; the fairest first"),
    "tests failed": Meaning(
        "number", "Tests of fairness that the quotas do not stand, with those of last year"
    ),
    "tests told": Meaning("number", "Tests that say anything on these books"),
    "least chance": Meaning("probability", "Of the rep who is least likely to make the quota"),
    "greatest chance": Meaning("probability", "Of the rep who is most likely to make it"),
    "mean distance of chances": Meaning(
        "probability", "Mean distance of the chances from their mean: 0 is even"
    ),
    "deviation last year": Meaning(
        "share", "Mean distance of what each rep would have attained from what all would have"
    ),
    "fails": Meaning("", "Which tests"),
    "expected sales": Meaning(YEAR, "What the accounts of the new book are expected to sell in all"),
    "standard deviation": Meaning(
        YEAR, "How much that varies from year to year, from the volatility of each account"
    ),
    "expected attainment": Meaning("ratio", "Expected sales ÷ quota: 1.00 just makes it"),
    "chance of quota": Meaning("probability", "Chance that the book sells the quota or more"),
    "bucket": Meaning(
        "", "Where the rep most likely ends: below 90 % of the quota, around it, or excellent, from 110 %"
    ),
    "chance below": Meaning("probability", "Chance to end below 90 % of the quota"),
    "chance around": Meaning("probability", "Chance to end at 90 % or more and below 110 %"),
    "chance excellent": Meaning("probability", "Chance to end at 110 % of the quota or more"),
    "expected pay per 1.00": Meaning(
        "ratio",
        "Expected part of the variable pay on target, by the rep's pay plan, or the payout of [quota]: 1.00 "
        "pays what the target promises",
    ),
    "expected pay": Meaning(
        YEAR, "Fixed and expected variable pay for effort on target, by the pay plan or the reps' own columns"
    ),
}
