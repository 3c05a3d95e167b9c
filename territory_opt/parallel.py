"""Independent work on any executor, results in order."""

from __future__ import annotations

import ctypes
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

S = TypeVar("S")
T = TypeVar("T")


def in_order(executor: Executor, function: Callable[[S], T], items: Iterable[S], ahead: int) -> Iterator[T]:
    """function(item) for each item, in order, at most `ahead` of them waiting or under way.

    Unlike `Executor.map`, items are drawn as they are needed: the parts of a large problem are never all
    held at once.
    """
    running: deque[Future[T]] = deque()
    try:
        for item in items:
            running.append(executor.submit(function, item))
            if len(running) >= ahead:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        for future in running:
            future.cancel()


class Serial(Executor):
    """An executor that works at once, in the caller: for work that is one of many already."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def give_back_memory() -> None:
    """Return freed memory to the system where the C library would hold it back, as glibc does.

    Branch and cut frees hundreds of megabytes in pieces; measured at 10,000 × 100, twice what was in use.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
