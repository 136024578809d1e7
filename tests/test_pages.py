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
    "reporting": "reporting",
    "reporting on two days": "reporting?document=all&as_of=2026-11-01&compare=2024-01-01",
    "nothing to draw": "reporting?body=cstd&year=2025",
    "deadlines": "deadlines?as_of=2026-11-23",
    "deadlines of a body": "deadlines?body=cstd&as_of=2028-01-01",
    "no deadlines": "deadlines?body=cstd&role=speaker",
    "no such body": "deadlines?body=nobody",
    "lineage": "lineage",
    "lineage of a document": "lineage?document=A-RES-70-125",
    "no lineage": "lineage?from=1900&to=1901",
    "no such kind of lineage": "lineage?kind=recal",
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
STATUS = {"syntax error": 400, "unknown filter": 400, "not there": 404, "no such body": 400, "no such kind of lineage": 400}
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
    assert f">Asked</a> <span>by {asked} mandates</span>" in text
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
    assert "We invite the International Telecommunication Union" in re.sub("<[^>]*>", "", text[place : place + 1500])


def words(text: str) -> str:
    """What a page says, without its markup; the mark of an inference in brackets."""
    text = re.sub(r'<span class="inferred">(.*?)</span>', r"[\1]", text[text.index("<main") : text.index("</main")])
    text = re.sub(r"<(p|li|h\d|dd|dt|td|tr|article|section|div)\b[^>]*>", "\n", text)
    return re.sub(r"[ \t]*\n\s*", "\n", html.unescape(re.sub("<[^>]*>", "", text)))


def section(text: str, key: str) -> str:
    """The section of that heading."""
    part = text[text.index(f'aria-labelledby="{key}"') :]
    return part[part.index(">") + 1 : part.index("</section>")]


def test_what_a_rule_presumes_is_marked_where_it_is_told_in_short(http: httpx.Client) -> None:
    rows = re.findall("<tr[^>]*>(.*?)</tr>", section(http.get("/?as_of=2026-06-01").text, "due"), re.DOTALL)
    told = {row: "inferred" in row for row in rows if "¶" in row}
    marked = {re.findall("¶[0-9]+", row)[0] for row, inferred in told.items() if inferred}
    asserted = {re.findall("¶[0-9]+", row)[0] for row, inferred in told.items() if not inferred}
    # The passages name nobody who delivers; the rule takes whoever is asked to make it.
    assert marked == {"¶67", "¶122"} and asserted == {"¶6", "¶86", "¶113", "¶117"}
    for body in ("itu", "ungis"):
        text = http.get(f"/doc/body/{body}").text
        brief = section(text, "brief")
        reports = next(item for item in re.findall("<li>.*?</li>", brief, re.DOTALL) if "Must report" in item)
        assert reports.count('class="inferred"') == 1
        assert all("inferred" in line for line in re.findall('class="year".*', brief))
        assert "1 report is inferred to be due from it" in head(text, "description")
    # Who is named as the reporter is not marked.
    assert "inferred" not in section(http.get("/doc/constituency/action-line-facilitators").text, "brief")


def test_a_difference_says_of_the_other_side_only_what_its_rule_established(http: httpx.Client) -> None:
    query = """PREFIX : <https://w3id.org/wsis-kg/ontology#>
    SELECT ?kind (SAMPLE(?d) AS ?one) (COUNT(?here) AS ?here_printed) (COUNT(?there) AS ?there_printed) {
      ?d a :Difference ; :kind ?kind OPTIONAL { ?d :printedHere ?here } OPTIONAL { ?d :printedThere ?there }
    } GROUP BY ?kind"""
    rows = http.get("/sparql", params={"query": query}, headers={"Accept": "text/csv"}).text.splitlines()[1:]
    rules = http.get("/ontology").text
    assert len(rows) > 15
    said_alike: set[str] = set()
    for row in rows:
        kind, one, here, there = row.split(",")
        kind, path = kind.rpartition("/")[2], one.removeprefix("https://w3id.org/wsis-kg/id/")
        text = http.get(f"/doc/{path}").text
        sides = re.findall("<section>(.*?)</section>", text[text.index('class="sides"') :], re.DOTALL)
        assert len(sides) == 2, kind
        for side, printed in zip(sides, (here, there), strict=True):
            assert "<h2>" in side and ('<q class="words">' in side) == (printed != "0" and kind != "mandates-merged"), kind
            assert printed != "0" or re.search(r'<p class="note">[A-Z][^<]+\.</p>', side), kind
        assert "nothing of the kind" not in text
        # One mark for the whole, and the rule that gives it.
        (told,) = re.findall("<p>.*The difference is .*</p>", text)
        assert told.count('class="inferred"') == 1
        assert f'id="rule-difference-{kind}"' in rules and f"ontology#rule-difference-{kind}" in told
        # The page of all of them says the same.
        card = http.get("/differences", params={"kind": kind}).text.partition(f'id="{path.rpartition("/")[2]}"')[2].partition("</article>")[0]
        missing = re.findall(r'<p class="note">(.*?)</p>', "".join(sides))
        assert "nothing of the kind" not in card
        if card and len(missing) == 1:  # Where there are many, it shows the first.
            assert missing[0] in card, kind
            said_alike.add(kind)
    assert {"addressee-added", "addressee-left-out", "partner-added", "provision-left-out"} <= said_alike
    assert "This actor is not asked here." in http.get(
        "/doc/difference/addressee-added-desa-table-110-A-RES-80-173-110-itu"
    ).text


def test_no_difference_is_marked_twice_in_a_list(http: httpx.Client) -> None:
    text = http.get("/doc/passage/A-RES-80-173-110").text
    articles = re.findall('<article class="claim difference.*?</article>', text, re.DOTALL)
    assert articles and all(article.count('class="inferred"') == 1 for article in articles)


def test_the_page_of_a_body_leads_to_the_differences_that_concern_it(http: httpx.Client) -> None:
    told = section(http.get("/doc/body/itu").text, "differences")
    assert "/doc/difference/addressee-added-desa-table-110-A-RES-80-173-110-itu" in told.replace("../../doc", "/doc")
    assert 'aria-labelledby="differences"' not in http.get("/doc/body/cstd").text


def test_words_of_a_document_are_quoted_and_ours_are_not(http: httpx.Client) -> None:
    text = http.get("/doc/passage/A-RES-80-173-67").text
    assert "<dt>Means</dt><dd><q class=\"words\">building on" in text
    assert re.search(r'<ol class="tasks"><li[^>]*>establish an internal task force', text)
    assert get(http, "resolution").count("In serif, the words of the document") == 1
    (style,) = re.findall(r'<link rel="stylesheet" href="([^"]*)"', text)
    sheet = http.get(httpx.URL(f"{http.base_url}".rstrip("/") + "/doc/passage/A-RES-80-173-67").join(style)).text
    families = {
        selector: rule
        for selectors, rule in re.findall(r"([^{}]+)\{[^{}]*font-family: ?var\(--(serif|sans)\)", sheet)
        for selector in re.split(r",\s*", re.sub(r"/\*.*?\*/", "", selectors).strip())
    }
    assert families["q"] == families[".words"] == families["blockquote"] == "serif"
    assert families[".claim"] == families[".brief"] == "sans"


def test_a_whole_year_is_not_told_as_its_first_and_last_day(http: httpx.Client) -> None:
    for passage, year in (("125", "2027"), ("126", "2030"), ("127", "2035")):
        assert f"held in {year}" in http.get(f"/doc/passage/A-RES-80-173-{passage}").text
    assert "adopted in 2003" in http.get("/doc/document/geneva-plan-of-action").text
    # The data keeps its days.
    assert '"2027-12-31"' in http.get("/doc/passage/A-RES-80-173-125.ttl").text


def test_the_example_of_a_claim_leads_to_where_it_stands(http: httpx.Client) -> None:
    text = http.get("/ontology").text
    seen = set()
    for local, address in re.findall(r'<article class="term" id="(\w+)".*?such as <a href="([^"]*)"', text, re.DOTALL):
        path, _, place = address.partition("#")
        if path.startswith("doc/passage/") and place and local[0].isupper():
            seen.add(local)
            assert f'id="{place}"' in http.get(f"/{path}").text, address
    assert {"Participation", "Task", "Mention", "Deadline", "Stage", "Tenure", "Remark", "Dating"} <= seen
    participation = text[text.index('id="Participation"') :]
    assert "<dt>Not</dt>" in participation[: participation.index("</article>")]


@pytest.mark.parametrize(
    ("path", "said", "never"),
    [
        ("doc/passage/A-RES-80-173-110", "Forum: in collaboration with United Nations Educ", "with of"),
        ("doc/body/unesco", "Forum: in collaboration with United Nations Educ", "with of"),
        ("doc/passage/A-RES-80-173-fn4", "\ncites once more", "cite:"),
        ("doc/passage/A-RES-80-173-top9", "\nthe General Assembly adopts", "adopt:"),
        ("doc/body/ungis", "Asked by 3 mandates of A/RES/80/173\n", "(3)"),
        ("search?q=zzzzyq", "Nothing here has that name", "called so"),
        ("doc/difference", "350 in all", "of them"),
        ("quality", "no encoded passage prints both names of one session", "that says the one"),
    ],
)
def test_sentences_read_as_english(http: httpx.Client, path: str, said: str, never: str) -> None:
    told = words(http.get(f"/{path}").text)
    told = told.partition("\nThis page as")[0]
    assert said in told and never not in told


@pytest.mark.parametrize(
    ("document", "role", "after"), [("A-RES-80-173", "working with", ""), ("E-RES-2023-3", "source of inputs", ":")]
)
def test_a_role_that_is_a_noun_is_set_off_from_the_names(
    http: httpx.Client, document: str, role: str, after: str
) -> None:
    told = http.get(f"/doc/document/{document}").text
    assert dict(re.findall(r'<span class="role">([^<:]+)(:?)</span> <span', told))[role] == after


def test_passages_of_one_document_have_names_of_their_own(http: httpx.Client) -> None:
    text = http.get("/doc/document/itu-report").text
    titles = re.findall(r'<div class="number"><a href="[^"]*" title="([^"]*)"', text)
    assert len(titles) > 80 and len(set(titles)) == len(titles)
    assert all(html.unescape(one).startswith("Report by the ITU Secretary-General, ") for one in titles)
    clause = words(http.get("/doc/passage/itu-report-L22-1-2").text)
    assert "\nReport by the ITU Secretary-General, sentence 3 of line 22\n" in clause
    assert "\nUnder Report by the ITU Secretary-General, sentence 1 of line 22\n" in clause


def test_quality_says_what_was_run_in_the_typography_of_the_site(http: httpx.Client) -> None:
    text = get(http, "quality")
    assert "with pySHACL" in text and "stop the build" in text and "so nothing below" not in text
    assert re.search(r'<a href="doc/document/itu-report" title="[^"]+">Report by the ITU Secretary-General</a>', text)
    for key in ("not-known", "checks"):
        told = html.unescape(re.sub("<[^>]*>", "", section(text, key)))
        assert '"' not in told and "'" not in told and "`" not in told


def test_differences_are_told_apart_and_stand_with_what_they_concern(http: httpx.Client) -> None:
    names = re.findall(r'<a href="[^"]*difference/[^"]*">(.*?)</a>', http.get("/doc/difference").text)
    assert len(names) > 100 and len(set(names)) == len(names)
    for path in ("output/sg-wsis-report", "session/cstd-30"):
        assert 'class="claim difference"' in section(http.get(f"/doc/{path}").text, "differences"), path


@pytest.mark.parametrize(
    ("path", "given", "nearest"),
    [
        ("reporting", "boddy=cstd", "body"),
        ("reporting.csv", "recipent=cstd", "recipient"),
        ("deadlines", "yaer=2027", "year"),
        ("deadlines.ics", "documents=desa-table", "document"),
        ("deadlines.atom", "asof=2026-01-01", "as_of"),
        ("differences", "kinds=wording", "kind"),
        ("differences.json", "Document=desa-table", "document"),
        ("lineage", "form=2015", "from"),
        ("search", "pages=2", "page"),
        ("search.json", "nown=body", "noun"),
        ("doc/document/A-RES-80-173", "actr=itu", "actor"),
        ("doc/body", "nothing-like-it=1", ""),
        ("doc", "page=2", ""),
    ],
)
def test_an_unknown_name_is_said_as_an_unknown_value_is(http: httpx.Client, path: str, given: str, nearest: str) -> None:
    name, _, value = given.partition("=")
    page = http.get(f"/{path}?{given}&%3Cb%3E=1")
    assert page.status_code == 400 and f"“{name}” is no parameter of this page" in page.text
    assert "“&lt;b&gt;” is no parameter of this page" in page.text and "<b>" not in page.text
    told = http.get(f"/{path}?{given}&utm_source=x", headers={"Accept": "application/json"})
    assert told.status_code == 400 and told.headers["content-type"] == "application/problem+json"
    near = {one["name"]: one["path"] for one in told.json()["near"]}
    assert near.pop("Without it") == path
    if nearest:
        assert f"the nearest is {nearest}." in told.json()["detail"] and nearest in told.json()["hint"]
        assert near == {f"With {nearest}": f"{path}?{nearest}={value}"}
        assert http.get(f"/{path}?{nearest}={value}").status_code == 200
    else:
        assert not near and told.json()["hint"] == "It has none."
    assert http.get(f"/{path}?utm_source=x&fbclid=y").status_code == 200


def test_the_start_page_says_where_a_report_is_given_that_nobody_is_named_for(http: httpx.Client) -> None:
    """As /reporting draws it: the passage names an event and no recipient."""
    rows = re.findall(r'<tr role="row"><td role="cell">.*?</tr>', http.get("/?as_of=2026-11-23").text, re.DOTALL)
    (row,) = (one for one in rows if 'href="doc/body/iawg-ai"' in one)
    (told,) = re.findall(r'data-column="To whom">(.*?)</td>', row)
    assert told.startswith('at <a href="doc/session/ai-dialogue-1">')


def test_a_name_with_a_slip_is_answered_with_those_that_resemble_it(http: httpx.Client) -> None:
    for typed, meant in (("CTSD", "doc/body/cstd"), ("ungsi", "doc/body/ungis")):
        text = http.get(f"/search?q={typed}", headers={"Accept": "text/html"}).text
        assert "Did you mean" in text and f'<a href="{meant}">' in text, typed


def test_the_start_page_counts_all_differences(http: httpx.Client) -> None:
    table = get(http, "home").partition('aria-label="Differences between documents"')[2].partition("</table>")[0]
    *parts, whole = (int(count) for count in re.findall(r'<td class="figure">(\d+)</td>', table))
    assert "other pair" in table and sum(parts) == whole == http.get("/differences.json", headers={"Accept": "*/*"}).json()["count"]


def test_what_several_pages_tell_of_one_report_stands_once(http: httpx.Client) -> None:
    """An ITU report of 2026 is told by three passages of two pages: once for each recipient, with every passage. What
    official texts ask stands by itself."""
    text = html.unescape(http.get("/deadlines?as_of=2026-11-23&year=2026").text)
    conference = text.partition("Plenipotentiary Conference 2026</h3>")[2].partition("</section>")[0]
    assert conference.count("<li ") == 1 and conference.count("Told too: ") == 2
    assert "line 9" in conference and "line 19" in conference and "to the plenipotentiary conference in 2026" in conference
    for item in re.findall(r"<li class=.*?</li>", text, re.DOTALL):
        assert "A/RES/" not in item or "Told too: " not in item
