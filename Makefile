# `make help` lists the commands.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3

# Every command below is that of this repository's own environment.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
unexport PYTHONDONTWRITEBYTECODE

# One more than there are cores: some tests wait, for a server or for the package index.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.PHONY: new
new: .venv/copier  ## Start a project: make new DEST=../my-app (ARGS="--data server=granian" answers beforehand)
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
setup: .venv/ready  ## Install what it takes to work on the template

.PHONY: test
test: setup  ## Run all tests; a part of them with ARGS="-k questions"
	pytest -n $(WORKERS) -m "not container" $(ARGS)

.PHONY: test-containers
test-containers: setup  ## Build and run the containers of generated projects; needs Docker
	@# One after the other: what is measured under load would also measure its neighbours.
	pytest -rP -m container $(ARGS)

.PHONY: lint
lint: setup  ## Look for mistakes, for lines not formatted, and check the types
	ruff check .
	shellcheck .ci/* template/.copier/*.sh
	ruff format --check .
	mypy

.PHONY: check
check: lint  ## The quick loop: lint, and the tests that install no generated project
	pytest -q -n $(WORKERS) -m "not project and not container" $(ARGS)

.PHONY: flips
flips: LONG := tests/test_updates.py tests/test_lives.py
flips: setup  ## Change every answer of every tested project, and change it back (half an hour)
	@FLIPS=all pytest -q --collect-only $(LONG) | sed -n 's/.*::\([a-z_]*\).*/\1/p' | sort | uniq -c
	FLIPS=all pytest -q -n $(WORKERS) $(LONG)

.PHONY: mutants
mutants: setup  ## Break each condition of the template in turn, to see that a test notices (half an hour)
	python -m tests.mutants $(ARGS)

.PHONY: matrix
matrix: setup  ## Print the projects that are tested: the answers of each, as JSON, one a line
	@python -m tests.support.matrix

.PHONY: bench
bench: setup  ## Measure what benchmarks/ describes, and write benchmarks/RESULTS.md
	python -m benchmarks

.PHONY: docs
docs: setup  ## Write the parts of the manual that are made from copier.yml
	python -m tests.support.manual

.PHONY: release
release: check  ## Date the changelog, commit, tag and list a release: make release VERSION=1.2.3
	@python scripts/release.py "$(VERSION)"

.PHONY: help
help:  ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /:/' | \
		awk -F: '{ printf "  make %-10s %s\n", $$1, substr($$0, length($$1) + 2) }'
