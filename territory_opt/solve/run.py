"""The state of one solve: best plan, best bounds, the trace, and when to stop."""

from __future__ import annotations

import time

import numpy as np

from territory_opt.result import Step
from territory_opt.solve.columns import Columns
from territory_opt.solve.ground import Ground
from territory_opt.solve.model import Model, least_pair
from territory_opt.solve.prices import reduced_cost, regret_scale
from territory_opt.solve.stop import OnStep, Stop, seconds_left
from territory_opt.travel.place import FloatArray, IndexArray


class Run:
    """Keeps the best plan and the best bounds; every change goes through `offer` and `prove`.

    Two bounds are kept: one for every plan, breaches priced, and one for the plans that keep all bands.
    The second is higher, and is the one that counts as soon as such a plan is known.
    """

    def __init__(self, columns: Columns, stop: Stop, on_step: OnStep | None, began_s: float):
        self.columns, self.stop, self.on_step, self.began_s = columns, stop, on_step, began_s
        self.prices = np.zeros(self.model.n_bins)
        self.reduced: FloatArray = self.model.cost
        self.regret_scale = 1.0  # a third of the regret within which a unit has one rival pair on average
        self.priced_bound = -np.inf  # the bound of the prices alone, which regrets add to
        self.choice = least_pair(self.model, self.model.cost)
        self.value = self.model.value(self.choice)
        self.feasible = self._is_feasible(self.choice)
        self.bound_of_any = self.bound_in_bands = -np.inf
        self.impossible = False  # proved: no plan keeps every band
        self.settled = False  # solved to the end, up to the rounding of whole numbers
        self.why_impossible = ""  # in a sentence, where there is more to say
        self.ground: Ground | None = None  # the map, where territories must be in one piece
        self.surplus = 0  # pieces of the best plan's territories beyond one each
        self.stopped = False
        self.steps = 0
        self.trace: list[Step] = []

    @property
    def model(self) -> Model:
        return self.columns.model

    def price(self, prices: FloatArray, bound: float) -> None:
        """Take prices, and the bound that they prove for the full problem."""
        self.prices = prices
        self.reduced = reduced_cost(self.model, prices)
        self.priced_bound = bound
        self.regret_scale = regret_scale(self.regret, self.model.n_units)
        self.prove(bound)

    def widen(self, columns: Columns) -> None:
        """Take columns with more pairs, chosen at the same prices; the plan stays."""
        rep = self.model.rep[self.choice]
        self.columns = columns
        self.choice = self.model.pairs_with(rep)
        self.reduced = reduced_cost(self.model, self.prices)

    def start_from(self, rep: IndexArray) -> None:
        """Offer a plan given as the rep of each unit."""
        self.offer(self.choice_of(rep))

    def choice_of(self, rep: IndexArray) -> IndexArray:
        """The pair of each unit with a rep each; where that pair is not held, the least one (units,)."""
        pair, least = self.model.pairs_with(rep), least_pair(self.model, self.reduced)
        return np.where(pair >= 0, pair, least)

    def stand_on(self, ground: Ground, columns: Columns) -> None:
        """Take a map, and columns with the units of areas without accounts: a plan must be in one piece."""
        free = columns.model.start[self.model.n_units : -1]
        self.ground, self.columns = ground, columns
        self.choice = np.concatenate([self.choice, free])
        self.reduced = reduced_cost(columns.model, self.prices)
        self.surplus = ground.surplus(columns.model.rep[self.choice])
        self.feasible = self.feasible and self.surplus == 0

    def _is_feasible(self, choice: IndexArray) -> bool:
        return not self.model.broken(self.model.loads(choice)).any()

    @property
    def bound(self) -> float:
        """No plan better than ours can cost less."""
        return max(self.bound_of_any, self.bound_in_bands) if self.feasible else self.bound_of_any

    @property
    def regret(self) -> FloatArray:
        """Priced cost of each pair above the least of its unit, shape (pairs,)."""
        return self.reduced - np.repeat(self.columns.least, np.diff(self.model.start))

    @property
    def least_missing(self) -> float:
        """The regret that a pair left out of the columns has at least, inf where none is."""
        return float(np.min(self.columns.beyond - self.columns.least, initial=np.inf))

    @property
    def room(self) -> float:
        """The regret that a pair of a better plan may have at most."""
        return max(self.value - self.priced_bound, 0.0) * (1 + 1e-9) + 1e-9 * abs(self.value)

    @property
    def rivals(self) -> float:
        """Pairs that a better plan may use; inf where some of them may not be held."""
        if not self.feasible or self.least_missing < self.room:
            return np.inf
        return float(np.count_nonzero(self.regret <= self.room))

    @property
    def elapsed_s(self) -> float:
        return time.perf_counter() - self.began_s

    @property
    def seconds_left(self) -> float:
        return seconds_left(self.stop, self.elapsed_s)

    @property
    def deadline_s(self) -> float:
        """When the clock cuts the run short, as `time.time()`, which other processes know too."""
        return time.time() + self.seconds_left

    @property
    def money_of_bin(self) -> FloatArray:
        """What each bin's load costs the plan above the prices' bound: room left in a priced band, breaches.

        Shape (bins,). For bins without a curve inside the band.
        """
        model, loads = self.model, self.model.loads(self.choice)
        edge = np.where(self.prices < 0, model.low, model.high)
        money = np.abs(self.prices) * np.abs(loads - np.where(np.isfinite(edge), edge, loads))
        total: FloatArray = money + model.price * model.breach(loads)
        return total

    @property
    def money_of_rep(self) -> FloatArray:
        """Where the plan costs more than the prices' bound: regrets, and what its bins cost (reps,).

        Their sum over reps is the gap to that bound, for meters with a bin a rep and no curve inside.
        """
        model, money = self.model, self.money_of_bin
        n_reps = int(model.rep.max(initial=-1)) + 1
        regret = np.maximum(self.regret[self.choice], 0.0)
        total: FloatArray = np.zeros(n_reps)
        np.add.at(total, model.rep[self.choice], regret)
        for bins in model.bin[:, :n_reps]:
            total[bins >= 0] += money[bins[bins >= 0]]
        return total

    @property
    def gap_closed(self) -> bool:
        """Whether nothing better can exist, up to rounding."""
        closed = self.value - self.bound <= 1e-7 * max(abs(self.value), 1.0)
        return (closed or self.settled) and (self.feasible or self.impossible)

    def offer(self, choice: IndexArray) -> bool:
        """Take a plan if it is better: one in fewer pieces before any other, where the map counts; then one
        that keeps all bands; then by value."""
        value, in_bands = self.model.value(choice), self._is_feasible(choice)
        surplus = self.ground.surplus(self.model.rep[choice]) if self.ground else 0
        feasible = in_bands and surplus == 0
        ours = self.surplus, not self.feasible, self.value - 1e-9 * abs(self.value)
        better = (surplus, not feasible, value) < ours
        if better:
            self.choice, self.value, self.feasible, self.surplus = choice.copy(), value, feasible, surplus
        return better

    def prove(self, bound: float, in_bands: bool = False) -> None:
        """Take a lower bound if it is higher; in_bands: it holds for plans that keep every band only."""
        if in_bands:
            self.bound_in_bands = max(self.bound_in_bands, bound)
        else:
            self.bound_of_any = max(self.bound_of_any, min(bound, self.value))

    def step(self, stage: str) -> bool:
        """Write a line of the trace, tell the caller, and say whether to go on."""
        self.steps += 1
        step = Step(stage, self.steps, self.elapsed_s, self.value, min(self.bound, self.value))
        self.trace.append(step)
        if self.on_step is not None and self.on_step(step) is False:
            self.stopped = True
        self.stopped = self.stopped or self.stop(step) or self.gap_closed
        return not self.stopped
