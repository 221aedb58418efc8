"""The debug toolbar in the pages of a project, in Chromium."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import chromium
from tests.support.installed import Installed
from tests.support.matrix import row_with
from tests.support.servers import running

pytestmark = [
    pytest.mark.project,
    pytest.mark.parametrize(
        "project", [row_with(debug_toolbar="true")], ids=lambda row: row.id, indirect=True
    ),
]
INLINE = """() => {
    const script = document.createElement("script");
    script.textContent = "window.hasRun = true";
    document.body.append(script);
    return window.hasRun;
}"""


@contextmanager
def developer(site: str, wrong: list[str]) -> Iterator[Page]:
    """Open the pages in a window, and list what the console and the server say is wrong.

    jQuery Migrate, a script of the toolbar, writes to the console what is deprecated.
    """
    with chromium() as browser:
        page = browser.new_page(base_url=site)
        page.on(
            "console",
            lambda message: (
                None if "migrate" in message.location["url"] else wrong.append(message.text)
            ),
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "response",
            lambda response: wrong.append(response.url) if response.status >= 400 else None,
        )
        yield page


def test_the_toolbar_works_under_the_policy_of_a_page(project: Installed) -> None:
    if project.answers["data_layer"] != "none":
        project.flask("db", "upgrade")
    env = project.env | {"APP_ENV": "development", "FLASK_DEBUG": "1"}
    wrong: list[str] = []
    with (
        running(["flask", "run", "--no-reload"], project.folder, env) as server,
        developer(server.url, wrong) as page,
    ):
        page.goto("/")
        toolbar = page.locator("#flDebugToolbar")
        expect(toolbar).to_have_css("position", "fixed")  # its stylesheet is loaded
        links = page.locator("#flDebugPanelList li > a[class]")
        assert links.count() == 7  # the profiler has none yet
        for link in links.all():
            link.click()
            expect(page.locator(f"#{link.get_attribute('class')}-content")).to_be_visible()
            expect(page.locator(".flDebugPanelContentParent:visible")).to_have_count(1)
        page.locator("#flDebugProfilerPanel .flDebugSwitch").click()
        page.reload()
        page.locator("#flDebugProfilerPanel > a").click()
        expect(page.locator("#flDebugProfilerTable tbody tr").first).to_be_visible()
        page.locator("#flDebugProfilerPanel-content .flDebugClose").click()
        page.locator("#flDebugHideToolBarButton").click()
        expect(toolbar).to_be_hidden()
        assert wrong == []
        # Inline scripts of the page itself are refused, as in production.
        assert page.evaluate(INLINE) is None
        assert "Content Security Policy" in wrong[0]
