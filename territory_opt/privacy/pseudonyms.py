"""Names that stand for others.

The same text and salt give the same pseudonym; nobody without the salt can try out which name is behind it.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from territory_opt.errors import PolicyError
from territory_opt.problem import TextArray

_LEAST_SALT = 16  # bytes
_SHORTEST, _LONGEST = 6, 52  # letters of a code


@dataclass(frozen=True)
class Salt:
    """The secret behind pseudonyms; it is in no text of its own.

    PolicyError for one that is short enough to be guessed.
    """

    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) < _LEAST_SALT:
            raise PolicyError(f"the salt has {len(self.secret)} bytes; it needs {_LEAST_SALT} or more")

    def __repr__(self) -> str:
        return "Salt(…)"

    def codes(self, kind: str, texts: TextArray | list[str]) -> list[str]:
        """A code for each different text, as short as tells them apart; equal texts have equal codes."""
        full = {str(text): self._code(kind, str(text)) for text in texts}
        length = _SHORTEST
        while length < _LONGEST and len({code[:length] for code in full.values()}) < len(full):
            length += 1
        return [full[str(text)][:length] for text in texts]

    def _code(self, kind: str, text: str) -> str:
        digest = hmac.digest(self.secret, f"{kind}\0{text}".encode("utf-8", "surrogatepass"), "sha256")
        return base64.b32encode(digest).decode().rstrip("=")


@dataclass(frozen=True)
class Renaming:
    """Pseudonyms of one table: by id, and in the order of its rows."""

    ids: TextArray
    names: TextArray
    of_id: Mapping[str, str]


def renaming(salt: Salt, word: str, ids: TextArray) -> Renaming:
    """Ids such as "A-7KQ2ZM" and names such as "Account 7KQ2ZM"; word: "Account" or "Rep"."""
    codes = salt.codes(word, ids)
    new_ids, names = (_array([f"{front}{code}" for code in codes]) for front in (f"{word[0]}-", f"{word} "))
    return Renaming(new_ids, names, dict(zip(map(str, ids), new_ids.tolist(), strict=True)))


def _array(texts: list[str]) -> TextArray:
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array
