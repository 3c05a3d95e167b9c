"""Why a territory, a band, a lock or a cap is as it is: in money, from prices and counter-questions."""

from territory_opt.scenarios.reasons.answer import Explained
from territory_opt.scenarios.reasons.limits import explain_band, explain_cap
from territory_opt.scenarios.reasons.lock import explain_lock
from territory_opt.scenarios.reasons.territory import explain_territory

__all__ = ["Explained", "explain_band", "explain_cap", "explain_lock", "explain_territory"]
