# Every target does all of its own set-up: Python 3.11 or later and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-all lint types clean
.DELETE_ON_ERROR:

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv && \
		$(BIN)/uv pip install --quiet --python $(BIN)/python -e ".[test,dev]" || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test,dev]"
	touch $@

demo: $(READY)  ## solve the sample company, print the summary and where the map is
	$(BIN)/territory_opt solve instances/adventureworks -o out/adventureworks

test: $(READY)  ## the test suite
	$(BIN)/python -m pytest -n 2

test-all: $(READY)  ## the test suite with its slow part
	$(BIN)/python -m pytest -n 2 -m "slow or not slow"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache
