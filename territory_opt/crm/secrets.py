"""Secrets of the environment, kept out of everything that is said or written."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

from territory_opt.crm.client import Interrupted, Outcome, Refused
from territory_opt.errors import ExportError, InternalError, TerritoryError

_NAMES = re.compile(
    r"TOKEN|SECRET|PASSWORD|PASSPHRASE|PRIVATE|ASSERTION|CREDENTIAL|API_?KEY|ACCESS_?KEY", re.I
)
_SHORTEST = 6  # what is shorter would blot out common words, and protects nothing
_BLOT = "[hidden]"


@dataclass(frozen=True)
class Secrets:
    """Values that no file, log, message or traceback may show."""

    values: tuple[str, ...]

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Secrets:
        """Values of all variables whose name says that they are secret, also as they stand in a URL."""
        found = {value for name, value in environment.items() if _NAMES.search(name)}
        found |= {line for value in found for line in value.splitlines()}
        forms = {form for value in found for form in (value, quote(value, safe=""), quote_plus(value))}
        return cls(tuple(sorted((v for v in forms if len(v) >= _SHORTEST), key=len, reverse=True)))

    def hidden(self, text: str) -> str:
        """The text without any of them."""
        for value in self.values:
            text = text.replace(value, _BLOT)
        return text

    def outcome(self, outcome: Outcome) -> Outcome:
        """What a system said of a record, without any of them."""
        return Outcome(outcome.account_id, outcome.ok, self.hidden(outcome.message))

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Errors that leave this block say nothing secret, and carry no other error that could.

        An error that is none of ours becomes an InternalError with its words and its place: a traceback would
        show what was called with what.
        """
        try:
            yield
        except (Interrupted, Refused) as error:
            raise type(error)(self.hidden(str(error))) from None
        except InternalError as error:
            raise InternalError(self.hidden(str(error))) from None
        except TerritoryError as error:
            if self.hidden(str(error)) != str(error):
                raise ExportError(self.hidden(str(error))) from None
            error.__cause__, error.__suppress_context__ = None, True
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.filename:
                raise  # of our own disk
            place = traceback.extract_tb(error.__traceback__)[-1]
            words = f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}: {error}"
            raise InternalError(self.hidden(words)) from None
