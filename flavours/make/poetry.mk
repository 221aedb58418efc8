# Poetry makes its environment elsewhere by default, and every command here is one of .venv.
export POETRY_VIRTUALENVS_IN_PROJECT := true

.venv/ready: pyproject.toml
	@command -v poetry >/dev/null || { echo "Poetry is missing. Install it: pipx install poetry"; exit 1; }
	@poetry check --quiet --lock 2>/dev/null || poetry lock
	poetry install
	@touch $@
