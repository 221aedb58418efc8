# `make update` and `make option` stage it with the dependencies that they change.
LOCK := requirements.txt

# requirements.txt keeps the exact versions: made here, and yours to commit. Without it the newest
# are taken.
.venv/ready: pyproject.toml
	$(check_writable)
	@$(PYTHON) .copier/tools.py venv
	@pip install --quiet --disable-pip-version-check "pip>=25.1"
	@touch requirements.txt
	pip install --quiet --constraint requirements.txt --editable . --group dev || \
		{ echo "If requirements.txt asks for other versions: rm requirements.txt"; exit 1; }
	@pip freeze --quiet --exclude-editable >requirements.txt
	@touch $@
