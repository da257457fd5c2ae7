# Set up, run, check and test. Everything is installed into $(VENV) and nowhere else.
#
#   make chat               the chat page on the built-in samples
#   make chat DOCS=folder   the chat page on your own documents
#   make test               all tests
#   make test-quick         the tests without the slow ones (browser, real models, training, kills), in two minutes
#   make check              check formatting, lint and types
#   make format             format the code and fix what the linter can
#   make docs               write the generated parts of docs/ (commands, map of the packages)
#   make bench              measure the speed on this machine, in minutes (STORIES=file-or-folder of real texts, QUESTIONS=data-set)
#   make bench-full         the same with up to 1,000,000 passages, in an hour
#   make lock               resolve requirements.lock again

PYTHON ?= python3
VENV ?= .venv
DOCS ?=
STORIES ?=
QUESTIONS ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint requirements.lock

.DEFAULT_GOAL := help
.PHONY: help chat test test-quick check format docs bench bench-full lock

help:
	@sed -n 's/^#   //p' Makefile

chat: $(VENV)/.ready
	@$(BIN)/qa chat $(if $(DOCS),"$(DOCS)")

test: $(VENV)/.ready-dev
	@$(BIN)/python -m pytest

test-quick: $(VENV)/.ready-dev
	@$(BIN)/python -m pytest -m "not slow" -n 2 --dist worksteal

check: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.ready-dev
	@$(BIN)/python -m tests.support.reference

BENCH = @$(BIN)/python -m tests.benchmarks.bench --json $@.json $(if $(STORIES),--stories "$(STORIES)") $(if $(QUESTIONS),--questions "$(QUESTIONS)")

bench: $(VENV)/.ready-dev
	$(BENCH)

bench-full: $(VENV)/.ready-dev
	$(BENCH) --full

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed. To use another Python: make PYTHON=python3.12 …")'
	@echo "Creating an environment in $(VENV) …"
	@$(PYTHON) -m venv "$(VENV)"

$(VENV)/.ready: pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing corpus-qa and its dependencies (a few minutes the first time) …"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.ready-dev: pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing corpus-qa, its dependencies and the test tools (a few minutes the first time) …"
	@$(PIP) --editable ".[dev]"
	@touch $@ $(VENV)/.ready

# The lock file is for every platform, so it must not contain CUDA packages.
lock:
	rm -rf "$(VENV)-lock"
	$(PYTHON) -m venv "$(VENV)-lock"
	$(VENV)-lock/bin/python -m pip install --quiet torch==2.13.0
	$(VENV)-lock/bin/python -m pip install --quiet --editable ".[dev]"
	$(VENV)-lock/bin/python -m pip freeze --exclude-editable \
		| grep -viE '^(nvidia|triton|cuda)' | sed 's/+cpu//; s/ @ .*//' > requirements.lock
	rm -rf "$(VENV)-lock"
