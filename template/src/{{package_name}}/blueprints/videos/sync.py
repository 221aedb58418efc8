"""Fetches all playlists and their videos from the API, and stores them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ...clients.json_api import ApiError
from ...extensions.videos_api import videos_api
from . import services

RESULTS = ("added", "changed", "unchanged", "failed")


@dataclass
class Summary:
    """How many playlists are stored, and what could not be."""

    counts: Counter[str] = field(default_factory=Counter)
    """How many playlists had each of the `RESULTS`."""
    errors: list[str] = field(default_factory=list)
    total: int = 0
    """How many playlists there are at the API, as it says."""

    def __str__(self) -> str:
        results = ", ".join(f"{self.counts[result]} {result}" for result in RESULTS)
        return f"Playlists: {results}"


def sync(after_page: Callable[[Summary], None] = lambda summary: None) -> Summary:
    """Fetch all playlists page by page, and store each page in one transaction.

    It can be run again at any time, also after a break or while another one runs. A playlist that
    cannot be used is left out; without the API, the pages that follow are.
    """
    summary = Summary()
    try:
        for page in videos_api().get_pages():
            summary.counts += services.store(page.playlists)
            summary.counts["failed"] += len(page.invalid)
            summary.errors += page.invalid
            summary.total = page.total
            after_page(summary)
    except ApiError as error:
        summary.errors.append(f"The sync has ended early, run it again: {error}")
    return summary
