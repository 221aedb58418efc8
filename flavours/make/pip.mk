PYTHON ?= python3

.venv/ready: requirements.txt requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv --clear .venv
	pip install --quiet --disable-pip-version-check -r requirements-dev.txt -e .
	@touch $@
