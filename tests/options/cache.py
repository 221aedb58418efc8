from .rules import Rule, given, impossible

FILES: list[Rule] = [
    (given(cache="true"), "docs/cache.md src/extensions/cache.py tests/extensions/test_cache.py"),
]
DEPENDENCIES: list[Rule] = [(given(cache="true"), "flask-caching")]

WORDS = {"true": ["flask-caching", "flask_caching", "CACHE_DEFAULT_TIMEOUT", "cache.md"]}
NO_WORDS = {"false": "without a cache there is only less"}
BRINGS = {"true": "cached"}

IMPOSSIBLE = {
    impossible(("interface", "pages"), ("cache", "true")),
    impossible(("data_layer", "none"), ("cache", "true")),
}

# A project without an API, or without a database, has neither of these.
NEVER_TOGETHER = {
    impossible(("api_framework", "none"), ("cache", "true")),
    impossible(("validation", "none"), ("cache", "true")),
    impossible(("database", "none"), ("cache", "true")),
}
