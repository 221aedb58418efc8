from .rules import Rule, given, impossible

FILES: list[Rule] = []
DEPENDENCIES: list[Rule] = [
    (given(validation="pydantic"), "pydantic"),
    (given(validation="marshmallow"), "marshmallow"),
]

WORDS = {
    "pydantic": ["pydantic", "BaseModel", "IfSent"],
    "marshmallow": ["marshmallow", "load_default", "validate.Range", "Timestamp()"],
}
NO_WORDS = {"none": "without a JSON API there is only less"}
UNNAMED = {"pydantic": "every preset with an API has it, and their labels fill the line"}

IMPOSSIBLE = {
    impossible(("interface", "pages"), ("validation", "pydantic")),
    impossible(("interface", "pages"), ("validation", "marshmallow")),
    impossible(("interface", "api"), ("validation", "none")),
    impossible(("interface", "both"), ("validation", "none")),
}

# No answer to a third question allows these.
NEVER_TOGETHER = {
    impossible(("api_framework", "none"), ("validation", "pydantic")),
    impossible(("api_framework", "none"), ("validation", "marshmallow")),
    impossible(("api_framework", "apiflask"), ("validation", "none")),
    impossible(("api_framework", "flask"), ("validation", "none")),
    impossible(("api_framework", "flask-restful"), ("validation", "none")),
}
