# Two commands: `make demo` sets everything up and runs the whole pipeline; `make test` passes the tests.
# Everything lives in this checkout: the virtual environment in .venv, all state in .orchestrator.

PYTHON ?= python3
BIN := .venv/bin
DEMO := .orchestrator/demo
ORCHESTRATOR := $(BIN)/orchestrator --home $(DEMO)/home --fleet $(DEMO)/REPOS.yaml
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help setup demo ui test test-fast fuzz soak lint audit format bench lock clean

help: ## Show what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

setup: .venv/.ready ## Make the virtual environment with the locked dependencies

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is %d.%d; set PYTHON=..." % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## Make a demo fleet and run the whole pipeline over it
	$(BIN)/orchestrator demo $(DEMO)

ui: setup ## Open the Dagster UI on port 3000 over the demo's state
	$(ORCHESTRATOR) dev --port 3000

test: setup ## Run all tests
	$(BIN)/python -m pytest

test-fast: setup ## Run the tests that take no more than a moment each
	$(BIN)/python -m pytest -m "not slow"

lint: setup ## Check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

audit: ## Look for known vulnerabilities of the locked dependencies, where the database of them can be reached
	.ci/audit

format: setup ## Put the code in format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

fuzz: setup ## Mutate real files against every parser for FUZZ_SECONDS (600) each
	FUZZ_SECONDS=$${FUZZ_SECONDS:-600} $(BIN)/python -m pytest -p no:randomly orchestrator_assets_tests/hostile/test_fuzz.py

soak: setup ## Push for an hour (SOAK_SECONDS) while runs are killed; memory, handles, rows stay flat
	$(BIN)/python -m benchmarks.soak $${SOAK_SECONDS:-3600}

bench: setup ## Run the benchmarks and rewrite docs/benchmarks.md (minutes)
	$(BIN)/python -m benchmarks

lock: ## Resolve the dependencies anew into requirements.lock
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet ".[dev]" hatchling editables
	.venv-lock/bin/python -m pip freeze --exclude orchestrator-assets > requirements.lock
	rm -rf .venv-lock

clean: ## Remove the virtual environment and all state
	rm -rf .venv .orchestrator
