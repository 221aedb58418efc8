"""Chromium, which opens the pages of projects as their visitors do."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from .needs import missing
from .npm import installed_from_npm

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
# Without these, Chromium asks for hosts of its maker at each start.
ARGUMENTS = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
AXE_VERSION = "4.10.3"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium without a window. Skip where it is not installed, or fail in CI."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        missing("Chromium", "apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=ARGUMENTS, chromium_sandbox=os.geteuid() != 0
        )
        yield browser
        browser.close()


@contextmanager
def visitor(browser: Browser, site: str, **settings: Any) -> Iterator[Page]:
    """A new visitor of a site: without cookies, in a window of its own.

    Fails at the end if a page has logged anything, or has loaded something from another site.
    """
    context = browser.new_context(base_url=site, **settings)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda sent: None if sent.url.startswith(site) else wrong.append(sent.url))
    yield page
    context.close()
    # Chromium logs the status of a form that is refused, too.
    assert [text for text in wrong if "status of 422" not in text] == []


def serious_findings(page: Page) -> list[str]:
    """What axe-core finds on the open page that keeps people from using it: a line for each."""
    script = installed_from_npm("axe-core", AXE_VERSION) / "axe.min.js"
    page.evaluate(script.read_text(encoding="utf-8"))
    results = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{page.url}: {finding['impact']}: {finding['help']}: {node['html']}"
        for finding in results["violations"]
        if finding["impact"] in {"serious", "critical"}
        for node in finding["nodes"]
    ]
