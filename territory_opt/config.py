"""`territory.toml`: the wishes and settings of a data folder, in the words of the Python names."""

from __future__ import annotations

import dataclasses
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from territory_opt.errors import DataError, Issue, PolicyError, did_you_mean
from territory_opt.io.folder import read_folder
from territory_opt.policy import RULES, TERMS, Balance, Disruption, Locked, Policy, Travel
from territory_opt.problem import Driving, Problem

FILE = "territory.toml"
_TOP = ("currency", "columns", "travel", "terms", "rules", "solve", "quota")


@dataclass(frozen=True)
class QuotaSettings:
    """How quotas are set: see `territory_opt.quota`."""

    goal: float | None = None
    growth: float = 0.05
    potential_weight: float = 0.5
    over_assignment: float = 0.0


@dataclass(frozen=True)
class SolveSettings:
    """When to stop, and the seed."""

    max_runtime_s: float = 60.0
    seed: int = 1


def _default_policy() -> Policy:
    """What a folder without territory.toml gets."""
    bands = [Balance("workload_h", within=0.10), Balance("potential", within=0.15)]
    return Policy([Travel(), Disruption(), *bands], [Locked()])


@dataclass(frozen=True)
class Config:
    """Everything that `territory.toml` says."""

    currency: str | None = None
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    driving: Driving = field(default_factory=Driving)
    policy: Policy = field(default_factory=_default_policy)
    solve: SolveSettings = field(default_factory=SolveSettings)
    quota: QuotaSettings = field(default_factory=QuotaSettings)


def read_config(path: str | Path) -> Config:
    """Read a `territory.toml`; PolicyError lists every unknown word and every value of a wrong kind."""
    path = Path(path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(Issue(path.name, None, "", "", f"is not valid TOML: {error}", "Correct it")) from None
    except UnicodeDecodeError:
        raise PolicyError(Issue(path.name, None, "", "", "is not UTF-8 text", "Save it as UTF-8")) from None
    return _Reader(path.name).config(raw)


def load(folder: str | Path) -> tuple[Problem | None, Config, tuple[Issue, ...]]:
    """Problem (None when a fault is fatal), settings, and every fault of a data folder."""
    folder = Path(folder)
    path = folder / FILE
    config = read_config(path) if path.is_file() else Config()
    problem, issues = read_folder(
        folder, columns=config.columns, driving=config.driving, currency=config.currency
    )
    return problem, config, issues


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


class _Reader:
    """Collects faults while it turns plain tables into our dataclasses."""

    def __init__(self, file: str):
        self.file = file
        self.issues: list[Issue] = []

    def config(self, raw: dict[str, Any]) -> Config:
        self._known("", raw, _TOP)
        policy = _default_policy()
        if "terms" in raw or "rules" in raw:
            policy = Policy(self._wishes(raw, "terms", TERMS), self._wishes(raw, "rules", RULES))
        config = Config(
            currency=self._value("currency", raw.get("currency"), str | None),
            columns=self._columns(raw.get("columns", {})),
            driving=self._filled("travel", Driving, raw.get("travel", {})) or Driving(),
            policy=policy,
            solve=self._filled("solve", SolveSettings, raw.get("solve", {})) or SolveSettings(),
            quota=self._filled("quota", QuotaSettings, raw.get("quota", {})) or QuotaSettings(),
        )
        if self.issues:
            raise PolicyError(self.issues)
        return config

    def _blame(self, where: str, value: object, fault: str, mend: str) -> None:
        self.issues.append(Issue(self.file, None, where, str(value), fault, mend))

    def _known(self, where: str, table: Mapping[str, Any], words: typing.Iterable[str]) -> None:
        words = tuple(words)
        for key in table:
            if key not in words:
                self._blame(f"{where}{key}", "", "is no known key", did_you_mean(key, words))

    def _wishes(self, raw: dict[str, Any], part: str, kinds: Mapping[str, type]) -> list[Any]:
        wishes, entries = [], raw.get(part, [])
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            self._blame(part, "", "must be a list of tables", f"Write [[{part}]] before each")
            return []
        for i, entry in enumerate(entries):
            where = f"{part}[{i + 1}]."
            word = entry.get("type")
            if word not in kinds:
                other = "rules" if part == "terms" else "terms"
                is_other = word in {"terms": RULES, "rules": TERMS}[part]
                hint = f"It belongs under [[{other}]]" if is_other else did_you_mean(str(word), kinds)
                self._blame(f"{where}type", word or "", "is no known type", hint)
                continue
            wish = self._filled(where, kinds[word], {k: v for k, v in entry.items() if k != "type"})
            if wish is not None:
                wishes.append(wish)
        return wishes

    def _filled(self, where: str, kind: type, table: Any) -> Any:
        if not isinstance(table, dict):
            self._blame(where, table, "must be a table", f"Write [{where}] and its keys below")
            return None
        where = where if where.endswith(".") else f"{where}."
        hints = {k: v for k, v in typing.get_type_hints(kind).items() if typing.get_origin(v) is not typing.ClassVar}
        parameters = {f.name: hints[f.name] for f in dataclasses.fields(kind)}
        self._known(where, table, parameters)
        before = len(self.issues)
        values = {
            key: self._value(f"{where}{key}", value, parameters[key])
            for key, value in table.items()
            if key in parameters
        }
        return kind(**values) if len(self.issues) == before else None

    def _value(self, where: str, value: Any, kind: Any) -> Any:
        """A value of the kind that the parameter wants; TOML's lists become tuples."""
        if isinstance(value, list):
            value = tuple(tuple(v) if isinstance(v, list) else v for v in value)
        if _fits(value, kind):
            return float(value) if kind is float or (isinstance(value, int) and float in _kinds(kind)) and not isinstance(value, bool) else value
        names = " or ".join(sorted(_WORD.get(k, str(k)) for k in _kinds(kind) if k is not types.NoneType))
        self._blame(where, value, "is of the wrong kind", f"Give {names}")
        return None

    def _columns(self, raw: Any) -> dict[str, dict[str, str]]:
        if not isinstance(raw, dict):
            self._blame("columns", raw, "must be tables", "Write [columns.accounts] and its keys below")
            return {}
        self._known("columns.", raw, ("accounts", "reps"))
        found: dict[str, dict[str, str]] = {}
        for table, mapping in raw.items():
            if not isinstance(mapping, dict) or not all(isinstance(v, str) for v in mapping.values()):
                self._blame(f"columns.{table}", mapping, "must map our names to yours", 'account_id = "Your name"')
                continue
            found[table] = dict(mapping)
        return found


_WORD = {str: "a text", float: "a number", int: "a whole number", bool: "true or false", tuple: "a list"}


def _kinds(kind: Any) -> tuple[Any, ...]:
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        return tuple(k for arm in typing.get_args(kind) for k in _kinds(arm))
    if typing.get_origin(kind) is typing.Literal:
        return (str,)
    return (typing.get_origin(kind) or kind,)


def _fits(value: Any, kind: Any) -> bool:
    kinds = _kinds(kind)
    if isinstance(value, bool):
        return bool in kinds
    if isinstance(value, int) and float in kinds:
        return True
    return any(isinstance(value, k) for k in kinds)
