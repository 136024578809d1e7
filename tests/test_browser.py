"""Each kind of page in a real browser, over the real data: reachable, readable and quiet, on a desk and on a phone.

Every page is opened twice: once with JavaScript and once without, once wide and once narrow, once light and once dark,
the pairs changing from page to page; axe-core looks at it in both widths and both colour schemes. Chromium is Debian's, axe-core is
the one that frontend/package-lock.json pins. Where either cannot be had the tests are skipped, and fail in CI.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from test_pages import PAGES, STATUS, THINGS

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 740}
PAPER = {"width": 720, "height": 979}
"""What a browser prints on, of US Letter within its margins, in CSS pixels."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS_AND_SIZES = ["color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable"]
"""The rules of axe whose outcome another width or colour scheme may change."""


@dataclass
class Visit:
    """A page that was opened, and what the browser said and asked for meanwhile."""

    page: Page
    said: list[str]
    asked: list[str]


@pytest.fixture(scope="module")
def axe(node_packages: Path) -> str:
    """The text of axe-core, from npm as the lock file has it."""
    return (node_packages / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def windows(browser: Browser) -> Iterator[dict[bool, BrowserContext]]:
    """A window with JavaScript and one without: what one page asked for, the next need not ask for again."""
    # axe is put into the page by the test; what the policy keeps out is tried by test_things.py.
    opened = {script: browser.new_context(reduced_motion="reduce", java_script_enabled=script, bypass_csp=script) for script in (True, False)}
    yield opened
    for window in opened.values():
        window.close()


def visit(window: BrowserContext, site: str, kind: str, *, wide: bool, dark: bool) -> Visit:
    seen = Visit(window.new_page(), [], [])
    seen.page.set_viewport_size(WIDE if wide else PHONE)  # type: ignore[arg-type]
    seen.page.emulate_media(color_scheme="dark" if dark else "light")
    seen.page.on("console", lambda message: seen.said.append(message.text) if message.type in ("error", "warning") else None)
    seen.page.on("pageerror", lambda error: seen.said.append(str(error)))
    seen.page.on("request", lambda request: seen.asked.append(request.url))
    answer = seen.page.goto(f"{site}/{PAGES.get(kind, kind)}")
    assert answer is not None and answer.status == STATUS.get(kind, 200)
    return seen


def found_by_axe(page: Page, rules: list[str]) -> list[str]:
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
    result = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{one['id']}: {one['help']}, {len(one['nodes'])} times, first {one['nodes'][0]['html'][:200]} ({one['nodes'][0]['failureSummary']})"
        for one in result["violations"]
    ]


def is_quiet(seen: Visit, site: str, kind: str) -> None:
    """Nothing was said on the console, and no other host was asked."""
    # The browser itself says that a page is an error.
    expected = [text for text in seen.said if f"status of {STATUS.get(kind)}" in text]
    assert [text for text in seen.said if text not in expected] == []
    hosts = {urlsplit(address).netloc for address in seen.asked if not address.startswith("data:")}
    assert hosts == {urlsplit(site).netloc}


def fits(page: Page) -> None:
    """Nothing makes the page as a whole scroll sideways; 320 pixels are what WCAG 1.4.10 asks for."""
    for width in (PHONE["width"], 320):
        page.set_viewport_size({"width": width, "height": PHONE["height"]})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def has_headings_in_order(page: Page) -> None:
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(one => Number(one.tagName[1]))")
    main = page.evaluate("[...document.querySelectorAll('main :is(h1,h2,h3,h4,h5,h6)')].map(one => Number(one.tagName[1]))")
    assert levels.count(1) == 1
    assert main[0] == 1
    for above, below in pairwise(levels):
        assert below <= above + 1, levels


def works_by_keyboard(page: Page) -> None:
    """The first stop is the way past the head of the page; wherever the focus is, it can be seen."""
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]
    for _ in range(9):
        page.keyboard.press("Tab")
        style = page.evaluate("(({outlineStyle, outlineWidth}) => [outlineStyle, parseFloat(outlineWidth)])(getComputedStyle(document.activeElement))")
        assert style[0] != "none" and style[1] >= 2, page.evaluate("document.activeElement.outerHTML")
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: urlsplit(url).fragment == "main")
    assert page.evaluate("document.activeElement.id") == "main"


def prints(page: Page, kind: str) -> None:
    """On paper all words of the content stand, with where they come from; what only works on a screen does not."""
    page.emulate_media(media="print", color_scheme="light")
    assert page.locator("h1").is_visible()
    assert not page.locator("header form").is_visible()
    lost = page.evaluate(
        """[...document.querySelectorAll('main :is(p, li, dd, td, h2, h3)')].filter(one =>
             one.textContent.trim() && !one.closest('[data-screen], form')
             && !one.checkVisibility({contentVisibilityAuto: false})).map(one => one.textContent.trim().slice(0, 80))"""
    )
    assert lost == []
    if kind in THINGS:
        assert page.get_by_text("wsis-kg contributors, “").is_visible()
        assert page.locator("aside a[rel=license]").is_visible()
    assert page.locator("main :is([data-screen], form.filters, [type=submit], .tools):visible").count() == 0
    # A page of paper, and nobody scrolls it.
    page.set_viewport_size(PAPER)  # type: ignore[arg-type]
    # A browser rounds up.
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"] + 1
    sizes = page.evaluate("[...document.querySelectorAll('main svg')].map(one => one.getBoundingClientRect()).map(one => [one.width, one.height])")
    assert not [size for size in sizes if size[0] > PAPER["width"] or size[1] > PAPER["height"]]
    if kind == "lineage":
        assert page.locator("svg.lineage.slice:visible").count() > 1 and not page.locator("svg.lineage.whole").is_visible()
    page.emulate_media(media="screen")


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_reads_well_with_javascript(windows: dict[bool, BrowserContext], real_site: str, axe: str, kind: str) -> None:
    dark = list(PAGES).index(kind) % 2 == 1
    seen = visit(windows[True], real_site, kind, wide=True, dark=dark)
    page = seen.page
    assert page.evaluate("document.documentElement.dataset.enhanced") == "true"
    page.evaluate(axe)
    assert found_by_axe(page, RULES) == []
    page.emulate_media(color_scheme="light" if dark else "dark")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert found_by_axe(page, COLOURS_AND_SIZES) == []
    fits(page)
    has_headings_in_order(page)
    prints(page, kind)
    is_quiet(seen, real_site, kind)
    page.close()


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_reads_well_without_javascript(windows: dict[bool, BrowserContext], real_site: str, kind: str) -> None:
    dark = list(PAGES).index(kind) % 2 == 0
    seen = visit(windows[False], real_site, kind, wide=False, dark=dark)
    page = seen.page
    works_by_keyboard(page)
    fits(page)
    assert page.locator("[data-needs-script]:visible").count() == 0
    is_quiet(seen, real_site, kind)
    page.close()


def test_a_document_is_read_by_choice_and_side_by_side(windows: dict[bool, BrowserContext], real_site: str, axe: str) -> None:
    """What is chosen is shown without loading the page anew, under the address that gives it without JavaScript; two
    texts stand side by side, and one below the other on a phone; on paper and in forced colours the marks are there.
    """
    kind = "doc/document/A-RES-80-173"
    seen = visit(windows[True], real_site, kind, wide=True, dark=False)
    page = seen.page
    page.evaluate("document.documentElement.dataset.same = 'yes'")
    page.get_by_label("Who", exact=True).select_option("itu")
    page.get_by_label("In the role").select_option("asked")
    page.get_by_label("Side by side with").select_option("itu-report")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(f"{real_site}/{kind}?actor=itu&role=asked&beside=itu-report")
    status = page.get_by_role("status")
    assert "those in which ITU is asked" in status.inner_text().replace("the one", "those")
    assert page.evaluate("document.activeElement.id") == "found" and page.evaluate("document.documentElement.dataset.same") == "yes"
    page.evaluate(axe)
    assert found_by_axe(page, RULES) == []

    def columns() -> list[float]:
        found = page.locator(".laid .pair").first.locator("> div")
        return [found.nth(place).bounding_box()["x"] for place in (0, 1)]  # type: ignore[index]

    assert columns()[0] < columns()[1]
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="dark")
    assert found_by_axe(page, COLOURS_AND_SIZES) == []
    fits(page)
    assert columns()[0] == columns()[1]
    prints(page, "resolution")
    page.go_back()
    page.wait_for_function("document.querySelectorAll('.passage').length > 100")
    # From passage to passage, while the focus is on one.
    page.locator("#passage-A-RES-80-173-67 .number a").focus()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('.passage').id") == "passage-A-RES-80-173-68"
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.closest('.passage').id") == "passage-A-RES-80-173-67"
    page.emulate_media(forced_colors="active")
    mark = page.locator("#passage-A-RES-80-173-67 .text .force").first
    assert mark.is_visible() and page.evaluate("one => getComputedStyle(one).color", mark.element_handle()) == page.evaluate(
        "one => getComputedStyle(one.parentElement).color", mark.element_handle()
    )
    is_quiet(seen, real_site, kind)
    page.close()
