from .rules import Rule, given

FILES: list[Rule] = [(given(pre_commit="true"), ".pre-commit-config.yaml docs/commit-hook.md")]
DEV_DEPENDENCIES: list[Rule] = [(given(pre_commit="true"), "pre-commit")]

WORDS = {"true": ["pre-commit", " hook"]}
NO_WORDS = {"false": "without the hook there is only less"}
BRINGS = {"false": "no container, CI or hook", "true": "hook"}
