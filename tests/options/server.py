from .rules import Rule, given, unless

FILES: list[Rule] = [(given(server="gunicorn"), "gunicorn.conf.py")]
DEPENDENCIES: list[Rule] = [
    (given(server="gunicorn"), "gunicorn"),
    (given(server="granian"), "granian"),
]
TARGETS: list[Rule] = [(unless(server="flask"), "serve")]

WORDS = {"gunicorn": ["gunicorn", "sched_getaffinity"], "granian": ["granian"]}
WORDS_OF_SEVERAL = {
    ("gunicorn", "granian"): ["make serve", "WEB_CONCURRENCY", "target prod"],
}
NO_WORDS = {"flask": "every project has `flask run`"}
BRINGS = {"flask": "only `flask run`", "gunicorn": "gunicorn"}
