from .rules import Rule, given

FILES: list[Rule] = [
    (
        given(rate_limit="true"),
        "docs/rate-limits.md src/extensions/limiter.py tests/extensions/test_limiter.py",
    ),
]
DEPENDENCIES: list[Rule] = [(given(rate_limit="true"), "flask-limiter")]

WORDS = {
    "true": ["flask-limiter", "flask_limiter", "RATELIMIT_", "rate-limits.md"]
}
NO_WORDS = {"false": "without limits there is only less"}
BRINGS = {"true": "limits"}
