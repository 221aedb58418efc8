from .rules import Rule, given, impossible

FILES: list[Rule] = [
    (given(cors="true"), "docs/cors.md src/extensions/cors.py tests/extensions/test_cors.py"),
]
DEPENDENCIES: list[Rule] = [(given(cors="true"), "flask-cors")]

WORDS = {"true": ["flask-cors", "flask_cors", "CORS_ORIGINS", "cors.md"]}
NO_WORDS = {"false": "without CORS there is only less"}
BRINGS = {"true": "CORS"}

IMPOSSIBLE = {impossible(("interface", "pages"), ("cors", "true"))}

# A project without an API has neither of these.
NEVER_TOGETHER = {
    impossible(("api_framework", "none"), ("cors", "true")),
    impossible(("validation", "none"), ("cors", "true")),
}
