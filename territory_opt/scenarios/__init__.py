"""What-if: alignments that were not searched for, valued and set side by side; forces of another size."""

from territory_opt.scenarios.compare import Comparison, compare
from territory_opt.scenarios.headcount import HeadcountCurve, Sized, headcount_curve
from territory_opt.scenarios.value import value, value_file

__all__ = ["Comparison", "HeadcountCurve", "Sized", "compare", "headcount_curve", "value", "value_file"]
