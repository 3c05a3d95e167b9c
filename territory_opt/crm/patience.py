"""Calls that get no answer, made again after longer and longer waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from territory_opt.crm.client import Interrupted
from territory_opt.errors import ExportError

T = TypeVar("T")
_TRIES, _FIRST_WAIT_S, _LONGEST_WAIT_S = 6, 1.0, 60.0


@dataclass(frozen=True)
class Patience:
    """How to wait; sleep: takes seconds."""

    sleep: Callable[[float], None] = time.sleep

    def ask(self, call: Callable[[], T]) -> T:
        """The answer of a call that may be made again; ExportError after the last silence."""
        waits = self.waits()
        while True:
            try:
                return call()
            except Interrupted as silence:
                self.wait(silence, waits)

    def waits(self) -> Iterator[float]:
        """Seconds to wait after each silence; as many as there are tries."""
        return (min(_FIRST_WAIT_S * 2**i, _LONGEST_WAIT_S) for i in range(_TRIES))

    def wait(self, silence: Interrupted, waits: Iterator[float]) -> None:
        """As long as the system asks, or else as our own next wait says; ExportError when none is left."""
        ours = next(waits, None)
        if ours is None:
            message = f"the system does not answer: {silence}. Run again to go on where it was"
            raise ExportError(message) from None
        self.sleep(ours if silence.after_s is None else silence.after_s)
