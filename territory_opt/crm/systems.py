"""Which systems a plan can be published to: every package in this folder, and those that others install.

A package offers `connect(environment) -> System`. One that is no part of this program names itself under the
entry point group `territory_opt.systems`.
"""

from __future__ import annotations

import os
import pkgutil
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points

from territory_opt.crm.client import Connect, System
from territory_opt.errors import PolicyError, did_you_mean

GROUP = "territory_opt.systems"


def systems() -> dict[str, str]:
    """The module of each system by its name, in the order of names."""
    ours = {
        module.name: f"{__package__}.{module.name}"
        for module in pkgutil.iter_modules(_here())
        if module.ispkg
    }
    theirs = {point.name: point.module for point in entry_points(group=GROUP)}
    return dict(sorted((theirs | ours).items()))


def connect(system: str, environment: Mapping[str, str] | None = None) -> System:
    """A client of a system by its name; os.environ is where it looks for its log-in by default.

    Raises PolicyError for a name that is not known, Refused naming each variable that is missing.
    """
    known = systems()
    if system not in known:
        raise PolicyError(f"{system!r} is no system that is known. {did_you_mean(system, known)}")
    open_: Connect = import_module(known[system]).connect
    return open_(os.environ if environment is None else environment)


def _here() -> list[str]:
    return list(import_module(str(__package__)).__path__)
