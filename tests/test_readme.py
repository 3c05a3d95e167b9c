"""The README is run: its Python, its commands, and the output that it shows."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from territory_opt.cli import main
from territory_opt.cli.application import BROKEN
from territory_opt.config import read_config
from territory_opt.policy import RULES, TERMS
from territory_opt.result import Status

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands() -> Iterator[tuple[list[str], list[str]]]:
    """Words of each command and the lines of output shown below it."""
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *shown = part.splitlines()
            yield shlex.split(command), [line for line in shown if line.strip()]


@pytest.fixture
def copy_of_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like the root of the project to the README's relative paths."""
    shutil.copytree(ROOT / "instances" / "quickstart", tmp_path / "instances" / "quickstart")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_python_blocks_run(copy_of_root: Path) -> None:
    assert len(blocks("python")) >= 3
    namespace: dict[str, object] = {}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), namespace)
    assert (copy_of_root / "out" / "map.html").is_file()


@pytest.mark.usefixtures("copy_of_root")
def test_commands_run_and_print_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    ours = [(words[1:], shown) for words, shown in commands() if words[0] == "territory_opt"]
    assert len(ours) >= 10
    for words, shown in ours:
        with pytest.raises(SystemExit) as ended:
            main(words)
        out, err = capsys.readouterr()
        assert not ended.value.code, (words, err)
        printed = {timeless(line) for line in out.splitlines()}
        assert [line for line in shown if timeless(line) not in printed] == [], words


def timeless(line: str) -> str:
    """A line without the time it took."""
    return re.sub(r"in [\d.]+ s$", "in some time", line.rstrip())


def test_other_commands_name_things_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for words, _ in commands():
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE)
        for word in words:
            assert not word.startswith("instances/") or (ROOT / word).exists()


def test_toml_is_a_policy_and_every_wish_is_listed(tmp_path: Path) -> None:
    texts = blocks("toml")
    for text in texts:
        assert tomllib.loads(text)
        (tmp_path / "territory.toml").write_text(text, encoding="utf-8")
        assert read_config(tmp_path / "territory.toml").policy.wishes
    assert any("[[terms]]" in text for text in texts)
    listed = set(re.findall(r"^\| `(\w+)` \| ", chapter("Wishes"), re.MULTILINE))
    assert listed == {*TERMS, *RULES}


def chapter(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_status_is_explained_with_its_exit_code() -> None:
    listed = re.findall(r"^\| `([A-Z]+)` \|.*\| (\d) \|$", README, re.MULTILINE)
    codes = {s.value.upper(): "0" if s in (Status.OPTIMAL, Status.FEASIBLE) else str(BROKEN) for s in Status}
    assert dict(listed) == codes


@pytest.mark.usefixtures("copy_of_root")
def test_every_file_and_every_quota_column_is_explained(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["solve", "instances/quickstart", "-o", "out"])
    for path in (tmp_path / "out").iterdir():
        assert f"`{path.name}`" in chapter("The first minute"), path.name
    header = (tmp_path / "out" / "quotas.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    for column in header[2:]:  # after the id and the name
        assert f"`{column}`" in chapter("Quotas"), column


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link
