from collections.abc import Callable

import flask_migrate
from flask import Flask

from .databases import fresh_database


def test_migrations_go_up_down_and_up_again(make_app: Callable[..., Flask]) -> None:
    with fresh_database() as url:
        app = make_app(DATABASE_URL=url)
        with app.app_context():
            flask_migrate.upgrade()
            flask_migrate.downgrade(revision="base")
            flask_migrate.upgrade()
        response = app.test_client().get("/health/ready")
    assert response.status_code == 200
