"""What machines that read everything are told: /robots.txt, /sitemap.xml, and what stands under /.well-known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import httpx
import pytest
from click.testing import CliRunner
from harbour import serving_pool, write_build
from whole_site import BROWSER, CONTACTS

from wsis_kg.cli import main
from wsis_kg.web.address import Address, PublicAddress
from wsis_kg.web.well_known import check_contact

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(scope="module")
def http(real_site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=real_site, timeout=60) as client:
        yield client


def places(answer: httpx.Response) -> list[str]:
    """The addresses of a sitemap; each entry is as its XML Schema (sitemaps.org, 0.9) has it."""
    assert answer.headers["content-type"].partition(";")[0] == "application/xml"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == SITEMAP + "urlset" and 0 < len(root) <= 50_000 and len(answer.content) <= 50_000_000
    found = []
    for url in root:
        assert url.tag == SITEMAP + "url" and [child.tag for child in url] == [SITEMAP + "loc"]
        address = url[0].text or ""
        assert 12 <= len(address) <= 2048 and address.isascii()
        found.append(address)
    assert len(set(found)) == len(found)
    return found


MOST_OF_A_KIND = 15
"""How many pages of things of one kind are asked for here: the export of the site (test_export.py) walks over them all."""


def test_the_addresses_of_the_sitemap_answer_themselves_and_may_be_read(http: httpx.Client) -> None:
    robots = RobotFileParser()
    robots.parse(http.get("/robots.txt").text.splitlines())
    addresses = places(http.get("/sitemap.xml"))
    assert len(addresses) > 1000
    of_a_kind: Counter[str] = Counter()
    for address in addresses:
        kind = address.removeprefix(str(http.base_url)).strip("/").rpartition("/")[0]
        of_a_kind[kind] += 1
        if of_a_kind[kind] > MOST_OF_A_KIND:
            continue
        assert robots.can_fetch("*", address), address
        assert address.startswith(str(http.base_url).rstrip("/") + "/")
        # HEAD makes the page as GET does, and sends less.
        assert http.head(address, headers={"Accept": BROWSER}).status_code == 200, address


def test_the_sitemap_has_every_page_that_the_start_page_leads_to(http: httpx.Client) -> None:
    addresses = {address.removeprefix(str(http.base_url)).lstrip("/") for address in places(http.get("/sitemap.xml"))}
    assert {"", "ontology", "shapes", "quality", "deadlines", "differences", "reporting", "doc/document", "doc/body", "doc/output"} <= addresses


def test_robots_are_kept_from_what_costs_much_and_says_nothing(http: httpx.Client) -> None:
    answer = http.get("/robots.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    robots = RobotFileParser()
    robots.parse(answer.text.splitlines())
    for path in ("/sparql?query=x", "/search?q=x", "/search.json", "/rdf-graph-store", "/reconcile", "/reconcile/preview"):
        assert not robots.can_fetch("anybody", f"{http.base_url}{path}"), path
    for path in ("/", "/doc/body/cstd", "/id/body/cstd", "/ontology", "/dumps/", "/void"):
        assert robots.can_fetch("anybody", f"{http.base_url}{path}"), path
    (sitemap,) = robots.site_maps() or []
    assert http.get(sitemap).status_code == 200


def test_behind_a_proxy_they_name_the_public_address(tmp_path: Path) -> None:
    write_build(tmp_path)
    public = PublicAddress(Address.parse("https://example.org/wsis"))
    with serving_pool(tmp_path, public=public, contacts=CONTACTS) as served:
        robots = httpx.get(f"{served.address}/robots.txt").text
        assert "Disallow: /wsis/sparql" in robots and "Sitemap: https://example.org/wsis/sitemap.xml" in robots
        assert all(one.startswith("https://example.org/wsis/") for one in places(httpx.get(f"{served.address}/sitemap.xml")))
        text = httpx.get(f"{served.address}/.well-known/security.txt").text
        assert "Canonical: https://example.org/wsis/.well-known/security.txt" in text
        catalogue = httpx.get(f"{served.address}/.well-known/api-catalog").json()
        assert catalogue["linkset"][1]["anchor"] == "https://example.org/wsis/sparql"


def test_security_txt_has_what_rfc_9116_asks(http: httpx.Client) -> None:
    answer = http.get("/.well-known/security.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    fields = [line.split(": ", 1) for line in answer.text.splitlines()]
    assert [value for name, value in fields if name == "Contact"] == list(CONTACTS)
    (expires,) = [value for name, value in fields if name == "Expires"]
    until = datetime.fromisoformat(expires) - datetime.now(UTC)
    assert timedelta(days=30) < until < timedelta(days=366)
    assert ["Canonical", f"{http.base_url}/.well-known/security.txt".replace("//.w", "/.w")] in fields
    assert {name for name, _ in fields} <= {"Contact", "Expires", "Canonical", "Preferred-Languages"}
    assert http.head("/.well-known/security.txt").status_code == 200


def test_without_a_contact_there_is_no_security_txt(tmp_path: Path) -> None:
    write_build(tmp_path)
    with serving_pool(tmp_path) as served:
        answer = httpx.get(f"{served.address}/.well-known/security.txt")
        assert answer.status_code == 404 and "no contact" in answer.json()["detail"]
        assert httpx.get(f"{served.address}/.well-known/security.txt", headers={"Accept": BROWSER}).status_code == 404


@pytest.mark.parametrize("contact", ["somebody", "a@b.example", "http://b.example", "mailto:", "https://", "mailto:a@b.example\nExpires: 1", "mailto:ä@b.example", "javascript:alert(1)"])
def test_a_contact_that_reaches_nobody_is_refused_at_once(contact: str) -> None:
    with pytest.raises(ValueError, match="is no contact"):
        check_contact(contact)
    refused = CliRunner().invoke(main, ["serve", "--contact", contact])
    assert refused.exit_code == 2 and "is no contact" in " ".join(refused.output.split())


def test_the_catalogue_of_interfaces_leads_to_each_and_to_what_describes_it(http: httpx.Client) -> None:
    """RFC 9727, section 2: the media type with its profile, the link on HEAD; RFC 9264, section 4.2: the linkset."""
    answer, head = http.get("/.well-known/api-catalog"), http.head("/.well-known/api-catalog")
    for one in (answer, head):
        assert one.headers["content-type"] == 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
        assert 'rel="api-catalog"' in one.headers["link"]
    catalogue, *interfaces = json.loads(answer.content)["linkset"]
    assert [item["href"] for item in catalogue["item"]] == [interface["anchor"] for interface in interfaces]
    own = str(http.base_url)
    for interface in interfaces:
        assert interface.keys() >= {"anchor", "service-desc", "service-doc"}
        for relation, links in interface.items():
            for link in [] if relation == "anchor" else links:
                if link["href"].startswith(own):
                    got = http.get(link["href"], headers={"Accept": link["type"]})
                    assert got.status_code == 200 and got.headers["content-type"].startswith(link["type"]), link


def test_the_mark_is_a_drawing_of_ours(http: httpx.Client) -> None:
    answer = http.get("/logo.svg")
    assert answer.headers["content-type"] == "image/svg+xml" and "script" not in answer.text
    assert ElementTree.fromstring(answer.content).tag == "{http://www.w3.org/2000/svg}svg"
    assert 'rel="icon" href="logo.svg"' in http.get("/", headers={"Accept": BROWSER}).text
