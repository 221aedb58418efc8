.venv/ready: pyproject.toml
	@command -v poetry >/dev/null || { echo "Poetry is missing. Install it: pipx install poetry"; exit 1; }
	@poetry check --quiet --lock 2>/dev/null || poetry lock
	POETRY_VIRTUALENVS_IN_PROJECT=true poetry install
	@touch $@
