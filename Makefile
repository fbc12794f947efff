# Everything runs in .venv, made from the hashed requirements: what running needs, then what development needs.
PYTHON ?= python3.11
BIN := .venv/bin
BENCH := .venv-bench/bin
QUIETLY := --quiet --disable-pip-version-check
INSTALL_PROJECT := -m pip install $(QUIETLY) --no-deps --no-build-isolation -e .
# Advice that setuptools gives for every editable installation.
ADVICE := 'ignore:Editable installation'
HOST ?= 127.0.0.1
PORT ?= 8000

# Each worker of the tests and each process that they start would compile everything again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help install demo test unit unit-rules unit-edges faults audiences examples interleavings bench bench-roster bench-compliance clients check \
	format fix lint types imports contract test-with-coverage package dist requirements clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.installed ## create .venv with all dependencies, those of development too

.venv/.running: requirements.txt requirements-build.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install $(QUIETLY) --require-hashes -r requirements.txt -r requirements-build.txt
	PYTHONWARNINGS=$(ADVICE) $(BIN)/python $(INSTALL_PROJECT)
	@touch $@

.venv/.installed: .venv/.running requirements-dev.txt
	$(BIN)/python -m pip install $(QUIETLY) --require-hashes -r requirements-dev.txt
	@touch $@

demo: .venv/.running ## run the API with demonstration data on SQLite: http://127.0.0.1:8000
	@mkdir -p var
	DATABASE_URL=$${DATABASE_URL:-sqlite:///var/demo.db} $(BIN)/unified-dental demo --host $(HOST) --port $(PORT)

# Tests that wait for silent networks leave their core to others.
ON_SERVERS := $(BIN)/pytest --numprocesses 3 --dist loadfile tests/integration tests/faults

test: unit ## run all tests: memory, SQLite and a real PostgreSQL
	$(ON_SERVERS)

# In two processes beside each other, since handing thousands of short tests out to workers takes a quarter of the time.
EDGES := $(addprefix tests/unit/,access cli http sql supabase) $(wildcard tests/unit/test_*.py)
RULES := $(filter-out $(EDGES) %/__pycache__,$(patsubst %/,%,$(wildcard tests/unit/*/)))

unit: install ## run the tests that need no database server
	$(MAKE) --no-print-directory --jobs 2 --output-sync=line unit-rules unit-edges

unit-rules: install
	COVERAGE_FILE=.coverage.rules $(BIN)/pytest $(COVERAGE) $(RULES)

unit-edges: install
	COVERAGE_FILE=.coverage.edges $(BIN)/pytest $(COVERAGE) $(EDGES)

faults: install ## test against killed servers, silent networks and locked tables, and print what was measured
	FAULTS=long $(BIN)/pytest --numprocesses 2 --dist loadfile -m fault tests/faults tests/integration tests/unit

audiences: install ## compare the stores by 10,000 random rules about whom requirements concern
	AUDIENCE_RULES=10000 $(BIN)/pytest --numprocesses auto --dist load -k TestAudiences tests/unit/memory \
		tests/integration/database/test_sql_contracts.py

interleavings: install ## try 10,000 random interleavings of workers that crash or are slow, in some minutes
	FAULTS=long $(BIN)/pytest tests/unit/delivery/test_interleavings.py

examples: install ## try the laws on fifty times as many random examples, in several minutes
	EXAMPLES=many $(BIN)/pytest --numprocesses auto --dist load -m hypothesis tests/unit

bench: .venv-bench/.installed ## measure against other designs, and write docs/performance.md
	$(BENCH)/python -m bench
	$(BENCH)/python -m bench.compliance

bench-roster: install ## measure imports of rosters, and write their section of docs/performance.md
	$(BIN)/python -m bench.roster

bench-compliance: install ## measure compliance of many people, and write its section of docs/performance.md
	$(BIN)/python -m bench.compliance

.venv-bench/.installed: bench/requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv-bench
	$(BENCH)/python -m pip install $(QUIETLY) --require-hashes -r bench/requirements.txt
	PYTHONWARNINGS=$(ADVICE) $(BENCH)/python $(INSTALL_PROJECT)
	@touch $@

check: install format lint imports ## everything that CI runs
	@# Each of these keeps one core busy.
	$(MAKE) --no-print-directory --jobs 2 --output-sync=target contract types clients package
	$(MAKE) --no-print-directory test-with-coverage

format: install ## check the format (`make fix` corrects it)
	$(BIN)/ruff format --check .

fix: install ## fix format and simple lint errors
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: install
	$(BIN)/ruff check .

types: install
	$(BIN)/mypy src migrations tests bench

imports: install
	$(BIN)/lint-imports

clients: install ## generate clients from the API document and use them, which needs Node.js 20 or newer
	$(BIN)/python tests/clients/run.py

contract: install ## run schemathesis over the running API
	$(BIN)/python tests/checks/api_contract.py

test-with-coverage: install
	@# The rules are covered by the unit tests alone: measuring the others takes minutes, and would hide what these miss.
	$(MAKE) --no-print-directory unit COVERAGE="--cov --cov-report="
	$(BIN)/coverage combine --quiet .coverage.rules .coverage.edges
	$(BIN)/coverage report --skip-covered
	$(BIN)/coverage json --quiet -o .coverage.json
	$(BIN)/python tests/checks/coverage_floor.py .coverage.json
	$(ON_SERVERS)

package: install ## build as deploy/Containerfile does, and run the result on PostgreSQL behind a pooler
	$(BIN)/pytest tests/install

dist: install ## build the wheel and the source archive for production: docs/runbook.md
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist . > .venv/build.log || { cat .venv/build.log; exit 1; }
	cp requirements.txt requirements-extras.txt dist

PIN := $(BIN)/pip-compile --quiet --upgrade --no-strip-extras --allow-unsafe --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

requirements: ## pin the dependencies of pyproject.toml again
	$(PIN) --extra dev --extra streams --extra telemetry -o requirements-dev.txt pyproject.toml
	@# Constraints must not have extras, without which pip would take the newest version of packages required with extras.
	sed -E 's/\[[^]]+\]==/==/' requirements-dev.txt > .venv/constraints.txt
	$(PIN) -c .venv/constraints.txt -o requirements.txt pyproject.toml
	$(PIN) --extra streams --extra telemetry -c .venv/constraints.txt -o requirements-extras.txt pyproject.toml
	$(PIN) -c .venv/constraints.txt --only-build-deps --build-deps-for wheel -o requirements-build.txt pyproject.toml
	$(PIN) --extra bench -c .venv/constraints.txt -o bench/requirements.txt pyproject.toml

clean: ## remove build results and the database of the demonstration
	rm -rf .venv .venv-bench var dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* build src/*.egg-info
