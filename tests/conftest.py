"""Settings and fixtures for all tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings

from territory_opt.cli import main

# A first call compiles kernels or loads libraries: how long one example takes says nothing.
settings.register_profile("territory_opt", deadline=None, print_blob=True)
settings.load_profile("territory_opt")

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
