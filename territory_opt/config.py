"""`territory.toml`: the wishes and settings of a data folder, in the words of the Python names."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from territory_opt.check import check
from territory_opt.crm.settings import PublishSettings
from territory_opt.errors import DataError, Issue, PolicyError, did_you_mean
from territory_opt.fairness.settings import FairnessSettings
from territory_opt.headcount import HeadcountSettings
from territory_opt.incentives import IncentiveSettings, PayPlan
from territory_opt.io.area_settings import AreaSettings
from territory_opt.io.folder import read_folder
from territory_opt.io.uses import uses_of
from territory_opt.policy import RULES, TERMS, Balance, Disruption, Locked, Policy, Travel
from territory_opt.policy.words import range_faults
from territory_opt.problem import Driving, Problem
from territory_opt.quota.columns import setting_faults
from territory_opt.quota.settings import QuotaSettings
from territory_opt.toml_values import TomlValues

FILE = "territory.toml"
_TOP = (
    *("currency", "columns", "travel", "areas", "terms", "rules"),
    *("solve", "quota", "fairness", "headcount", "incentives", "publish"),
)
_TABLES = ("accounts", "reps", "travel", "history", "areas", "bridges", "forbidden")


@dataclass(frozen=True)
class SolveSettings:
    """When to stop, and the seed."""

    max_runtime_s: float = 60.0
    seed: int = 1

    def faults(self) -> Iterator[tuple[str, str]]:
        """Parameters out of range: name and what is wrong."""
        yield from _ranged("max_runtime_s", self.max_runtime_s, low=0.0)
        yield from _ranged("seed", self.seed, low=0, high=2**31 - 1)


def _ranged(name: str, value: float | None, *, low: float, high: float = 1e300) -> Iterator[tuple[str, str]]:
    """The sentence of `range_faults`, with the parameter it is about; infinity is out of every range."""
    for _ in range_faults(name, value, low=low, high=high):
        most = f" and at most {high:g}" if high < 1e300 else ""
        yield name, f"must be a number of at least {low:g}{most}"


def _driving_faults(driving: Driving) -> Iterator[tuple[str, str]]:
    yield from _ranged("detour", driving.detour, low=1.0)
    yield from _ranged("speed_kmh", driving.speed_kmh, low=1.0)
    yield from _ranged("stops_per_trip", driving.stops_per_trip, low=1.0)


def _default_policy() -> Policy:
    """What a folder without territory.toml gets."""
    bands = [Balance("workload_h", within=0.10), Balance("potential", within=0.15)]
    return Policy([Travel(), Disruption(), *bands], [Locked()])


@dataclass(frozen=True)
class Config:
    """Everything that `territory.toml` says.

    columns: for each table, our name -> the file's name.
    """

    currency: str | None = None
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    driving: Driving = field(default_factory=Driving)
    policy: Policy = field(default_factory=_default_policy)
    solve: SolveSettings = field(default_factory=SolveSettings)
    quota: QuotaSettings = field(default_factory=QuotaSettings)
    areas: AreaSettings = field(default_factory=AreaSettings)
    fairness: FairnessSettings = field(default_factory=FairnessSettings)
    headcount: HeadcountSettings = field(default_factory=HeadcountSettings)
    incentives: IncentiveSettings = field(default_factory=IncentiveSettings)
    publish: PublishSettings = field(default_factory=PublishSettings)


def read_config(path: str | Path) -> Config:
    """Read a `territory.toml`; PolicyError lists every unknown word and every value of a wrong kind."""
    path = Path(path)
    config, issues = _parsed(path)
    if issues:
        raise PolicyError(issues)
    return config


def load(folder: str | Path) -> tuple[Problem | None, Config, tuple[Issue, ...]]:
    """Problem (None when a fault is fatal), settings, and every fault of a data folder.

    PolicyError when territory.toml has faults; it lists those of the tables with them.
    """
    problem, config, faults, issues = _loaded(Path(folder))
    if faults:
        raise PolicyError([*faults, *(issue for issue in issues if issue.fatal)])
    return problem, config, issues


def examine(
    folder: str | Path, *, goal: float | None = None
) -> tuple[Problem | None, Config, tuple[Issue, ...]]:
    """Problem (None when there is none to plan), settings, and every fault of a data folder as a value.

    Those of territory.toml and of wishes that the facts contradict are among them; for these nothing is
    raised, so that the one who mends them gets all faults in one list. Fatal ones come first. goal: takes the
    place of the goal of the quotas.
    """
    folder = Path(folder)
    try:
        problem, config, faults, issues = _loaded(folder)
    except (DataError, PolicyError) as error:
        return None, Config(), error.issues
    if problem is not None:
        found = check(problem, config.policy)
        # A policy that was read in part says nothing certain of the accounts, only of the wishes that stand.
        issues = (*issues, *(issue for issue in found if issue.table == "policy" or not faults))
        config = config if goal is None else replace(config, quota=replace(config.quota, goal=goal))
        issues = (*issues, *setting_faults(problem, config.quota))
    ordered = sorted((*faults, *issues), key=lambda issue: not issue.fatal)
    return (None if faults else problem), config, tuple(ordered)


def _loaded(folder: Path) -> tuple[Problem | None, Config, tuple[Issue, ...], tuple[Issue, ...]]:
    """Problem, settings, the faults of territory.toml, and those of the tables."""
    path = folder / FILE
    config, faults = _parsed(path) if path.is_file() else (Config(), ())
    if any(issue.column.startswith("columns") for issue in faults):
        raise PolicyError(faults)  # without the names of the columns, the tables cannot be judged
    problem, issues = read_folder(
        folder,
        columns=config.columns,
        driving=config.driving,
        currency=config.currency,
        uses=uses_of(config.policy),
        areas=config.areas,
    )
    return problem, config, faults, issues


def read(folder: str | Path) -> Problem:
    """The problem in a data folder; DataError lists every fatal fault."""
    problem, _, issues = load(folder)
    if problem is None:
        raise DataError([issue for issue in issues if issue.fatal])
    return problem


def read_policy(folder: str | Path) -> Policy:
    """The policy in a data folder's `territory.toml`, or the default one."""
    path = Path(folder) / FILE
    return read_config(path).policy if path.is_file() else _default_policy()


def _parsed(path: Path) -> tuple[Config, tuple[Issue, ...]]:
    """What can be read of a file, and its faults; PolicyError when nothing can."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise PolicyError(
            Issue(path.name, None, "", "", "is not there", "`init` writes a template")
        ) from None
    except tomllib.TOMLDecodeError as error:
        fault = f"is not valid TOML: {error}"
        raise PolicyError(Issue(path.name, None, "", "", fault, "Correct it")) from None
    except OSError as error:
        fault = f"cannot be read ({error.strerror or error})"
        raise PolicyError(Issue(path.name, None, "", "", fault, "Make it readable")) from None
    except UnicodeDecodeError:
        raise PolicyError(Issue(path.name, None, "", "", "is not UTF-8 text", "Save it as UTF-8")) from None
    values = TomlValues(path.name)
    return _config(values, raw), tuple(values.issues)


def _config(values: TomlValues, raw: dict[str, Any]) -> Config:
    values.known("", raw, _TOP)
    policy = _default_policy()
    if "terms" in raw or "rules" in raw:
        policy = Policy(_wishes(values, raw, "terms", TERMS), _wishes(values, raw, "rules", RULES))
    driving = values.filled("travel", Driving, raw.get("travel", {})) or Driving()
    solve = values.filled("solve", SolveSettings, raw.get("solve", {})) or SolveSettings()
    quota = values.filled("quota", QuotaSettings, raw.get("quota", {})) or QuotaSettings()
    areas = values.filled("areas", AreaSettings, raw.get("areas", {})) or AreaSettings()
    fair = values.filled("fairness", FairnessSettings, raw.get("fairness", {})) or FairnessSettings()
    headcount = values.filled("headcount", HeadcountSettings, raw.get("headcount", {}))
    headcount = headcount or HeadcountSettings()
    incentives = _incentives(values, raw.get("incentives", {}))
    publish = values.filled("publish", PublishSettings, raw.get("publish", {})) or PublishSettings()
    for where, part, faults in (
        ("travel", driving, _driving_faults(driving)),
        ("solve", solve, solve.faults()),
        ("quota", quota, quota.faults()),
        ("areas", areas, areas.faults()),
        ("fairness", fair, fair.faults()),
        ("headcount", headcount, headcount.faults()),
        ("incentives", incentives, incentives.faults()),
        ("publish", publish, publish.faults()),
    ):
        for name, fault in faults:
            values.blame(f"{where}.{name}", getattr(part, name, ""), fault, "Correct it")
    currency = values.value("currency", raw["currency"], str) if "currency" in raw else None
    columns = _columns(values, raw.get("columns", {}))
    return Config(
        currency, columns, driving, policy, solve, quota, areas, fair, headcount, incentives, publish
    )


def _incentives(values: TomlValues, raw: Any) -> IncentiveSettings:
    """The table of incentives with its list of pay plans."""
    if not isinstance(raw, dict):
        return values.filled("incentives", IncentiveSettings, raw) or IncentiveSettings()
    settings = values.filled("incentives", IncentiveSettings, {k: v for k, v in raw.items() if k != "plans"})
    entries = raw.get("plans", [])
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        mend = "Write [[incentives.plans]] before each"
        values.blame("incentives.plans", "", "must be a list of tables", mend)
        entries = []
    plans = [values.filled(f"incentives.plans[{i + 1}]", PayPlan, entry) for i, entry in enumerate(entries)]
    return replace(settings or IncentiveSettings(), plans=tuple(plan for plan in plans if plan is not None))


def _wishes(values: TomlValues, raw: dict[str, Any], part: str, kinds: Mapping[str, type]) -> list[Any]:
    wishes, entries = [], raw.get(part, [])
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        values.blame(part, "", "must be a list of tables", f"Write [[{part}]] before each")
        return []
    for i, entry in enumerate(entries):
        where, word = f"{part}[{i + 1}]", entry.get("type")
        if not isinstance(word, str) or word not in kinds:
            fault = "is no known type" if "type" in entry else "is missing"
            values.blame(f"{where}.type", "" if word is None else word, fault, _type_hint(part, word, kinds))
            continue
        wish = values.filled(where, kinds[word], {k: v for k, v in entry.items() if k != "type"})
        if wish is not None:
            wishes.append(wish)
    return wishes


def _type_hint(part: str, word: object, kinds: Mapping[str, type]) -> str:
    other, others = ("rules", RULES) if part == "terms" else ("terms", TERMS)
    return f"It belongs under [[{other}]]" if word in list(others) else did_you_mean(str(word), kinds)


def _columns(values: TomlValues, raw: Any) -> dict[str, dict[str, str]]:
    if not isinstance(raw, dict):
        values.blame("columns", raw, "must be tables", "Write [columns.accounts] and its keys below")
        return {}
    values.known("columns.", raw, _TABLES)
    found: dict[str, dict[str, str]] = {}
    for table, mapping in raw.items():
        if not isinstance(mapping, dict) or not all(isinstance(v, str) for v in mapping.values()):
            mend = 'Write lines such as account_id = "Your name" below it'
            values.blame(f"columns.{table}", mapping, "must map our names to yours", mend)
        else:
            found[table] = dict(mapping)
    return found
