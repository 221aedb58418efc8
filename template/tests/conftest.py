"""Your own fixtures. Those of the template are in fixtures.py, for every test to use."""

pytest_plugins = ["tests.fixtures"]
