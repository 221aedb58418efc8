from .rules import Rule, both, given, has_database_server, impossible

FILES: list[Rule] = [
    (
        given(kubernetes="true"),
        """docs/kubernetes.md deploy/kubernetes/deployment.yaml deploy/kubernetes/ingress.yaml
        deploy/kubernetes/kustomization.yaml deploy/kubernetes/service.yaml""",
    ),
    (both(given(kubernetes="true"), has_database_server), "deploy/kubernetes/migrate.yaml"),
    (given(kubernetes="true", database="sqlite"), "deploy/kubernetes/volume.yaml"),
]

WORDS = {"true": ["kubernetes", "kubectl", "cluster"]}
NO_WORDS = {"false": "without Kubernetes there is only less"}
BRINGS = {"true": "Kubernetes"}

IMPOSSIBLE = {
    impossible(("kubernetes", "true"), ("container", "none")),
    impossible(("kubernetes", "true"), ("server", "flask")),
}
