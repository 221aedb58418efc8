"""What a test needs of the machine: skipped with the cure where it is missing, failed in CI."""

import os
from typing import NoReturn

import pytest

NEEDS = "needs "
"""How the reason of such a skip begins."""


def missing(what: str, cure: str) -> NoReturn:
    """Skip the test, or the fixture, that needs `what`. In CI, where `CI` is set, fail it instead.

    `cure` says in one line how to get it.
    """
    reason = f"{NEEDS}{what}: {cure}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
