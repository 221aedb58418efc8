from .rules import Answers, Rule, both, given, impossible, unless


def uses_docker(a: Answers) -> bool:
    """Docker also runs the dev container of an editor."""
    return a["container"] != "none" or a["editor"] == "vscode"


FILES: list[Rule] = [
    (unless(container="none"), "Dockerfile .dockerignore docs/containers.md"),
    (
        given(container="compose"),
        """docs/compose.md compose.yaml deploy/compose/compose.base.yaml
        deploy/compose/compose.web.yaml""",
    ),
    (
        both(given(container="compose"), unless(data_layer="none")),
        "deploy/compose/compose.migrate.yaml",
    ),
    (given(container="compose", database="sqlite"), "deploy/compose/compose.sqlite.yaml"),
    (given(container="compose", database="postgresql"), "deploy/compose/compose.postgresql.yaml"),
    (given(container="compose", database="mysql"), "deploy/compose/compose.mysql.yaml"),
]
TARGETS: list[Rule] = [(given(container="compose"), "up down logs")]

WORDS = {"compose": ["compose", "DATABASE_PASSWORD", "PUBLISH=", "PUBLISH:-"]}
WORDS_OF_SEVERAL = {("dockerfile", "compose"): [".dockerignore", "containers.md", "docker build"]}
SHARED_WORDS: list[Rule] = [(uses_docker, "docker")]
NO_WORDS = {
    "none": "without containers there is only less",
    "dockerfile": "what it has, Docker Compose uses too; WORDS_OF_SEVERAL has it",
}
BRINGS = {"none": "no container", "dockerfile": "Dockerfile", "compose": "Compose"}

IMPOSSIBLE = {impossible(("container", "compose"), ("server", "flask"))}
