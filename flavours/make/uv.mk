.venv/ready: pyproject.toml
	@command -v uv >/dev/null || { echo "uv is missing. Install it: python3 -m pip install uv"; exit 1; }
	uv sync
	@touch $@
