# Everything starts with "make run" or "make test"; both install first what is missing.
ONLY ?=
SECONDS ?= 30
PYTHON := .venv/bin/python

.PHONY: setup run test check fix bench fuzz lock
.DEFAULT_GOAL := setup

setup:            ## install what is missing
	@./config/setup/install

run: setup        ## start the terminal with virtual hardware; Ctrl-C stops it
	@exec .venv/bin/yimen run --virtual

test: setup       ## run every check
	@$(PYTHON) -m tests.checks

check: setup      ## run the quick checks alone: format, lint, types, layering, web
	@$(PYTHON) -m tests.checks --quick

fix: setup        ## put right what ruff can
	@$(PYTHON) -m ruff check --fix-only --quiet .
	@$(PYTHON) -m ruff format .

bench:            ## measure against peers; ONLY=certificate measures one
	@./config/setup/install bench
	@$(PYTHON) -m tests.bench $(ONLY)

fuzz:             ## give every parser hostile bytes, SECONDS each; ONLY=mrz tries one
	@./config/setup/install fuzz
	@$(PYTHON) -m tests.fuzz --seconds $(SECONDS) $(ONLY)

lock:             ## write the lock files anew
	@./config/setup/lock
