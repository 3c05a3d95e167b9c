"""Designs sales territories and proves how good they are.

Public names are loaded when they are first used, so that importing the package stays quick.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

#: Public name -> where it lives.
_HOME = {
    "errors": "DataError ExportError InternalError Issue PolicyError TerritoryError TravelError",
    "travel": "GreatCircle TravelTable",
    "problem": "Accounts Categories Driving Problem Reps",
    "alignment": "Alignment",
    "policy": "AccountCount Apart Balance Capacity Disruption Eligible Fit KeepTogether Locked MaxTravel"
    " MoveCap Policy Travel",
    "check": "check",
    "audit": "Audit Clash MeterCount audit",
    "result": "Result Status Step",
    "moves": "Moves moves",
    "solve": "FirstOf GapBelow MaxRuntime MaxSteps solve",
}
_MODULE = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = sorted(["__version__", *_MODULE])  # noqa: PLE0605 (built from the one list above)


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
