"""The search over a real socket: what is found first, what leads straight to a thing, and what cannot harm it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from xml.etree import ElementTree

import httpx
import pyoxigraph as ox
import pytest
from whole_site import BROWSER

from wsis_kg.names import BASE

ID = BASE + "id/"
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
PAGE = {"Accept": BROWSER}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE things; --",
    'tide" OR names:"',
    "NEAR(a b, 1) * ^",
    "a* OR b* AND NOT (",
    "{{ 7 * 7 }} {% raw %}",
    "\x00\x01\x02\x03\x1f",
    "\u202e\ufeff\ud7ff🜁",
    "Ⅷ ﬁ ﷺ",
    "\r\nSet-Cookie: a=b",
    "../../etc/passwd",
    "%2e%2e%2f",
    "javascript:alert(1)",
    "https://evil.example/id/../../x",
    "/" * 400,
    "a " * 240,
]


@pytest.fixture(scope="module")
def http(real_site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=real_site, timeout=60) as client:
        yield client


def found(http: httpx.Client, text: str, *nouns: str) -> dict[str, Any]:
    """What the search says in JSON."""
    answer = http.get("/search.json", params=[("q", text), *(("noun", noun) for noun in nouns)])
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert isinstance(told, dict) and told["query"] == text
    return told


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("CSTD", "body/cstd"),
        ("cstd", "body/cstd"),
        ("commission on science", "body/cstd"),
        ("itu", "body/itu"),
        ("internet governance forum", "body/igf"),
        ("IGF", "body/igf"),
        ("general assembly", "body/unga"),
        ("tunis agenda", "document/tunis-agenda"),
        ("global digital compact", "document/GDC"),
        ("wsis forum", "body/wsis-forum"),
        ("joint road map", "output/joint-road-map"),
    ],
)
def test_what_people_look_for_comes_first(http: httpx.Client, text: str, first: str) -> None:
    results = found(http, text)["results"]
    assert results[0]["iri"] == ID + first
    assert [one["score"] for one in results] == sorted((one["score"] for one in results), reverse=True)


def test_a_thing_comes_before_the_kind_that_it_is_of(http: httpx.Client) -> None:
    assert found(http, "road map")["results"][0]["noun"] == "output"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("A/RES/80/173", "/doc/document/A-RES-80-173"),
        ("a/res/80/173", "/doc/document/A-RES-80-173"),
        ("80/173", "/doc/document/A-RES-80-173"),
        ("General Assembly resolution 80/173", "/doc/document/A-RES-80-173"),
        ("80/173 para 67", "/doc/passage/A-RES-80-173-67"),
        ("80/173, paragraph 67", "/doc/passage/A-RES-80-173-67"),
        ("body:cstd", "/doc/body/cstd"),
        ("https://w3id.org/wsis-kg/id/body/cstd", "/doc/body/cstd"),
        ("<https://w3id.org/wsis-kg/id/body/cstd>", "/doc/body/cstd"),
        ("http://localhost:8000/id/body/cstd", "/doc/body/cstd"),
        ("https://any.example.org:8443/under/a/path/doc/body/cstd.html", "/doc/body/cstd"),
    ],
)
def test_a_symbol_a_paragraph_or_an_iri_with_any_host_leads_there_in_one_step(
    http: httpx.Client, text: str, place: str
) -> None:
    answer = http.get("/search", params={"q": text}, headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert http.get(place, headers=PAGE).status_code == 200
    # A program is told, and not led away.
    assert found(http, text)["exact"].startswith(ID)


def test_a_claim_without_a_page_of_its_own_is_found_at_its_place(http: httpx.Client, real_store: ox.Store) -> None:
    task = next(
        quad.subject.value for quad in real_store if str(quad.subject).startswith(f"<{ID}task/A-RES-80-173-67")
    )
    answer = http.get("/search", params={"q": task}, headers=PAGE)
    assert answer.headers["location"] == f"/doc/passage/A-RES-80-173-67#task-{task.rpartition('/')[2]}"


def test_only_the_nouns_asked_for_are_found(http: httpx.Client) -> None:
    for nouns in (("body",), ("document", "passage")):
        results = found(http, "commission", *nouns)["results"]
        assert results and {one["noun"] for one in results} <= set(nouns)
        page = http.get("/search", params=[("q", "commission"), *(("noun", noun) for noun in nouns)], headers=PAGE)
        assert {path.split("/")[1] for path in re.findall(r'<li><p><a href="doc/([^"]+)"', page.text)} or page.text
        assert set(re.findall(r'<li><p><a href="doc/([a-z-]+)/', page.text)) <= set(nouns)
    # With a noun a symbol is looked for among things of that noun.
    assert http.get("/search", params={"q": "80/173", "noun": "passage"}, headers=PAGE).status_code == 200


def test_the_page_shows_the_words_found_in_what_was_found(http: httpx.Client) -> None:
    page = http.get("/search", params={"q": "road map"}, headers=PAGE)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<mark>" in page.text and "\x02" not in page.text and "\x03" not in page.text
    marked = {unescape(one).lower() for one in re.findall("<mark>(.*?)</mark>", page.text)}
    assert marked & {"road", "map", "roadmap", "maps"}
    for path in set(re.findall(r'<li><p><a href="([^"]+)"', page.text)):
        assert http.get("/" + path, headers=PAGE).status_code == 200, path
    empty = http.get("/search", params={"q": "xylophone"}, headers=PAGE)
    assert empty.status_code == 200 and "Nothing here" in empty.text
    assert http.get("/search", headers=PAGE).status_code == 200


def test_snippets_are_escaped_and_only_the_marks_are_ours(http: httpx.Client, real_store: ox.Store) -> None:
    """Some quotations hold characters that mean something in HTML; none of them may mean it here."""
    for text in ("&", "<", "a & b", "information society", "sustainable development"):
        page = http.get("/search", params={"q": text}, headers=PAGE).text
        snippets = re.findall(r'<p class="note">(.*?)</p>', page, re.DOTALL)[1:]
        for snippet in snippets:
            assert not re.search("[<>]", re.sub("</?mark>", "", snippet)), snippet
            assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#x27;|#39;)", snippet), snippet


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_looked_for_and_nothing_else(http: httpx.Client, text: str) -> None:
    page = http.get("/search", params={"q": text}, headers=PAGE)
    assert page.status_code in (200, 303)
    assert "set-cookie" not in page.headers and "evil.example" not in page.headers.get("location", "")
    body = page.text
    assert "<script>alert" not in body and "<img" not in body and "onerror=alert(1)>" not in body
    assert " 49 " not in body
    for path in ("/search.json", "/search/suggest"):
        assert http.get(path, params={"q": text}).status_code == 200


@pytest.mark.parametrize("path", ["/search", "/search.json", "/search/suggest"])
def test_too_long_given_twice_or_not_utf_8_is_refused_with_a_sentence(http: httpx.Client, path: str) -> None:
    for query in ("q=" + "x" * 501, "q=a&q=b", "q=%ff", "q=%zz"):
        refused = http.get(f"{path}?{query}", headers={"Accept": "application/json"})
        assert refused.status_code == 400, query
        assert refused.headers["content-type"] == "application/problem+json" and refused.json()["detail"]
        page = http.get(f"{path}?{query}", headers=PAGE)
        assert page.status_code == 400 and page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/search?q=commission", "/search.json?q=commission", "/search/suggest?q=comm"])
def test_what_is_not_changed_is_not_sent_again(http: httpx.Client, path: str) -> None:
    first = http.get(path, headers=PAGE)
    head = http.head(path, headers=PAGE)
    assert head.status_code == 200 and head.content == b"" and head.headers["etag"] == first.headers["etag"]
    again = http.get(path, headers={**PAGE, "If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == first.headers["etag"]
    other = http.get(path + "x", headers={**PAGE, "If-None-Match": first.headers["etag"]})
    assert other.status_code == 200 and other.headers["etag"] != first.headers["etag"]


def test_search_answers_programs_with_json_and_browsers_with_a_page(http: httpx.Client) -> None:
    for accept, media_type in (("*/*", "application/json"), ("application/json", "application/json"), (BROWSER, "text/html")):
        answer = http.get("/search", params={"q": "commission"}, headers={"Accept": accept})
        assert answer.headers["content-type"].partition(";")[0] == media_type
        assert "accept" in answer.headers["vary"].lower()


def test_what_does_not_fit_on_a_page_is_on_the_next(http: httpx.Client) -> None:
    """By programs to the end, each thing once; by people from page to page, and no page that is none."""
    address, seen = "/search.json?q=report", []
    while address:
        told = http.get(address).json()
        assert len(told["results"]) == 50 or "next" not in told
        seen += [one["iri"] for one in told["results"]]
        address = told.get("next", "")
    assert len(seen) > 100 and len(set(seen)) == len(seen)
    page = http.get("/search?q=report&noun=passage", headers=PAGE).text
    assert "1 to 50, the best first" in page and "Of a passage whose text is not held here" in page
    following = unescape(re.findall('href="([^"]*)" rel="next"', page)[0])
    assert "noun=passage" in following and "51 to " in http.get(following, headers=PAGE).text
    assert "No more was found" in http.get("/search?q=CSTD+report&page=8", headers=PAGE).text
    for number in ("0", "9", "-1", "two", "٢"):
        assert http.get("/search", params={"q": "report", "page": number}).status_code == 400


def test_the_description_is_opensearch_1_1_and_each_of_its_addresses_answers(http: httpx.Client) -> None:
    """OpenSearch 1.1 draft 6: the elements that must be there, their lengths, and templates that work."""
    answer = http.get("/opensearch.xml")
    assert answer.headers["content-type"] == "application/opensearchdescription+xml"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == OPENSEARCH + "OpenSearchDescription"
    assert 0 < len(root.findtext(OPENSEARCH + "ShortName", "")) <= 16
    assert 0 < len(root.findtext(OPENSEARCH + "Description", "")) <= 1024
    assert root.findtext(OPENSEARCH + "InputEncoding") == "UTF-8"
    image = root.find(OPENSEARCH + "Image")
    assert image is not None and http.get(image.text or "").headers["content-type"] == image.attrib["type"]
    urls = {url.attrib["type"]: url.attrib for url in root.findall(OPENSEARCH + "Url")}
    assert set(urls) == {"text/html", "application/json", "application/x-suggestions+json", "application/opensearchdescription+xml"}
    assert urls["application/opensearchdescription+xml"]["rel"] == "self"
    assert urls["application/x-suggestions+json"]["rel"] == "suggestions"
    for media_type, url in urls.items():
        assert re.findall(r"\{(\w+)\??\}", url["template"]) == ([] if url.get("rel") == "self" else ["searchTerms"])
        got = http.get(url["template"].replace("{searchTerms}", "commission%20on"), headers={"Accept": media_type})
        assert got.status_code == 200 and got.headers["content-type"].partition(";")[0] == media_type
    home = http.get("/", headers=PAGE).text
    assert 'rel="search" type="application/opensearchdescription+xml" href="opensearch.xml"' in home


def test_a_paragraph_that_is_not_there_is_told(http: httpx.Client) -> None:
    page = http.get("/search", params={"q": "80/173 para 999"}, headers={"Accept": "text/html"})
    assert page.status_code == 200 and "There is no 999 in what is held here of" in page.text
    assert 'doc/document/A-RES-80-173">A/RES/80/173</a>' in page.text
    for text in ("80/173", "nothing 7/7 para 999", "road map"):
        page = http.get("/search", params={"q": text}, headers={"Accept": "text/html"}, follow_redirects=True)
        assert "in what is held here of" not in page.text


def test_suggestions_are_as_browsers_read_them(http: httpx.Client) -> None:
    """OpenSearch Suggestions 1.1: the text, names, descriptions, addresses, each list as long as the other."""
    answer = http.get("/search/suggest", params={"q": "commission on sci"})
    assert answer.headers["content-type"] == "application/x-suggestions+json"
    text, names, descriptions, addresses = answer.json()
    assert text == "commission on sci" and names[0] == "Commission on Science and Technology for Development"
    assert len(names) == len(descriptions) == len(addresses) <= 8
    for address in addresses:
        assert http.get(address, headers=PAGE).status_code == 200
    assert http.get("/search/suggest", params={"q": ""}).json() == ["", [], [], []]
