"""A pace of calls that a system allows, so that it has no reason to turn us away."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping

_CALLS, _WITHIN_S = 190, 10.0
_RESERVE = 0.05  # of the calls, for others who use the same log-in
_MAX, _INTERVAL_MS = "X-HubSpot-RateLimit-Max", "X-HubSpot-RateLimit-Interval-Milliseconds"


class Pace:
    """At most so many calls within any stretch of so many seconds.

    calls, within_s: 190 in 10 s for an app of one account with a paid subscription (HubSpot, "API usage
    guidelines"); what the answers of the system say replaces them.
    """

    def __init__(
        self,
        calls: int = _CALLS,
        within_s: float = _WITHIN_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ):
        self._clock, self._sleep = clock, sleep
        self._made: deque[float] = deque()
        self.allow(calls, within_s)

    def allow(self, calls: int, within_s: float) -> None:
        """Another pace from now on, less a small reserve."""
        self.calls, self.within_s = max(1, int(calls * (1.0 - _RESERVE))), within_s

    def wait(self) -> None:
        """Return when one more call may be made, and count it."""
        while len(self._made) >= self.calls:
            left_s = self._made[0] + self.within_s - self._clock()
            if left_s > 0:
                self._sleep(left_s)
            self._made.popleft()
        self._made.append(self._clock())

    def heed(self, headers: Mapping[str, str]) -> None:
        """Take over what an answer says of the limit, if it does."""
        try:
            calls, within_s = int(headers[_MAX]), float(headers[_INTERVAL_MS]) / 1000
        except (KeyError, ValueError):
            return
        if calls > 0 and within_s > 0:
            self.allow(calls, within_s)
