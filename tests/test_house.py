"""The rooms of the house: who may import whom, read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import territory_opt as to

PACKAGE = Path(to.__file__).parent
FLOORS = (
    {"errors", "parallel", "arrays", "shown", "disk"},
    {"language"},
    {"cluster"},
    {"travel"},
    {"areas", "history", "categories"},
    {"problem"},
    {"alignment", "volatility"},
    {"policy", "holdings"},
    {"question"},
    {"check", "audit"},
    {"receivers"},
    {"result"},
    {"moves", "summary", "explain", "privacy"},
    {
        "solve",
        "fairness",
        "quota",
        "forecast",
        "headcount",
        "incentives",
        "io",
        "plots",
        "crm",
        "compactness",
        "generate",
    },
    {"maps"},
    {"deliver", "design"},
    {"pages"},
    {"scenarios"},
    {"toml_values"},
    {"config"},
    {"cli"},
    {"__main__"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
#: A result prints itself as the summary; the import waits until then.
UPWARD = {("result", "summary")}
#: Libraries that only some rooms may know.
ONLY_IN = {
    "ortools": {"solve"},
    "pandas": {"io", "maps"},
    "geopandas": {"io", "maps"},
    "shapely": {"io", "maps", "compactness"},  # which is about shapes and nothing else
    "pyproj": {"io"},
    "pyogrio": {"io"},
    "xlsxwriter": {"io"},
    "python_calamine": {"io"},
    "pyarrow": {"io"},
    "folium": {"maps"},
    "branca": {"maps"},
    "matplotlib": {"plots"},
    "typer": {"cli"},
    "distributed": {"cluster"},
    "requests": {"crm"},
    "rich": {"cli"},
    "jinja2": {"pages"},
    "markupsafe": {"pages"},
}
SOURCES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def room_of(path: Path) -> str:
    """The first name below the package: a module or a folder."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Full names of everything that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            assert node.module is not None
            if node.module == "territory_opt":
                yield from (f"territory_opt.{to._MODULE.get(a.name, a.name)}" for a in node.names)
            else:
                yield node.module


def rooms(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imported(path) if name.startswith("territory_opt.")}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    room = room_of(path)
    assert room in FLOOR, "a new room needs a floor"
    upward = {
        other for other in rooms(path) - {room} if FLOOR[other] >= FLOOR[room] and (room, other) not in UPWARD
    }
    assert not upward, f"{room} may not know {upward}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_heavy_libraries_stay_in_their_rooms(path: Path) -> None:
    strangers = {
        library
        for name in imported(path)
        if (library := name.split(".")[0]) in ONLY_IN and room_of(path) not in ONLY_IN[library]
    }
    assert not strangers


def test_rooms_that_are_listed_exist() -> None:
    assert {room_of(path) for path in SOURCES} == set(FLOOR)


def test_no_file_outgrows_its_idea() -> None:
    long = {
        str(p.relative_to(PACKAGE)): n for p in SOURCES if (n := len(p.read_text("utf-8").splitlines())) > 330
    }
    assert not long


def test_public_names_and_stub_and_files_agree() -> None:
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    promised = {
        (node.module, alias.name, alias.asname or alias.name)
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    kept = {(f"territory_opt.{m}", to._THERE.get(name, name), name) for name, m in to._MODULE.items()}
    assert promised == kept
    listed = next(n.value for n in stub.body if isinstance(n, ast.Assign))
    assert sorted(ast.literal_eval(listed)) == to.__all__


def test_every_public_name_is_what_it_says_whatever_was_imported_before() -> None:
    import territory_opt.audit
    import territory_opt.check
    import territory_opt.solve.pipeline  # noqa: F401

    for name, module in to._MODULE.items():
        thing = getattr(to, name)
        assert callable(thing), name
        assert thing.__module__.startswith(f"territory_opt.{module}")
        assert thing.__doc__, f"{name} has no docstring"
    with pytest.raises(AttributeError, match="no attribute 'sovle'"):
        to.sovle  # noqa: B018
