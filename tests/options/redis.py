"""Redis is not a question: background tasks and the options in `SWITCHES` bring it."""

from .rules import Answers, Rule, both, given

SWITCHES = ["rate_limit", "cache", "server_sessions"]


def uses_redis(answers: Answers) -> bool:
    return answers["tasks"] == "celery" or any(answers[name] == "true" for name in SWITCHES)


FILES: list[Rule] = [
    (uses_redis, "docs/redis.md src/extensions/redis.py tests/extensions/test_redis.py"),
    (both(uses_redis, given(container="compose")), "deploy/compose/compose.redis.yaml"),
]
DEPENDENCIES: list[Rule] = [(uses_redis, "redis")]

SHARED_WORDS: list[Rule] = [(uses_redis, "redis REDIS_URL REDIS_PASSWORD redis.md")]
