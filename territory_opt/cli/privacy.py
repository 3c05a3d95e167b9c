"""What verbs that write files share: the same outputs under pseudonyms."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from territory_opt.cli.hand_over import Facts
from territory_opt.cli.terminal import say
from territory_opt.errors import PolicyError

if TYPE_CHECKING:
    from territory_opt.result import Result

PrivateOption = Annotated[
    bool, typer.Option("--private", help="Pseudonyms, coarse places, no homes; see --salt and --key.")
]
SaltOption = Annotated[
    Path | None,
    typer.Option("--salt", metavar="FILE", help="The secret of --private; privacy.salt in DATA by default."),
]
KeyOption = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="With --private: write here who is who. Never pass it on."),
]


def private_where_asked(
    facts: Facts, result: Result, data: Path, out: Path, private: bool, salt: Path | None, key: Path | None
) -> tuple[Facts, Result]:
    """Facts and plan as they are, or under pseudonyms; the key is written where that is asked for."""
    if not private:
        if salt is not None or key is not None:
            raise PolicyError("--salt and --key go with --private")
        return facts, result
    from territory_opt.io.privacy_files import SALT_FILE, salt_in, write_key
    from territory_opt.privacy import privately

    secret = salt_in(data / SALT_FILE if salt is None else salt)
    keep = {*_columns(facts.config.quota), *_columns(facts.config.fairness)}
    hidden = privately(facts.problem, facts.config.policy, result, secret, keep=keep)
    if key is not None:
        say(f"key: {write_key(hidden.key, key, out)}")
    config = dataclasses.replace(facts.config, policy=hidden.policy)
    # Faults of the input name rows and values: they stay at home.
    return Facts(hidden.problem, config, ()), hidden.result


def _columns(settings: Any) -> Iterator[str]:
    """Texts in settings, columns among them."""
    for value in dataclasses.asdict(settings).values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from map(str, value)
