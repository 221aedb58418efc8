from .rules import Rule, both, given, unless

CELERY = given(tasks="celery")

FILES: list[Rule] = [
    (
        CELERY,
        """docs/tasks.md src/extensions/celery.py src/tasks/__init__.py src/tasks/worker.py
        tests/extensions/test_celery.py tests/tasks/test_tasks.py""",
    ),
    (
        both(CELERY, unless(data_layer="none")),
        """src/tasks/on_commit.py tests/tasks/test_on_commit.py
        src/blueprints/posts/tasks.py tests/blueprints/posts/test_tasks.py""",
    ),
    (
        both(CELERY, given(data_layer="none")),
        "src/blueprints/hello/tasks.py tests/blueprints/hello/test_tasks.py",
    ),
    (both(CELERY, given(container="compose")), "deploy/compose/compose.worker.yaml"),
    (
        both(CELERY, given(kubernetes="true")),
        "deploy/kubernetes/worker.yaml deploy/kubernetes/beat.yaml",
    ),
]
DEPENDENCIES: list[Rule] = [(CELERY, "celery")]
DEV_DEPENDENCIES: list[Rule] = [(CELERY, "celery-types")]
TARGETS: list[Rule] = [(CELERY, "worker beat")]

WORDS = {"celery": ["celery", "CELERY_", "worker-alive", "tasks.md", "crontab"]}
NO_WORDS = {"none": "without tasks there is only less"}
BRINGS = {"celery": "tasks"}
