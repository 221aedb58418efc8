.venv/ready: pyproject.toml
	@command -v uv >/dev/null || { echo "uv is missing. Install it: pipx install uv"; exit 1; }
	uv sync
	@touch $@
