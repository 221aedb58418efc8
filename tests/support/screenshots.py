"""The screenshots of the manual: the pages of a new project, as Chromium shows them.

`make screenshots` takes them again.
"""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from .browser import DESKTOP, PHONE, chromium, visitor
from .installed import installed, served
from .matrix import row_with
from .questions import REPOSITORY

FOLDER = REPOSITORY / "docs/images"
WINDOWS: dict[str, dict[str, Any]] = {
    "home": {"viewport": DESKTOP},
    "posts": {"viewport": DESKTOP},
    "posts-phone": {"viewport": PHONE, "color_scheme": "dark"},
    "form-phone": {"viewport": PHONE},
}
"""The pictures by name, and the windows in which they are taken."""


def take(browser: Browser, site: str, folder: Path) -> None:
    """Write a picture of each page to a folder. Nothing is written to the database."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, window in WINDOWS.items():
        with visitor(browser, site, **window) as page:
            _open(page, name.partition("-")[0])
            page.screenshot(path=folder / f"{name}.png")


def _open(page: Page, name: str) -> None:
    page.goto({"home": "/", "posts": "/posts/", "form": "/posts/new"}[name])
    if name == "form":  # with what is wrong with it
        page.get_by_label("Title").fill("A post without a text")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("alert").wait_for()


if __name__ == "__main__":
    with (
        installed(row_with(preset="pages")) as project,
        served(project) as server,
        chromium() as browser,
    ):
        take(browser, server.url, FOLDER)
