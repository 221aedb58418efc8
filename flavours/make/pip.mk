PYTHON ?= python3

.venv: requirements.txt requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	pip install --quiet --disable-pip-version-check -r requirements-dev.txt -e .
	@touch .venv
