"""One peer at a time, each in a fresh process: its own memory and clock, and an end by force if need be."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import territory_opt as to
from benchmarks.peers.market import Effort, IntArray, Market, NoPlanError, Proposal
from benchmarks.scale import POLICY

#: Name in tables -> module with `align`.
PEERS = {
    "territory_opt": "benchmarks.peers.ours",
    "CP-SAT": "benchmarks.peers.cp_sat",
    "HiGHS MIP": "benchmarks.peers.highs",
    "min-cost flow": "benchmarks.peers.flow",
    "k-means-constrained": "benchmarks.peers.kmeans",
    "greedy waterfall": "benchmarks.peers.waterfall",
}
_POLL_S = 0.1


@dataclass(frozen=True)
class Size:
    """Which generated market."""

    accounts: int
    reps: int
    seed: int

    def problem(self) -> to.Problem:
        return to.generate(self.accounts, self.reps, seed=self.seed)


@dataclass(frozen=True)
class Limits:
    """What each peer gets. grace_s: seconds after `time_s` until it is ended. memory_mib: likewise."""

    time_s: float
    workers: int
    grace_s: float
    memory_mib: float
    candidates: int = 10


@dataclass(frozen=True)
class Finish:
    """How a peer ended: its proposal, or None and the reason; seconds and peak memory either way."""

    proposal: Proposal | None
    reason: str
    seconds: float
    peak_mib: int


def race(module: str, size: Size, limits: Limits, fingerprint: str) -> Finish:
    """Run a module's `align` on the market, whose facts must have this fingerprint there as well."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(
        target=_run, args=(theirs, module, size, limits, fingerprint), daemon=True
    )
    with _ended(process):
        with _threads(limits.workers):
            process.start()
        theirs.close()
        return _followed(process, ours, limits)


@contextmanager
def _threads(workers: int) -> Iterator[None]:
    """Compiled loops of a process that starts now use so many threads; our own are as before afterwards."""
    names = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, str(workers)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _ended(process: BaseProcess) -> Iterator[None]:
    """Whatever happens, the process is gone afterwards."""
    try:
        yield
    finally:
        if process.pid is not None:
            process.kill()
            process.join()


def _followed(process: BaseProcess, messages: Connection, limits: Limits) -> Finish:
    """Wait for the answer; the clock starts when the peer says that its facts are in memory."""
    began, peak = None, 0
    while True:
        seconds = 0.0 if began is None else time.perf_counter() - began
        try:
            if messages.poll(_POLL_S):
                word = messages.recv()
                if word is not None:
                    return word
                began = time.perf_counter()
        except EOFError:
            process.join()
            return Finish(None, f"the process died (exit code {process.exitcode})", seconds, peak)
        now, peak = _memory_mib(process.pid or 0, peak)
        if now > limits.memory_mib:
            return Finish(None, f"ended at {now:,.0f} MiB of memory", seconds, peak)
        if seconds > limits.time_s + limits.grace_s:
            return Finish(None, f"no answer, ended after {seconds:,.0f} s", seconds, peak)


def _memory_mib(pid: int, before: int) -> tuple[float, int]:
    """Memory in use now and at most, where the system tells."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0, before
    kib = {line.split(":")[0]: line.split()[1] for line in text.splitlines() if line.startswith("Vm")}
    return float(kib.get("VmRSS", 0)) / 1024, max(before, int(kib.get("VmHWM", 0)) // 1024)


def _run(messages: Connection, module: str, size: Size, limits: Limits, fingerprint: str) -> None:
    """In the process of its own: make the facts, say so, align, send the answer."""
    problem = size.problem()
    effort = None
    try:
        if problem.fingerprint() != fingerprint:
            raise NoPlanError("its facts are not the same")
        align = importlib.import_module(module).align
        market = Market(problem, POLICY)
        messages.send(None)
        effort = Effort(limits.time_s, limits.workers, size.seed, limits.candidates)
        proposal, reason = align(market, effort), ""
    except NoPlanError as why:
        proposal, reason = None, str(why)
    except ModuleNotFoundError as missing:
        proposal, reason = None, f"{missing.name} is not installed (the extra `bench` has it)"
    except Exception as error:  # a peer's failure is a result of the benchmark
        proposal, reason = None, f"{type(error).__name__}: {error}"
    seconds = effort.spent if effort is not None else 0.0
    messages.send(Finish(proposal, reason, seconds, own_peak_mib()))


def own_peak_mib() -> int:
    """Peak memory of this process; the system counts KiB, macOS bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (
        1024**2 if sys.platform == "darwin" else 1024
    )


def covers(proposal: Proposal, problem: to.Problem) -> bool:
    """Whether the plan names a rep or none for every account."""
    rep: IntArray = proposal.rep
    n = len(problem.accounts)
    return rep.shape == (n,) and bool(((rep >= -1) & (rep < len(problem.reps))).all())
