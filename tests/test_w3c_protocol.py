"""The requirements of the W3C protocol suite (w3c/rdf-tests) on queries, service description and Graph Store reading.

Each test has the number of a requirement of the document ``requirements.md`` (version 2026-04-12) that stands beside
the suite's manifest in the history of that repository, or the name of an entry of the manifests ``service-description``
and ``graph-store-protocol``. Requirements on clients are met here by a client that does what they allow; what they
leave open is pinned to what we do. The data and the requests are ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from harbour import serving, write_build

from wsis_kg.names import GRAPH

EX = "http://quay.example/"
ONE, TWO, THREE = (GRAPH + name for name in ("one", "two", "three"))
SPACED, TWICE = EX + "a%20b", EX + "a%2520b"
QUADS = "".join(
    f'<{EX}{subject}> <{EX}p> "{value}" <{graph}> .\n'
    for subject, value, graph in (
        ("a", "1", ONE),
        ("b", "2", TWO),
        ("c", "3", THREE),
        ("d", "4", SPACED),
        ("e", "5", TWICE),
    )
)
FORM, QUERY, UPDATE = "application/x-www-form-urlencoded", "application/sparql-query", "application/sparql-update"
USING = f"DELETE {{ ?s ?p ?o }} USING <{ONE}> WHERE {{ ?s ?p ?o }}"
ASK, SELECT = "ASK { ?s ?p ?o }", f"SELECT ?o {{ ?s <{EX}p> ?o }} ORDER BY ?o"
CONSTRUCT, DESCRIBE = "CONSTRUCT WHERE { ?s ?p ?o }", f"DESCRIBE <{EX}a>"
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
ROWS = {
    "application/sparql-results+xml",
    "application/sparql-results+json",
    "text/csv",
    "text/tab-separated-values",
}
GRAPHS = {"text/turtle", "application/rdf+xml", "application/n-triples", "application/ld+json"}


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home = tmp_path_factory.mktemp("quay")
    write_build(home, quads=QUADS)
    with serving(home) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


def get(http: httpx.Client, query: str, accept: str = "*/*", **parameters: object) -> httpx.Response:
    return http.get("/sparql", params={"query": query, **parameters}, headers={"Accept": accept})  # type: ignore[dict-item]


def direct(http: httpx.Client, text: str | bytes, media_type: str = QUERY, **parameters: object) -> httpx.Response:
    return http.post("/sparql", params=parameters, content=text, headers={"Content-Type": media_type})  # type: ignore[arg-type]


def form(http: httpx.Client, body: str, url: str = "") -> httpx.Response:
    return http.post("/sparql" + url, content=body, headers={"Content-Type": FORM})


def values(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["o"]["value"] for row in answer.json()["results"]["bindings"]]


def kind(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return answer.headers["content-type"].partition(";")[0]


def triples(answer: httpx.Response) -> set[str]:
    return {str(quad.object) for quad in ox.parse(answer.content, format=ox.RdfFormat.from_media_type(kind(answer)))}


ALL = ["1", "2", "3", "4", "5"]


# 1: HTTP


def test_req_1_1_1_http_is_followed(http: httpx.Client) -> None:
    assert http.head("/sparql", params={"query": SELECT}).content == b""
    assert http.put("/sparql", content=ASK).headers["allow"]
    assert "Accept" in get(http, SELECT).headers["vary"]


def test_req_1_1_2_status_codes_say_what_happened(http: httpx.Client) -> None:
    assert get(http, ASK).status_code == 200
    assert get(http, "ASK {").status_code == 400
    assert get(http, ASK, "image/png").status_code == 406
    assert http.request("PATCH", "/sparql").status_code == 405


# 2: version


def test_req_2_1_1_a_version_in_the_text(http: httpx.Client) -> None:
    assert values(get(http, 'VERSION "1.2"\n' + SELECT)) == ALL


def test_req_2_1_2_a_version_as_parameter(http: httpx.Client) -> None:
    assert values(get(http, SELECT, version="1.1")) == ALL
    assert values(form(http, f"query={quote(SELECT)}&version=1.2")) == ALL


def test_req_2_1_3_a_version_in_the_media_type(http: httpx.Client) -> None:
    assert values(direct(http, SELECT, f"{QUERY}; version=1.2")) == ALL


def test_req_2_1_4_the_parameter_beats_the_text(http: httpx.Client) -> None:
    # The engine reads one language, of which both versions are a part: the answer is the same.
    assert values(get(http, 'VERSION "1.2"\n' + SELECT, version="1.1")) == ALL


def test_req_2_2_1_answers_need_not_announce_a_version(http: httpx.Client) -> None:
    assert "version" not in get(http, SELECT).headers["content-type"]


def test_req_2_3_1_no_version_need_be_announced(http: httpx.Client) -> None:
    assert values(get(http, SELECT)) == ALL


# 3.1: queries


def test_req_3_1_1_get_and_post_and_no_other_method(http: httpx.Client) -> None:
    assert values(get(http, SELECT)) == values(direct(http, SELECT)) == ALL
    for method in ("PUT", "DELETE", "PATCH"):
        answer = http.request(method, "/sparql", content=SELECT, headers={"Content-Type": QUERY})
        assert answer.status_code == 405


def test_req_3_1_1a_only_the_defined_ways(http: httpx.Client) -> None:
    assert direct(http, ASK, "text/plain").status_code == 415
    assert direct(http, ASK, "application/json").status_code == 415


def test_req_3_1_2_exactly_one_query(http: httpx.Client) -> None:
    two = f"query={quote(ASK)}&query={quote(SELECT)}"
    assert http.get("/sparql?" + two).status_code == form(http, two).status_code == 400
    assert form(http, "").status_code == 400
    assert direct(http, ASK, **{"query": ASK}).status_code == 400


def test_req_3_1_3_one_version(http: httpx.Client) -> None:
    assert get(http, ASK, version="1.2").status_code == 200


def test_req_3_1_3a_not_two_versions(http: httpx.Client) -> None:
    two = f"query={quote(ASK)}&version=1.1&version=1.2"
    assert http.get("/sparql?" + two).status_code == form(http, two).status_code == 400


def test_req_3_1_4_any_number_of_default_graphs(http: httpx.Client) -> None:
    parameter = "default-graph-uri"
    assert values(get(http, SELECT, **{parameter: ONE})) == ["1"]
    assert values(get(http, SELECT, **{parameter: [ONE, THREE]})) == ["1", "3"]


def test_req_3_1_5_any_number_of_named_graphs(http: httpx.Client) -> None:
    inside = "SELECT ?o { GRAPH ?g { ?s ?p ?o } } ORDER BY ?o"
    parameter = "named-graph-uri"
    assert values(get(http, inside, **{parameter: ONE})) == ["1"]
    assert values(get(http, inside, **{parameter: [ONE, TWO]})) == ["1", "2"]


# 3.2: by GET


def test_req_3_2_1_by_get(http: httpx.Client) -> None:
    assert values(get(http, SELECT)) == ALL


def test_req_3_2_2_percent_encoded(http: httpx.Client) -> None:
    every = "".join(f"%{byte:02X}" for byte in SELECT.encode())
    assert values(http.get(f"/sparql?query={every}")) == ALL
    assert http.get("/sparql?query=ASK%7B%7D%2").status_code == 400


def test_req_3_2_3_separated_by_ampersands(http: httpx.Client) -> None:
    text = f"query={quote(SELECT)}&default-graph-uri={quote(ONE)}"
    assert values(http.get("/sparql?" + text)) == ["1"]
    # A semicolon is part of the value, which is then no query.
    assert http.get("/sparql?" + text.replace("&", ";")).status_code == 400


def test_req_3_2_4_in_any_order(http: httpx.Client) -> None:
    assert values(http.get(f"/sparql?default-graph-uri={quote(ONE)}&version=1.1&query={quote(SELECT)}")) == ["1"]


def test_req_3_2_5_no_body(http: httpx.Client) -> None:
    answer = http.request("GET", "/sparql", params={"query": ASK}, content=ASK, headers={"Content-Type": QUERY})
    assert answer.status_code == 400


# 3.3: by POST of a form


def test_req_3_3_0_parameters_are_in_the_body(http: httpx.Client) -> None:
    assert form(http, "", f"?query={quote(ASK)}").status_code == 400
    assert values(form(http, f"query={quote(SELECT)}", f"?default-graph-uri={quote(ONE)}")) == ALL


def test_req_3_3_1_by_form(http: httpx.Client) -> None:
    assert values(http.post("/sparql", data={"query": SELECT})) == ALL


def test_req_3_3_2_percent_encoded(http: httpx.Client) -> None:
    assert values(form(http, "query=" + quote(SELECT).replace("%20", "+"))) == ALL
    assert form(http, "query=ASK%7B%7D%zz").status_code == 400


def test_req_3_3_3_separated_by_ampersands(http: httpx.Client) -> None:
    assert values(form(http, f"query={quote(SELECT)}&default-graph-uri={quote(ONE)}")) == ["1"]


def test_req_3_3_4_in_any_order(http: httpx.Client) -> None:
    assert values(form(http, f"default-graph-uri={quote(ONE)}&query={quote(SELECT)}")) == ["1"]


def test_req_3_3_5_the_content_type_of_a_form(http: httpx.Client) -> None:
    assert http.post("/sparql", content=f"query={quote(ASK)}").status_code == 415
    assert http.post("/sparql", content=f"query={quote(ASK)}", headers={"Content-Type": FORM}).status_code == 200


# 3.4: by POST of the text


def test_req_3_4_1_the_text_itself(http: httpx.Client) -> None:
    assert values(direct(http, SELECT)) == ALL


def test_req_3_4_2_and_nothing_else(http: httpx.Client) -> None:
    assert direct(http, f"query={quote(SELECT)}").status_code == 400


def test_req_3_4_3_the_content_type_of_a_query(http: httpx.Client) -> None:
    assert http.post("/sparql", content=ASK).status_code == 415
    assert direct(http, ASK, f"{QUERY};version=1.1").status_code == 200


def test_req_3_4_4_graphs_in_the_url(http: httpx.Client) -> None:
    parameters: dict[str, object] = {"default-graph-uri": [ONE, TWO], "named-graph-uri": THREE}
    assert values(direct(http, SELECT, **parameters)) == ["1", "2"]


def test_req_3_4_5_utf_8_only(http: httpx.Client) -> None:
    assert direct(http, 'ASK { FILTER("é" = "é") }'.encode("utf-16"), f"{QUERY}; charset=utf-16").status_code == 415
    assert direct(http, 'ASK { FILTER("é" = "é") }'.encode("latin-1")).status_code == 400
    assert direct(http, 'ASK { FILTER("é" = "é") }', f'{QUERY}; charset="UTF-8"').json()["boolean"]


# 3.5: the dataset


def test_req_3_5_1_in_the_request_or_in_the_text(http: httpx.Client) -> None:
    both = "SELECT ?o { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } } ORDER BY ?o"
    parameters = {"default-graph-uri": ONE, "named-graph-uri": TWO}
    assert values(get(http, both, **parameters)) == ["1", "2"]
    assert values(http.post("/sparql", data={"query": both, **parameters})) == ["1", "2"]
    assert values(direct(http, both, **parameters)) == ["1", "2"]
    assert values(get(http, both.replace("{", f"FROM <{ONE}> FROM NAMED <{TWO}> {{", 1))) == ["1", "2"]


def test_req_3_5_2_the_request_beats_the_text(http: httpx.Client) -> None:
    text = SELECT.replace("{", f"FROM <{ONE}> {{", 1)
    for answer in (
        get(http, text, **{"default-graph-uri": TWO}),
        http.post("/sparql", data={"query": text, "default-graph-uri": TWO}),
        direct(http, text, **{"default-graph-uri": TWO}),
    ):
        assert values(answer) == ["2"]


def test_req_3_5_3_no_dataset_is_rejected(http: httpx.Client) -> None:
    # Not even one that names a graph nobody knows, which is empty.
    assert values(get(http, SELECT, **{"default-graph-uri": EX + "nowhere"})) == []


def test_req_3_5_4_without_a_dataset_all_graphs_are_one(http: httpx.Client) -> None:
    assert values(get(http, SELECT)) == ALL


# 3.6, 3.7: answers


def test_req_3_6_1_formats_are_negotiated(http: httpx.Client) -> None:
    for media_type in ROWS:
        assert kind(get(http, SELECT, media_type)) == kind(get(http, ASK, media_type)) == media_type
    for media_type in GRAPHS - {"application/rdf+xml"}:
        assert kind(get(http, CONSTRUCT, media_type)) == media_type
    assert kind(get(http, SELECT, "text/csv;q=0.5, application/sparql-results+xml")).endswith("+xml")


def test_req_3_7_1_success_is_2xx(http: httpx.Client) -> None:
    assert {get(http, query).status_code for query in (ASK, SELECT, CONSTRUCT, DESCRIBE)} == {200}


def test_req_3_7_2_no_query_is_redirected(http: httpx.Client) -> None:
    assert not get(http, SELECT, "text/html").is_redirect


@pytest.mark.parametrize(("query", "types"), [(SELECT, ROWS), (ASK, ROWS), (CONSTRUCT, GRAPHS), (DESCRIBE, GRAPHS)])
def test_req_3_7_3_the_body_is_a_result(http: httpx.Client, query: str, types: set[str]) -> None:
    answer = get(http, query)
    assert kind(answer) in types
    if types is GRAPHS:
        assert triples(answer)
    else:
        assert answer.json()["head"] is not None


@pytest.mark.parametrize("query", [SELECT, ASK, CONSTRUCT, DESCRIBE])
def test_req_3_7_4_the_content_type_is_that_of_the_body(http: httpx.Client, query: str) -> None:
    for accept in ROWS if query in (SELECT, ASK) else GRAPHS - {"application/rdf+xml"}:
        answer = get(http, query, accept)
        assert kind(answer) == accept
        if query in (SELECT, ASK):
            if accept not in ("text/csv",) and (query == SELECT or "tab" not in accept):
                ox.parse_query_results(answer.content, format=ox.QueryResultsFormat.from_media_type(accept))
        else:
            assert triples(answer)


# 3.8: failures


def test_req_3_8_1_what_is_no_sparql_is_400(http: httpx.Client) -> None:
    for answer in (get(http, "SELECT nothing"), direct(http, "ASK {{}"), form(http, "query=")):
        assert answer.status_code == 400


def test_req_3_8_2_a_query_that_is_refused_says_why(http: httpx.Client) -> None:
    # 500 is left for faults of ours; a refusal has a status of its own, which the protocol allows (3.8.4).
    answer = get(http, "ASK { SERVICE <http://e.example/> { ?s ?p ?o } }")
    assert answer.status_code == 403 and answer.json()["hint"]


def test_req_3_8_3_an_error_is_negotiated(http: httpx.Client) -> None:
    assert get(http, "ASK").headers["content-type"] == "application/problem+json"
    assert get(http, "ASK", "text/plain").headers["content-type"].startswith("text/plain")
    assert get(http, "ASK", "text/html").headers["content-type"].startswith("text/html")


def test_req_3_8_4_other_failures_have_other_codes(http: httpx.Client) -> None:
    assert get(http, SELECT, "image/png").status_code == 406
    assert direct(http, SELECT, "text/csv").status_code == 415


# 4: updates are refused, and where the protocol forbids the form itself, for that reason


@pytest.mark.parametrize(
    ("requirement", "status", "method", "url", "media_type", "body"),
    [
        ("4.1.1", 400, "GET", "?update=CLEAR%20ALL", None, ""),
        ("4.1.1", 403, "POST", "", UPDATE, "CLEAR ALL"),
        ("4.1.1a", 415, "POST", "", "text/plain", "CLEAR ALL"),
        ("4.1.2", 400, "POST", "", FORM, "update=CLEAR%20ALL&update=CLEAR%20ALL"),
        ("4.1.3", 403, "POST", "", FORM, "update=CLEAR%20ALL&version=1.2"),
        ("4.1.3a", 400, "POST", "", FORM, "update=CLEAR%20ALL&version=1.1&version=1.2"),
        ("4.1.3a", 400, "POST", "?version=1.1&version=1.2", UPDATE, "CLEAR ALL"),
        ("4.1.4", 403, "POST", "", FORM, f"update=CLEAR%20ALL&using-graph-uri={ONE}&using-graph-uri={TWO}"),
        ("4.1.5", 403, "POST", "", FORM, f"update=CLEAR%20ALL&using-named-graph-uri={ONE}&using-named-graph-uri={TWO}"),
        # With a form, the URL is not read.
        ("4.2.0", 403, "POST", f"?using-graph-uri={ONE}", FORM, f"update={quote(USING)}"),
        ("4.2.1", 403, "POST", "", FORM, "update=CLEAR%20ALL"),
        ("4.2.2", 400, "POST", "?update=CLEAR%20ALL", FORM, ""),
        ("4.2.2", 400, "POST", "", FORM, "update=CLEAR%2"),
        ("4.2.3", 400, "POST", "", FORM, f"update={quote(USING)}&using-graph-uri={ONE}"),
        ("4.2.4", 400, "POST", "", FORM, f"using-graph-uri={ONE}&update={quote(USING)}"),
        ("4.2.5", 415, "POST", "", None, "update=CLEAR%20ALL"),
        ("4.3.1", 403, "POST", "", UPDATE, "CLEAR ALL"),
        ("4.3.2", 400, "POST", "", UPDATE, "update=CLEAR%20ALL"),
        ("4.3.3", 403, "POST", "", f"{UPDATE}; version=1.2", "CLEAR ALL"),
        ("4.3.3", 415, "POST", "", f"{UPDATE}; charset=utf-16", "CLEAR ALL"),
        ("4.3.4", 403, "POST", f"?using-graph-uri={ONE}&using-named-graph-uri={TWO}", UPDATE, "CLEAR ALL"),
        ("4.3.4", 400, "POST", "?using-graph-uri=one", UPDATE, "CLEAR ALL"),
        ("4.4.1", 403, "POST", "", UPDATE, USING),
        ("4.4.2", 400, "POST", f"?using-named-graph-uri={quote(ONE)}", UPDATE, USING),
        ("4.4.2", 400, "POST", f"?using-graph-uri={quote(ONE)}", UPDATE, f"WITH <{ONE}> DELETE {{}} WHERE {{}}"),
        ("4.4.2", 403, "POST", f"?using-graph-uri={quote(ONE)}", UPDATE, 'INSERT DATA { <a:a> <b:b> "WITH" }'),
        ("4.6.1", 400, "POST", "", UPDATE, "SELECT * {}"),
        ("4.6.1", 400, "POST", "", FORM, "update=INSRT%20DATA%20%7B%7D"),
        ("4.6.1", 403, "POST", "", UPDATE, "PREFIX a: <a:> INSERT DATA { a:a a:b a:c }"),
        # Refused on purpose, which is neither a fault (500) nor a mistake of the client (400).
        ("4.6.2", 403, "POST", "", UPDATE, "INSERT DATA { <a:a> <b:b> <c:c> }"),
        ("4.6.4", 403, "POST", "", UPDATE, "DROP ALL"),
        ("7.2.1", 403, "POST", "", UPDATE, "CLEAR ALL"),
        ("7.2.2", 403, "POST", "", UPDATE, f"LOAD <{EX}x>"),
    ],
)
def test_req_4_updates_are_refused(
    http: httpx.Client, requirement: str, status: int, method: str, url: str, media_type: str | None, body: str
) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    answer = http.request(method, "/sparql" + url, content=body or None, headers=headers)
    assert answer.status_code == status, requirement
    if status == 403:
        assert answer.json()["type"].endswith("/read-only") and "data/" in answer.json()["hint"]
    assert values(get(http, SELECT)) == ALL


def test_req_4_6_3_the_refusal_of_an_update_is_negotiated(http: httpx.Client) -> None:
    for text, status in (("CLEAR ALL", 403), ("CLEAR AL", 400)):
        for accept, begins in (("*/*", "application/problem+json"), ("text/plain", "text/plain"), ("text/html", "text/html")):
            headers = {"Content-Type": UPDATE, "Accept": accept}
            answer = http.post("/sparql", content=text, headers=headers)
            assert answer.status_code == status and answer.headers["content-type"].startswith(begins)


# 5: relative IRIs


def test_req_5_1_1_base_in_the_text_wins(http: httpx.Client) -> None:
    assert values(get(http, f"BASE <{EX}> SELECT ?o {{ <a> <p> ?o }}")) == ["1"]


def test_req_5_1_2_there_is_a_base_iri(http: httpx.Client) -> None:
    assert values(get(http, "SELECT (STR(<x>) AS ?o) {}")) == [str(http.base_url.join("/x"))]


def test_req_5_1_3_it_is_the_endpoint(http: httpx.Client) -> None:
    assert values(get(http, "SELECT (STR(<>) AS ?o) {}")) == [str(http.base_url.join("/sparql"))]


# 6: formats


def test_req_6_1_1_rows_in_every_registered_format(http: httpx.Client) -> None:
    assert {kind(get(http, SELECT, media_type)) for media_type in ROWS} == ROWS


def test_req_6_1_2_graphs_in_every_registered_format(http: httpx.Client) -> None:
    describe = "CONSTRUCT { <a:a> <http://e.example/p> 1 } {}"
    assert {kind(get(http, describe, media_type)) for media_type in GRAPHS} == GRAPHS


def test_csv_tsv_and_xml_to_the_letter(http: httpx.Client) -> None:
    query = 'SELECT ?a ?b ?c ?d { VALUES (?a ?b ?c ?d) { (<a:b> "x\\"y,\\n\\tz"@en 1.5 UNDEF) } }'
    assert get(http, query, "text/csv").content == b'a,b,c,d\r\na:b,"x""y,\n\tz",1.5,\r\n'
    tsv = get(http, query, "text/tab-separated-values").content
    assert tsv == b'?a\t?b\t?c\t?d\n<a:b>\t"x\\"y,\\n\\tz"@en\t1.5\t\n'
    xml = get(http, 'SELECT ("\\u0001 <&> \\uFFFE\\r" AS ?o) {}', "application/sparql-results+xml")
    (row,) = ox.parse_query_results(xml.content, format=ox.QueryResultsFormat.XML)  # type: ignore[union-attr,misc]
    assert row["o"].value == "\ufffd <&> \ufffd\r"
    assert get(http, "SELECT * {}", "text/csv").content == b"\r\n\r\n"


def test_terms_of_rdf_1_2_are_written_or_refused(http: httpx.Client) -> None:
    """None is in the data, but a query can make them. A format that has no way to write one says so."""
    rows = "SELECT (TRIPLE(<a:a>, <b:b>, 1) AS ?o) (STRLANGDIR('x', 'ar', 'rtl') AS ?d) {}"
    (row,) = get(http, rows, "application/sparql-results+json;version=1.2").json()["results"]["bindings"]
    assert row["o"]["type"] == "triple" and row["o"]["value"]["object"]["value"] == "1"
    assert row["d"] == {"type": "literal", "value": "x", "xml:lang": "ar", "its:dir": "rtl"}
    for media_type in ROWS - {"text/csv"}:
        reader = ox.QueryResultsFormat.from_media_type(media_type)
        (solution,) = ox.parse_query_results(get(http, rows, media_type).content, format=reader)  # type: ignore[union-attr,misc]
        assert isinstance(solution["o"], ox.Triple) and solution["d"].direction == ox.BaseDirection.RTL
    graph = "CONSTRUCT { <a:a> <http://b.example/b> <<( <a:a> <http://b.example/b> 1 )>> } {}"
    for media_type in GRAPHS:
        answer = get(http, graph, media_type)
        if media_type == "application/ld+json":
            assert answer.status_code == 406 and "Turtle" in answer.json()["hint"]
        else:
            (triple,) = ox.parse(answer.content, format=ox.RdfFormat.from_media_type(kind(answer)))
            assert isinstance(triple.object, ox.Triple)


@pytest.mark.parametrize(
    ("suffix", "query", "content_type"),
    [
        ("json", SELECT, "application/sparql-results+json"),
        ("xml", SELECT, "application/sparql-results+xml"),
        ("csv", SELECT, "text/csv"),
        ("tsv", SELECT, "text/tab-separated-values"),
        ("ttl", CONSTRUCT, "text/turtle"),
        ("jsonld", CONSTRUCT, "application/ld+json"),
        ("nt", CONSTRUCT, "application/n-triples"),
    ],
)
def test_a_suffix_decides_alone(http: httpx.Client, suffix: str, query: str, content_type: str) -> None:
    answer = http.get(f"/sparql.{suffix}", params={"query": query}, headers={"Accept": "text/html"})
    assert kind(answer) == content_type
    assert http.get("/sparql.csv", params={"query": CONSTRUCT}).status_code == 406
    assert http.get("/sparql.exe", params={"query": query}).status_code == 404


# 7, 8, 9: policy, conformance, characters


def test_req_7_1_1_nothing_is_retrieved(http: httpx.Client) -> None:
    assert values(get(http, SELECT.replace("{", f"FROM <{http.base_url.join('/graph/one')}> {{", 1))) == []


def test_req_7_1_2_requests_may_be_logged_but_are_answered_alike(http: httpx.Client) -> None:
    assert values(get(http, SELECT)) == values(get(http, SELECT))


def test_req_7_1_3_limits_are_told(http: httpx.Client) -> None:
    text = http.get("/sparql", headers={"Accept": "text/turtle"}).text
    assert '"timeout"' in text and '"memory"' in text


def test_req_7_1_4_unsafe_queries_are_refused(http: httpx.Client) -> None:
    assert get(http, "ASK { SERVICE ?anywhere { ?s ?p ?o } }").status_code == 403


def test_req_7_3_1_iris_that_look_alike_stay_apart(http: httpx.Client) -> None:
    query = f"SELECT ?o {{ BIND(<{EX}а> AS ?cyrillic) ?cyrillic <{EX}p> ?o }}"
    assert values(get(http, query)) == []


def test_req_8_1_1_queries_are_implemented(http: httpx.Client) -> None:
    assert values(get(http, SELECT)) == ALL


def test_req_8_1_2_updates_need_not_be(http: httpx.Client) -> None:
    assert direct(http, "CLEAR ALL", UPDATE).status_code == 403


def test_req_8_1_3_policy_is_kept(http: httpx.Client) -> None:
    assert get(http, "ASK { SERVICE SILENT <http://e.example/> {} }").status_code == 403


def test_req_9_1_1_utf_8_in_the_body(http: httpx.Client) -> None:
    assert values(direct(http, 'SELECT ("日本語" AS ?o) {}')) == ["日本語"]


def test_req_9_1_2_iris_in_queries_and_results(http: httpx.Client) -> None:
    assert values(get(http, "SELECT (STR(<http://例え.example/é>) AS ?o) {}")) == ["http://例え.example/é"]


# Service description


@pytest.fixture(scope="module")
def description(http: httpx.Client) -> rdflib.Graph:
    return rdflib.Graph().parse(str(http.base_url.join("/sparql")))


def test_sd_returns_rdf(http: httpx.Client) -> None:
    for method in ("GET", "OPTIONS"):
        for media_type in GRAPHS:
            answer = http.request(method, "/sparql", headers={"Accept": media_type})
            assert kind(answer) == media_type and triples(answer)
    head, got = http.head("/sparql"), http.get("/sparql")
    assert head.status_code == 200 and head.headers["content-length"] == got.headers["content-length"]


def test_sd_has_endpoint_triple(http: httpx.Client, description: rdflib.Graph) -> None:
    endpoint = rdflib.URIRef(str(http.base_url.join("/sparql")))
    assert set(description.subject_objects(SD.endpoint)) == {(endpoint, endpoint)}


def test_sd_conforms_to_schema(description: rdflib.Graph) -> None:
    (service,) = description.subjects(rdflib.RDF.type, SD.Service)
    (dataset,) = description.objects(service, SD.defaultDataset)
    assert (dataset, rdflib.RDF.type, SD.Dataset) in description
    (default,) = description.objects(dataset, SD.defaultGraph)
    assert (default, rdflib.RDF.type, SD.Graph) in description
    names = set()
    for named in description.objects(dataset, SD.namedGraph):
        assert (named, rdflib.RDF.type, SD.NamedGraph) in description
        names.add(str(description.value(named, SD.name)))
        assert (description.value(named, SD.graph), rdflib.RDF.type, SD.Graph) in description
    assert names == {ONE, TWO, THREE, SPACED, TWICE}


def test_sd_claims_nothing_that_is_not_so(http: httpx.Client, description: rdflib.Graph) -> None:
    assert set(description.objects(None, SD.feature)) == {SD.UnionDefaultGraph}
    assert set(description.objects(None, SD.supportedLanguage)) == {SD.SPARQL10Query, SD.SPARQL11Query}
    functions = list(description.objects(None, SD.extensionFunction))
    assert functions
    for function in functions:
        attempts = [get(http, f"SELECT (<{function}>({', '.join(['1'] * n)}) AS ?o) {{}}") for n in (1, 2)]
        assert any(answer.status_code == 200 for answer in attempts), function


def test_sd_tells_prefixes_and_limits(description: rdflib.Graph) -> None:
    declared = {
        str(description.value(node, rdflib.SH.prefix)): str(description.value(node, rdflib.SH.namespace))
        for node in description.objects(None, rdflib.SH.declare)
    }
    assert declared["graph"] == GRAPH and "" in declared
    schema = rdflib.Namespace("https://schema.org/")
    limits = {
        str(description.value(node, schema.propertyID)): description.value(node, schema.maxValue).toPython()  # type: ignore[union-attr]
        for node in description.objects(None, schema.additionalProperty)
    }
    assert limits["timeout"] == 10 and limits["memory"] == 1 << 30 and "rate" not in limits


# Graph Store: reading


def store(http: httpx.Client, parameters: str, accept: str = "text/turtle", method: str = "GET") -> httpx.Response:
    return http.request(method, f"/rdf-graph-store?{parameters}", headers={"Accept": accept})


def test_gsp_get_of_a_graph_indirect(http: httpx.Client) -> None:
    assert triples(store(http, "graph=" + quote(ONE, safe=""))) == {'"1"'}
    for media_type in GRAPHS:
        assert triples(store(http, "graph=" + quote(ONE, safe=""), media_type)) == {'"1"'}


def test_gsp_get_of_a_graph_direct(http: httpx.Client) -> None:
    assert triples(http.get("/graph/one")) == {'"1"'}
    assert kind(http.get("/graph/one.nt", headers={"Accept": "text/turtle"})) == "application/n-triples"
    assert kind(http.get("/graph/one?format=jsonld")) == "application/ld+json"
    page = http.get("/graph/one", headers={"Accept": "text/html"}, follow_redirects=True)
    assert page.history[0].status_code == 303 and page.headers["content-type"].startswith("text/html")


def test_gsp_get_of_the_default_graph(http: httpx.Client) -> None:
    assert triples(store(http, "default")) == {f'"{value}"' for value in ALL}


def test_gsp_head_on_an_existing_graph(http: httpx.Client) -> None:
    for path in ("/graph/one", "/rdf-graph-store?default", "/rdf-graph-store?graph=" + quote(ONE)):
        head, got = http.head(path), http.get(path)
        assert head.status_code == 200 and head.content == b""
        for name in ("content-type", "content-length", "etag"):
            assert head.headers[name] == got.headers[name]
        assert http.get(path, headers={"If-None-Match": got.headers["etag"]}).status_code == 304


def test_gsp_head_on_a_graph_that_is_not_there(http: httpx.Client) -> None:
    for path in ("/graph/nowhere", "/graph/nowhere.ttl", "/rdf-graph-store?graph=" + quote(EX)):
        assert http.head(path).status_code == http.get(path).status_code == 404
        assert http.get(path).json()["type"].endswith("/unknown-graph")


def test_gsp_varying_percent_encoding_names_the_same_graph(http: httpx.Client) -> None:
    every = "".join(f"%{byte:02x}" for byte in ONE.encode())
    assert triples(store(http, f"graph={ONE}")) == triples(store(http, f"graph={every}")) == {'"1"'}
    assert triples(http.get("/graph/%6f%6E%65")) == {'"1"'}


def test_gsp_percent_encoding_is_undone_once(http: httpx.Client) -> None:
    assert triples(store(http, "graph=" + quote(SPACED, safe=""))) == {'"4"'}
    assert triples(store(http, "graph=" + quote(TWICE, safe=""))) == {'"5"'}


@pytest.mark.parametrize(
    "parameters",
    ["", "graph=one", "graph=", "default&graph=" + ONE, f"graph={ONE}&graph={TWO}", "default=x", "graph=%"],
)
def test_gsp_a_request_that_names_no_graph_or_several(http: httpx.Client, parameters: str) -> None:
    answer = store(http, parameters)
    assert answer.status_code == 400 and answer.text


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/graph/one", "/rdf-graph-store?default"])
def test_gsp_graphs_are_not_changed(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path, content="<a:a> <b:b> <c:c> .", headers={"Content-Type": "text/turtle"})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["type"].endswith("/read-only") and "data/" in answer.json()["hint"]
    assert triples(http.get("/graph/one")) == {'"1"'}


def test_gsp_a_format_that_nobody_writes(http: httpx.Client) -> None:
    assert store(http, "default", "image/png").status_code == 406
