"""The words by which an option is known: none may stand in a project without it.

Package names, settings, file names, and what a sentence about it would say.
"""

WORDS: dict[tuple[str, str], list[str]] = {
    ("license", "MIT"): ['license = "MIT"'],
    ("license", "Apache-2.0"): ["Apache"],
    ("license", "BSD-3-Clause"): ["BSD"],
    ("license", "GPL-3.0-or-later"): ["GPL"],
    ("license", "proprietary"): ["proprietary"],
    ("python", "3.11"): ['requires-python = ">=3.11"'],
    ("python", "3.12"): ['requires-python = ">=3.12"'],
    ("python", "3.13"): ['requires-python = ">=3.13"'],
    ("python", "3.14"): ['requires-python = ">=3.14"'],
    ("data_layer", "flask-sqlalchemy"): ["flask-sqlalchemy", "flask_sqlalchemy"],
    ("data_layer", "sqlalchemy"): ["scoped_session", "sessionmaker"],
    ("data_layer", "raw-sql"): ["aiosql", "queries"],
    ("data_layer", "none"): ["blueprints/hello", "greet"],
    ("database", "sqlite"): ["sqlite", "pragma", "render_as_batch"],
    ("database", "postgresql"): ["postgres", "psycopg", "pgserver"],
    ("database", "mysql"): ["mysql", "mariadb"],
    ("server", "gunicorn"): ["gunicorn", "sched_getaffinity"],
    ("server", "granian"): ["granian"],
    ("container", "compose"): ["compose", "DATABASE_PASSWORD", "PUBLISH"],
    ("nginx", "true"): ["nginx", "deploy/rollout", "make rollout"],
    ("package_manager", "uv"): ["uv sync", "uv>=", "uv run"],
    ("package_manager", "pip"): ["requirements.txt", "--constraint"],
    ("package_manager", "poetry"): ["poetry"],
    ("ci", "github"): [".github", "GitHub", "Dependabot", "runs-on"],
    ("ci", "gitlab"): [".gitlab-ci", "GitLab", "Renovate", "dind"],
    ("pre_commit", "true"): ["pre-commit", " hook"],
}

# The same of several values: none may stand in a project with another one.
WORDS_OF_SEVERAL: dict[tuple[str, frozenset[str]], list[str]] = {
    ("container", frozenset({"dockerfile", "compose"})): ["docker", "kubernetes", "kubectl"],
    ("server", frozenset({"gunicorn", "granian"})): [
        "make serve",
        "kubernetes",
        "WEB_CONCURRENCY",
        "target prod",
    ],
}

# Values that add nothing of their own, with the reason.
SHARED_BY_ALL: dict[tuple[str, str], str] = {
    ("database", "none"): "without a database there is only less",
    ("server", "flask"): "every project has `flask run`",
    ("container", "none"): "without containers there is only less",
    ("container", "dockerfile"): "what it has, Docker Compose uses too; WORDS_OF_SEVERAL has it",
    ("nginx", "false"): "without nginx there is only less",
    ("ci", "none"): "without CI there are only fewer files",
    ("pre_commit", "false"): "without the hook there is only less",
}
