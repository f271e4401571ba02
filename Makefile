# make run    serve on http://127.0.0.1:8000 (PORT and HOST change it); installs what is missing first
# make quick  run the tests that need neither a browser nor a server
# make test   run the whole test suite; installs what the tests need first, servers too
# make help   the rest

FITTING := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3 python; do \
	$$python -c '$(FITTING)' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
INSTALLED := .venv/installed
TOOLS_READY := .venv/tools-ready
TEST_READY := .venv/test-ready
COVERAGE_READY := .venv/coverage-ready
# The tests of a file share what they set up, so a file stays in one process; the folders with the longest ones come first.
SPREAD := --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: help install run quick test coverage docs lint format models bench sample lock

help:  ## list these
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 16

install: $(INSTALLED)  ## create .venv and install what requirements.txt pins

run: $(INSTALLED)  ## serve until Ctrl-C
	@exec $(BIN)/dataflow serve

quick: $(TOOLS_READY)  ## the tests that need neither a browser nor a server, in under two minutes
	$(BIN)/python -m pytest $(SPREAD) -m "not browser and not slow"

test: $(TEST_READY)  ## the whole test suite
	$(BIN)/python -m pytest $(SPREAD)

docs: $(TEST_READY)  ## build the documentation site in build/site
	$(BIN)/python -m scripts.docs_reference
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

coverage: $(COVERAGE_READY)  ## the whole test suite, with a report of the lines that it runs
	$(BIN)/python -m pytest --cov=forecasting --cov=webapp --cov-report=term --cov-report=xml

lint: $(TOOLS_READY)  ## check style and common mistakes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(TOOLS_READY)  ## put the code into its standard form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

models: $(INSTALLED)  ## rebuild the shipped model sets from the raw data
	$(BIN)/python scripts/make_models.py

bench: $(INSTALLED)  ## measure speed, memory and accuracy
	$(BIN)/python -m benchmarks

sample: $(INSTALLED)  ## rewrite the synthetic sample and the shipped answers about the built-in data sets
	$(BIN)/python scripts/make_sample.py
	$(BIN)/python scripts/make_built_in_answers.py

lock: $(TOOLS_READY)  ## pin what is installed in .venv now
	$(BIN)/python scripts/lock.py

$(INSTALLED): requirements.txt setup.cfg pyproject.toml
	@test -n '$(PYTHON)' || { echo 'Python 3.11, 3.12 or 3.13 is needed and none was found: install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11' >&2; exit 1; }
	@$(PYTHON) -c '$(FITTING)' || { echo '$(PYTHON) is not Python 3.11, 3.12 or 3.13: name one that is: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11' >&2; exit 1; }
	@echo 'Installing into .venv (once; about 1 GB, a few minutes) ...'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(BIN)/python -m forecasting.scaling.kernels
	@touch $@

$(TOOLS_READY): requirements-test.txt $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-test.txt
	@touch $@

$(TEST_READY): $(TOOLS_READY) scripts/install_test_programs.sh
	@scripts/install_test_programs.sh
	@touch $@

$(COVERAGE_READY): $(TEST_READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[coverage]'
	@touch $@
