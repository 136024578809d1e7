"""What falls due on the web: the page and its filters, the calendar and the feed, and what subscribers see of a change.

The calendar is read by icalendar, and kept over two versions by khal, a calendar client.
"""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from harbour import point_to, serving_pool, wait_until, write_build
from icalendar import Calendar, Event

from wsis_kg.engine.limits import Limits
from wsis_kg.names import BASE, PREFIXES
from wsis_kg.workshop.records import read_moment, record

PAGE = {"Accept": "text/html"}
ATOM = "{http://www.w3.org/2005/Atom}"
WRECKS = PREFIXES["deadline"] + "A-RES-99-1-8-wrecks"
REVIEW = PREFIXES["deadline"] + "A-RES-99-1-2-review"
CHART = PREFIXES["deadline"] + "A-RES-99-1-7-ports"
TIDES = PREFIXES["task"] + "A-RES-99-1-5-publish"
HOSTILE = "<script>alert(1)</script>\\r\\nEND:VEVENT\\r\\nX-EVIL: 1"


def publish_first(place: Path, built_world: Path) -> None:
    quads = (built_world / "dataset.nq").read_text(encoding="utf-8")
    record(write_build(place, "0.1.0-first", quads), read_moment("2030-01-01"))


def publish_later(place: Path) -> None:
    """The list of wrecks is due later, nobody is to review, and a chart has a hostile name."""
    quads = (place / "0.1.0-first" / "dataset.nq").read_text(encoding="utf-8")
    later = quads.replace('"2030-06-30"', '"2030-07-15"').replace("by 30 June 2030", "by 15 July 2030")
    later = "".join(line for line in later.splitlines(keepends=True) if REVIEW not in line)
    later = later.replace("Chart of the northern approaches", HOSTILE)
    assert quads != later and HOSTILE in later
    point_to(place, "0.1.0-first")
    folder = write_build(place / "aside", "0.1.0-later", later)
    record(folder, read_moment("2030-03-01"))
    folder.rename(place / "0.1.0-later")
    point_to(place, "0.1.0-later")


@pytest.fixture(scope="module")
def http(built_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a server over the first version alone."""
    home = tmp_path_factory.mktemp("first")
    publish_first(home, built_world)
    with serving_pool(home) as served, httpx.Client(base_url=served.address, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def later(built_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a server over the later version, the first one being kept."""
    home = tmp_path_factory.mktemp("later")
    publish_first(home, built_world)
    publish_later(home)
    with serving_pool(home) as served, httpx.Client(base_url=served.address, timeout=60) as client:
        yield client


def events(text: str | bytes) -> dict[str, Event]:
    """The events of a calendar by UID, each of which is there once."""
    found = Calendar.from_ical(text).walk("VEVENT")
    assert len({str(one["UID"]) for one in found}) == len(found)
    return {str(one["UID"]): one for one in found}


def test_a_calendar_has_all_that_a_client_asks_for(http: httpx.Client) -> None:
    answer = http.get("/deadlines.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.content)
    assert {"PRODID", "VERSION", "METHOD", "NAME", "REFRESH-INTERVAL"} <= set(calendar) and not calendar.errors
    found = events(answer.content)
    wrecks = found[WRECKS]
    assert (wrecks.decoded("DTSTART"), wrecks.decoded("DTEND")) == (date(2030, 6, 30), date(2030, 7, 1))
    assert "present a list of wrecks" in wrecks["DESCRIPTION"] and "by 30 June 2030" in wrecks["DESCRIPTION"]
    assert http.get(str(wrecks["URL"]), headers=PAGE).status_code == 200
    place = str(wrecks["URL"]).partition("#")[2]
    assert f'id="{place}"' in http.get(str(wrecks["URL"]), headers=PAGE).text
    chart = found[CHART]
    assert (chart.decoded("DTSTART"), chart.decoded("DTEND")) == (date(2031, 1, 1), date(2032, 1, 1))
    assert str(chart["SUMMARY"]).startswith("[2031, no day named] ") and str(chart["TRANSP"]) == "TRANSPARENT"
    tides = found[TIDES]
    assert tides["RRULE"].to_ical() == b"FREQ=YEARLY;INTERVAL=1" and str(tides["SUMMARY"]).endswith(" (computed)")
    for one in found.values():
        assert one.decoded("DTSTAMP") == one.decoded("LAST-MODIFIED") == read_moment("2030-01-01")
        assert isinstance(one.decoded("DTSTART"), date) and one["STATUS"] == "CONFIRMED" and not one.errors


def test_who_has_it_already_is_told_so(http: httpx.Client) -> None:
    for path in ("/deadlines.ics", "/deadlines.ics?body=board", "/deadlines.atom", "/deadlines?as_of=2030-06-01"):
        first = http.get(path)
        again = http.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert first.status_code == 200 and again.status_code == 304 and again.content == b"", path
        assert again.headers["etag"] == first.headers["etag"]
    assert http.get("/deadlines.ics").headers["etag"] != http.get("/deadlines.ics?body=board").headers["etag"]


def test_two_versions_update_and_do_not_duplicate(built_world: Path, tmp_path: Path) -> None:
    """khal keeps a file for each event, and takes in what is new of one with the same UID."""
    home, kept = tmp_path / "home", tmp_path / "kept"
    kept.mkdir()
    publish_first(home, built_world)
    with serving_pool(home, watch_seconds=0.05) as served, httpx.Client(base_url=served.address, timeout=60) as http:
        config = tmp_path / "config"
        config.write_text(
            f"[calendars]\n[[due]]\npath = {kept}\n[sqlite]\npath = {tmp_path}/khal.db\n[locale]\n"
            "local_timezone = UTC\ndefault_timezone = UTC\n",
            encoding="utf-8",
        )
        received = tmp_path / "deadlines.ics"

        def synchronised() -> dict[str, Event]:
            received.write_bytes(http.get("/deadlines.ics").content)
            program = [sys.executable, "-c", "from khal.cli import main_khal; main_khal()", "-c", str(config)]
            done = subprocess.run(
                [*program, "import", "--batch", str(received)], capture_output=True, text=True, check=False, timeout=120
            )
            assert done.returncode == 0, done.stderr + done.stdout
            found = [one for file in kept.glob("*.ics") for one in events(file.read_bytes()).items()]
            assert len(dict(found)) == len(found)
            return dict(found)

        before = synchronised()
        tag = http.get("/deadlines.ics").headers["etag"]
        assert before.keys() == events(http.get("/deadlines.ics").content).keys() and len(before) > 4
        publish_later(home)
        wait_until(lambda: http.get("/readyz").json()["version"] == "0.1.0-later", "The new version")
        assert http.get("/deadlines.ics", headers={"If-None-Match": tag}).status_code == 200
        after = synchronised()
        assert after.keys() == before.keys()
        assert after[WRECKS].decoded("DTSTART") == date(2030, 7, 15)
        assert after[WRECKS]["SEQUENCE"] > before[WRECKS]["SEQUENCE"]
        assert after[REVIEW]["STATUS"] == "CANCELLED" and after[REVIEW]["SEQUENCE"] > before[REVIEW]["SEQUENCE"]
        assert str(after[REVIEW]["SUMMARY"]).startswith("Withdrawn: ")
        assert "/version/0.1.0-first/doc/passage/A-RES-99-1-2" in after[REVIEW]["URL"]
        assert http.get(str(after[REVIEW]["URL"]), headers=PAGE).status_code == 200
        for name in ("SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "SUMMARY"):
            assert after[TIDES].decoded(name) == before[TIDES].decoded(name), name


def test_the_feed_says_what_changed_last_first(later: httpx.Client) -> None:
    answer = later.get("/deadlines.atom?as_of=2030-04-01")
    assert answer.headers["content-type"] == "application/atom+xml"
    feed = ET.fromstring(answer.content)
    assert feed.findtext(f"{ATOM}updated") == "2030-03-01T00:00:00Z"
    updated = {one.findtext(f"{ATOM}id"): one.findtext(f"{ATOM}updated") for one in feed.findall(f"{ATOM}entry")}
    assert updated[WRECKS] == updated[REVIEW] == "2030-03-01T00:00:00Z" and updated[TIDES] == "2030-01-01T00:00:00Z"
    assert list(updated.values()) == sorted(updated.values(), reverse=True)
    links = {one.get("rel"): one.get("href", "") for one in feed.findall(f"{ATOM}link")}
    assert links["self"].endswith("/deadlines.atom?as_of=2030-04-01")
    assert feed.findtext(f"{ATOM}id") == BASE + "deadlines.atom?as_of=2030-04-01"
    assert WRECKS not in later.get("/deadlines.atom?as_of=2030-07-16").text


def test_a_hostile_name_stays_text_everywhere(later: httpx.Client) -> None:
    page = later.get("/deadlines?as_of=2030-06-01", headers=PAGE).text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page
    calendar = later.get("/deadlines.ics")
    assert "X-EVIL" not in {name for one in events(calendar.content).values() for name in one}
    assert "<script>alert(1)</script> END:VEVENT X-EVIL: 1" in events(calendar.content)[CHART]["SUMMARY"]
    content = [one.findtext(f"{ATOM}title") for one in ET.fromstring(later.get("/deadlines.atom").content).findall(f"{ATOM}entry")]
    assert any("<script>" in (title or "") for title in content)


# The page


def test_the_page_tells_coming_from_past(http: httpx.Client) -> None:

    def titles(as_of: str) -> list[str]:
        return re.findall(r'<h2 id="([a-z-]+)">', http.get(f"/deadlines?as_of={as_of}", headers=PAGE).text)

    assert titles("2030-06-01") == ["coming", "recurring", "past", "behind"]
    assert titles("2031-12-01") == ["this-year", "coming", "recurring", "past", "behind"]
    assert titles("2040-01-01") == ["recurring", "past", "behind"]
    page = http.get("/deadlines?as_of=2030-06-01", headers=PAGE).text
    coming = page[page.index('id="coming"') : page.index('id="recurring"')]
    assert "by 30 June 2030" in coming and "in May 2030" not in coming and "Twelfth session of the Council of Ports" in coming
    assert re.findall(r'<h3 id="coming-(\d+)">', coming) == ["2030", "2031", "2035"]
    assert "2031, 2032, 2033" in page and "computed" in page and "no first year is named" in page
    assert page.count("<svg") == 1 and "what falls due or recurs" in page.lower()
    for text in (page, http.get("/deadlines?as_of=2031-12-01", headers=PAGE).text):
        for target in re.findall(r'href="#([^"]+)"', text):
            assert f'id="{target}"' in text, target


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("body=board", "A-RES-99-1-7-ports", "A-RES-99-1-8-wrecks"),
        ("body=Board+of+Charts", "A-RES-99-1-7-ports", "A-RES-99-1-8-wrecks"),
        (f"body={PREFIXES['body']}tide-committee&role=recipient", "A-RES-99-1-8-wrecks", "A-RES-99-1-7-ports"),
        ("body=tide-committee&role=through", "A-RES-99-1-7-ports", "A-RES-99-1-8-wrecks"),
        ("recipient=TC", "A-RES-99-1-8-wrecks", "A-RES-99-1-7-ports"),
        ("document=port-table", "port-table-6-report", "A-RES-99-1-7-ports"),
        ("role=reporter", "A-RES-99-1-8-wrecks", "A-RES-99-1-2-review"),
        ("year=2031", "A-RES-99-1-7-ports", "A-RES-99-1-8-wrecks"),
        ("body=&role=&document=&year=&as_of=", "A-RES-99-1-8-wrecks", "nothing"),
    ],
)
def test_filters_hold_for_page_calendar_and_feed(
    http: httpx.Client, query: str, there: str, not_there: str
) -> None:
    page = http.get(f"/deadlines?{query}", headers=PAGE).text
    assert f'id="deadline-{there}"' in page and f'id="deadline-{not_there}"' not in page
    address = re.findall(r'<link rel="alternate" type="text/calendar"[^>]* href="([^"]*)"', page)[0].replace("&amp;", "&")
    for path in (f"/{address}", f"/deadlines.ics?{query}"):
        found = events(http.get(path).content)
        assert PREFIXES["deadline"] + there in found and PREFIXES["deadline"] + not_there not in found
    feed = http.get(f"/deadlines.atom?{query}").text
    assert f"deadline/{there}<" in feed and f"deadline/{not_there}<" not in feed


@pytest.mark.parametrize("path", ["deadlines", "deadlines.ics", "deadlines.atom"])
def test_unknown_values_say_so_and_offer_what_there_is(http: httpx.Client, path: str) -> None:
    for query, offered in (
        ("body=nobody-at-all", "Board of Charts"),
        ("role=captain", "considered by"),
        ("recipient=nobody-at-all", "Council of Ports"),
        ("document=nothing", "Table of the Ports Office"),
        ("year=1999", "2031"),
    ):
        told = http.get(f"/{path}?{query}")
        assert told.status_code == 400 and told.json()["near"], query
        for one in told.json()["near"]:
            assert http.get(f"/{one['path']}", headers=PAGE).status_code == 200, one
        assert offered in {one["name"] for one in told.json()["near"]}
        assert query.partition("=")[2] in told.json()["detail"]
        page = http.get(f"/{path}?{query}", headers=PAGE)
        assert page.status_code == 400 and 'href="/deadlines?' in page.text
    for query in ("as_of=soon", "as_of=2030-02-30", "body=board&body=ports", "as_of=2030-01-01&as_of=2030-01-02"):
        told = http.get(f"/{path}?{query}")
        assert told.status_code == 400 and told.json()["detail"], query
    assert http.get(f"/{path}", params={"body": "<script>" * 400}, headers=PAGE).status_code == 400


def test_a_body_without_deadlines_is_told_apart_from_none(http: httpx.Client) -> None:
    page = http.get("/deadlines?body=pilots-forum&role=recipient", headers=PAGE)
    assert page.status_code == 200 and "Nothing that is encoded here falls due with these filters" in page.text
    assert "<svg" not in page.text and events(http.get("/deadlines.ics?body=pilots-forum&role=recipient").content) == {}


def test_an_earlier_version_cannot_hold_the_front(
    built_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One in which a report has so many reporters, recipients and printed words that the rows are 27 million."""
    quads = (built_world / "dataset.nq").read_text(encoding="utf-8")
    ontology, graph = PREFIXES[""], f"{BASE}graph/flood"
    line = next(one.split()[0] for one in quads.splitlines() if f"<{ontology}isDue> <{CHART}>" in one and "/id/line/" in one)
    flood = []
    for number in range(300):
        for part in ("hasReporter", "hasRecipient"):
            flood.append(f"{line} <{ontology}{part}> <{BASE}id/body/{part}-{number}> <{graph}> .")
            flood.append(f'<{BASE}id/body/{part}-{number}> <http://www.w3.org/2004/02/skos/core#prefLabel> "{part} {number}" <{graph}> .')
        flood.append(f'{line} <{ontology}asPrinted> "words {number}" <{graph}> .')
    record(write_build(tmp_path, "0.1.0-flood", quads + "\n".join(flood) + "\n"), read_moment("2030-01-01"))
    record(write_build(tmp_path, "0.1.0-later", quads), read_moment("2030-03-01"))

    def refuse(*_: object) -> None:
        raise AssertionError("The front evaluates nothing.")

    # Its workers are other processes, in which this does not hold.
    monkeypatch.setattr("wsis_kg.engine.store.Engine.__init__", refuse)
    with serving_pool(tmp_path, Limits(timeout_seconds=2)) as served, httpx.Client(base_url=served.address, timeout=60) as http:
        assert CHART in events(http.get("/deadlines.ics").content)
        assert "0.1.0-flood is left out" in caplog.text and "limit" in caplog.text
        assert http.get("/deadlines", headers=PAGE).status_code == 200


def test_without_dates_of_publication_the_calendar_still_has_moments(built_world: Path, tmp_path: Path) -> None:
    write_build(tmp_path, "0.1.0-only", (built_world / "dataset.nq").read_text(encoding="utf-8"))
    with serving_pool(tmp_path) as served:
        found = events(httpx.get(f"{served.address}/deadlines.ics", timeout=60).content)
        assert {one.decoded("DTSTAMP").timestamp() for one in found.values()} == {int((tmp_path / "current").stat().st_mtime)}
