from .rules import Rule, given, unless

FILES: list[Rule] = [
    (
        unless(data_layer="none"),
        """docs/migrations.md migrations/alembic.ini migrations/env.py migrations/script.py.mako
        migrations/versions/0001_create_posts.py src/db.py src/engine.py
        src/extensions/database.py src/pagination.py
        src/blueprints/posts/__init__.py src/blueprints/posts/models.py
        src/blueprints/posts/seeds.py src/blueprints/posts/services.py
        tests/databases.py tests/extensions/test_database.py tests/test_migrations.py
        tests/blueprints/posts/test_seeds.py
        tests/blueprints/posts/test_services.py""",
    ),
    (
        given(data_layer="none"),
        "src/blueprints/hello/__init__.py src/blueprints/hello/services.py",
    ),
    (given(data_layer="raw-sql"), "docs/queries.md src/blueprints/posts/queries.sql"),
    (given(data_layer="flask-sqlalchemy"), "docs/models.md tests/test_models.py"),
    (given(data_layer="sqlalchemy"), "docs/models.md tests/test_models.py"),
]
DEPENDENCIES: list[Rule] = [
    (unless(data_layer="none"), "sqlalchemy alembic flask-migrate"),
    (given(data_layer="flask-sqlalchemy"), "flask-sqlalchemy"),
    (given(data_layer="raw-sql"), "aiosql"),
]
TARGETS: list[Rule] = [(unless(data_layer="none"), "db-upgrade db-migrate seed")]

WORDS = {
    "flask-sqlalchemy": ["flask-sqlalchemy", "flask_sqlalchemy"],
    "sqlalchemy": ["scoped_session", "sessionmaker"],
    "raw-sql": ["aiosql", "queries"],
    "none": ["blueprints/hello", "greet"],
}
BRINGS = {"flask-sqlalchemy": "ORM", "none": "no database"}
