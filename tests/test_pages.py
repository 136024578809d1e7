"""What each kind of page says of itself to search engines, and what it hands over, over a real socket and the real data."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
ROWS = "SELECT ?body ?name { ?body a <https://w3id.org/wsis-kg/ontology#Body> ; <http://www.w3.org/2004/02/skos/core#prefLabel> ?name } ORDER BY ?name LIMIT 20"


def sparql(query: str) -> str:
    return f"sparql?query={quote(query)}"


PAGES = {
    "home": "",
    "list": "doc/body",
    "resolution": "doc/document/A-RES-80-173",
    "table": "doc/document/desa-table",
    "document that is only named": "doc/document/GDC",
    "passage": "doc/passage/A-RES-80-173-67",
    "row": "doc/passage/desa-table-67",
    "mandate": "doc/mandate/A-RES-80-173-67-invite",
    "reporting line": "doc/line/A-RES-80-173-122-cstd",
    "figure": "doc/figure/A-RES-80-173-20-4g",
    "body": "doc/body/cstd",
    "constituency": "doc/constituency/action-line-facilitators",
    "post": "doc/post/chair-cstd",
    "person": "doc/person/doreen-bogdan-martin",
    "output": "doc/output/joint-road-map",
    "event": "doc/event/wsis",
    "session": "doc/session/cstd-30",
    "concept": "doc/action-line/C10",
    "verb": "doc/verb/request",
    "role": "doc/role/asked",
    "aspect": "doc/aspect/deadline",
    "scheme": "doc/scheme/role",
    "difference": "doc/difference/addressee-added-itu-report-L27-1-A-RES-80-173-67-action-line-facilitators",
    "ontology": "ontology",
    "shapes": "shapes",
    "quality": "quality",
    "differences": "differences",
    "differences in one way": "differences?kind=words-added",
    "differences, further on": "differences?page=2",
    "no difference": "differences?kind=wording&document=desa-table",
    "unknown filter": "differences?kind=wordin",
    "deadlines": "deadlines?as_of=2026-11-23",
    "deadlines of a body": "deadlines?body=cstd&as_of=2028-01-01",
    "no deadlines": "deadlines?body=cstd&role=speaker",
    "no such body": "deadlines?body=nobody",
    "search": "search?q=road+map",
    "search in vain": "search?q=zzzzyq",
    "empty search": "search",
    "form": "sparql",
    "rows": sparql(ROWS),
    "truth": sparql("ASK { ?s ?p ?o }"),
    "graph": sparql("DESCRIBE <https://w3id.org/wsis-kg/id/body/cstd>"),
    "syntax error": sparql("SELECT * {\n ?s ?p ;; <x> }"),
    "not there": "doc/body/cstdd",
    "files": "dumps/0.1.0-site/",
}
"""The kinds of pages, each with an example."""
STATUS = {"syntax error": 400, "unknown filter": 400, "not there": 404, "no such body": 404}
THINGS = [kind for kind, path in PAGES.items() if path.startswith("doc/") and path.count("/") == 2 and kind not in STATUS]


@pytest.fixture(scope="module")
def http(real_site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=real_site, timeout=60, headers=BROWSER) as client:
        yield client


def get(http: httpx.Client, kind: str) -> str:
    """The page of that kind."""
    answer = http.get(f"/{PAGES[kind]}")
    assert answer.status_code == STATUS.get(kind, 200)
    return answer.text


def head(text: str, name: str) -> str:
    """The content of a meta element, empty where there is none."""
    found = re.findall(rf'<meta (?:name|property)="{name}" content="([^"]*)">', text)
    assert len(found) <= 1, name
    return html.unescape(found[0]) if found else ""


def title(text: str) -> str:
    # Drawings have titles too.
    (found,) = re.findall("<title>(.*?)</title>", text.partition("</head>")[0], re.DOTALL)
    return html.unescape(found)


def links(text: str, within: str) -> dict[str, str]:
    """The links of the first element that begins like that: words and addresses."""
    part = text[text.index(within) :]
    part = part[: re.search("</ul>|</ol>|</nav>", part).start()]  # type: ignore[union-attr]
    found = re.findall(r'<a[^>]* ?href="([^"]*)"[^>]*>(.*?)</a>', part)
    return {html.unescape(re.sub("<[^>]*>", "", words)): html.unescape(address) for address, words in found}


def test_titles_and_descriptions_tell_pages_apart(http: httpx.Client) -> None:
    told: dict[str, str] = {}
    for kind in PAGES:
        text = get(http, kind)
        called, description = title(text), head(text, "description")
        assert called.endswith(" · wsis-kg") and 20 <= len(called) <= 110, called
        assert text.count("<h1") == 1
        if kind in STATUS:
            continue
        assert 40 <= len(description) <= 200, (kind, description)
        assert head(text, "og:description") == description
        assert called == f"{head(text, 'og:title')} · wsis-kg"
        if kind not in ("rows", "truth", "graph"):
            # Results stand on the page of the form.
            assert called not in told and description not in told.values(), (kind, description)
        told[called] = description


def test_descriptions_count_what_the_page_shows(http: httpx.Client) -> None:
    text = get(http, "body")
    (asked,) = re.findall(r"(\d+) mandates ask it", head(text, "description"))
    assert f">Asked</a> by {asked} mandates" in text
    assert "175 passages" in head(get(http, "resolution"), "description")


SCHEMA_ORG = {
    "WebPage": {"url", "name", "description", "license", "version", "about", "isPartOf", "inLanguage", "breadcrumb"},
    "BreadcrumbList": {"itemListElement"},
    "ListItem": {"position", "name", "item"},
    "Dataset": {"@id", "name", "url"},
    "CreativeWork": {"@id", "name", "alternateName", "identifier", "isPartOf"},
    "Organization": {"@id", "name", "alternateName"},
    "Person": {"@id", "name", "alternateName"},
    "Event": {"@id", "name", "alternateName"},
    "DefinedTerm": {"@id", "name", "alternateName", "inDefinedTermSet"},
}
"""What schema.org lets each of these have, in so far as pages say it (https://schema.org/docs/full.html)."""


def keeps_to_schema_org(node: Any) -> None:
    if isinstance(node, list):
        for one in node:
            keeps_to_schema_org(one)
    elif isinstance(node, dict):
        assert set(node) - {"@context", "@type"} <= SCHEMA_ORG[node["@type"]], node
        for value in node.values():
            keeps_to_schema_org(value)


@pytest.mark.parametrize("kind", THINGS)
def test_a_page_tells_search_engines_what_it_is_about(http: httpx.Client, kind: str) -> None:
    text = get(http, kind)
    told = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)[0])
    assert told["@context"] == "https://schema.org/"
    keeps_to_schema_org(told)
    assert told["about"]["@id"] == f"https://w3id.org/wsis-kg/{PAGES[kind].replace('doc/', 'id/')}"
    assert told["description"] == head(text, "description")
    assert f'<link rel="canonical" href="{told["url"]}">' in text
    assert head(text, "og:url") == told["url"] == f"{http.base_url}".rstrip("/") + f"/{PAGES[kind]}"
    crumbs = told["breadcrumb"]["itemListElement"]
    assert [one["position"] for one in crumbs] == list(range(1, len(crumbs) + 1))
    shown = links(text, '<nav class="crumbs"')
    assert [one["name"] for one in crumbs] == list(shown)
    page = httpx.URL(told["url"])
    for one, address in zip(crumbs, shown.values(), strict=True):
        assert str(page.join(address)) == one["item"]
        assert http.get(one["item"]).status_code == 200


@pytest.mark.parametrize("kind", THINGS)
def test_a_thing_hands_over_its_data_and_the_answer_behind_it(http: httpx.Client, kind: str) -> None:
    page = httpx.URL(f"{http.base_url}".rstrip("/") + f"/{PAGES[kind]}")
    offered = links(get(http, kind), '<ul class="plain twins">')
    assert list(offered) == ["Turtle", "JSON-LD", "RDF/XML", "N-Triples", "TriG", "JSON", "CSV"]
    rows = http.get(page.join(offered["JSON"]), headers={"Accept": "*/*"})
    assert rows.headers["Content-Type"].startswith("application/sparql-results+json")
    assert len(rows.json()["results"]["bindings"]) == len(http.get(page.join(offered["CSV"])).text.splitlines()) - 1 > 3
    assert http.get(page.join(offered["Turtle"])).headers["Content-Type"].startswith("text/turtle")


def test_saved_questions_go_further_from_a_thing(http: httpx.Client) -> None:
    wanted = {
        "body": ("What must an actor deliver, to whom and by when?", "body:cstd"),
        "resolution": ("By which verbs does a document ask, and how strongly?", "document:A-RES-80-173"),
        "passage": ("How does each document print a provision?", "passage:A-RES-80-173-67"),
        "mandate": ("Which words carry a claim?", "mandate:A-RES-80-173-67-invite"),
        "session": ("What falls due at a session?", "session:cstd-30"),
    }
    for kind, (question, term) in wanted.items():
        page = httpx.URL(f"{http.base_url}".rstrip("/") + f"/{PAGES[kind]}")
        offered = links(get(http, kind), "<h2>Ask further</h2>")
        address = page.join(offered[question])
        asked = address.params["query"]
        assert term in asked or f"<https://w3id.org/wsis-kg/id/{term.replace(':', '/')}>" in asked
        answer = http.get(address)
        assert answer.status_code == 200 and 'id="result"' in answer.text


def test_passages_and_sessions_lead_to_the_one_before_and_the_one_after(http: httpx.Client) -> None:
    def beside(path: str) -> dict[str, str]:
        found = re.findall(r'<a rel="(prev|next)" href="([^"]*)">', http.get(path).text)
        return {relation: address.rpartition("/")[2] for relation, address in found}

    assert beside("/doc/passage/A-RES-80-173-67") == {"prev": "A-RES-80-173-66", "next": "A-RES-80-173-68"}
    assert beside("/doc/session/cstd-29")["next"] == "cstd-30"
    assert beside("/doc/session/cstd-30")["prev"] == "cstd-29"
    assert beside("/doc/body/cstd") == {}
    # From the first passage to the last, each once.
    steps, here = [], "A-RES-80-173-100"
    while here:
        steps.append(here)
        here = beside(f"/doc/passage/{here}").get("next", "")
    assert len(steps) == len(set(steps)) > 20
    assert "A-RES-80-173-122" in steps


def test_a_body_says_first_what_it_must_do_what_it_reports_and_by_when(http: httpx.Client) -> None:
    text = get(http, "body")
    brief = text[text.index('aria-labelledby="brief"') : text.index("</section>", text.index('aria-labelledby="brief"'))]
    assert text.index('aria-labelledby="brief"') < text.index('id="role-1"')
    for link in re.findall(r'href="#([^"]+)"', brief):
        assert f'id="{link}"' in text
    assert "Twenty-year review report" in brief and ">UNGA</a>" in brief
    years = re.findall(r'class="year">([^<]*)<', brief)
    assert years == sorted(years) and "2027" in years
    assert "at its thirtieth session, in 2027" in brief
    # The deadline leads to the claim on the page of its passage, and is there.
    path, place = re.findall(r'class="at" href="../../([^"#]*)#([^"]*)"', brief)[-1]
    assert f'id="{place}"' in http.get(f"/{path}").text


@pytest.mark.parametrize("kind", ["role", "aspect", "verb"])
def test_a_concept_in_wide_use_is_counted_by_document_and_told_in_lines(http: httpx.Client, kind: str) -> None:
    text = get(http, kind)
    section = text[text.index('aria-labelledby="claims"') :]
    whole = int(re.findall(r'<h2 id="claims">[^<]* <span class="kind">(\d+)</span>', section)[0])
    if whole <= 40:
        assert '<article class="claim' in section
        return
    parts = [int(count) for count in re.findall(r'<summary><h3>[^<]*</h3> <span class="kind">(\d+)</span>', section)]
    assert sum(parts) == whole
    assert section[: section.index("</section>")].count("<li>") == whole
    assert len(text) < 200_000


def test_a_document_tells_once_that_it_is_not_quoted_whole_and_marks_our_words(http: httpx.Client) -> None:
    text = get(http, "resolution")
    assert text.count("its own are in <a") == 1
    assert text.count('<span class="kind">in our words</span>') > 50
    place = text.index('id="passage-A-RES-80-173-67"')
    assert "We invite the International Telecommunication Union" in text[place : place + 1500]
