from .rules import Rule, always, given

FILES: list[Rule] = [(always, "docs/schemas.md src/schemas.py")]
DEPENDENCIES: list[Rule] = [
    (given(validation="pydantic"), "pydantic"),
    (given(validation="marshmallow"), "marshmallow"),
]

WORDS = {
    "pydantic": ["pydantic", "BaseModel", "IfSent"],
    "marshmallow": ["marshmallow", "load_default", "validate.Range", "Timestamp()"],
}
UNNAMED = {"pydantic": "every preset has it, and their labels fill the line"}
