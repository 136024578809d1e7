"""Where documents disagree: the cards of the invented world, each word of them; and /differences over the real data."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from conftest import WORLD
from whole_site import BROWSER, site

from wsis_kg.holdings import folder
from wsis_kg.names import BASE, PREFIXES
from wsis_kg.views.difference_figure import draw
from wsis_kg.views.differences import (
    Chosen,
    Difference,
    Pair,
    Side,
    by_provision,
    counts,
    read_differences,
)
from wsis_kg.views.register import Register
from wsis_kg.views.word_comparison import Run, compare, pick_out
from wsis_kg.web.page import Pages
from wsis_kg.workshop.dataset import load
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.rules import infer

GOLDEN = WORLD.parent / "differences-of-the-world.txt"
ID = BASE + "id/"
KIND = PREFIXES["difference-kind"]
HOSTILE = "</text></svg><script>alert(1)</script> & \"quoted\" 'so' ]]> {{ 7 * 7 }}"


def rows_of(store: ox.Store, name: str) -> list[dict[str, str]]:
    text = (folder("queries") / "pages" / f"{name}.rq").read_text(encoding="utf-8")
    found = store.query(text, use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    names = [variable.value for variable in found.variables]
    return [{name: row[name].value for name in names if row[name] is not None} for row in found]


@pytest.fixture(scope="module")
def world_store(invented: Inputs) -> ox.Store:
    store = load(invented)
    infer(store, invented)
    return store


@pytest.fixture(scope="module")
def register(world_store: ox.Store) -> Register:
    return Register(rows_of(world_store, "register"))


@pytest.fixture(scope="module")
def differences(world_store: ox.Store, register: Register) -> list[Difference]:
    return read_differences(rows_of(world_store, "differences"), register)


def marked(runs: list[Run]) -> str:
    return "".join(f"[{run.text}]" if run.marked else run.text for run in runs)


def told(side: Side, register: Register) -> str:
    name = register.name(side.passage) if side.passage else register.short(side.document)
    return f"{name} ({register.name(side.authority)})"


def as_text(differences: list[Difference], register: Register) -> str:
    """The cards as a person would copy them from the page."""
    lines = []
    for provision in by_provision(differences):
        lines.append(f"{told(provision.against, register)}: {provision.count}")
        for pair in provision.pairs:
            lines.append(f"  {told(pair.departs, register)}{f', {pair.departs.rendering}' if pair.departs.rendering else ''}")
            for one in pair.differences:
                concerns = ", ".join(register.name(iri) for iri in one.concerns)
                lines.append(f"    {one.kind_name}{f': {concerns}' if concerns else ''}")
                for side in (one.against, one.departs):
                    lines.append(f"      {' … '.join(side.printed) or '–'}")
                if one.words is not None:
                    lines.append(f"      {marked(one.words.there)} / {marked(one.words.here)}")
            if pair.texts is not None:
                both, word_by_word = pair.texts
                lines.append(f"    {'compared' if word_by_word else 'named'}: {marked(both.there)}")
                lines.append(f"    {'compared' if word_by_word else 'named'}: {marked(both.here)}")
            elif pair.only_text:
                lines.append(f"    alone: {marked(pair.only_text)}")
    return "\n".join(lines) + "\n"


def test_the_cards_of_the_invented_world_are_those_written_down(differences: list[Difference], register: Register) -> None:
    assert as_text(differences, register) == GOLDEN.read_text(encoding="utf-8")


def test_each_difference_of_the_world_has_a_card_and_no_other_has(differences: list[Difference]) -> None:
    """Held against the list that test_rules.py holds the rules to."""
    with (WORLD / "differences.csv").open(encoding="utf-8", newline="") as file:
        wanted = Counter(row["kind"] for row in csv.DictReader(file))
    assert Counter(one.kind.removeprefix(KIND) for one in differences) == wanted
    assert len({one.iri for one in differences}) == len(differences)


def test_the_official_text_is_what_another_is_compared_with(differences: list[Difference]) -> None:
    assert {"against", "neither"} == {one.official for one in differences}
    assert any(one.slug.startswith("recurrence-A-RES-99-1-6-port-report-6") and one.official == "against" for one in differences)


def test_a_count_is_no_word_of_a_document(differences: list[Difference]) -> None:
    merged = [one for one in differences if one.kind == KIND + "mandates-merged"]
    assert merged and all(one.is_counted and one.words is None for one in merged)
    assert not any(one.is_counted for one in differences if one not in merged)


@pytest.mark.parametrize(
    ("here", "there", "wanted_here", "wanted_there"),
    [
        ("“draw a  well‑known chart”", "draw a well-known chart", "“draw a  well‑known chart”", "draw a well-known chart"),
        ("draw the chart", "draw a chart of tides", "draw [the] chart", "draw [a] chart [of tides]"),
        ("in 2031, for pilots.", "in 2031, … .", "in 2031, [for pilots.]", "in 2031, [… .]"),
        ("", "draw", "", "[draw]"),
        ("We invite", "we invite", "[We] invite", "[we] invite"),
    ],
)
def test_words_that_only_one_has_are_marked(here: str, there: str, wanted_here: str, wanted_there: str) -> None:
    found = compare(here, there)
    assert (marked(found.here), marked(found.there)) == (wanted_here, wanted_there)
    assert "".join(run.text for run in found.here) == here and "".join(run.text for run in found.there) == there
    assert found.same == (wanted_here == here and wanted_there == there)


def test_words_meant_are_found_in_their_text_and_not_elsewhere() -> None:
    assert marked(pick_out("draw a chart and report in 2031", ["in 2031", "a chart", "chart and", "tide", ""])) == (
        "draw [a chart and] report [in 2031]"
    )
    assert marked(pick_out("paragraph 16, row 6: “all”", ["6", "all", "row ("])) == "paragraph 16, row [6]: “[all]”"
    assert pick_out("", ["x"]) == []


def test_choices_count_what_the_others_leave(differences: list[Difference]) -> None:
    table, added = ID + "document/port-table", KIND + "addressee-added"
    assert dict(counts(differences, Chosen(), "kind"))[added] == 2
    chosen = Chosen(kind=added, document=table)
    assert sum(chosen.fits(one) for one in differences) == 2
    # A choice does not narrow its own values, only those of the others.
    assert len(counts(differences, chosen, "kind")) > 5
    assert counts(differences, chosen, "document") == [(table, 2)]
    for name in ("kind", "document", "against"):
        assert sum(count for _, count in counts(differences, Chosen(), name)) == len(differences)


def test_the_figure_shows_each_difference_once_within_its_bounds(differences: list[Difference], register: Register) -> None:
    names = {one.departs.document: register.short(one.departs.document) for one in differences}
    figure = draw(differences, names)
    assert figure is not None and figure.total == len(differences) == sum(column.total for column in figure.columns)
    bars = [bar for row in figure.rows for bar in row.bars]
    assert sum(bar.count for bar in bars) == len(differences)
    assert all(figure.label <= bar.x and bar.x + bar.length < figure.width for bar in bars)
    assert [row.total for row in figure.rows] == sorted((row.total for row in figure.rows), reverse=True)
    assert draw([], {}) is None


def test_texts_that_are_shown_by_a_difference_are_not_shown_again() -> None:
    one = Difference("d", KIND + "wording", "wording", "", Side("a", "p", text="x y", printed=("x y",)), Side("b", "q", text="x z", printed=("x z",)))
    assert Pair(one.departs, one.against, [one]).texts is None
    assert one.words is not None and marked(one.words.here) == "x [y]"


# Over the real data.


@pytest.fixture(scope="module")
def http(real_site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=real_site, timeout=60) as client:
        yield client


def page(http: httpx.Client, query: str = "", status: int = 200) -> str:
    answer = http.get(f"/differences{query}", headers={"Accept": BROWSER})
    assert answer.status_code == status, answer.text[:500]
    assert " style=" not in answer.text and "<style" not in answer.text
    return answer.text


def cards(text: str) -> list[str]:
    return re.findall(r'<article class="claim difference" id="([^"]+)"', text)


def test_every_difference_is_on_one_of_the_pages_and_in_each_format(http: httpx.Client, real_store: ox.Store) -> None:
    query = f"SELECT ?d {{ ?d a <{BASE}ontology#Difference> }}"
    found = real_store.query(query, use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    wanted = {row["d"].value.rpartition("/")[2] for row in found}
    assert len(wanted) > 300
    first = page(http)
    parts = [html.unescape(one) for one in re.findall(r'<li><a href="differences(\?page=\d+)"', first)]
    shown = [card for part in ("", *parts) for card in cards(page(http, part))]
    assert len(parts) > 2 and len(shown) == len(set(shown)) and set(shown) == wanted
    told = http.get("/differences.json").json()
    assert told["count"] == len(wanted) and told["licence"] and told["version"] == "0.1.0-site" and told["cite"]
    assert {one["difference"].rpartition("/")[2] for one in told["differences"]} == wanted
    rows = list(csv.DictReader(io.StringIO(http.get("/differences.csv").text)))
    assert [row["difference"] for row in rows] == [one["difference"] for one in told["differences"]]
    assert rows[0].keys() == told["differences"][0].keys()
    for row, one in zip(rows, told["differences"], strict=True):
        assert row == {name: " | ".join(value) if isinstance(value, list) else value for name, value in one.items()}


def test_differences_of_one_provision_stand_together_and_all_links_lead_somewhere(http: httpx.Client) -> None:
    text = page(http, "?page=2")
    assert text.count('id="A-RES-80-173-67"') == 1
    section = text[text.index('id="A-RES-80-173-67"') :].partition("</section>")[0]
    assert "official text" in section and "guidance only" in section
    for address in {html.unescape(one) for one in re.findall(r'href="((?:doc/|differences)[^"]*)"', text)}:
        path, _, place = address.partition("#")
        answer = http.get(f"/{path}", headers={"Accept": BROWSER})
        assert answer.status_code == 200, address
        assert not place or f'id="{place}"' in answer.text, address


def test_a_wording_shows_which_words_differ_and_says_so(http: httpx.Client) -> None:
    text = page(http, "?kind=wording")
    assert '<mark><span class="unseen">[marked: </span>for consideration by Member States.<span class="unseen">]</span></mark>' in text
    assert len(cards(text)) == 2


def test_filters_keep_one_another_and_their_counts_hold(http: httpx.Client) -> None:
    text = page(http, "?document=desa-table&kind=addressee-added")
    nav = text[text.index('aria-labelledby="choose"') :].partition("</nav>")[0]
    tried = 0
    for address, count in re.findall(r'<a href="differences(\?[^"]*)"[^>]*>[^<]*<span class="kind">(\d+)</span>', nav):
        other = http.get(f"/differences.json{html.unescape(address)}").json()
        assert other["count"] == int(count), address
        tried += 1
    assert tried > 5
    assert 'aria-current="true">addressee added' in nav
    # The figure's numbers lead to as many.
    figure = page(http)
    for address, count in re.findall(r'<a href="differences(\?[^"]*)" rel="nofollow" aria-label="(\d+) ×', figure)[:12]:
        assert http.get(f"/differences.json{html.unescape(address)}").json()["count"] == int(count)


def test_the_figure_has_its_numbers_as_a_table(http: httpx.Client) -> None:
    text = page(http)
    assert '<title id="matrix-title">Differences by kind and document</title>' in text
    drawn = [int(count) for count in re.findall(r'<text class="count"[^>]*>(\d+)</text>', text)]
    table = text[text.index("The same numbers as a table") :].partition("</table>")[0]
    body = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', table)
    cells = [re.findall(r'<td class="figure">([^<]*)</td>', row) for _, row in body]
    assert sorted(int(one) for row in cells[:-1] for one in row[:-1] if one != "–") == sorted(drawn)
    assert int(cells[-1][-1]) == sum(drawn) == http.get("/differences.json").json()["count"]


@pytest.mark.parametrize(
    ("query", "sentence", "offered"),
    [
        ("?kind=wordin", "kind: there is no kind of difference called “wordin”.", 'href="differences?kind=wording"'),
        ("?document=desa-tabel", "document: there is no document called “desa-tabel”.", 'href="differences?document=desa-table"'),
        ("?against=%3Cscript%3E", "against: there is no document called “&lt;script&gt;”.", 'href="differences?against=A-RES-80-173"'),
        ("?page=99", "page: there is no page of this list called “99”.", 'href="differences?document=desa-table"'),
        ("?page=-1", "page: there is no page of this list called “-1”.", 'href="differences"'),
    ],
)
def test_an_unknown_value_says_so_and_offers_what_there_is(http: httpx.Client, query: str, sentence: str, offered: str) -> None:
    text = page(http, query, 400)
    assert sentence in text and offered in text and not cards(text) and "<script>" not in text


def test_programs_are_told_what_values_there_are(http: httpx.Client) -> None:
    for suffix in (".json", ".csv"):
        answer = http.get(f"/differences{suffix}?kind=wordin")
        assert answer.status_code == 400 and answer.headers["content-type"] == "application/problem+json"
        assert "“wordin”" in answer.json()["detail"] and " wording," in answer.json()["hint"]
        answer = http.get(f"/differences{suffix}?kind=wording&differs=desa-table")
        assert answer.status_code == 400 and "“differs”" in answer.json()["detail"]
    assert http.get("/differences.json?kind=a&kind=b").status_code == 400
    assert http.get("/differences", headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize("value", ["wording", "difference-kind:wording", KIND + "wording"])
def test_a_value_may_be_a_slug_a_name_with_its_noun_or_an_iri(http: httpx.Client, value: str) -> None:
    told = http.get("/differences.json", params={"kind": value}).json()
    assert told["count"] == 2 and told["filters"] == {"kind": KIND + "wording"}


def test_an_empty_result_explains_itself(http: httpx.Client) -> None:
    text = page(http, "?kind=wording&document=desa-table")
    assert "No difference fits this choice." in text and not cards(text)
    ways = re.findall(r'Without “([^”]*)” there (?:is|are) <a href="differences(\?[^"]*)" rel="nofollow">(\d+)</a>', text)
    assert len(ways) == 2
    for _, address, count in ways:
        assert http.get(f"/differences.json{html.unescape(address)}").json()["count"] == int(count) > 0
    # A document that is known and takes no part.
    assert "No difference fits this choice." in page(http, "?document=GDC")


def test_formats_are_negotiated_and_named_and_do_not_change_while_the_data_do_not(http: httpx.Client) -> None:
    text = page(http, "?kind=wording")
    assert '<li><a href="differences.json?kind=wording">JSON</a></li>' in text
    assert '<li><a href="differences.csv?kind=wording">CSV</a></li>' in text
    assert "How to cite" in text and 'rel="license"' in text and "SELECT DISTINCT ?difference" in text
    for accept, media_type in (("application/json", "application/json"), ("text/csv", "text/csv"), ("*/*", "text/html")):
        answer = http.get("/differences?kind=wording", headers={"Accept": accept})
        assert answer.headers["content-type"].partition(";")[0] == media_type and "Accept" in answer.headers["vary"]
        again = http.get("/differences?kind=wording", headers={"Accept": accept, "If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    assert "/differences" in http.get("/sitemap.xml").text
    assert '<a href="differences">Differences</a>' in http.get("/", headers={"Accept": BROWSER}).text


def test_the_sparql_that_is_shown_gives_the_same_rows(http: httpx.Client) -> None:
    text = html.unescape(re.findall(r"<pre tabindex=\"0\">(.*?)</pre>", page(http), re.DOTALL)[0])
    answer = http.get("/sparql", params={"query": text}, headers={"Accept": "application/sparql-results+json"})
    rows = answer.json()["results"]["bindings"]
    told = http.get("/differences.json").json()["differences"]
    assert {row["difference"]["value"] for row in rows} == {one["difference"] for one in told}


def test_among_files_all_stand_on_one_page(real_store: ox.Store, tmp_path: Path) -> None:
    """Nobody is there to answer for another page, or for a choice."""
    with site(real_store, tmp_path, pages=Pages(served=False)) as http:
        text = page(http)
        assert len(cards(text)) == http.get("/differences.json").json()["count"] > 300
        assert "differences?" not in text and 'id="choose"' not in text and "<svg" in text


def test_no_label_or_printed_word_leaves_its_text(world_store: ox.Store, tmp_path: Path) -> None:
    """Of a kind, a document, a thing concerned, and of what either side prints."""
    hostile = ox.Store()
    hostile.bulk_extend(world_store)
    names = {PREFIXES["skos"] + "prefLabel", *(f"{BASE}ontology#{name}" for name in ("quotation", "printedHere", "printedThere", "number"))}
    for quad in world_store:
        if quad.predicate.value in names and isinstance(quad.object, ox.Literal):
            hostile.remove(quad)
            hostile.add(ox.Quad(quad.subject, quad.predicate, ox.Literal(f"{quad.object.value} {HOSTILE}"), quad.graph_name))
    with site(hostile, tmp_path) as http:
        for query in ("", "?kind=wording", "?kind=wording&document=port-table"):
            text = page(http, query)
            assert text.count("<script") == 1 and "&lt;script&gt;alert(1)" in text
            assert "alert(1)</script>" not in text and "{{ 7" in text
            # Nothing ends an attribute early either.
            assert not re.search(r'="[^"<>]*"quoted', text)
        (told,) = [json.loads(http.get("/differences.json").content)]
        assert any(HOSTILE in words for one in told["differences"] for words in one["prints"])
        rows = list(csv.DictReader(io.StringIO(http.get("/differences.csv").text)))
        assert len(rows) == told["count"] and all(None not in row for row in rows)
