from .rules import Rule, both, given, has_database_server, impossible, unless

in_cluster = both(unless(container="none"), unless(server="flask"))

FILES: list[Rule] = [
    (unless(container="none"), "Dockerfile .dockerignore docs/deploy.md"),
    (
        in_cluster,
        """deploy/kubernetes/deployment.yaml deploy/kubernetes/ingress.yaml
        deploy/kubernetes/kustomization.yaml deploy/kubernetes/service.yaml""",
    ),
    (both(in_cluster, has_database_server), "deploy/kubernetes/migrate.yaml"),
    (both(in_cluster, given(database="sqlite")), "deploy/kubernetes/volume.yaml"),
    (
        given(container="compose"),
        "compose.yaml deploy/compose/compose.base.yaml deploy/compose/compose.web.yaml",
    ),
    (
        both(given(container="compose"), unless(data_layer="none")),
        "deploy/compose/compose.migrate.yaml",
    ),
    (given(container="compose", database="postgresql"), "deploy/compose/compose.postgresql.yaml"),
    (given(container="compose", database="mysql"), "deploy/compose/compose.mysql.yaml"),
]
TARGETS: list[Rule] = [(given(container="compose"), "up down logs")]

WORDS = {"compose": ["compose", "DATABASE_PASSWORD", "PUBLISH"]}
WORDS_OF_SEVERAL = {("dockerfile", "compose"): ["docker", "kubernetes", "kubectl"]}
NO_WORDS = {
    "none": "without containers there is only less",
    "dockerfile": "what it has, Docker Compose uses too; WORDS_OF_SEVERAL has it",
}
BRINGS = {"none": "no container", "dockerfile": "Dockerfile", "compose": "Compose"}

IMPOSSIBLE = {impossible(("container", "compose"), ("server", "flask"))}
