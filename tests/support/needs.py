"""Requirements of tests: without them a test is skipped with a hint, or fails in CI."""

import os
from typing import NoReturn

import pytest

NEEDS = "needs "
"""The beginning of the reason of such a skip."""


def missing(what: str, cure: str) -> NoReturn:
    """Skip the current test, because it needs `what`. If `CI` is set, fail it instead.

    `cure` says in one line how to get it.
    """
    reason = f"{NEEDS}{what}: {cure}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
