# Four verbs, the same everywhere. Each does its own set-up.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 4

.PHONY: setup check test demo bench docs clean

setup: .venv/ready

.venv/ready: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@

check: setup
	$(BIN)/ruff format --check src tests benchmarks examples
	$(BIN)/ruff check src tests benchmarks examples
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/style

test: setup
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal $(ARGS)

demo: setup
	$(BIN)/shipway demo

bench: setup
	$(BIN)/python -m benchmarks $(ONLY)

clean:
	rm -rf .venv build dist
