"""What the figures of fairness mean."""

from __future__ import annotations

from territory_opt.io.meaning import YEAR, Meaning

#: Figures of one measure, in the order in which they are written.
FAIRNESS = {
    "reps": Meaning("number", "Reps who have a target in this measure"),
    "in_band": Meaning("share", "Share of them within the band"),
    "max_deviation": Meaning("share", "Largest distance of an index from 1.00"),
    "mean_deviation": Meaning("share", "Mean distance of an index from 1.00"),
    "range_ratio": Meaning("ratio", "Largest index over smallest; blank when somebody has nothing"),
    "cv": Meaning(
        "ratio", "Coefficient of variation: standard deviation of the indexes over their mean; 0 is equal"
    ),
    "gini": Meaning("ratio", "Gini coefficient of the indexes: 0 is equal, near 1 one rep has all"),
    "theil": Meaning("ratio", "Theil's entropy of the indexes: 0 is equal"),
    "jain": Meaning("ratio", "Jain's index: 1 is equal, 1 ÷ reps when one has all"),
    "lost_share": Meaning(
        "small share",
        "Price of imbalance: share of sales lost because selling time is not where the measure is, if sales "
        "grow with selling time to the power of 0.2, 0.3 or 0.4",
    ),
    "lost_sales": Meaning("in units of the measure", "The same times the total of the measure"),
    "lost_money": Meaning(
        YEAR, "The same share of what all accounts buy today; blank where no account has revenue"
    ),
}

_BY_SIDE = {
    "reps": Meaning("number", "Reps of the group who have a target in this measure"),
    "mean index": Meaning("index", "Mean index of the reps of the group: 1.00 is on target"),
    "least index": Meaning("index", "Smallest index in the group"),
    "most index": Meaning("index", "Largest index in the group"),
    "in_band": FAIRNESS["in_band"],
    "gini": FAIRNESS["gini"],
    "theil": FAIRNESS["theil"],
    "part of theil": Meaning(
        "share",
        "Share of the whole force's Theil that lies inside this group; the row “between groups” has the rest",
    ),
    "books preferred": Meaning(
        "number",
        "Books of others that the rep would rather have: worth more to him per share, counting the potential "
        "that he may serve and as far as his hours go, driving included; blank for who leaves",
    ),
    "preferred by more than one account": Meaning(
        "number", "Those that he would still rather have after the account that matters most has left them"
    ),
    "book liked best": Meaning(
        "", "The seat whose book would be worth most to him; empty where it is his own"
    ),
    "worth of it": Meaning("ratio", "What that book is worth to him, over what his own is: 1 is the same"),
    "commission": Meaning(
        YEAR, "Commission available: rate × potential × probability of winning it, summed over the book"
    ),
    "index of commission": Meaning("index", "Commission available per share, 1.00 is the mean of all"),
}

MEANINGS = {f"{name} {side}": m for name, m in _BY_SIDE.items() for side in ("today", "plan")} | {
    "measure": Meaning("", "The measure whose index is compared"),
    "by": Meaning("", "The column of the reps that makes the groups"),
    "group": Meaning(
        "", "Region, manager …; “between groups” is what would be left if each were even inside"
    ),
}
