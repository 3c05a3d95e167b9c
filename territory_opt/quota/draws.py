"""Years drawn at random, book by book; nothing here holds accounts × draws."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numba import njit

from territory_opt.parallel import in_order
from territory_opt.quota.outlook import Outlook
from territory_opt.travel.place import FloatArray, IndexArray

#: Accounts whose draws come from one stream. It must not depend on the number of workers.
_BLOCK = 256
_MARKET, _BOOK = 0, 1


class _Block(NamedTuple):
    """Some accounts of one rep; number counts the blocks of the rep."""

    rep: int
    number: int
    last: bool
    account: IndexArray


def book_draws(
    outlook: Outlook, draws: int, seed: int = 1, workers: int | None = None
) -> Iterator[tuple[int, FloatArray]]:
    """Every rep with a book, and what the book sells in each draw (draws,), money per year.

    Each block of accounts has a stream of its own, known by the seed, the id of the rep and its number: the
    same numbers on any number of workers (threads; by default one a core), in any order of the reps, and a
    rep who comes or goes changes no other's. Memory: a few blocks × draws.
    """
    threads = workers or os.cpu_count() or 1
    market = _market(outlook, draws, seed)
    book, total = outlook.book, np.zeros(draws)

    def work(block: _Block) -> tuple[_Block, FloatArray]:
        return block, _draw(outlook, draws, seed, block)

    with ThreadPoolExecutor(threads) as pool:
        for block, sales in in_order(pool, work, _blocks(outlook), ahead=3 * threads):
            total = sales if block.number == 0 else total + sales
            if block.last:
                yield block.rep, _with_market(outlook, float(book[block.rep]), total, market)


def _blocks(outlook: Outlook) -> Iterator[_Block]:
    """Accounts that are expected to sell anything, by rep, in runs of `_BLOCK`."""
    account = np.flatnonzero((outlook.rep >= 0) & (outlook.expected > 0))
    account = account[np.argsort(outlook.rep[account], kind="stable")]
    rep = outlook.rep[account]
    for first, end in zip(*_runs(rep), strict=True):
        for number, start in enumerate(range(first, end, _BLOCK)):
            stop = min(start + _BLOCK, end)
            yield _Block(int(rep[first]), number, stop == end, account[start:stop])


def _runs(code: IndexArray) -> tuple[list[int], list[int]]:
    """First and past-the-last position of each run of equal codes."""
    cut = np.flatnonzero(np.diff(code)) + 1
    edges = [0, *cut.tolist(), len(code)] if len(code) else [0]
    return edges[:-1], edges[1:]


def _stream(seed: int, *key: int) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=key)))


def _draw(outlook: Outlook, draws: int, seed: int, block: _Block) -> FloatArray:
    """Sales of one block in each draw (draws,), the market left out."""
    name = blake2b(str(outlook.rep_ids[block.rep]).encode("utf-8", "surrogatepass"), digest_size=8)
    stream = _stream(seed, _BOOK, int.from_bytes(name.digest()), block.number)
    stays = 1 - outlook.churn[block.account]
    mean, cv = outlook.expected[block.account] / stays, outlook.cv[block.account]
    sales = np.zeros(draws)
    if outlook.shape == "gaussian":
        _add_gaussian(stream, mean, cv, stays, sales)
    else:
        log_sd = np.sqrt(np.log1p(cv**2))
        _add_lognormal(stream, mean * np.exp(-(log_sd**2) / 2), log_sd, stays, sales)
    return sales


@njit(cache=True, nogil=True)
def _add_gaussian(
    stream: np.random.Generator, mean: FloatArray, cv: FloatArray, stays: FloatArray, sales: FloatArray
) -> None:
    for a in range(len(mean)):
        always, middle, sd = stays[a] == 1.0, mean[a], mean[a] * cv[a]
        for d in range(len(sales)):
            if always or stream.random() < stays[a]:
                sales[d] += middle + sd * stream.standard_normal()


@njit(cache=True, nogil=True)
def _add_lognormal(
    stream: np.random.Generator, median: FloatArray, log_sd: FloatArray, stays: FloatArray, sales: FloatArray
) -> None:
    for a in range(len(median)):
        always, middle, spread = stays[a] == 1.0, median[a], log_sd[a]
        for d in range(len(sales)):
            if always or stream.random() < stays[a]:
                sales[d] += middle * np.exp(spread * stream.standard_normal())


def _market(outlook: Outlook, draws: int, seed: int) -> FloatArray:
    """What the market does in each draw: a factor with mean 1, or a share to add with mean 0 (draws,)."""
    shock = _stream(seed, _MARKET).standard_normal(draws)
    if outlook.shape == "gaussian":
        return outlook.market_sd * shock
    log_sd = np.sqrt(np.log1p(outlook.market_sd**2))
    return np.exp(log_sd * shock - log_sd**2 / 2)


def _with_market(outlook: Outlook, book: float, sales: FloatArray, market: FloatArray) -> FloatArray:
    return sales + market * book if outlook.shape == "gaussian" else sales * market
