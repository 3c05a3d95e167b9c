"""What-if: alignments that were not searched for, valued and set side by side."""

from territory_opt.scenarios.advice import ToleranceAdvice, tolerance_advice
from territory_opt.scenarios.compare import Comparison, compare
from territory_opt.scenarios.value import value, value_file

__all__ = ["Comparison", "ToleranceAdvice", "compare", "tolerance_advice", "value", "value_file"]
