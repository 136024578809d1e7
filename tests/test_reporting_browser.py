"""The diagram of who reports to whom in a real browser: with the keyboard alone, with a script and without one."""

from __future__ import annotations

import httpx
from playwright.sync_api import Browser, Page, expect
from test_browser import RULES, axe, found_by_axe  # noqa: F401 - a fixture of that module is used here too

SIZE = {"width": 1280, "height": 900}


def opened(browser: Browser, site: str, path: str, *, script: bool = True) -> Page:
    context = browser.new_context(viewport=SIZE, reduced_motion="reduce", java_script_enabled=script, bypass_csp=script)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{site}/{path}")
    return page


def test_the_keyboard_alone_reaches_every_part_and_reads_it(browser: Browser, real_site: str, axe: str) -> None:  # noqa: F811
    sentences = {one["sentence"] for one in httpx.get(f"{real_site}/reporting.json", timeout=60).json()["lines"]}
    page = opened(browser, real_site, "reporting")
    told = page.locator(".canvas").aria_snapshot()
    assert all(sentence.replace("“", "“") in told for sentence in sentences)
    page.locator(".canvas").focus()
    reached = []
    for _ in range(page.locator(".canvas a").count()):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert sentences < set(reached) and len(reached) == len(set(reached))
    # Reporters are met before their lines, and lines that are looked at stand out from the rest.
    assert reached.index(next(one for one in reached if one.startswith("UNGIS (presumed) reports"))) > reached.index("UNGIS: United Nations Group on the Information Society")
    line = page.locator('.canvas a.line[aria-label^="UNGIS (presumed) reports"]')
    line.focus()
    assert page.locator(".canvas a.pale").count() > 10
    assert "pale" not in (line.get_attribute("class") or "")
    # Enter shows what it rests on, Escape leads back, t leads to the table.
    page.keyboard.press("Enter")
    panel = page.locator(".beside-drawing")
    expect(panel).to_be_visible()
    expect(panel).to_contain_text("A/RES/80/173, ¶122")
    expect(panel).to_contain_text("official text")
    page.evaluate(axe)
    assert found_by_axe(page, RULES) == []
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert str(page.evaluate("document.activeElement.getAttribute('aria-label')")).startswith("UNGIS (presumed) reports")
    page.keyboard.press("t")
    assert page.evaluate("document.activeElement.id") == "table"


def test_a_script_zooms_follows_and_filters(browser: Browser, real_site: str) -> None:
    page = opened(browser, real_site, "reporting")
    drawing = page.locator(".canvas > svg")
    width = float(drawing.get_attribute("width") or 0)
    page.get_by_role("button", name="Larger").click()
    assert float(drawing.get_attribute("width") or 0) > width * 1.2
    page.get_by_role("button", name="100 %").click()
    assert float(drawing.get_attribute("width") or 0) == width
    page.locator(".canvas").hover()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_function("width => document.querySelector('.canvas > svg').width.baseVal.value > width", arg=width)
    page.get_by_label("Focus on").select_option(label="IGF: Internet Governance Forum")
    assert page.locator(".canvas a.line:not(.pale)").count() == 3
    page.get_by_label("Focus on").select_option(label="ITU: International Telecommunication Union")
    page.get_by_label("Way to").select_option(label="UNGA: United Nations General Assembly")
    status = page.locator(".tools [role=status]")
    expect(status).to_contain_text("→ CSTD: Commission on Science and Technology for Development → ECOSOC: Economic and Social Council → UNGA")
    page.get_by_label("Focus on").select_option(label="Member States")
    expect(status).to_contain_text("No way leads from Member States")
    page.get_by_label("Only rows with").fill("road map ungis")
    expect(page.locator("table.reporting tbody tr:visible")).to_have_count(1)


def test_without_a_script_a_line_leads_to_what_it_rests_on(browser: Browser, real_site: str) -> None:
    page = opened(browser, real_site, "reporting", script=False)
    line = page.locator('.canvas a.line[aria-label^="UNGIS (presumed) reports"]')
    line.locator(".room").click()
    assert page.url.endswith(f"#{line.get_attribute('data-key')}")
    assert page.locator(".tools").is_hidden() and page.locator(":target").is_visible()
    expect(page.locator(":target")).to_contain_text("A/RES/80/173, ¶122")
