"""The desk at /sparql, in a real browser over the real data, under the policy that the server sends.

Two servers: the one of the whole site, and one over a small dataset whose running queries are listed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from harbour import serving_pool, wait_until, write_build
from playwright.sync_api import Browser, Page, expect
from test_browser import RULES, axe, fits, found_by_axe  # noqa: F401
from test_workers import ENDLESS

from wsis_kg.names import PREFIXES
from wsis_kg.web.admin import ask_servers

ROWS = """PREFIX : <https://w3id.org/wsis-kg/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?body ?name { ?body a :Body ; skos:prefLabel ?name } ORDER BY ?name LIMIT 20"""
QUOTED = r'''# it's a "comment" with $HOME and `id`
SELECT ?said { VALUES ?said { "it's \"quoted\" \\ $HOME `id`" """two
lines, a '' and é""" "\n" } } # the end's \ "'''
"""A query that leaves its string wherever quoting is not right."""


@dataclass
class Desk:
    """The desk in a browser, with what the browser said and asked for."""

    page: Page
    address: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        return self.page.locator(".desk-run [role=status]").inner_text()

    @property
    def text(self) -> str:
        text: str = self.page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getValue()")
        return text

    def open(self, rest: str = "") -> None:
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}/sparql{rest}")
        expect(self.page.get_by_label("Search them")).to_be_visible()

    def type(self, text: str) -> None:
        """In the place of what is there."""
        self.page.get_by_role("textbox", name="Query in SPARQL").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.press("Delete")
        for number, line in enumerate(text.splitlines()):
            if number:
                self.page.keyboard.press("Enter")
            self.insert(line)

    def insert(self, text: str) -> None:
        """As dictated: the editor reads that a moment later."""
        self.page.keyboard.insert_text(text)
        wait_until(lambda: text in self.text, f"The editor's reading of {text}")

    def run(self) -> None:
        self.page.get_by_role("textbox", name="Query in SPARQL").focus()
        self.page.keyboard.press("Control+Enter")
        wait_until(lambda: not self.state.startswith("Running"), "An answer")


@pytest.fixture(scope="module")
def desk(browser: Browser, real_site: str) -> Iterator[Desk]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce", accept_downloads=True)
    desk = Desk(context.new_page(), real_site)
    desk.page.set_default_timeout(20_000)
    desk.page.on("console", lambda message: desk.said.append(message.text) if message.type in ("error", "warning") else None)
    desk.page.on("pageerror", lambda error: desk.said.append(str(error)))
    desk.page.on("request", lambda request: desk.asked.append(f"{request.method} {request.url}"))
    yield desk
    context.close()


def test_names_are_told_for_ever_and_small(real_site: str) -> None:
    with httpx.Client(base_url=real_site) as client:
        told = client.get("/desk.json")
        assert told.headers["cache-control"] == "no-cache"
        version = told.headers["dataset-version"]
        lasting = client.get("/desk.json", params={"version": version})
        assert "immutable" in lasting.headers["cache-control"]
        assert "immutable" not in client.get("/desk.json", params={"version": "0.0.0-other"}).headers["cache-control"]
        assert client.get("/desk.json?version=a&version=b").status_code == 400
        assert int(lasting.headers["content-length"]) < 100_000, "compressed"
        assert f"desk.json?version={version}" in client.get("/sparql", headers={"Accept": "text/html"}).text
    found = told.json()
    assert found["prefixes"] == PREFIXES
    names = {row[0]: row for row in found["names"]}
    assert names["body:cstd"][1:4] == ["Commission on Science and Technology for Development", "body", "CSTD"]
    assert names[":Mandate"][2] == "class" and names[":hasRecipient"][2] == "relation"
    assert {name.partition(":")[0] for name in names} >= {"", "body", "document", "session", "output", "role", "verb"}
    assert len(found["questions"]) == 47


def test_names_are_completed_and_mended(desk: Desk) -> None:
    desk.open()
    desk.type("SELECT * {\n?line :hasRecipient ")
    desk.page.keyboard.type("commission sci")
    expect(desk.page.locator(".CodeMirror-hint-active")).to_contain_text("body:cstd")
    desk.page.keyboard.press("Enter")
    # What is dictated before the new lines are drawn would be read together with the old ones.
    expect(desk.page.locator(".CodeMirror-line").first).to_contain_text("PREFIX")
    desk.insert(" ; :hasReportr ?who }")
    assert desk.text.splitlines()[:3] == [f"PREFIX : <{PREFIXES['']}>", f"PREFIX body: <{PREFIXES['body']}>", "SELECT * {"]
    assert "body:cstd ; :hasReportr" in desk.text
    expect(desk.page.locator(".desk-terms")).to_contain_text("Line 4: nothing is called :hasReportr. Did you mean :hasReporter")
    assert desk.page.locator(".desk-unknown").inner_text() == ":hasReportr"
    desk.page.locator(".desk-terms button").click()
    assert ":hasReporter ?who" in desk.text
    desk.run()
    assert "13 rows in" in desk.state and "no limit of the server applied" in desk.state
    assert desk.page.locator("#answer td a[href='./id/constituency/action-line-facilitators']").count() > 0
    assert desk.page.locator("#answer td small", has_text="constituency:action-line-facilitators").count() > 0


def test_names_are_offered_while_somebody_types(desk: Desk) -> None:
    """Letter by letter: Yasqe's own completion would ask a host elsewhere about the second one."""
    desk.open()
    desk.type("SELECT *")
    desk.page.keyboard.type(" { ?it a foaf:Person ; rdf:type <http://a.example/x> , :Manda")
    expect(desk.page.locator(".CodeMirror-hint-active")).to_contain_text(":Mandate")
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.type(" ; :hasReci")
    expect(desk.page.locator(".CodeMirror-hint").first).to_be_visible()
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.type(" ?i")
    assert desk.page.locator(".CodeMirror-hint").count() == 0
    desk.page.keyboard.press("Control+Space")
    expect(desk.page.locator(".CodeMirror-hint-active")).to_have_text("?it")
    desk.page.keyboard.press("Enter")
    # Neither a variable nor the word "a" is part of a name that is looked for, and behind "a" classes come first.
    desk.page.keyboard.type(" . ?d a dead")
    expect(desk.page.locator(".CodeMirror-hint-active")).to_contain_text(":Deadline")
    desk.page.keyboard.press("Enter")
    assert ". ?d a :Deadline" in desk.text
    assert ", :Mandate ; :hasReci ?it" in desk.text and f"PREFIX : <{PREFIXES['']}>" in desk.text.splitlines()
    assert desk.said == []


def test_what_no_table_expects_is_shown_whole(desk: Desk) -> None:
    inner = '<<( <http://a.example/s> <http://a.example/p> "\\"x\\""@en )>>'
    desk.open("?query=" + quote('SELECT * { BIND(<<( <http://a.example/s> <http://a.example/p> "x" )>> AS ?t) BIND("<script>" AS ?u) BIND(<javascript:alert(1)> AS ?v)'
              " BIND(<https://w3id.org/wsis-kg/javascript:alert(2)> AS ?w) BIND(<https://w3id.org/wsis-kg//other.example/> AS ?y) }"))
    cells = desk.page.locator("#answer tbody td")
    assert cells.nth(0).inner_text() == '<<( <http://a.example/s> <http://a.example/p> "x" )>>'
    assert cells.nth(1).inner_text() == "<script>"
    leads = desk.page.evaluate("[...document.querySelectorAll('#answer td a')].map(one => one.href)")
    assert leads == [f"{desk.address}/javascript:alert(2)", f"{desk.address}//other.example/"]
    desk.type(f'CONSTRUCT {{ <http://a.example/s> <http://a.example/p> {inner}, "a . \\" b", <http://a.example/o> }} WHERE {{}}')
    desk.run()
    assert desk.state.startswith("3 triples in")
    texts = desk.page.locator("#answer tbody tr td:nth-child(3)").all_inner_texts()
    assert sorted(text.split(" ")[0] for text in texts) == ["<<(", "<http://a.example/o>", "a"]
    desk.page.evaluate("location.hash = 'main'")
    assert desk.page.locator("#answer tbody tr").count() == 3, "A way within the page is no way back."
    desk.page.go_back()
    desk.page.go_back()
    expect(desk.page.locator("#answer thead th")).to_have_count(5)


def test_tab_leaves_the_editor_after_escape(desk: Desk) -> None:
    desk.open()
    desk.type("ASK {}")
    desk.page.keyboard.press("Tab")
    inside = "document.activeElement.closest('.CodeMirror') !== null"
    assert desk.page.evaluate(inside)
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("Tab")
    assert not desk.page.evaluate(inside)
    assert "Escape, then Tab, leaves the editor" in desk.page.locator("#keys").inner_text()


def test_a_query_in_the_address_is_asked_once(desk: Desk, axe: str) -> None:  # noqa: F811
    desk.asked.clear()
    desk.open(f"?query={quote(ROWS)}")
    expect(desk.page.locator("#answer tbody tr")).to_have_count(20)
    assert desk.text == ROWS and desk.state == "20 rows, as the page brought them."
    assert not [one for one in desk.asked if one.startswith("POST")]
    desk.page.evaluate(axe)
    assert found_by_axe(desk.page, RULES) == []
    desk.page.emulate_media(color_scheme="dark")
    assert found_by_axe(desk.page, ["color-contrast"]) == []
    fits(desk.page)
    desk.page.set_viewport_size({"width": 1280, "height": 900})
    desk.page.emulate_media(media="print")
    assert desk.page.locator("#answer tbody tr").last.is_visible() and not desk.page.locator("#questions").is_visible()
    desk.page.emulate_media(media="screen", color_scheme="light")
    # As Yasgui writes links: nobody has asked it yet.
    desk.open(f"#query={quote(ROWS)}")
    expect(desk.page.locator(".desk-run [role=status]")).to_contain_text("The LIMIT 20 of the query is reached")
    assert len([one for one in desk.asked if one.startswith("POST")]) == 1
    assert parse_qs(urlsplit(desk.page.url).query)["query"] == [ROWS]
    with desk.page.expect_download() as download:
        desk.page.get_by_role("link", name="CSV").click()
    assert len(Path(download.value.path()).read_text(encoding="utf-8").splitlines()) == 21
    desk.page.get_by_label("Only rows with").fill("commission science")
    assert 0 < desk.page.locator("#answer tbody tr").count() < 5


def test_a_saved_question_has_a_form_and_its_result_drawings(desk: Desk, axe: str) -> None:  # noqa: F811
    page = desk.page
    desk.open()
    page.get_by_label("Search them").fill("loaded session")
    page.locator("#questions li a:visible").click()
    page.get_by_role("button", name="Chart").click()
    assert page.locator("#answer svg rect.bar").count() == page.locator("#answer svg .value").count() > 3
    assert "The table holds the same" in (page.locator("#answer svg").get_attribute("aria-label") or "")
    page.get_by_label("Search them").fill("must deliver")
    page.locator("#questions li a:visible", has_text="What must an actor deliver").click()
    page.get_by_role("button", name="Timeline").click()
    assert page.locator("#answer svg circle").count() > 0
    page.get_by_role("button", name="Graph").click()
    assert page.locator("#answer svg path.edge").count() > 0 and page.locator("#answer svg a title").count() > 0
    page.evaluate(axe)
    assert found_by_axe(page, RULES) == []
    page.get_by_label("Who has to deliver").fill("nobody at all")
    page.get_by_role("button", name="Ask", exact=True).click()
    assert page.evaluate("document.getElementById('parameter-actor').validationMessage").startswith("Who has to deliver: nothing here fits")
    page.get_by_label("Who has to deliver").fill("cstd")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_url(lambda url: "id%2Fbody%2Fcstd%3E" in url)
    expect(page.locator(".desk-run [role=status]")).to_contain_text("rows in")


def test_what_is_wrong_is_told_where_it_is(desk: Desk) -> None:
    desk.open()
    desk.type('SELECT * {\n?s ?p <x>, "😀😀" ;; ; ] }')
    desk.page.get_by_role("button", name="Run", exact=True).click()
    problem = desk.page.locator(".problem")
    expect(problem).to_contain_text("Line 2, column ")
    assert desk.page.locator(".desk-wrong-line").count() == 1
    assert desk.page.locator(".desk-wrong").inner_text() == "]" and "“]” is not expected here" in problem.inner_text()
    # The browser itself says that an answer is an error.
    said = [text for text in desk.said if "status of 400" not in text]
    desk.said[:] = said
    nothing = "SELECT * { ?line :hasRecipient body:cstd ; :hasReporter body:cstd . ?line a :ReportingLine }"
    desk.type(nothing)
    desk.run()
    expect(desk.page.locator("#answer")).to_contain_text("There would be something without ?line :hasRecipient body:cstd, or without ?line :hasReporter body:cstd.")
    # What begins like the name comes before what merely resembles it, and names that nothing has are the reason.
    desk.type("SELECT ?when ?claim (COUNT(?day) AS ?days) {\n?when a :Dead ; :atEv ?day\n} GROUP BY ?when ?claim")
    terms = desk.page.locator(".desk-terms")
    expect(terms).to_contain_text("nothing is called :Dead. Did you mean :Deadline (")
    expect(terms).to_contain_text("nothing is called :atEv. Did you mean :atEvent (")
    expect(terms).to_contain_text("Line 1: ?claim is selected, but no pattern binds it: its column will be empty.")
    assert "?when is" not in terms.inner_text() and "?days is" not in terms.inner_text()
    desk.run()
    expect(desk.page.locator("#answer")).to_contain_text("Nothing in the data is called :Dead or :atEv: no pattern with it has a match.")
    expect(desk.page.locator("#answer")).not_to_contain_text("No single pattern")
    expect(desk.page.locator("#answer")).not_to_contain_text("Looking for")


def test_the_query_runs_elsewhere_as_it_stands(desk: Desk, tmp_path: Path) -> None:
    desk.open(f"?query={quote(QUOTED)}")
    desk.page.locator("summary", has_text="Copy as").click()
    code = desk.page.locator("#code")
    with httpx.Client() as client:
        wanted = client.post(f"{desk.address}/sparql", data={"query": QUOTED}, headers={"Accept": "text/csv"})
    assert wanted.status_code == 200
    got = subprocess.run(["sh", "-c", code.inner_text()], capture_output=True, check=True, timeout=60)
    assert got.stdout == wanted.content
    desk.page.get_by_role("button", name="Python", exact=True).click()
    program = "import json\n" + code.inner_text() + "\nprint(json.dumps(list(table['said'])))"
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    got = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, check=True, timeout=60)
    said = json.loads(got.stdout.decode().splitlines()[-1])
    assert said == ["it's \"quoted\" \\ $HOME `id`", "two\nlines, a '' and é", "\n"]
    desk.page.get_by_role("button", name="R", exact=True).click()
    # No R for this alone: a string of R ends at a bare quotation mark, and these are all the escapes that occur.
    (literal,) = re.findall(r'query <- "((?:[^"\\]|\\.)*)"\nanswer <-', code.inner_text(), re.DOTALL)
    assert re.sub(r'\\(["\\])', r"\1", literal) == QUOTED and not re.search(r'(?<!\\)(?:\\\\)*\\[^"\\]', literal)


def test_the_code_is_that_of_the_query_that_stands_there(desk: Desk) -> None:
    desk.open(f"?query={quote(ROWS)}")
    desk.page.locator("summary", has_text="Copy as").click()
    expect(desk.page.locator("#code")).to_contain_text("LIMIT 20")
    desk.type("ASK { ?s ?p 'edited' }")
    expect(desk.page.locator("#code")).to_contain_text("edited")
    expect(desk.page.locator("#code")).not_to_contain_text("LIMIT 20")


def test_nothing_else_is_asked_and_nothing_said(desk: Desk) -> None:
    """Over all that was done above."""
    assert desk.said == []
    hosts = {urlsplit(one.partition(" ")[2]).netloc for one in desk.asked if " about:" not in one and " blob:" not in one}
    assert hosts == {urlsplit(desk.address).netloc}


def test_stop_ends_the_query_on_the_server(browser: Browser, tmp_path: Path) -> None:
    write_build(tmp_path)
    with serving_pool(tmp_path) as served:
        page = browser.new_page()
        page.goto(f"{served.address}/sparql#query={quote(ENDLESS)}")

        def running() -> list[str]:
            return [query["state"] for _, told in ask_servers(tmp_path, {}) for query in told["queries"]]

        wait_until(lambda: running() == ["running"], "The start of the query")
        page.get_by_role("button", name="Stop").click()
        wait_until(lambda: running() == [], "The end of the query", 5)
        expect(page.locator(".desk-run [role=status]")).to_have_text("Stopped, here and on the server.")
        page.close()
