from .rules import Rule, given, impossible

FILES: list[Rule] = [
    (
        given(debug_toolbar="true"),
        "docs/toolbar.md src/extensions/toolbar.py tests/extensions/test_toolbar.py",
    ),
]
DEV_DEPENDENCIES: list[Rule] = [(given(debug_toolbar="true"), "flask-debugtoolbar")]

WORDS = {"true": ["flask-debugtoolbar", "flask_debugtoolbar", "DEBUG_TB_", "toolbar"]}
NO_WORDS = {"false": "without the toolbar there is only less"}
BRINGS = {"true": "toolbar"}

IMPOSSIBLE = {impossible(("interface", "api"), ("debug_toolbar", "true"))}
