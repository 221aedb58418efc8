"""The HTML pages of a project, in Chromium."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support import screenshots
from tests.support.browser import DESKTOP, PHONE, chromium, serious_findings, visitor
from tests.support.matrix import row_with
from tests.support.questions import REPOSITORY
from tests.support.servers import Server

pytestmark = [
    pytest.mark.project,
    pytest.mark.parametrize(
        "project", [row_with(interface="both")], ids=lambda row: row.id, indirect=True
    ),
]
WINDOWS = {
    "phone": {"viewport": PHONE},
    "phone-without-javascript": {"viewport": PHONE, "java_script_enabled": False},
    "desktop": {"viewport": DESKTOP},
    "desktop-without-javascript": {"viewport": DESKTOP, "java_script_enabled": False},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def write(page: Page, title: str, body: str) -> None:
    page.goto("/posts/")
    page.get_by_role("link", name="Write a post").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Text").fill(body)
    page.get_by_role("button", name="Save").click()


def assert_fits(page: Page) -> None:
    """Nobody has to scroll sideways."""
    width, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= window


@pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS)
def test_a_visitor_writes_edits_and_deletes_a_post(
    server: Server, browser: Browser, window: dict[str, Any]
) -> None:
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" * 3
    with visitor(browser, server.url, **window) as page:
        write(page, long, "First <b>line</b>\nSecond line")
        expect(page.get_by_role("status")).to_have_text("The post is saved.")
        expect(page.get_by_role("heading", level=1)).to_have_text(long)
        expect(page.get_by_text("First <b>line</b>")).to_be_visible()
        assert_fits(page)
        page.get_by_role("link", name="Edit").click()
        expect(page.get_by_label("Title")).to_have_value(long)
        page.get_by_label("Title").fill("Edited")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Edited")
        address = page.url
        page.get_by_role("link", name="Delete").click()
        page.get_by_role("button", name="Delete").click()
        expect(page.get_by_role("status")).to_have_text("The post is deleted.")
        response = page.request.get(address)
        assert response.status == 404


def test_a_refused_form_keeps_the_text_and_names_the_error(
    server: Server, browser: Browser
) -> None:
    with visitor(browser, server.url) as page:
        write(page, "   ", "A long text")
        expect(page.get_by_label("Text")).to_have_value("A long text")
        field = page.get_by_label("Title")
        expect(field).to_have_accessible_description(
            "Please write something: this cannot be blank."
        )
        expect(field).to_have_attribute("aria-invalid", "true")


def test_a_double_click_sends_a_form_once(server: Server, browser: Browser) -> None:
    with visitor(browser, server.url) as page:
        sent: list[str] = []

        def hold(route: Route) -> None:
            """Keep the first request under way during the second click."""
            sent.append(route.request.method)
            time.sleep(1)
            route.continue_()

        page.goto("/posts/new")
        page.get_by_label("Title").fill("A double click")
        page.get_by_label("Text").fill("A text")
        page.route("**/posts/new", hold)
        click = "button => { button.click(); setTimeout(() => button.click(), 200); }"
        page.get_by_role("button", name="Save").evaluate(click)
        expect(page.get_by_role("heading", level=1)).to_have_text("A double click")
        assert sent.count("POST") == 1


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
def test_the_back_button_does_not_create_a_post_twice(
    server: Server, browser: Browser, javascript: bool
) -> None:
    title = f"Only once, {javascript}"
    with visitor(browser, server.url, java_script_enabled=javascript) as page:
        write(page, title, "A text")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        page.reload()
        page.go_back()
        page.get_by_label("Title").fill(title)
        page.get_by_label("Text").fill("A text")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        page.goto("/posts/")
        expect(page.get_by_role("link", name=title)).to_have_count(1)


def test_a_form_of_yesterday_keeps_the_text(server: Server, browser: Browser) -> None:
    with visitor(browser, server.url) as page:
        page.goto("/posts/new")
        page.get_by_label("Title").fill("Kept")
        page.get_by_label("Text").fill("A text")
        page.context.clear_cookies()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("alert")).to_contain_text("Nothing was lost")
        expect(page.get_by_label("Title")).to_have_value("Kept")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Kept")


def test_the_keyboard_is_enough(server: Server, browser: Browser) -> None:
    with visitor(browser, server.url) as page:
        page.goto("/posts/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        focused = page.get_by_role("link", name="Write a post")
        expect(focused).to_be_focused()
        assert focused.evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        page.get_by_label("Title").focus()
        page.keyboard.type("By keyboard")
        page.keyboard.press("Tab")
        page.keyboard.type("A text")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("By keyboard")


def test_the_manual_has_each_screenshot(server: Server, browser: Browser, tmp_path: Path) -> None:
    screenshots.take(browser, server.url, tmp_path)
    taken = {path.name for path in tmp_path.iterdir()}
    assert taken == {path.name for path in screenshots.FOLDER.iterdir()}
    page = (REPOSITORY / "docs/pages.md").read_text(encoding="utf-8")
    assert all(f"](images/{name})" in page for name in taken)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible(server: Server, browser: Browser, scheme: str) -> None:
    with visitor(browser, server.url, color_scheme=scheme) as page:
        found: list[str] = []
        for path in ("/", "/posts/", "/posts/new"):
            page.goto(path)
            found += serious_findings(page)
        write(page, "A title", " ")
        found += serious_findings(page)
        page.get_by_label("Text").fill("A text")
        page.get_by_role("button", name="Save").click()
        found += serious_findings(page)
        page.get_by_role("link", name="Delete").click()
        found += serious_findings(page)
        assert found == []
