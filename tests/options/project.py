"""The files, dependencies and targets of every project."""

from .rules import Rule, always

FILES: list[Rule] = [
    (
        always,
        """.copier-answers.yml .copier/feature.py .copier/tools.py .copier/update.py .copier/update_commands.py
        .copier/update_in_clone.py .copier/update_migrations.py .editorconfig
        .env.example .flaskenv .gitattributes .gitignore AGENTS.md LICENSE Makefile README.md
        docs/README.md docs/behavior.md docs/daily-work.md docs/dependencies.md docs/endpoints.md docs/features.md
        docs/serving.md docs/settings.md docs/updating.md docs/without-make.md
        pyproject.toml wsgi.py
        src/__init__.py src/application.py src/blueprints/__init__.py src/cli.py src/config.py
        src/discovery.py src/env.py src/errors.py src/extensions/__init__.py src/health.py src/ids.py
        src/logs.py src/proxy.py src/security.py
        tests/conftest.py tests/fixtures.py tests/test_cli.py
        tests/test_config.py tests/test_discovery.py tests/test_errors.py tests/test_health.py tests/test_logs.py
        tests/test_proxy.py tests/test_security.py""",
    ),
]
DEPENDENCIES: list[Rule] = [(always, "flask python-dotenv python-json-logger")]
DEV_DEPENDENCIES: list[Rule] = [(always, "mypy pytest ruff")]
TARGETS: list[Rule] = [
    (always, "setup run test lint format types feature audit update update-check option help"),
]
