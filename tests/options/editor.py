from .rules import Rule, always, given

FILES: list[Rule] = [
    (
        given(editor="vscode"),
        """.devcontainer/Dockerfile .devcontainer/devcontainer.json .vscode/extensions.json
        .vscode/launch.json .vscode/settings.json .vscode/tasks.json docs/vscode.md""",
    ),
]
DEV_DEPENDENCIES: list[Rule] = [(given(editor="vscode"), "debugpy")]

WORDS = {
    "vscode": [".devcontainer", "dev container", "vscode.md", "tasks.json", "debugpy~=", "--listen 5678"]
}
# docs/daily-work.md describes the debugger of VS Code to everyone.
SHARED_WORDS: list[Rule] = [(always, "debugpy")]
NO_WORDS = {"none": "without it there are only fewer files"}
BRINGS = {"vscode": "VS Code"}
