from .rules import Rule, given, impossible

FILES: list[Rule] = [
    (
        given(server_sessions="true"),
        """docs/server-sessions.md src/extensions/sessions.py
        tests/extensions/test_sessions.py""",
    ),
]
DEPENDENCIES: list[Rule] = [(given(server_sessions="true"), "flask-session")]

WORDS = {
    "true": [
        "flask-session",
        "flask_session",
        "PERMANENT_SESSION_LIFETIME",
        "server-sessions.md",
    ]
}
NO_WORDS = {"false": "without sessions on the server there is only less"}
BRINGS = {"true": "on the server"}

IMPOSSIBLE = {impossible(("interface", "api"), ("server_sessions", "true"))}
