from .rules import Rule, given

FILES: list[Rule] = [
    (given(jotter="true"), "docs/jotter.md src/extensions/jotter.py tests/extensions/test_jotter.py"),
    (given(jotter="true", container="compose"), "deploy/compose/compose.jotter.yaml"),
]
DEPENDENCIES: list[Rule] = [(given(jotter="true"), "cachelib")]

WORDS = {"true": ["jotter", "cachelib"]}
NO_WORDS = {"false": "without notes there is only less"}
