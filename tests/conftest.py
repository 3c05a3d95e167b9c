"""Settings and fixtures for all tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from filed_system import TOKEN
from hypothesis import settings

from territory_opt.cli import main

# A first call compiles kernels or loads libraries: how long one example takes says nothing.
settings.register_profile("territory_opt", deadline=None, print_blob=True)
settings.load_profile("territory_opt")

QUICKSTART = Path(__file__).parent.parent / "instances" / "quickstart"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line in this process: exit code, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), out, err

    return call


@pytest.fixture(scope="module")
def alignment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The alignment file of a plan of the quick start, among the other files of `solve`."""
    out = tmp_path_factory.mktemp("plan") / "out"
    with pytest.raises(SystemExit):
        main(["solve", str(QUICKSTART), "-o", str(out)])
    return out / "alignment.csv"


@pytest.fixture
def filed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a system that is found by its entry point, as one that somebody else installs."""
    told = tmp_path / "installed" / "filed-1.0.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: filed\nVersion: 1.0\n", encoding="utf-8")
    (told / "entry_points.txt").write_text(
        "[territory_opt.systems]\nfiled = filed_system\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(told.parent)
    monkeypatch.setenv("FILED_SYSTEM", str(tmp_path / "live.json"))
    monkeypatch.setenv("FILED_TOKEN", TOKEN)
    return tmp_path / "live.json"
