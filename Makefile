# keaprov: `make demo` shows it at work, `make test` proves it. Both set up what they need.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
LAB := $(PYTHON) -m tests.lab
READY := $(VENV)/ready
SUPPLY := build/supply

# Without byte code, every start of keaprov would compile its modules anew: 1 s.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-quick lint pages docs picture mutants bench dist audit lab-up lab-down clean

help:            ## say what there is
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: $(READY)   ## from two bare hosts to a client with a lease, and a take-over, step by step
	@$(BIN)/python -m tests.lab.demo

test: $(READY)   ## everything that CI runs: lint, types, layers, tests (with root: in the lab)
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m tests.run

test-quick: $(READY) ## what needs no lab and is quick: for every save, under two minutes
	@$(BIN)/python -m pytest -q -m "not lab and not slow" --durations=5

lint: $(READY)   ## ruff, mypy strict, import-linter, spelling, plain words and names
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@MYPYPATH=files/host $(BIN)/mypy files/host/*.py
	@$(BIN)/lint-imports
	@git ls-files | xargs $(BIN)/codespell
	@$(BIN)/python -m tools.prose
	@$(BIN)/python -m tools.names

pages: $(READY)  ## write the pages that are generated from the source
	@$(BIN)/python -m tools.pages

docs: $(VENV)/docs ## build the documentation as a site in build/docs; a broken link is an error
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

picture: $(READY) ## record README's picture: make demo and keaprov status, in the lab
	@$(BIN)/python -m tools.picture

mutants: $(VENV)/mutants ## the mutation check: change the source, and see whether a test notices (10 to 20 minutes)
	@$(BIN)/python -m tools.mutants

bench: $(READY)  ## the speed table: keaprov, a tuned Ansible playbook, the floor
	@$(BIN)/python -m benchmarks

dist: $(READY) $(SUPPLY)/ready ## wheel, source and SBOM (CycloneDX) in dist; the same octets for everybody
	@rm -rf dist
	@$(BIN)/python -m hatchling build
	@$(SUPPLY)/bin/python -W 'ignore:The Component this BOM is describing' \
	  -m cyclonedx_py requirements requirements.txt --pyproject pyproject.toml \
	  --output-reproducible --spec-version 1.6 --output-file dist/keaprov.cdx.json
	@$(BIN)/python -m tools.sbom dist/keaprov.cdx.json requirements.txt

audit: $(SUPPLY)/ready ## look for known vulnerabilities of what keaprov needs (needs the internet)
	@$(SUPPLY)/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements.txt

lab-up: $(READY) ## boot the lab: two bare hosts, router, clients, packages, time
	@$(LAB) up

lab-down:        ## end the lab: no process, mount or namespace is left
	@$(LAB) down

clean:           ## remove the environment and caches of this checkout
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build

$(VENV)/docs: $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  --no-build-isolation --editable '.[docs]'
	@touch $@

$(SUPPLY)/ready: tools/supply.txt
	@echo '--> tools of make dist and make audit in $(SUPPLY)'
	@$(PYTHON) -m venv --clear $(SUPPLY)
	@$(SUPPLY)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes --requirement $<
	@touch $@

$(VENV)/mutants: $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  --no-build-isolation --editable '.[mutants]'
	@touch $@

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "keaprov needs Python 3.10 or newer: run make PYTHON=/path/to/python3.10")'
	@if ! $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; \
	  else echo 'python3-venv is missing: apt-get install python3-venv' >&2; exit 1; fi; fi
	@echo '--> environment in $(VENV)'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  hatchling editables
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  --no-build-isolation --editable '.[dev]'
	@touch $@
