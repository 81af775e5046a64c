# Two commands do everything, on a fresh machine too:
#   make demo    the tool at work on a real OpenStack
#   make test    every check and every test
# PYTHON=python3.12 names another interpreter; LAB_DIR and LAB_PORT_OFFSET another lab (by default the offset is
# the first that is free, so that a lab of another checkout does not disturb).

SHELL := /bin/bash
PYTHON ?= python3
LAB_DIR ?= .lab
LAB_PORT_OFFSET ?=
VENV := .venv
BIN := $(VENV)/bin
# What the environment depends on; the folder too, because its scripts name it.
STATE := $(shell { cat setup.cfg setup.py; echo $(CURDIR); } | sha256sum | cut -c1-16)
STAMP := $(VENV)/.installed-$(STATE)
SAMPLE := etc/orphancleanup/orphancleanup.conf.sample
CONFIG_GENERATOR := $(BIN)/oslo-config-generator --namespace orphancleanup
LAB := $(BIN)/python -m lab --dir "$(LAB_DIR)"
WITH_LAB := $(BIN)/python -m tools.with_lab "$(LAB_DIR)" "$(LAB_PORT_OFFSET)"
# Tests on two labs beside each other: each file has one for itself.
ON_TWO_LABS := $(WITH_LAB) $(BIN)/python -m tools.with_lab "$(LAB_DIR)-2" "" $(BIN)/python -m pytest -n 2 --dist loadfile
PYTEST := $(BIN)/python -m pytest
# Those that need no lab share the cores. What was compiled is kept, whatever the environment says: each process needs it,
# and to compile all tests takes five seconds. Long tests come first, so that no core waits for one at the end.
SIDE_BY_SIDE := PYTHONDONTWRITEBYTECODE= $(PYTEST) -n auto --dist worksteal

MODULES ?=

.PHONY: help demo test lint unit packaging functional mutants docs config reference tour lab lab-down format clean
.DELETE_ON_ERROR:

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: lab  ## the tool at work on a real OpenStack, from nothing
	@$(BIN)/python -m lab.demo --dir "$(LAB_DIR)"

test: lint  ## every check and every test; starts two labs and stops them again
	@$(SIDE_BY_SIDE) $(wildcard tests/model tests/unit docs/examples tests/packaging tests/lab)
	@$(ON_TWO_LABS) tests/functional

lint: $(STAMP)  ## style, types, floors, the sample configuration and the docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/mypy docs/examples
	$(BIN)/lint-imports --no-logo --no-cache
	@$(CONFIG_GENERATOR) | diff -u $(SAMPLE) - || { echo "$(SAMPLE) is not current: run 'make config'."; exit 1; }
	@$(BIN)/python -m tools.reference --check
	@$(MAKE) --no-print-directory docs

unit: $(STAMP)  ## the unit tests alone
	@$(SIDE_BY_SIDE) tests/model tests/unit docs/examples

packaging: $(STAMP)  ## build and install the package, and look at what came out
	@$(PYTEST) tests/packaging

functional: $(STAMP)  ## the functional tests alone; starts two labs and stops them again
	@$(ON_TWO_LABS) tests/functional

mutants: $(STAMP)  ## changes to the pure rooms that no test notices; takes an hour (MODULES="judging.rules execute.settling" for some)
	@$(BIN)/python -m tools.mutants $(MODULES)

docs: $(STAMP)  ## the documentation, in docs/_build/html
	$(BIN)/sphinx-build --fail-on-warning --keep-going -q -b html docs docs/_build/html

config: $(STAMP)  ## write the sample configuration anew
	$(CONFIG_GENERATOR) --output-file $(SAMPLE)

reference: $(STAMP)  ## write the reference of the commands anew
	$(BIN)/python -m tools.reference

tour: $(STAMP)  ## write the tour of the docs anew, from a run on the lab
	@$(WITH_LAB) $(BIN)/python -m tests.functional.tour

format: $(STAMP)  ## bring the code into shape
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lab: $(STAMP)  ## start the lab and leave it running
	@offset=$$($(BIN)/python -m tools.free_offset "$(LAB_DIR)" $(LAB_PORT_OFFSET)) && $(LAB) up --port-offset "$$offset"

lab-down: $(STAMP)  ## stop the lab; its content stays
	@$(LAB) down

clean:  ## remove what was built; the lab and the environment stay
	rm -rf mutants .mutants build dist docs/_build orphancleanup.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find orphancleanup lab tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP):
	@PYTHON=$(PYTHON) tools/install $(VENV) $@
