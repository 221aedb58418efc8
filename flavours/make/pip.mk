PYTHON ?= python3

# requirements.txt keeps the exact versions: made here, and yours to commit. Without it the newest
# are taken.
.venv/ready: pyproject.toml
	$(PYTHON) -m venv --clear .venv
	@pip install --quiet --disable-pip-version-check "pip>=25.1"
	@touch requirements.txt
	pip install --quiet --constraint requirements.txt --editable . --group dev || \
		{ echo "If requirements.txt asks for other versions: rm requirements.txt"; exit 1; }
	@pip freeze --quiet --exclude-editable >requirements.txt
	@touch $@
