"""/problem/<kind>: every error that is sent names a kind that is described, with the statuses it has."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from whole_site import BROWSER

import wsis_kg.web
from wsis_kg.engine.problems import QueryProblem
from wsis_kg.names import BASE
from wsis_kg.web.problem_kinds import KINDS
from wsis_kg.web.problems import _OF_ENGINE


@pytest.fixture(scope="module")
def http(real_site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=real_site, timeout=60, follow_redirects=True) as client:
        yield client


def sent() -> dict[str, set[int]]:
    """Each kind that our code gives to a refusal, with its statuses where they stand in the same call."""
    found: dict[str, set[int]] = {}
    for path in Path(wsis_kg.web.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or len(node.args) < 4:
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else ""
            status, kind = node.args[0], node.args[1]
            if called in ("Refusal", "cls") and isinstance(kind, ast.Constant):
                statuses = found.setdefault(str(kind.value), set())
                if isinstance(status, ast.Constant):
                    statuses.add(int(str(status.value)))
    for problem, (status_of_it, _) in _OF_ENGINE.items():
        found.setdefault(problem.kind, set()).add(status_of_it)
    return found


def test_every_kind_that_is_sent_is_described_and_no_other() -> None:
    found = sent()
    assert set(_OF_ENGINE) == set(QueryProblem.__subclasses__())
    assert set(KINDS) == set(found)
    for name, statuses in found.items():
        assert statuses <= set(KINDS[name].statuses), name


@pytest.mark.parametrize("kind", KINDS)
def test_each_has_a_page_and_says_the_same_to_programs(http: httpx.Client, kind: str) -> None:
    page = http.get(f"/problem/{kind}", headers={"Accept": BROWSER})
    assert page.status_code == 200 and "<h1>" in page.text and f"{BASE}problem/{kind}" in page.text
    told = http.get(f"/problem/{kind}", headers={"Accept": "application/json"}).json()
    assert told["type"] == f"{BASE}problem/{kind}" and told["meaning"] == KINDS[kind].meaning
    assert f'href="problem/{kind}"' in http.get("/problem/", headers={"Accept": BROWSER}).text


def test_the_type_of_an_error_leads_there(http: httpx.Client) -> None:
    refused = http.get("/sparql?query=SELEC", headers={"Accept": "application/json"})
    path = str(refused.json()["type"]).removeprefix(BASE)
    assert http.get(f"/{path}", headers={"Accept": BROWSER}).status_code == 200
    page = http.get("/nowhere", headers={"Accept": BROWSER})
    assert page.status_code == 404 and 'href="/problem/http"' in page.text


def test_what_is_no_kind_is_not_found(http: httpx.Client) -> None:
    for name in ("nothing", "a/b", "<script>", "x" * 300):
        answer = http.get(f"/problem/{name}", headers={"Accept": BROWSER})
        assert answer.status_code == 404 and "<script>" not in answer.text
    assert http.get("/problem/timeout", headers={"Accept": "image/png"}).status_code == 406
