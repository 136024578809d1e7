"""The reconciliation service over a real socket: by hand against what the API says, and by a client from PyPI."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from whole_site import BROWSER, site

from wsis_kg.names import BASE, ONTOLOGY
from wsis_kg.views.reconciliation_query import (
    MOST_QUERIES,
    MOST_THINGS,
    BadReconciliation,
    read_batch,
    read_extension,
    read_single,
)

CLIENT = "py-reconciliation-service-api==0.2.1"


@pytest.fixture(scope="module")
def http(real_site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=real_site, timeout=60) as client:
        yield client


def ask(http: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    """The candidates for one query."""
    answer = http.post("/reconcile", data={"queries": json.dumps({"q": query})})
    assert answer.status_code == 200, answer.text
    result = answer.json()["q"]["result"]
    assert isinstance(result, list)
    return result


@pytest.mark.parametrize(
    ("text", "type_", "found"),
    [
        ("CSTD", None, "body/cstd"),
        ("cstd", None, "body/cstd"),
        ("Commission on Science and Technology for Development", None, "body/cstd"),
        ("the commission on  science & technology for development", None, "body/cstd"),
        ("UN Commission on Science and Technology for Development", None, "body/cstd"),
        ("ITU", None, "body/itu"),
        ("A/RES/80/173", None, "document/A-RES-80-173"),
        ("80/173", None, "document/A-RES-80-173"),
        ("80/173 para 67", None, "passage/A-RES-80-173-67"),
        ("https://w3id.org/wsis-kg/id/body/cstd", None, "body/cstd"),
        ("body/cstd", None, "body/cstd"),
        ("body:cstd", None, "body/cstd"),
        ("CSTD", "Body", "body/cstd"),
        ("CSTD", "Actor", "body/cstd"),
        ("CSTD", ONTOLOGY + "#Body", "body/cstd"),
        ("CSTD", "body", "body/cstd"),
        ("CSTD", ["Document", "Body"], "body/cstd"),
        ("WSIS", "Event", "event/wsis"),
    ],
)
def test_a_whole_name_abbreviation_symbol_or_identifier_matches(
    http: httpx.Client, text: str, type_: Any, found: str
) -> None:
    candidates = ask(http, query=text, **({"type": type_} if type_ else {}))
    assert [one["id"] for one in candidates if one["match"]] == [found]
    assert candidates[0]["id"] == found and candidates[0]["score"] == 100


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("Commission", "Body"),  # it is the name of a kind of body
        ("Commission on Science", None),
        ("International Telecom Union", None),
        ("itu", None),  # three letters in small type are a word as well
        ("A/RES/80", None),
        ("CSTD", "Document"),
        ("request", "Mandate"),
        ("xylophone", None),
        ("CSTD", "NoSuchType"),
    ],
)
def test_anything_less_is_proposed_and_not_decided(http: httpx.Client, text: str, type_: str | None) -> None:
    candidates = ask(http, query=text, **({"type": type_} if type_ else {}))
    assert not any(one["match"] for one in candidates)
    assert all(one["score"] <= 90 for one in candidates)
    assert candidates == sorted(candidates, key=lambda one: (-one["score"], one["id"]))


def test_a_name_that_two_things_have_decides_nothing_until_a_type_or_property_does(http: httpx.Client) -> None:
    labels = http.get(
        "/sparql",
        params={
            "query": """PREFIX skos: <http://www.w3.org/2004/02/skos/core#> SELECT ?name (COUNT(DISTINCT ?a) AS ?n)
            WHERE { ?a skos:prefLabel ?name FILTER(LANG(?name) = "en" && STRSTARTS(STR(?a), "https://w3id.org/wsis-kg/id/")
              && !STRSTARTS(STR(?a), "https://w3id.org/wsis-kg/id/scheme/")) }
            GROUP BY ?name HAVING (COUNT(DISTINCT ?a) > 1) ORDER BY ?name"""
        },
        headers={"Accept": "application/sparql-results+json"},
    ).json()["results"]["bindings"]
    assert labels, "no two things share a name: this test needs another example"
    name = labels[0]["name"]["value"]
    candidates = [one for one in ask(http, query=name, limit=25) if one["score"] == 100]
    assert len(candidates) == int(labels[0]["n"]["value"]) and not any(one["match"] for one in candidates)
    types = [one["type"][0]["id"] for one in candidates]
    alone = next((one for one in candidates if types.count(one["type"][0]["id"]) == 1), None)
    if alone is not None:
        typed = ask(http, query=name, type=alone["type"][0]["id"])
        assert [one["id"] for one in typed if one["match"]] == [alone["id"]]


def test_properties_decide_with_the_name_or_without_it(http: httpx.Client) -> None:
    passage = "passage/A-RES-80-173-67"
    of = {"pid": "document", "v": "A/RES/80/173"}
    for properties in ([of], [{"pid": "document", "v": {"id": "document/A-RES-80-173", "name": "…"}}]):
        assert ask(http, query="67", type="Passage", properties=properties)[0]["id"] == passage
        assert ask(http, query="para. 67", type="Passage", properties=properties)[0]["match"] is True
    (found,) = ask(http, properties=[of, {"pid": "number", "v": 67}, {"pid": "kind", "v": "paragraph"}])
    assert found["id"] == passage and found["match"] is True
    assert not any(one["match"] for one in ask(http, properties=[of], limit=25))
    # What does not hold, or what we do not have, is no support.
    for pid, value in (("abbreviation", "ITU"), ("number of members", "43")):
        denied = ask(http, query="CSTD", properties=[{"pid": pid, "v": value}])[0]
        assert denied["id"] == "body/cstd" and not denied["match"] and denied["score"] == 50
    assert ask(http, query="CSTD", properties=[{"pid": "abbreviation", "v": ["X", "CSTD"]}])[0]["match"] is True
    # An empty cell says nothing.
    assert ask(http, query="CSTD", properties=[{"pid": "abbreviation", "v": ""}])[0]["match"] is True


def test_a_candidate_says_what_it_is_and_why_it_scores(http: httpx.Client) -> None:
    first, *others = ask(http, query="CSTD", limit=3)
    assert len(others) == 2
    assert first == {
        "id": "body/cstd",
        "name": "Commission on Science and Technology for Development",
        "description": "commission, CSTD",
        "type": [{"id": "Body", "name": "body"}],
        "score": 100.0,
        "match": True,
        "features": [
            {"id": "whole_name", "value": True},
            {"id": "name_similarity", "value": 100.0},
            {"id": "properties_held", "value": 100.0},
        ],
    }


def test_a_batch_is_answered_by_get_as_by_post_and_key_by_key(http: httpx.Client) -> None:
    batch = json.dumps({"a": {"query": "CSTD"}, "": {"query": "ITU", "limit": 1}, "π": {"query": "xylophone"}})
    posted = http.post("/reconcile", data={"queries": batch})
    got = http.get("/reconcile", params={"queries": batch})
    assert posted.json() == got.json() and list(got.json()) == ["a", "", "π"]
    assert got.headers["content-type"] == "application/json" and posted.headers["cache-control"] == "no-store"
    again = http.get("/reconcile", params={"queries": batch}, headers={"If-None-Match": got.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    head = http.head("/reconcile", params={"queries": batch})
    assert head.status_code == 200 and head.headers["etag"] == got.headers["etag"]
    # A query alone, as it was sent before 0.2.
    for query in ("CSTD", json.dumps({"query": "CSTD"})):
        assert http.get("/reconcile", params={"query": query}).json()["result"][0]["id"] == "body/cstd"
    assert http.post("/reconcile", data={"queries": "{}"}).json() == {}


def test_every_place_that_the_manifest_names_answers(http: httpx.Client) -> None:
    manifest = http.get("/reconcile").json()
    assert manifest["versions"] == ["0.2"] and manifest["batchSize"] == MOST_QUERIES
    assert manifest["identifierSpace"] == BASE + "id/" and manifest["schemaSpace"] == ONTOLOGY + "#"
    assert {one["id"] for one in manifest["defaultTypes"]} >= {"Body", "Document", "Passage"}
    for place in (manifest["documentation"], manifest["logo"]):
        assert http.get(place).status_code == 200
    for template in (manifest["view"]["url"], manifest["preview"]["url"]):
        assert http.get(template.replace("{{id}}", "body%2Fcstd"), follow_redirects=True).status_code == 200
    assert http.get(manifest["view"]["url"].replace("{{id}}", "body%2Fcstd")).headers["location"] == "/doc/body/cstd"
    for what, expected in (("entity", "body/cstd"), ("type", "Collection"), ("property", "document")):
        service = manifest["suggest"][what]
        prefix = {"entity": "Commission on Sci", "type": "coll", "property": "docu"}[what]
        result = http.get(service["service_url"] + service["service_path"], params={"prefix": prefix}).json()["result"]
        assert result[0]["id"] == expected and result[0]["name"]
    proposal = manifest["extend"]["propose_properties"]
    proposed = http.get(proposal["service_url"] + proposal["service_path"], params={"type": "Body", "limit": 3}).json()
    assert proposed["type"] == "Body" and [one["id"] for one in proposed["properties"]] == ["label", "also", "abbreviation"]


def test_suggestions_go_on_where_the_cursor_says_and_know_identifiers(http: httpx.Client) -> None:
    def suggested(prefix: str, cursor: int) -> list[str]:
        parameters: dict[str, str | int] = {"prefix": prefix, "cursor": cursor}
        return [one["id"] for one in http.get("/reconcile/suggest/entity", params=parameters).json()["result"]]

    first, second = suggested("resolution", 0), suggested("resolution", 20)
    assert len(first) == 20 and second and not set(first) & set(second)
    assert suggested("ITU", 0)[0] == suggested("body/itu", 0)[0] == "body/itu"
    assert suggested("", 0) == [] and suggested("xylophone", 0) == []
    assert len(http.get("/reconcile/suggest/type").json()["result"]) == 20
    with_cursor = http.get("/reconcile/suggest/type", params={"cursor": 20}).json()["result"]
    assert {one["id"] for one in with_cursor}


def test_properties_of_things_are_texts_or_things(http: httpx.Client) -> None:
    wanted = ["label", "abbreviation", "kind", "document", "number", "page", "iri", "nothing of the kind"]
    asked = {"ids": ["body/cstd", "passage/A-RES-80-173-67", "no/such"], "properties": [{"id": one} for one in wanted]}
    posted = http.post("/reconcile", data={"extend": json.dumps(asked)})
    told = posted.json()
    assert http.get("/reconcile", params={"extend": json.dumps(asked)}).json() == told
    assert [one["id"] for one in told["meta"]] == wanted
    assert told["meta"][2]["type"] == {"id": "Kind", "name": "kind"}
    rows = told["rows"]
    assert rows["body/cstd"]["abbreviation"] == [{"str": "CSTD"}]
    assert rows["body/cstd"]["kind"] == [{"id": "body-kind/commission", "name": "commission"}]
    assert rows["body/cstd"]["iri"] == [{"str": BASE + "id/body/cstd"}] and rows["body/cstd"]["document"] == []
    (page,) = rows["body/cstd"]["page"]
    assert http.get(page["str"]).status_code == 200
    assert rows["passage/A-RES-80-173-67"]["number"] == [{"str": "67"}]
    assert rows["passage/A-RES-80-173-67"]["document"][0]["id"] == "document/A-RES-80-173"
    assert set(map(str, rows["no/such"].values())) == {"[]"}


def test_the_preview_may_be_framed_by_anybody_and_no_other_page_may(http: httpx.Client) -> None:
    preview = http.get("/reconcile/preview", params={"id": "document/A-RES-80-173"})
    assert preview.status_code == 200 and preview.headers["content-type"] == "text/html; charset=utf-8"
    policy = preview.headers["content-security-policy"]
    assert "frame-ancestors *" in policy and "default-src 'none'" in policy and "x-frame-options" not in preview.headers
    assert "A/RES/80/173" in preview.text and "<script" not in preview.text and "style=" not in preview.text
    for path in ("/", "/doc/body/cstd", "/search?q=tide", "/reconcile/preview?id=no/such"):
        other = http.get(path, headers={"Accept": BROWSER})
        assert "frame-ancestors 'none'" in other.headers["content-security-policy"], path


REFUSED = [
    ({"queries": "no json"}, 400, "not JSON"),
    ({"queries": "[]"}, 400, "not a JSON object"),
    ({"queries": '{"a": 1}'}, 400, "“a”"),
    ({"queries": '{"a": {}}'}, 400, "neither a query nor a property"),
    ({"queries": '{"a": {"query": " "}}'}, 400, "neither"),
    ({"queries": '{"a": {"query": 7}}'}, 400, "query is a text"),
    ({"queries": json.dumps({"a": {"query": "x" * 501}})}, 400, "at most 500 characters"),
    ({"queries": '{"a": {"query": "x", "limit": 0}}'}, 400, "limit"),
    ({"queries": '{"a": {"query": "x", "limit": true}}'}, 400, "limit"),
    ({"queries": '{"a": {"query": "x", "limit": NaN}}'}, 400, "limit"),
    ({"queries": '{"a": {"query": "x", "type": 7}}'}, 400, "type"),
    ({"queries": '{"a": {"query": "x", "properties": {}}}'}, 400, "properties"),
    ({"queries": '{"a": {"query": "x", "properties": [{"v": 1}]}}'}, 400, "pid"),
    ({"queries": json.dumps({str(n): {"query": "x"} for n in range(MOST_QUERIES + 1)})}, 413, "at most"),
    ({"queries": "[" * 30_000}, 400, "not"),
    ({"extend": '{"ids": "x", "properties": []}'}, 400, "ids"),
    ({"extend": '{"ids": [], "properties": ["label"]}'}, 400, "properties"),
    ({"extend": json.dumps({"ids": ["x"] * (MOST_THINGS + 1), "properties": []})}, 413, "at most"),
    ({"queries": "{}", "extend": "{}"}, 400, "once"),
    ({"queries": '{"a": {"query": "CSTD"}}', "callback": "jsonp"}, 400, "JSONP is not offered"),
]


@pytest.mark.parametrize(("form", "status", "told"), REFUSED)
def test_what_is_no_query_is_refused_with_a_sentence(
    http: httpx.Client, form: dict[str, str], status: int, told: str
) -> None:
    answer = http.post("/reconcile", data=form)
    assert answer.status_code == status and told in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_other_methods_bodies_and_parameters_are_refused(http: httpx.Client) -> None:
    assert http.post("/reconcile", content="{}", headers={"Content-Type": "application/json"}).status_code == 415
    assert http.post("/reconcile", content="{}").status_code == 415
    assert http.post("/reconcile", data={"queries": "x" * 1_000_001}).status_code == 413
    assert http.put("/reconcile").status_code == 405
    assert http.post("/reconcile/preview", data={"id": "body/cstd"}).status_code == 405
    assert http.get("/reconcile?queries={}&queries={}").status_code == 400
    for path in ("suggest/entity?prefix=a&prefix=b", "suggest/entity?cursor=x", f"suggest/type?prefix={'x' * 201}"):
        assert http.get(f"/reconcile/{path}").status_code == 400, path
    for path in ("view", "preview"):
        for identifier in ("", "no/such", "../../etc/passwd", "<script>", "x" * 150, "mention/x"):
            answer = http.get(f"/reconcile/{path}", params={"id": identifier}, headers={"Accept": BROWSER})
            assert answer.status_code == 404 and "<script>" not in answer.text
    assert http.options("/reconcile").headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert "POST" in http.options("/reconcile").headers["access-control-allow-methods"]


def test_a_rate_counts_queries_that_are_posted(real_store: ox.Store, tmp_path: Path) -> None:
    with site(real_store, tmp_path, rate=1.0) as slowed:
        statuses = {slowed.post("/reconcile", data={"queries": "{}"}).status_code for _ in range(60)}
    assert statuses == {200, 429}


@given(st.text(max_size=80) | st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["query", "type", "limit", "properties", "pid", "v", "id", "ids"]), x)).map(json.dumps))  # fmt: skip
def test_no_text_is_more_than_refused(text: str) -> None:
    for read in (read_batch, read_single, read_extension):
        try:
            read(text)
        except BadReconciliation as problem:
            assert str(problem)


def test_a_client_from_pypi_reads_the_manifest_and_the_candidates(
    http: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its models check the manifest and every answer. It pins older libraries, and works with those that are here."""
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(tmp_path), CLIENT]
    installed = subprocess.run(command, capture_output=True, text=True, check=False)
    if installed.returncode != 0:
        pytest.skip(f"{CLIENT} could not be installed, so no foreign client was tried: check pip's index")
    monkeypatch.syspath_prepend(str(tmp_path))
    client: Any = importlib.import_module("py_reconciliation_service_api")
    service = client.build_reconciliation_service(f"{http.base_url}/reconcile".replace("//reconcile", "/reconcile"))
    first, second = service.reconcile_batch([{"query": "CSTD"}, {"query": "ITU", "type": "Body", "limit": 1}])
    assert (first.result[0].id, first.result[0].match) == ("body/cstd", True)
    assert [one.name for one in second.result] == ["International Telecommunication Union"]
