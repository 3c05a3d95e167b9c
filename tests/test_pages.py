"""Pages to hand out: they add up, open without a network, speak two languages, and run nothing."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import plan
import pytest
from maps_of_squares import areas_of, grid
from test_workbook import hostile_everywhere

import territory_opt as to
from territory_opt.cli import main
from territory_opt.io.frontier_file import read_frontier
from territory_opt.language import ENGLISH, FRENCH
from territory_opt.pages import write as room
from territory_opt.pages.books import Books
from territory_opt.pages.leaders import leaders_of
from territory_opt.pages.picture import HEIGHT, WIDTH, Ground, View, territory_picture
from territory_opt.pages.sheet import Writer
from territory_opt.pages.team import team_of

ROOT = Path(__file__).parent.parent
QUICKSTART = ROOT / "instances" / "quickstart"
EMPTY = Ground.of([])


class Page(HTMLParser):
    """Tags, attributes and texts of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


@pytest.fixture(scope="module")
def facts() -> to.Problem:
    return plan.problem()


@pytest.fixture(scope="module")
def writer(facts: to.Problem) -> Writer:
    return Writer(Books(facts, plan.POLICY, plan.result(facts), ENGLISH), EMPTY)


def texts_of(path: Path) -> list[str]:
    return Page(path.read_text(encoding="utf-8")).texts


def test_a_sheet_says_what_is_kept_gained_and_lost(writer: Writer, facts: to.Problem) -> None:
    sheet = writer.sheet(1)  # has 3 and 4, keeps 3, gets 2 from the first rep, gives 4 to the third
    names = facts.accounts.names
    assert sheet.kept == [names[3]]
    assert [(line.name, line.partner) for line in sheet.gained.lines] == [(names[2], facts.reps.names[0])]
    assert [(line.name, line.partner) for line in sheet.lost.lines] == [(names[4], facts.reps.names[2])]
    assert sheet.gained.revenue == "150\u00a0USD"
    found = to.moves(facts, plan.POLICY, plan.result(facts))
    assert [line.reason for line in (*sheet.gained.lines, *sheet.lost.lines)] == list(found.reason[:2])
    assert [(p.name, p.receives, p.gives) for p in sheet.partners] == [
        (facts.reps.names[0], "1 account · 150\u00a0USD", "–"),
        (facts.reps.names[2], "–", "1 account · 150\u00a0USD"),
    ]
    figures = {figure.name: figure[1:] for figure in sheet.figures}
    assert figures["Accounts"] == ("2", "2", "0")
    assert figures["Revenue, USD"] == ("350", "350", "0")
    assert figures["Potential, USD"] == ("700", "700", "0")
    assert figures["Whitespace, USD"] == ("350", "350", "0")
    (index,) = sheet.indexes
    assert (index.today, index.plan, index.band, index.outside) == ("1.31", "1.31", "0.75 – 1.25", True)
    assert [line.name for line in sheet.top.lines] == [names[3], names[2]]
    assert [line.new for line in sheet.top.lines] == [False, True]


def test_every_account_is_on_the_sheets_it_belongs_to() -> None:
    """Against a loop over accounts, on a random plan with accounts and seats of nobody."""
    rng = np.random.default_rng(3)
    problem = to.generate(60, 5, seed=3)
    owner = rng.integers(-1, 5, 60).astype(np.int32)
    problem = replace(problem, accounts=replace(problem.accounts, owner=owner))
    policy = to.Policy([to.Travel(), to.Disruption(), to.Balance("potential", within=0.2)])
    rep = rng.integers(-1, 5, 60).astype(np.int32)
    books = Books(problem, policy, to.value(problem, policy, to.Alignment(rep)), ENGLISH)
    for r in range(5):
        pairs = list(enumerate(zip(owner.tolist(), rep.tolist(), strict=True)))
        assert set(books.kept.of(r)) == {a for a, (old, new) in pairs if old == new == r}
        assert set(books.gained.of(r)) == {a for a, (old, new) in pairs if new == r != old}
        assert set(books.lost.of(r)) == {a for a, (old, new) in pairs if old == r != new}
        for name in ("revenue", "potential"):
            held = problem.accounts.measures[name][rep == r].sum()
            np.testing.assert_allclose(books.totals[name].plan[r], held)
    writer = Writer(books, EMPTY)
    for r in range(5):
        sheet = writer.sheet(r)
        flows = [_count(p.receives) for p in sheet.partners], [_count(p.gives) for p in sheet.partners]
        assert sum(flows[0]) == sum(owner[a] >= 0 for a in books.gained.of(r))
        assert sum(flows[1]) == sum(rep[a] >= 0 for a in books.lost.of(r))


def _count(flow: str) -> int:
    return 0 if flow == "–" else int(flow.split()[0])


def test_the_lines_of_a_quota_sum_to_it(writer: Writer) -> None:
    for rep in range(3):
        sheet = writer.sheet(rep)
        lines = [float(money.replace(",", "").replace("−", "-")) for _, money in sheet.quota_lines]
        quota = float(sheet.quota.split("\u00a0")[0].replace(",", ""))
        assert sum(lines) == pytest.approx(quota, abs=0.005)


def test_a_team_sums_its_reps_and_counts_moves_inside_once(writer: Writer) -> None:
    team = team_of(writer, "", np.arange(3), ["", "", ""])
    assert "inside the team: 2 accounts, in or out: 1 account" in team.facts
    assert (team.total.accounts, team.total.gained, team.total.lost) == ("7", "3", "2")
    assert team.total.indexes == [("1.00", False)]
    assert [outside for member in team.members for _, outside in member.indexes] == [True, True, False]


def test_leaders_read_the_gap_in_words(writer: Writer) -> None:
    books, result = writer.books, writer.books.result
    report = leaders_of(writer)
    assert not report.good
    assert f"{result.bound:,.0f}" in report.proof
    assert "that is proved" in report.proof
    assert any(clash.startswith("=HYPERLINK") for clash in report.clashes)  # the load, by name
    assert "1 accounts are served by nobody." in report.clashes
    fine = replace(result, audit=replace(result.audit, clashes=(), breach_cost=0.0))
    for status, bound, words in (
        (to.Status.OPTIMAL, fine.audit.cost, "it is proved that no plan costs less"),
        (to.Status.FEASIBLE, 0.9 * fine.audit.cost, "10.00\u00a0% of the cost"),
        (to.Status.FEASIBLE, -np.inf, "stopped before it had proved anything"),
    ):
        said = Writer(replace(books, result=replace(fine, status=status, bound=bound)), EMPTY)
        assert words in leaders_of(said).proof
    given = Writer(replace(books, result=replace(fine, searched=False)), EMPTY)
    assert "nothing is said about better ones" in leaders_of(given).proof


def test_costs_of_the_leaders_add_up(writer: Writer) -> None:
    audit, today = writer.books.result.audit, writer.books.result.today
    total = leaders_of(writer).costs[-1]
    change = ENGLISH.number(audit.cost - today.cost, signed=True)
    assert total == ("Total", ENGLISH.number(today.cost), ENGLISH.number(audit.cost), change)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_nothing_runs_and_nothing_is_asked_of_other_hosts(language: str, tmp_path: Path) -> None:
    """Hostile texts in every place, as markup: the pages hold them as texts and nothing else."""
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    problem, policy, result = hostile_everywhere()
    accounts, reps = problem.accounts, problem.reps
    tags = {name: to.Categories.of([evil] * 3) for name in ("region", "manager")}
    names = {"names": np.array([evil] * 8, object), "ids": np.array([f"{evil}{i}" for i in range(8)], object)}
    problem = replace(
        problem,
        currency=evil,
        accounts=replace(accounts, **names),
        reps=replace(reps, names=np.array([evil] * 3, object), tags={**reps.tags, **tags}),
    )
    policy = to.Policy(policy.terms[:4], policy.rules)
    result = to.value(problem, policy, result.alignment)
    written = to.pages(problem, policy, result, tmp_path / "out", language=language, on=date(2026, 1, 1))
    assert {"index.html", "leaders.html"} < {*written}
    for name, path in written.items():
        page = Page(path.read_text(encoding="utf-8"))
        assert not {"script", "img", "link", "iframe", "object"} & {*page.tags}, name
        for attribute, value in page.attributes:
            assert not attribute.startswith("on"), name
            assert attribute != "src", name
            if attribute == "href":
                assert not re.match(r"(?i)[a-z]*:|//", value), value
        assert "url(" not in path.read_text(encoding="utf-8")
        if name != "leaders.html":
            assert any("<script>alert(1)</script>" in text for text in page.texts)
        assert ".." not in name
        assert re.fullmatch(r"[A-Za-z0-9/._-]+", name)


def test_links_of_the_list_lead_to_the_pages(facts: to.Problem, tmp_path: Path) -> None:
    written = to.pages(facts, plan.POLICY, plan.result(facts), tmp_path)
    page = Page(written["index.html"].read_text(encoding="utf-8"))
    links = {value for name, value in page.attributes if name == "href"}
    assert links == {*written} - {"index.html"}
    pack = next(path for name, path in written.items() if name.startswith("managers/"))
    inside = Page(pack.read_text(encoding="utf-8")).attributes
    anchors = {value for name, value in inside if name == "id"}
    assert {value for name, value in inside if name == "href"} == {f"#{anchor}" for anchor in anchors}


def test_a_page_in_french_has_no_english_left(tmp_path: Path) -> None:
    """Every sentence of ours on the pages in French is none of the English ones."""
    problem, policy = to.read(QUICKSTART), to.read_policy(QUICKSTART)
    result = to.value(problem, policy, to.Alignment(np.where(problem.accounts.owner == 3, 1, 0)))
    english = {
        said for key, said in ENGLISH.sentences.items() if said != FRENCH.sentences[key] and len(said) > 3
    }
    phrases = ("had it stayed", "costs least", "is leaving", "would have", "a year", "saves", "the book")
    for path in to.pages(problem, policy, result, tmp_path, language="fr").values():
        texts = texts_of(path)
        assert not english & {*texts}
        for phrase in phrases:
            assert not [text for text in texts if phrase in text.lower() and "{" not in text], phrase


def test_different_ids_have_different_files() -> None:
    ids = np.array(["a/b", "a b", "A-b", "a-b", "", "CON", "é", "x" * 300, "../..", "日本"], object)
    names = room.file_names(ids)
    assert len({name.casefold() for name in names}) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,70}\.html", name) for name in names)
    assert room.file_names(np.array(["R1"], object)) == ["R1.html"]


def test_faults_are_named_before_anything_is_written(facts: to.Problem, tmp_path: Path) -> None:
    result = plan.result(facts)
    for wrong in ({"whom": "bosses"}, {"language": "de"}, {"quota": {"growth": -2.0}}):
        with pytest.raises(to.PolicyError):
            to.pages(facts, plan.POLICY, result, tmp_path / "out", **wrong)
        assert not (tmp_path / "out").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(to.ExportError):
        to.pages(facts, plan.POLICY, result, tmp_path / "file")


def test_a_picture_shows_every_place_inside_its_frame() -> None:
    rng = np.random.default_rng(5)
    lat, lon = rng.uniform(-10, 10, 40), (rng.uniform(170, 190, 40) + 180) % 360 - 180  # over the date line
    view = View.around(lat, lon)
    x, y = view.xy(lat, lon)
    assert ((x >= 0) & (x <= WIDTH) & (y >= 0) & (y <= HEIGHT)).all()
    assert np.ptp(x) > WIDTH / 3  # and not two heaps at its ends
    picture = territory_picture(EMPTY, {"kept": (lat, lon)}, (0.0, 180.0))
    assert picture.count("h0") == 40
    assert 'class="home"' in picture
    assert territory_picture(EMPTY, {"kept": (np.array([np.nan]), np.array([np.nan]))}) == ""


def test_borders_that_cross_the_picture_are_drawn() -> None:
    ground = Ground.of([[-80.0, 40.0, 80.0, 40.0], [0.0, 60.0, 1.0, 60.0]])
    picture = territory_picture(ground, {"kept": (np.array([39.0, 41.0]), np.array([-1.0, 1.0]))})
    (path,) = re.findall(r'class="land" d="([^"]*)"', picture)
    assert path.count("M") == 1


def test_pages_of_a_map_of_areas_show_the_areas(tmp_path: Path) -> None:
    areas = areas_of(grid(3, 2))
    facts = to.Accounts.of(
        range(6),
        lat=areas.lat,
        lon=areas.lon,
        owner=[0, 0, 1, 1, 1, 1],
        area=range(6),
        measures={"visits": np.ones(6)},
    )
    problem = to.Problem(facts, to.Reps.of(["a", "b"], lat=[48, 48], lon=[10, 12]), areas=areas)
    policy = to.Policy([to.Travel()], [to.FollowArea()])
    result = to.value(problem, policy, to.Alignment(np.array([0, 1, 1, 1, 1, 1])))
    written = to.pages(problem, policy, result, tmp_path, whom="reps")
    first, other = (written[f"reps/{rep}.html"].read_text() for rep in "ab")
    assert [kind for kind in ("kept", "lost", "gained") if f'class="area {kind}"' in first] == [
        "kept",
        "lost",
    ]
    assert [kind for kind in ("kept", "lost", "gained") if f'class="area {kind}"' in other] == [
        "kept",
        "gained",
    ]


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pages") / "plan"
    with pytest.raises(SystemExit):
        main(["solve", str(QUICKSTART), "-o", str(out), "--time", "5"])
    return out


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def test_the_verb_writes_pages_with_the_proof_of_the_solve(solved: Path, tmp_path: Path) -> None:
    alignment = solved / "alignment.csv"
    assert run("pages", QUICKSTART, "-a", alignment, "-o", tmp_path / "a", "--on", "2026-04-01") == 0
    page = (tmp_path / "a" / "leaders.html").read_text(encoding="utf-8")
    assert "proved" in page
    assert "1 April 2026" in page
    alone = tmp_path / "alone.csv"
    shutil.copy(alignment, alone)  # beside no result.json
    assert run("pages", QUICKSTART, "-a", alone, "-o", tmp_path / "b", "--for", "leaders") == 0
    assert "recounted as it was given" in (tmp_path / "b" / "leaders.html").read_text(encoding="utf-8")
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["leaders.html"]


@pytest.mark.parametrize(
    "wrong", [("--language", "xx"), ("--on", "soon"), ("--for", "bosses"), ("--key", "k.csv")]
)
def test_the_verb_names_what_is_wrong(wrong: tuple[str, str], solved: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("pages", QUICKSTART, "-a", solved / "alignment.csv", "-o", out, *wrong) == 2
    assert not out.exists()


def test_a_frontier_is_read_back_and_shown(facts: to.Problem, tmp_path: Path) -> None:
    path = tmp_path / "frontier.csv"
    head = "point,within,largest deviation,other costs per year,disruption per year,accounts moved,gap,knee\n"
    path.write_text(head + "1,0.05,0.049,1000.5,200,3,0.001,\n2,0.1,0.1,900,300,5,0.002,yes\n")
    rows = read_frontier(path)
    assert [row["knee"] for row in rows] == [False, True]
    written = to.pages(
        facts, plan.POLICY, plan.result(facts), tmp_path / "out", whom="leaders", frontier=rows
    )
    page = Page(written["leaders.html"].read_text(encoding="utf-8"))
    assert {"4.9\u00a0%", "1,000", "the knee"} <= {*page.texts} | {"1,000"}
    assert page.attributes.count(("class", "knee")) == 1
    path.write_text(head + "1,0.05,much,1000.5,200,3,x,\n")
    with pytest.raises(to.DataError) as error:
        read_frontier(path)
    assert {issue.column for issue in error.value.issues} == {"largest deviation", "gap"}
