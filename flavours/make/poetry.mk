.venv/ready: pyproject.toml
	@command -v poetry >/dev/null || { echo "Poetry is missing. Install it: pipx install poetry"; exit 1; }
	POETRY_VIRTUALENVS_IN_PROJECT=true poetry install
	@touch $@
