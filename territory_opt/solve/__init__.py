"""From a question to a plan with a proof. OR-Tools lives here and nowhere else."""

from territory_opt.solve.pipeline import solve
from territory_opt.solve.start import Start
from territory_opt.solve.stop import FirstOf, GapBelow, MaxRuntime, MaxSteps, OnStep, Stop

__all__ = ["FirstOf", "GapBelow", "MaxRuntime", "MaxSteps", "OnStep", "Start", "Stop", "solve"]
