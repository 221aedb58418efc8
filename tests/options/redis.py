"""Redis is not a question: the options in `USERS` bring it."""

from .rules import Answers, Rule, both, given

USERS = ["rate_limit", "cache", "server_sessions"]


def uses_redis(answers: Answers) -> bool:
    return any(answers[name] == "true" for name in USERS)


FILES: list[Rule] = [
    (uses_redis, "docs/redis.md src/extensions/redis.py tests/extensions/test_redis.py"),
    (both(uses_redis, given(container="compose")), "deploy/compose/compose.redis.yaml"),
]
DEPENDENCIES: list[Rule] = [(uses_redis, "redis")]

SHARED_WORDS: list[Rule] = [(uses_redis, "redis REDIS_URL REDIS_PASSWORD redis.md")]
