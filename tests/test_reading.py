"""Reading a document: margin, filters and side by side, over the invented world; its page over a real socket."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from conftest import WORLD
from test_differences import rows_of
from whole_site import BROWSER, site

from wsis_kg.holdings import folder
from wsis_kg.names import BASE, PREFIXES
from wsis_kg.views.forces import NO_VERB, Force, read_forces
from wsis_kg.views.neighbourhood import Neighbourhood, Value
from wsis_kg.views.questions import read_questions
from wsis_kg.views.reading import ANY, ASKED, Ask, Read, Reading, Report, Wanted
from wsis_kg.views.register import Register
from wsis_kg.views.side_by_side import Printed, lay
from wsis_kg.web.reading_page import MARKED
from wsis_kg.workshop.dataset import load
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.rules import infer

GOLDEN = WORLD.parent / "reading-of-the-world.txt"
ID = BASE + "id/"
RESOLUTION, TABLE = ID + "document/A-RES-99-1", ID + "document/port-table"
BOARD = ID + "body/board"
HOSTILE = "\"><script>alert(1)</script>'{{ 7 * 7 }}"
TEMPLATES = Path(__file__).resolve().parents[1] / "src" / "wsis_kg" / "web" / "templates" / "things"


@pytest.fixture(scope="module")
def world(invented: Inputs) -> ox.Store:
    store = load(invented)
    infer(store, invented)
    return store


@pytest.fixture(scope="module")
def register(world: ox.Store) -> Register:
    return Register(rows_of(world, "register"))


@pytest.fixture(scope="module")
def reading(world: ox.Store, register: Register) -> Reading:
    query = read_questions(folder("queries") / "pages")["document"].bind({"this": RESOLUTION})
    found = world.query(query, use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    statements = []
    for row in found:
        value = row["o"]
        assert isinstance(value, ox.NamedNode | ox.Literal)
        told = Value(value.value, isinstance(value, ox.NamedNode))
        statements.append((row["g"].value, row["s"].value, row["p"].value, told))  # type: ignore[union-attr]
    return Reading(Neighbourhood(RESOLUTION, statements), register, read_forces(rows_of(world, "forces")))


@pytest.fixture(scope="module")
def http(world: ox.Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with site(world, tmp_path_factory.mktemp("world-site")) as client:
        client.headers["Accept"] = BROWSER
        yield client


def slug(iri: str) -> str:
    return iri.rpartition("/")[2]


def reports(one: Report) -> str:
    who = [f"{slug(party.role)}={slug(party.actor)}{' (inferred)' if party.inferred else ''}" for party in one.parties]
    return f"report {', '.join(who)}{' due' if one.dues else ''}"


def as_text(reading: Reading) -> str:
    """The margin as a person would copy it."""
    lines = []
    for read in reading.all:
        lines.append(slug(read.passage) + (" (heading)" if read.is_heading else ""))
        lines.append("  " + "".join(f"[{piece.ask.strength}: {piece.text}]" if piece.ask else piece.text for piece in read.pieces))
        for ask in read.asks:
            who = " ".join(f"{slug(party.role)}={slug(party.actor)}" for party in ask.parties)
            lines.append(f"  {ask.strength}: {ask.name or '–'} {who}{' due' if ask.dues else ''}".rstrip())
            lines += [f"    {reports(one)}" for one in ask.reports]
        lines += [f"  {reports(one)}" for one in read.reports]
        lines += [f"  differs: {slug(document)} {len(found)}" for document, found in read.differing.items()]
    return "\n".join(lines) + "\n"


def test_the_margin_of_the_invented_resolution_is_the_one_written_down(reading: Reading) -> None:
    assert as_text(reading) == GOLDEN.read_text(encoding="utf-8")


def numbers(reading: Reading, wanted: Wanted) -> list[str]:
    return [slug(read.passage).rpartition("-")[2] for read in reading.chosen(wanted) if not read.is_heading]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(actor=BOARD, role=ASKED), ["5", "7"]),
        (Wanted(actor=BOARD, role=ASKED, force="urging"), ["5"]),
        (Wanted(actor=BOARD, role=ASKED, force="urging", due="yes"), []),
        (Wanted(due="yes", force="decision"), ["2"]),
        # 7 asks for one thing in consultation with harbour masters, and for another by a deadline.
        (Wanted(actor=ID + "constituency/harbour-masters", role=PREFIXES["role"] + "in-consultation-with"), ["7"]),
        (Wanted(actor=ID + "constituency/harbour-masters", role=PREFIXES["role"] + "in-consultation-with", due="yes"), []),
        (Wanted(role="reporter", actor=ID + "post/ports-secretary"), ["6"]),
        (Wanted(force=NO_VERB), []),
    ],
)
def test_choices_are_combined(reading: Reading, wanted: Wanted, found: list[str]) -> None:
    assert numbers(reading, wanted) == found


def test_all_is_shown_with_its_headings_and_a_choice_under_those_it_needs(reading: Reading) -> None:
    assert reading.chosen(Wanted()) == reading.all
    assert not any(read.is_heading for read in reading.passages)
    shown = reading.chosen(Wanted(due="yes"))
    assert [read.is_heading for read in shown][:2] == [True, False]
    headings = [read.passage for read in shown if read.is_heading]
    assert len(headings) == len(set(headings))
    assert set(numbers(reading, Wanted(differs=TABLE))) <= set(numbers(reading, Wanted(differs=ANY)))
    assert TABLE in reading.restating() and RESOLUTION not in reading.restating()


def passage(text: str, *printed: str, verb: str = "request") -> Read:
    force = Force("x:force/request", "request")
    asks = tuple(Ask(f"x:{place}", "x:verb", verb, force, (), (), (), (words,)) for place, words in enumerate(printed))
    return Read("x:passage", False, text, asks, (), {})


@pytest.mark.parametrize(
    ("read", "marked"),
    [
        (passage("We request it.", "We request"), ["We request"]),
        (passage("We request this. We request that.", "We request"), []),  # which of the two is not known
        (passage("We request this. We request that.", "We request", "We request"), ["We request", "We request"]),
        (passage("We requested it.", "We request"), []),  # within a word
        (passage("Draw a chart.", "Draw a chart"), []),  # no verb that asks
        (passage("", "We request"), []),  # no words are held
        (passage("(we) request it", "(we) request"), ["(we) request"]), (passage("we (all) request it", "we (all) request"), ["we (all) request"]),
    ],
)
def test_a_verb_is_marked_only_where_it_is_printed(read: Read, marked: list[str]) -> None:
    assert [piece.text for piece in read.pieces if piece.ask] == marked
    assert "".join(piece.text for piece in read.pieces) == read.text


VERBATIM, SUMMARY = PREFIXES["rendering"] + "verbatim", PREFIXES["rendering"] + "summary"


@pytest.mark.parametrize(
    ("here", "there", "how", "marked"),
    [
        (Printed("a", "", "draw the chart"), Printed("b", VERBATIM, "draw  the chart"), "same", []),
        (Printed("a", "", "draw the chart now"), Printed("b", VERBATIM, "draw a chart now"), "words", ["the", "a"]),
        (Printed("a", "", "draw the chart now"), Printed("b", SUMMARY, "draw a chart now", ("chart",)), "retold", ["chart"]),
        (Printed("a", "", "x y z"), Printed("b", VERBATIM, "draw a chart", ("a chart",)), "apart", ["a chart"]),
        (Printed("a", "", "", ("gone",)), Printed("b", VERBATIM, "draw a chart"), "unheld", []),
    ],
)
def test_texts_are_compared_in_so_far_as_they_can_be(here: Printed, there: Printed, how: str, marked: list[str]) -> None:
    laid = lay(here, there)
    assert laid.how == how
    assert [run.text for run in (*laid.here_runs, *laid.there_runs) if run.marked] == marked
    assert laid.are_words_named == bool(marked)


def test_each_force_has_a_mark_of_its_own(world: ox.Store) -> None:
    drawing = (TEMPLATES / "marks.svg").read_text(encoding="utf-8")
    drawn = re.findall(r'<symbol id="force-([a-z-]+)"[^>]*>(.*?)</symbol>', drawing)
    assert {name for name, _ in drawn} == {*MARKED, "other"}
    assert len({shape for _, shape in drawn}) == len(drawn)
    assert {slug(row["force"]) for row in rows_of(world, "forces")} | {NO_VERB} <= MARKED


# The page.


def get(http: httpx.Client, query: str = "", document: str = "A-RES-99-1", status: int = 200) -> str:
    answer = http.get(f"/doc/document/{document}{query}")
    assert answer.status_code == status, answer.text[:500]
    return answer.text


def words(text: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", "", text)))


def shown(text: str) -> list[str]:
    return re.findall(r'<div class="passage[^"]*" id="passage-A-RES-99-1-(\w+)">', text)


def test_the_page_says_how_much_it_shows_and_what_it_hides(http: httpx.Client, reading: Reading) -> None:
    whole = get(http)
    assert len(shown(whole)) == len(reading.passages) and 'role="status"' not in whole and "noindex" not in whole
    some = get(http, "?actor=board&role=asked")
    assert shown(some) == ["5", "7"] and "noindex" in some
    hidden = len(reading.passages) - 2
    assert f"2 of {len(reading.passages)} passages: those in which Board of Charts is asked. {hidden} are hidden: show all." in words(some)
    assert '<option value="board" selected>' in some and '<option value="asked" selected>' in some
    # The same choice, told otherwise: one page, one tag.
    tags = {http.get(f"/doc/document/A-RES-99-1?{query}").headers["ETag"] for query in ("actor=board", "actor=body:Board&due=", f"actor={BOARD}")}
    assert len(tags) == 1 and tags != {http.get("/doc/document/A-RES-99-1").headers["ETag"]}


def test_every_choice_that_is_offered_leaves_as_many_passages_as_it_says(http: httpx.Client) -> None:
    form = get(http).partition('<form class="filters"')[2].partition("</form>")[0]
    for name in ("actor", "role", "force", "differs"):
        offered = re.findall(r'<option value="([^"]+)">[^<]*\((\d+)\)</option>', form.partition(f'name="{name}"')[2].partition("</select>")[0])
        assert offered, name
        for value, count in offered:
            assert len(shown(get(http, f"?{name}={value}"))) == int(count), (name, value)


def test_what_fits_nothing_says_what_would(http: httpx.Client) -> None:
    text = get(http, "?actor=board&role=asked&force=decision")
    assert shown(text) == [] and "No passage fits this choice." in text
    assert re.search(r'Without “decision” there are <a href="\?actor=board&amp;role=asked" rel="nofollow">2</a>', text)


@pytest.mark.parametrize(
    ("query", "said", "offered"),
    [
        ("force=reqest", "force: there is no force called “reqest” in this document.", "?force=request"),
        ("actor=bord&due=yes", "actor: there is no actor called “bord” in this document.", "?due=yes&actor=board"),
        ("beside=port-tabel", "beside: there is no document called “port-tabel” here.", "?beside=port-table"),
        ("beside=A-RES-99-1", "beside: A/RES/99/1 restates nothing of this document", "?beside=port-table"),
        ("role=speaker", "role: speaker does not occur here.", None),
        ("due=no", "due: it can only be “yes”, not “no”.", "?due=yes"),
    ],
)  # fmt: skip
def test_an_unknown_value_says_so_and_what_there_is(http: httpx.Client, query: str, said: str, offered: str | None) -> None:
    text = get(http, f"?{query}", status=400)
    assert said in words(text) and shown(text) == []
    assert http.get(f"/doc/document/A-RES-99-1?{query}").headers["Cache-Control"] == "no-store"
    if offered:
        assert f'href="{html.escape(offered)}"' in text
        get(http, offered)


@pytest.mark.parametrize("name", ["actor", "role", "force", "due", "differs", "beside"])
def test_a_hostile_value_stays_a_text(http: httpx.Client, name: str) -> None:
    text = get(http, str(httpx.QueryParams({name: HOSTILE * 9})).join(["?", ""]), status=400)
    assert "<script>alert" not in text and "49" not in text.partition("<h1")[2].partition("</div>")[0]
    assert http.get("/doc/document/A-RES-99-1", params=[(name, "a"), (name, "b")]).status_code == 400


def test_the_data_does_not_depend_on_what_a_reader_chooses(http: httpx.Client) -> None:
    plain, chosen = (http.get(f"/doc/document/A-RES-99-1.ttl{query}").text for query in ("", "?force=request"))
    assert plain == chosen


def test_two_documents_stand_side_by_side_either_way_round(http: httpx.Client) -> None:
    text = get(http, "?beside=port-table")
    assert re.search(r'id="passage-A-RES-99-1-7".*?href="../../doc/passage/port-table-6"', text, re.DOTALL)
    assert "Retold in other words, so not compared word by word." in text
    seventh = words(text[text.index('id="passage-A-RES-99-1-7"') :])
    assert "verb lost: “" in seventh and "session left out: Twelfth session" in seventh
    # What the other leaves out is told of it as a whole.
    assert "provision left out" in words(text[text.index('id="passage-A-RES-99-1-2"') :].partition('class="laid"')[0])
    other = re.findall(r'<a href="([^"]*)" rel="nofollow">the other way round</a>', text)
    assert other == ["port-table?beside=A-RES-99-1"]
    turned = get(http, "?beside=A-RES-99-1", "port-table")
    assert re.search(r'id="passage-port-table-6".*?href="../../doc/passage/A-RES-99-1-7"', turned, re.DOTALL)
    # What a difference between the two is called, each once on either page.
    pattern = r'href="../../doc/difference/([^"]+)"'
    assert set(re.findall(pattern, text)) == set(re.findall(pattern, turned))


def test_words_that_only_one_has_are_marked_without_colour(http: httpx.Client) -> None:
    text, turned = get(http, "?beside=port-report"), get(http, "?beside=A-RES-99-1", "port-report")
    # Only the resolution has these words: at the left of the one page, at the right of the other.
    (only,) = {tuple(words(run) for run in re.findall(f"<{element}>(.*?)</{element}>", page.partition('class="laid"')[2])) for page, element in ((text, "del"), (turned, "ins"))}
    assert only[0] == "[as keeper of the register,]" and len(only) == 2
    assert "Compared word by word." in text.partition('class="laid"')[2]


def test_a_chip_leads_to_the_differences_of_its_passage(http: httpx.Client) -> None:
    text = get(http)
    seventh = text[text.index('id="passage-A-RES-99-1-7"') :]
    address, count = re.findall(r'class="chip differs" href="../../([^"]*)" rel="nofollow">(\d+) differences', seventh)[0]
    assert address == "differences?passage=A-RES-99-1-7"
    answer = http.get(f"/{address}")
    assert answer.text.count('<article class="claim difference"') == int(count)
    assert http.get("/differences.json?passage=A-RES-99-1-7", headers={"Accept": "*/*"}).json()["count"] == int(count)
    assert http.get("/differences?passage=nowhere").status_code == 400
