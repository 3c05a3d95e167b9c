"""`territory.toml`: the same words as Python, and every fault at once."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from territory_opt import (
    Apart,
    Balance,
    Capacity,
    DataError,
    Disruption,
    Eligible,
    KeepTogether,
    Locked,
    MoveCap,
    Policy,
    PolicyError,
    Travel,
)
from territory_opt.config import Config, load, read, read_config, read_policy
from territory_opt.io.uses import uses_of
from territory_opt.policy import RULES, TERMS
from territory_opt.problem import Driving
from territory_opt.quota import QuotaSettings

FULL = """
currency = "CHF"
[columns.accounts]
account_id = "Kunde"
[columns.reps]
rep_id = "Sitz"
[travel]
detour = 1.2
speed_kmh = 80
stops_per_trip = 5
[[terms]]
type = "travel"
hour_cost = 75
[[terms]]
type = "disruption"
churn_risk = 0.1
[[terms]]
type = "balance"
measure = "workload_h"
within = 0.1
by = "region"
price = true
[[terms]]
type = "capacity"
[[terms]]
type = "move_cap"
measure = "revenue"
share = 0.1
per_rep = true
[[rules]]
type = "keep_together"
by = "family"
mode = "within"
within = "region"
exceptions = ["007"]
[[rules]]
type = "locked"
[[rules]]
type = "eligible"
by = "language"
reps_by = "languages"
[[rules]]
type = "apart"
accounts = ["1", "2"]
[solve]
max_runtime_s = 5
seed = 9
[quota]
goal = 1000
growth = 0.1
potential_weight = 1
over_assignment = 0.05
"""


def config_of(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "territory.toml"
    path.write_text(text, encoding="utf-8")
    return read_config(path)


def faults_of(tmp_path: Path, text: str) -> dict[str, tuple[str, str]]:
    with pytest.raises(PolicyError) as caught:
        config_of(tmp_path, text)
    return {issue.column: (issue.fault, issue.mend) for issue in caught.value.issues}


def test_all_words(tmp_path: Path) -> None:
    config = config_of(tmp_path, FULL)
    assert config.currency == "CHF"
    assert config.columns == {"accounts": {"account_id": "Kunde"}, "reps": {"rep_id": "Sitz"}}
    assert config.driving == Driving(1.2, 80.0, 5.0)
    assert config.policy == Policy(
        [
            Travel(hour_cost=75.0),
            Disruption(churn_risk=0.1),
            Balance("workload_h", within=0.1, by="region", price=True),
            Capacity(),
            MoveCap("revenue", share=0.1, per_rep=True),
        ],
        [
            KeepTogether("family", mode="within", within="region", exceptions=("007",)),
            Locked(),
            Eligible("language", reps_by="languages"),
            Apart(("1", "2")),
        ],
    )
    assert (config.solve.max_runtime_s, config.solve.seed) == (5.0, 9)
    assert config.quota == QuotaSettings(1000.0, 0.1, 1.0, 0.05)
    uses = uses_of(config.policy)
    assert uses.measures == {"revenue"}  # workload_h is worked out, no column
    assert uses.accounts >= {"visits", "visit_h", "revenue", "owner", "locked", "family", "language"}
    assert uses.reps == {"share", "capacity_h", "status", "region", "regions", "languages"}


def plain(value: Any) -> str:
    """A default value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(plain(v) for v in value) + "]"
    return f'"{value}"' if isinstance(value, str) else repr(value)


@pytest.mark.parametrize("part", ["terms", "rules"])
def test_every_wish_and_parameter_has_its_word(tmp_path: Path, part: str) -> None:
    """Whatever a wish takes in Python can be written down under the same name."""
    kinds = TERMS if part == "terms" else RULES
    for word, kind in kinds.items():
        given = {f.name: f.default for f in dataclasses.fields(kind) if f.default is not None}
        lines = [f"{name} = {plain(value)}" for name, value in given.items()]
        config = config_of(tmp_path, "\n".join([f"[[{part}]]", f'type = "{word}"', *lines]))
        assert getattr(config.policy, part) == (kind(),)


def test_all_faults_at_once(tmp_path: Path) -> None:
    faults = faults_of(
        tmp_path,
        """
        curency = "USD"
        currency = 5
        [columns.acounts]
        a = "b"
        [columns.reps]
        rep_id = 7
        [travel]
        speed = 60
        detour = true
        [[terms]]
        type = "balance"
        measur = "potential"
        within = "wide"
        price = 1
        [[terms]]
        within = 0.1
        [[terms]]
        type = "locked"
        [[rules]]
        type = "keep_together"
        mode = "togehter"
        exceptions = "A1"
        [[rules]]
        type = "lokced"
        [[rules]]
        type = "locked"
        by = "x"
        [solve]
        seed = 1.5
        [quota]
        goal = "high"
        """,
    )
    assert set(faults) == {
        "curency",
        "currency",
        "columns.acounts",
        "columns.reps",
        "travel.speed",
        "travel.detour",
        "terms[1].measur",
        "terms[1].within",
        "terms[1].price",
        "terms[2].type",
        "terms[3].type",
        "rules[1].mode",
        "rules[1].exceptions",
        "rules[2].type",
        "rules[3].by",
        "solve.seed",
        "quota.goal",
    }
    assert "'currency'" in faults["curency"][1]
    assert "'measure'" in faults["terms[1].measur"][1]
    assert "[[rules]]" in faults["terms[3].type"][1]
    assert "'together'" in faults["rules[1].mode"][1]
    assert "'locked'" in faults["rules[2].type"][1]
    assert faults["rules[1].exceptions"][1] == "Give a list of texts"
    assert faults["terms[1].price"][1] == "Give true or false"
    assert faults["terms[2].type"][0] == "is missing"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[travel]\nspeed_kmh = 0", "travel.speed_kmh"),
        ("[travel]\nstops_per_trip = nan", "travel.stops_per_trip"),
        ("[solve]\nmax_runtime_s = -1", "solve.max_runtime_s"),
        ("[solve]\nseed = -1", "solve.seed"),
        ("[quota]\nover_assignment = inf", "quota.over_assignment"),
        ("[quota]\npotential_weight = 1.1", "quota.potential_weight"),
        ('[quota]\nmethod = "topdown"', "quota.method"),
        ('[quota]\nblend = { uniform_growth = "half" }', "quota.blend"),
        ("[quota]\nweights = { revenue = nan }", "quota.weights"),
        ("[quota]\nseason = [1, 2, 3]", "quota.season"),
        ("[quota]\nramp = [0.5]", "quota.year_start"),
        ("[publish]\naccounts = 1.1", "publish.accounts"),
        ("[publish]\npipeline = -0.1", "publish.pipeline"),
        ('[publish]\neffective_date = "1 Feb 2027"', "publish.effective_date"),
        ('[publish]\neffective_date = "20270201"', "publish.effective_date"),
        ('[publish]\nchildren = ["contact"]', "publish.children"),
        ('[publish]\nchildren = ["cases", "cases"]', "publish.children"),
        ('[publish]\nteams = "away"', "publish.teams"),
        ('[publish]\nexempt = ["contract"]', "publish.exempt"),
        ("[publish]\nholdover_days = 1000", "publish.holdover_days"),
        ('[publish]\ntoken = "x"', "publish.token"),
        ('[[terms]]\ntype = "travel"\nhour_cost = inf', "terms[1].hour_cost"),
        ('[[rules]]\ntype = "max_travel"\nkm = nan', "rules[1].km"),
        ("terms = 5", "terms"),
        ("terms = [5]", "terms"),
        ("travel = 5", "travel"),
        ("columns = 5", "columns"),
        ("[[terms]]\ntype = ['travel']", "terms[1].type"),
    ],
)
def test_one_fault(tmp_path: Path, text: str, where: str) -> None:
    assert list(faults_of(tmp_path, text)) == [where]


def test_text_that_is_no_toml(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="line 1"):
        config_of(tmp_path, "currency = \n")
    (tmp_path / "territory.toml").write_bytes(b'currency = "\xff"')
    with pytest.raises(PolicyError, match="UTF-8"):
        read_config(tmp_path / "territory.toml")
    with pytest.raises(PolicyError, match="not there"):
        read_config(tmp_path / "nothing.toml")


def test_a_file_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "territory.toml").write_text("")

    def refused(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refused)
    with pytest.raises(PolicyError, match="Permission denied"):
        read_config(tmp_path / "territory.toml")


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "territory.toml").write_text('currency = "EUR"', encoding="utf-8-sig")
    assert read_config(tmp_path / "territory.toml").currency == "EUR"


def test_defaults_without_a_file(tmp_path: Path) -> None:
    """The default policy holds where a file says nothing of terms and rules, and only there."""
    default = read_policy(tmp_path)
    assert {wish.name for wish in default.wishes} == {"travel", "disruption", "balance", "locked"}
    assert config_of(tmp_path, "[solve]\nseed = 3").policy == default
    assert config_of(tmp_path, '[[rules]]\ntype = "locked"').policy == Policy([], [Locked()])
    assert read_policy(tmp_path) == Policy([], [Locked()])


def write_data(folder: Path) -> None:
    (folder / "accounts.csv").write_text("Kunde,lat,lon,visits,potential\nK1,48,11,2,9\nK2,48.1,11.1,2,9\n")
    (folder / "reps.csv").write_text("rep_id,lat,lon\nR1,48,11\n")


def test_load_joins_words_and_tables(tmp_path: Path) -> None:
    write_data(tmp_path)
    config_of(
        tmp_path, 'currency = "CHF"\n[columns.accounts]\naccount_id = "Kunde"\n[travel]\nspeed_kmh = 50\n'
    )
    problem, config, issues = load(tmp_path)
    assert problem is not None
    assert problem.accounts.ids.tolist() == ["K1", "K2"]
    assert (problem.currency, problem.driving.speed_kmh) == ("CHF", 50.0)
    assert config.currency == "CHF"
    assert {issue.column for issue in issues} == {"visit_h", "revenue"}
    assert not any(issue.fatal for issue in issues)
    assert read(tmp_path).fingerprint() == problem.fingerprint()


def test_faults_of_words_and_tables_in_one_error(tmp_path: Path) -> None:
    write_data(tmp_path)
    (tmp_path / "territory.toml").write_text("seed = 1\n")
    with pytest.raises(PolicyError) as caught:
        load(tmp_path)
    assert [(i.table, i.column) for i in caught.value.issues] == [
        ("territory.toml", "seed"),
        ("accounts", "account_id"),
    ]
    (tmp_path / "territory.toml").unlink()
    with pytest.raises(DataError) as refused:
        read(tmp_path)
    assert all(issue.fatal for issue in refused.value.issues)


def test_a_broken_mapping_blames_the_mapping_only(tmp_path: Path) -> None:
    """Without the names of the columns, a complaint about the tables would be noise."""
    write_data(tmp_path)
    (tmp_path / "territory.toml").write_text("[columns]\naccounts = 5\n")
    with pytest.raises(PolicyError) as caught:
        load(tmp_path)
    assert [issue.column for issue in caught.value.issues] == ["columns.accounts"]
