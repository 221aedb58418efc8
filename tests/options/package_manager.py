from .rules import Rule, given

FILES: list[Rule] = [(given(package_manager="poetry"), "poetry.toml")]

WORDS = {
    "uv": ["uv sync", "uv>=", "uv run"],
    "pip": ["requirements.txt", "--constraint"],
    "poetry": ["poetry"],
}
UNNAMED = {"uv": "every preset has it"}
