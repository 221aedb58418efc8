from .rules import Rule, given, impossible

FILES: list[Rule] = [
    (
        given(nginx="true"),
        """deploy/compose/compose.https.yaml deploy/compose/compose.nginx.yaml deploy/nginx/app.conf
        deploy/nginx/errors.inc deploy/nginx/headers.inc deploy/nginx/https.inc
        deploy/nginx/server.inc deploy/rollout docs/nginx.md""",
    ),
]
TARGETS: list[Rule] = [(given(nginx="true"), "rollout")]

WORDS = {"true": ["nginx", "deploy/rollout", "make rollout"]}
NO_WORDS = {"false": "without nginx there is only less"}
BRINGS = {"true": "nginx"}

IMPOSSIBLE = {
    impossible(("nginx", "true"), ("container", "none")),
    impossible(("nginx", "true"), ("container", "dockerfile")),
    impossible(("nginx", "true"), ("server", "flask")),
}
