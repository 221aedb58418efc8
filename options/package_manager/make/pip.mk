# `make update` and `make option` stage it with the dependencies that they change.
LOCK := requirements.txt

# requirements.txt has the exact versions. It is written here; commit it. Without it, the newest
# versions are installed. Python compiles each module when it first imports it: to compile all of
# them here would double the time.
.venv/ready: pyproject.toml $(wildcard $(LOCK))
	$(check_writable)
	@$(PYTHON) .copier/tools.py venv
	@pip install --quiet --no-compile --disable-pip-version-check "pip>=25.1"
	@touch requirements.txt
	pip install --quiet --no-compile --constraint requirements.txt --editable . --group dev || \
		{ echo "If requirements.txt asks for other versions: rm requirements.txt"; exit 1; }
	@pip freeze --quiet --exclude-editable >requirements.txt
	@touch $@
