# Set up, run, check and test. Everything is installed into $(VENV); nothing else is touched.
#
#   make chat               the chat page on the built-in samples
#   make chat DOCS=folder   the chat page on your own documents
#   make test               all tests
#   make check              formatter, linter, types
#   make bench              how fast it is here, in minutes (STORIES=file-or-folder of real texts, QUESTIONS=data-set)
#   make bench-full         the same up to 1,000,000 passages, in an hour
#   make lock               resolve requirements.lock anew

PYTHON ?= python3
VENV ?= .venv
DOCS ?=
STORIES ?=
QUESTIONS ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint requirements.lock

.DEFAULT_GOAL := help
.PHONY: help chat test check format bench bench-full lock

help:
	@sed -n 's/^#   //p' Makefile

chat: $(VENV)/.ready
	@$(BIN)/qa chat $(if $(DOCS),"$(DOCS)")

test: $(VENV)/.ready-dev
	@$(BIN)/python -m pytest

check: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

BENCH = @$(BIN)/python -m tests.benchmarks.bench --json $@.json $(if $(STORIES),--stories "$(STORIES)") $(if $(QUESTIONS),--questions "$(QUESTIONS)")

bench: $(VENV)/.ready-dev
	$(BENCH)

bench-full: $(VENV)/.ready-dev
	$(BENCH) --full

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	@echo "Making the environment in $(VENV) …"
	@$(PYTHON) -m venv "$(VENV)"

$(VENV)/.ready: pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing corpus-qa and what it needs (some minutes the first time) …"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.ready-dev: pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing corpus-qa, what it needs and the tools of its tests (some minutes the first time) …"
	@$(PIP) --editable ".[dev]"
	@touch $@ $(VENV)/.ready

# The lock holds exact versions for every platform, so no CUDA package may slip into it.
lock:
	rm -rf "$(VENV)-lock"
	$(PYTHON) -m venv "$(VENV)-lock"
	$(VENV)-lock/bin/python -m pip install --quiet torch==2.13.0
	$(VENV)-lock/bin/python -m pip install --quiet --editable ".[dev]"
	$(VENV)-lock/bin/python -m pip freeze --exclude-editable \
		| grep -viE '^(nvidia|triton|cuda)' | sed 's/+cpu//; s/ @ .*//' > requirements.lock
	rm -rf "$(VENV)-lock"
