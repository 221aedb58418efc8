# `make help` lists the commands.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3

# Every command below runs in this repository's own environment.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
unexport PYTHONDONTWRITEBYTECODE

# One more than the number of cores: some tests wait for a server or for the package index.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.PHONY: new
new: .venv/copier  ## Start a project: make new DEST=../my-app (ARGS="--data server=granian" passes answers)
	@test -n "$$DEST" || { echo "Say where: make new DEST=../my-app"; exit 2; }
	@python scripts/new.py $(if $(REF),--vcs-ref "$$REF") $(if $(SOURCE),--source "$$SOURCE") $(ARGS) -- "$$DEST"

# Copier alone, for those who only start projects.
.venv/copier: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make new PYTHON=python3.13 DEST=…"; exit 2; }
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@command -v uv >/dev/null || .venv/bin/pip install --quiet --disable-pip-version-check uv
	@uv pip install --quiet --python .venv/bin/python "copier~=9.19"
	@touch $@

# Everything, for those who work on the template.
.venv/ready: .venv/copier
	@uv pip install --quiet --python .venv/bin/python --group dev
	@touch $@

.PHONY: setup
setup: .venv/ready  ## Install the tools for work on the template

.PHONY: test
test: setup  ## Run all tests; a part of them with ARGS="-k questions"
	pytest -n $(WORKERS) -m "not container" --durations=10 $(ARGS)

.PHONY: test-containers
test-containers: setup  ## Build and run the containers of generated projects; needs Docker
	@# Two at a time: the stack behind nginx mostly waits. What shares a project is run by one worker.
	pytest -n 2 -rP -m container --durations=10 $(ARGS)

.PHONY: lint
lint: setup  ## Check style, formatting and types
	ruff check .
	shellcheck .ci/*
	ruff format --check .
	mypy

.PHONY: check
check: lint  ## The quick loop: lint, and the tests that install and start nothing
	pytest -q -n $(WORKERS) -m "not project and not container" $(ARGS)

.PHONY: flips
flips: LONG := tests/test_updates.py tests/test_long_lived.py
flips: setup  ## Change every answer of every tested project, and change it back (half an hour)
	@FLIPS=all pytest -q --collect-only $(LONG) | sed -n 's/.*::\([a-z_]*\).*/\1/p' | sort | uniq -c
	FLIPS=all pytest -q -n $(WORKERS) $(LONG)

.PHONY: mutants
mutants: setup  ## Break each condition of the template in turn, to check that a test fails (half an hour)
	python -m tests.mutants $(ARGS)

.PHONY: matrix
matrix: setup  ## Print the projects that are tested: the answers of each, as JSON, one a line
	@python -m tests.support.matrix

.PHONY: bench
bench: setup  ## Measure what benchmarks/ describes, and write benchmarks/RESULTS.md
	python -m benchmarks

.PHONY: docs
docs: setup  ## Write the generated parts of the manual
	python -m tests.support.manual

.PHONY: screenshots
screenshots: setup  ## Take the screenshots of the manual again; needs Chromium
	python -m tests.support.screenshots

.PHONY: release
release: check  ## Date the changelog, commit, tag and list a release: make release VERSION=1.2.3
	@python scripts/release.py "$(VERSION)"

.PHONY: help
help:  ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /:/' | \
		awk -F: '{ printf "  make %-15s %s\n", $$1, substr($$0, length($$1) + 2) }'
