"""Writes the sheet of one rep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from markupsafe import Markup

from territory_opt.alignment import Alignment
from territory_opt.audit import MeterCount
from territory_opt.holdings import holdings
from territory_opt.language import Language
from territory_opt.pages.books import Books
from territory_opt.pages.parts import Figure, Index, Line, Partner, Sheet, Table
from territory_opt.pages.picture import HEIGHT, WIDTH, Ground, View, area_path, territory_picture, view_of
from territory_opt.problem import Int32Array
from territory_opt.travel.place import FloatArray

MOST_ROWS = 150  # of one table of accounts; the files of the plan hold all
MOST_KEPT = 400  # names of kept accounts
MOST_OTHERS = 400  # dots of other territories on a map
_TOP = 10
_BAR = (0.5, 1.5)  # indexes at the ends of a bar


@dataclass(frozen=True, eq=False)
class Writer:
    """Writes the texts of sheets; what all of them share is worked out once."""

    books: Books
    ground: Ground
    on: date | None = None

    @property
    def language(self) -> Language:
        return self.books.language

    @property
    def currency(self) -> str:
        return self.books.problem.currency

    def money(self, amount: float, digits: int = 0) -> str:
        """An amount with its currency, kept on one line."""
        return f"{self.language.number(amount, digits)}\u00a0{self.currency}"

    def word(self, measure: str) -> str:
        """Our word for a measure, as the beginning of a line."""
        text = self.language.name_of("measure", measure)
        return text[:1].upper() + text[1:]

    def measure(self, name: str) -> str:
        """Our word for a measure of `Books.totals`, with its unit."""
        unit = {"accounts": "", "workload_h": ", h", "travel_h": ", h"}.get(name, f", {self.currency}")
        return f"{self.word(name)}{unit}"

    def figures(self, reps: Int32Array) -> list[Figure]:
        """Sums over some reps."""
        rows = []
        for name, total in self.books.totals.items():
            today, plan = float(total.today[reps].sum()), float(total.plan[reps].sum())
            say = self.language.number
            rows.append(Figure(self.measure(name), say(today), say(plan), say(plan - today, signed=True)))
        return rows

    def index(self, name: str, before: MeterCount, after: MeterCount, rep: int) -> Index:
        """One measure of a rep."""
        say = self.language.number
        low, high = (float(side[rep] / after.target[rep]) for side in (after.low, after.high))
        bar = {"from": _place(low), "to": _place(high), "one": _place(1.0)}
        now, then = float(before.index[rep]), float(after.index[rep])
        places = {"today": now, "plan": then}
        bar |= {word: _place(value) for word, value in places.items() if np.isfinite(value)}
        band = f"{say(low, 2)} – {say(high, 2)}"
        outside = bool(after.outside[rep])
        return Index(self.word(name), say(now, 2), say(then, 2), band, outside, bar)

    def indexes(self, rep: int) -> list[Index]:
        """Every measure that gives the rep a target."""
        return [self.index(*meter, rep) for meter in self.books.meters if meter[2].target[rep] > 0]

    def sheet(self, rep: int) -> Sheet:
        """The page of a rep."""
        books, reps, n = self.books, self.books.problem.reps, self.language.number
        kept, gained, lost = (rows.of(rep) for rows in (books.kept, books.gained, books.lost))
        names = books.problem.accounts.names
        quota, lines, basis = self._quota(rep)
        return Sheet(
            id=str(reps.ids[rep]),
            name=str(reps.names[rep]),
            about=list(self._about(rep)),
            leaving=bool(reps.leaving[rep]),
            figures=self.figures(np.array([rep], np.int32)),
            indexes=self.indexes(rep),
            picture=Markup(self._picture(rep)),  # made of numbers alone
            gained=self._table(gained, books.problem.accounts.owner),
            lost=self._table(lost, books.result.alignment.rep),
            top=self._table(books.all.of(rep)[:_TOP], books.problem.accounts.owner),
            kept=[str(name) for name in names[kept[:MOST_KEPT]]],
            kept_line=self._sum(kept),
            kept_more=n(len(kept) - MOST_KEPT) if len(kept) > MOST_KEPT else "",
            partners=self._partners(gained, lost),
            quota=quota,
            quota_lines=lines,
            quota_basis=basis,
        )

    def _sum(self, account: Int32Array) -> str:
        """Some accounts in one line."""
        measures, n = self.books.problem.accounts.measures, self.language.counted(len(account), "account")
        sums = {name: self.money(float(measures[name][account].sum())) for name in ("revenue", "potential")}
        return self.language.say("sheet.sum", accounts=n, **sums)

    def _about(self, rep: int) -> Iterator[str]:
        """Who the rep is, and when the plan begins."""
        reps, say = self.books.problem.reps, self.language.say
        for tag in ("region", "manager"):
            text = str(reps.tags[tag].texts()[rep]) if tag in reps.tags else ""
            if text:
                yield say(f"sheet.{tag}", name=text)
        if reps.leaving[rep]:
            yield say("sheet.leaving")
        elif reps.vacant[rep]:
            yield say("sheet.vacant")
        begins = str(reps.tags["start_date"].texts()[rep]) if "start_date" in reps.tags else ""
        if begins:
            yield say("sheet.since", date=self._date(begins))
        if self.on is not None:
            yield say("sheet.from", date=self.language.date(self.on))

    def _date(self, text: str) -> str:
        try:
            return self.language.date(date.fromisoformat(text[:10]))
        except ValueError:
            return text

    def line(self, account: int, partner: int) -> Line:
        """One account; partner: the rep at the other end of its hand-over, -1 for nobody."""
        books, n = self.books, self.language.number
        accounts = books.problem.accounts
        nobody = self.language.say("nobody")
        return Line(
            name=str(accounts.names[account]),
            id=str(accounts.ids[account]),
            partner=str(books.problem.reps.names[partner]) if partner >= 0 else nobody,
            revenue=n(accounts.measures["revenue"][account]),
            potential=n(accounts.measures["potential"][account]),
            whitespace=n(books.whitespace[account]),
            reason=books.reason.get(account, ""),
            new=account in books.reason,
        )

    def _table(self, account: Int32Array, partner: Int32Array) -> Table:
        shown = account[:MOST_ROWS]
        more = len(account) - len(shown)
        revenue = float(self.books.problem.accounts.measures["revenue"][account].sum())
        return Table(
            [self.line(a, p) for a, p in zip(shown.tolist(), partner[shown].tolist(), strict=True)],
            self.language.counted(len(account), "account"),
            self.language.number(more) if more else "",
            self.money(revenue),
        )

    def _partners(self, gained: Int32Array, lost: Int32Array) -> list[Partner]:
        """Reps who hand accounts to this one, or get some from him; the most revenue first."""
        problem = self.books.problem
        revenue, n_reps = problem.accounts.measures["revenue"], len(problem.reps)
        sides = (gained, problem.accounts.owner[gained]), (lost, self.books.result.alignment.rep[lost])
        money = [np.bincount(rep[rep >= 0], revenue[a][rep >= 0], n_reps) for a, rep in sides]
        count = [np.bincount(rep[rep >= 0], minlength=n_reps) for _, rep in sides]
        order = np.argsort(-(money[0] + money[1]), kind="stable")
        involved = [r for r in order.tolist() if count[0][r] + count[1][r]]
        flows = [[self._flow(c[r], m[r]) for c, m in zip(count, money, strict=True)] for r in involved]
        return [Partner(str(problem.reps.names[r]), *flow) for r, flow in zip(involved, flows, strict=True)]

    def _flow(self, count: int, money: float) -> str:
        return f"{self.language.counted(int(count), 'account')} · {self.money(money)}" if count else "–"

    def _quota(self, rep: int) -> tuple[str, list[tuple[str, str]], str]:
        """The quota, the lines it is the sum of, and how the goal was shared."""
        quotas, say = self.books.quotas, self.language.say
        if quotas is None:
            return "", [], ""
        shown = [line.name for line in quotas.lines if line.label]
        lines = [
            (self._quota_line(name, label), self.language.number(money, 2, signed=i > 0))
            for i, (name, (label, money)) in enumerate(zip(shown, quotas.rows_of(rep), strict=True))
        ]
        method = self.language.name_of("method", quotas.method)
        basis = say("quota.basis", goal=self.money(quotas.goal), method=method)
        return self.money(float(quotas.quota[rep]), 2), lines, basis

    def _quota_line(self, name: str, label: str) -> str:
        """A line in the language of the page; the planner's English words say it with percentages."""
        name, key = name.removeprefix("from "), f"quota_line.{name.removeprefix('from ')}"
        if self.language.code != "en":
            part = {"measure": self.language.name_of("measure", name)}
            label = self.language.say(key if key in self.language.sentences else "quota.part", **part)
        return label[:1].upper() + label[1:]

    def _picture(self, rep: int) -> str:
        """Kept, gained and lost accounts on the ground, with what lies around them."""
        books, reps = self.books, self.books.problem.reps
        rows = {"kept": books.kept, "lost": books.lost, "gained": books.gained}
        dots = {kind: self._places(rows.of(rep)) for kind, rows in rows.items()}
        view = view_of(dots)
        if view is None:
            return ""
        dots = {"others": self._places(self._others(view)), **dots}
        home = (float(reps.lat[rep]), float(reps.lon[rep]))
        return territory_picture(self.ground, dots, home, self._shapes(rep, view), view)

    def _others(self, view: View) -> Int32Array:
        """Accounts around, of whomever; a sample where they are many."""
        accounts = self.books.problem.accounts
        x, y = view.xy(accounts.lat, accounts.lon)
        inside = np.flatnonzero((x > 0) & (x < WIDTH) & (y > 0) & (y < HEIGHT))
        return inside[:: len(inside) // MOST_OTHERS + 1].astype(np.int32)

    def _places(self, account: Int32Array) -> tuple[FloatArray, FloatArray]:
        accounts = self.books.problem.accounts
        return accounts.lat[account], accounts.lon[account]

    def _shapes(self, rep: int, view: View) -> dict[str, str]:
        """Paths of the areas that the rep keeps, gains and loses."""
        areas = self.books.problem.areas
        if self._holders is None or areas is None or areas.outlines is None:
            return {}
        today, plan = (holder == rep for holder in self._holders)
        held = {"kept": today & plan, "lost": today & ~plan, "gained": plan & ~today}
        return {kind: area_path(areas.outlines, np.flatnonzero(mask), view) for kind, mask in held.items()}

    @cached_property
    def _holders(self) -> tuple[Int32Array, Int32Array] | None:
        """Who holds each area today and in the plan; None without outlines."""
        problem = self.books.problem
        if problem.areas is None or problem.areas.outlines is None:
            return None
        plans = (Alignment.today(problem), self.books.result.alignment)
        today, plan = (holdings(problem, each).rep for each in plans)
        return today, plan


def _place(index: float) -> float:
    low, high = _BAR
    return round(100 * (min(max(index, low), high) - low) / (high - low), 1)
