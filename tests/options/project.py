"""What every project has."""

from .rules import Rule, always

FILES: list[Rule] = [
    (
        always,
        """.copier-answers.yml .copier/feature.py .copier/tools.py .copier/update.sh .editorconfig
        .env.example .flaskenv .gitattributes .gitignore AGENTS.md LICENSE Makefile README.md
        docs/README.md docs/daily-work.md docs/html-pages.md docs/settings.md docs/without-make.md
        pyproject.toml wsgi.py
        src/__init__.py src/api.py src/blueprints/__init__.py src/cli.py src/config.py
        src/discovery.py src/env.py src/errors.py src/extensions/__init__.py src/health.py
        src/logs.py src/proxy.py src/security.py
        tests/conftest.py tests/fixtures.py tests/test_api.py tests/test_cli.py
        tests/test_config.py tests/test_errors.py tests/test_health.py tests/test_logs.py
        tests/test_proxy.py tests/test_security.py""",
    ),
]
DEPENDENCIES: list[Rule] = [(always, "flask pydantic python-dotenv python-json-logger")]
DEV_DEPENDENCIES: list[Rule] = [(always, "mypy pytest ruff")]
TARGETS: list[Rule] = [
    (always, "setup run test lint format types feature audit update update-check option help"),
]
