"""What falls due, as data: exact where a document is exact, computed where a rule is enough, and never made up."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from harbour import write_build
from test_questions import ask

from wsis_kg.cli import main
from wsis_kg.cli.deadlines import COLUMNS, row_of
from wsis_kg.engine.store import Engine
from wsis_kg.names import BASE, PREFIXES
from wsis_kg.views.calendar import Snapshot, entries, ics, summary
from wsis_kg.views.deadlines import Deadlines, Due, Filter, Replacement, folded, read_deadlines
from wsis_kg.views.timing import Named, Rhythm, When
from wsis_kg.web.deadline_versions import answered, moments
from wsis_kg.workshop.records import Kept

ROOT = Path(__file__).resolve().parents[1]
AS_OF = date(2030, 6, 1)
DEADLINE = PREFIXES["deadline"]
FIRST, SECOND = datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(built_world: Path) -> Deadlines:
    return answered(Engine(built_world))


@pytest.fixture(scope="module")
def real(real_store: ox.Store, tmp_path_factory: pytest.TempPathFactory) -> Deadlines:
    quads = real_store.dump(format=ox.RdfFormat.N_QUADS)
    assert quads is not None
    return answered(Engine(write_build(tmp_path_factory.mktemp("real"), quads=quads.decode())))


def due(slug: str, /, **changed: object) -> Due:
    """An invented one, due in 2031 by paragraph 7."""
    given: dict[str, object] = {
        "iri": DEADLINE + slug, "claims": (PREFIXES["line"] + slug,), "what": ("Chart",),
        "who": (Named("x:board", "Board"),), "recipients": (Named("x:ports", "Ports"),),
        "when": When("in 2031", date(2031, 1, 1), date(2031, 12, 31), "year"), "rhythm": None, "words": ("to report",),
        "mood": "asked", "document": Named("x:resolution", "Resolution"), "official": True, "number": "7",
        "passage": f"x:{slug}", "passage_kind": "paragraph",
    }  # fmt: skip
    return Due(**(given | changed))  # type: ignore[arg-type]


def deadlines(*found: Due) -> Deadlines:
    return Deadlines(found, {}, {})


def test_the_invented_world_gives_these_rows(world: Deadlines) -> None:
    with (ROOT / "tests" / "world" / "deadlines.csv").open(encoding="utf-8", newline="") as file:
        expected = list(csv.reader(file))
    found = [list(COLUMNS), *([cell.replace(f"{BASE}id/", "") for cell in row_of(one, AS_OF)] for one in world.all)]
    assert found == expected


def test_2027_has_exactly_the_rows_of_the_saved_question(real: Deadlines, real_store: ox.Store) -> None:
    columns, rows = ask(real_store, (ROOT / "queries" / "what-falls-due-in-a-year.rq").read_text(encoding="utf-8"))
    one = {name: place for place, name in enumerate(columns)}
    asked = {(row[one["passage"]].partition(":")[2], row[one["session"]].partition(":")[2], row[one["due"]]) for row in rows}

    def last(iri: str) -> str:
        return iri.rpartition("/")[2]

    # What names a meeting alone is placed by what dates that meeting, on the page only.
    in_2027 = [due for due in real.all if due.when.year == 2027 and due.when.precision != "meeting"]
    assert [last(due.passage) for due in real.all if due.when.year == 2027 and due not in in_2027] == ["A-RES-79-325-8"]
    found = {
        (last(due.passage), last(due.when.sessions[0].iri) if due.when.sessions else "", due.when.printed) for due in in_2027
    }
    assert found == asked and len(found) == 16
    who = {(row[one["passage"]].partition(":")[2], row[one["who"]].partition(":")[2], row[one["recipient"]].partition(":")[2]) for row in rows}
    for passage, reporter, recipient in who:
        these = [due for due in in_2027 if last(due.passage) == passage]
        assert not reporter or reporter in {last(one.iri) for due in these for one in due.who}
        assert not recipient or recipient in {last(one.iri) for due in these for one in due.recipients}
    assert {last(one.iri) for due in in_2027 for one in due.who} == {reporter for _, reporter, _ in who} - {""}


def test_no_day_is_made_up(real: Deadlines) -> None:
    """Every date has words that name it, or a passage that dates the meeting."""
    for one in real.all:
        assert (one.when.first is None) == (one.when.precision == "") == (one.when.last is None)
        if one.when.precision in ("year", "month"):
            assert str(one.when.year) in one.when.printed
        if one.when.precision == "meeting":
            assert one.when.sessions and one.when.dated_by
    review = next(one for one in real.all if one.iri == DEADLINE + "A-RES-80-173-126-review")
    assert review.when.bounds() == "2030, the time of the meeting" and len(review.when.dated_by) == 2
    eightieth = next(one for one in real.all if one.iri == DEADLINE + "A-RES-80-173-103-unga")
    assert eightieth.section(date(2100, 1, 1)) == "undated" and eightieth.when.printed == "during its eightieth session"


def test_restatements_stand_with_what_they_restate(real: Deadlines) -> None:
    chosen = {one.iri: one for one in real.chosen(Filter())}
    map_ = chosen[DEADLINE + "A-RES-80-173-122-cstd"]
    assert map_.official and [one.iri.rpartition("/")[2] for one in map_.also] == [
        "desa-table-122-cstd", "itu-report-L26-3-cstd", "itu-report-122-cstd", "ungis-page-L26-1-cstd", "ungis-page-122-cstd",
    ]  # fmt: skip
    everywhere = {one.iri for due in chosen.values() for one in (due, *due.also)}
    assert everywhere == {one.iri for one in real.all}
    alone = real.chosen(Filter(document=PREFIXES["document"] + "desa-table"))
    assert DEADLINE + "desa-table-122-cstd" in {one.iri for one in alone}


def test_what_restates_with_another_year_stands_for_itself() -> None:
    later = When("in 2032", date(2032, 1, 1), date(2032, 12, 31), "year")
    restating = frozenset({"x:a"})
    found = folded([due("a"), due("b", restates=restating), due("c", restates=restating, when=later)])
    assert [(one.iri[-1], [other.iri[-1] for other in one.also]) for one in found] == [("a", ["b"]), ("c", [])]
    circle = folded([due("a", restates=frozenset({"x:b"})), due("b", restates=restating)])
    assert len(circle) == 2


def test_roles_and_bodies_are_told_apart(real: Deadlines) -> None:
    cstd, itu = PREFIXES["body"] + "cstd", PREFIXES["body"] + "itu"
    assert all(cstd in {one.iri for one in due.recipients} for due in real.all if Filter(recipient=cstd).takes(due))
    as_asked = [due for due in real.all if Filter(body=cstd, role="asked").takes(due)]
    assert as_asked and not any("67-cstd" in due.iri for due in as_asked)
    assert any("67-cstd" in due.iri for due in real.all if Filter(body=itu, role="presumed-reporter").takes(due))
    assert not any(Filter(body=itu, role="recipient").takes(due) for due in real.all)
    assert {"reporter", "recipient", "presumed-reporter", "asked", "through"} <= real.roles.keys()


@pytest.mark.parametrize(
    ("every", "start", "as_of", "expected"),
    [
        (1, 2026, 2026, [2026, 2027, 2028]),
        (1, 2026, 2020, [2026, 2027, 2028]),
        (1, None, 2026, [2026, 2027, 2028]),
        (2, 2026, 2027, [2028, 2030, 2032]),
        (2, 2026, 2028, [2028, 2030, 2032]),
        (2, None, 2026, []),
        (None, 2026, 2026, []),
    ],
)
def test_next_occurrences_are_computed_only_from_enough(
    every: int | None, start: int | None, as_of: int, expected: list[int]
) -> None:
    assert Rhythm(Named("x", "x"), every, start).next(date(as_of, 5, 1)) == expected


def test_sections_follow_the_day(world: Deadlines) -> None:
    wrecks = next(one for one in world.all if one.iri == DEADLINE + "A-RES-99-1-8-wrecks")
    assert [wrecks.section(date(2030, 6, 30)), wrecks.section(date(2030, 7, 1))] == ["coming", "past"]
    lights = next(one for one in world.all if one.iri == DEADLINE + "A-RES-99-1-9-register")
    begun = [lights.section(day) for day in (date(2030, 4, 30), date(2030, 5, 31), date(2030, 6, 1))]
    assert begun == ["coming", "this-year", "past"]


def test_what_names_no_day_is_neither_coming_nor_past_while_its_time_runs() -> None:
    fair = When("at the fair", date(2030, 11, 20), date(2031, 2, 3), "meeting", (Named("x:fair", "Fair"),))
    days = [date(2030, 11, 19), date(2030, 11, 20), date(2031, 2, 3), date(2031, 2, 4)]
    assert [due("a", when=fair).section(day) for day in days] == ["coming", "this-year", "this-year", "past"]
    yearly = Rhythm(Named("x:annual", "annual"), 1, 2031, "deadline")
    late, after = date(2031, 12, 1), date(2032, 1, 1)
    assert [due("a").section(day) for day in (late, after)] == ["this-year", "past"]
    assert [due("a", rhythm=yearly).section(day) for day in (late, after)] == ["this-year", "recurring"]
    assert due("a", rhythm=yearly, replacements=(Replacement("x:b", None, False),)).section(after) == "past"


def test_a_year_takes_what_can_fall_or_recurs_in_it() -> None:
    fair = When("at the fair", date(2030, 11, 20), date(2031, 2, 3), "meeting", (Named("x:fair", "Fair"),))
    every_two = Rhythm(Named("x:biennial", "biennial"), 2, 2031, "deadline")
    found = deadlines(due("a", when=fair), due("b", rhythm=every_two), due("c", when=When("2034", date(2034, 1, 1), date(2034, 12, 31), "year")))
    assert found.years == ["2030", "2031", "2033", "2034"]
    taken = {year: "".join(one.iri[-1] for one in found.chosen(Filter(year=year))) for year in found.years}
    assert taken == {"2030": "a", "2031": "ab", "2033": "b", "2034": "c"}


def test_the_same_with_another_date_names_the_other() -> None:
    """The Council's resolution names no date for its review report; a table that restates it does."""
    undated, restating = due("a", when=When()), due("b", restates=frozenset({"x:a"}))
    host, other = folded([undated, restating])
    assert host.otherwise == (restating,) and other.differs_from == (undated,) and not host.also
    discussions = due("c", claims=(PREFIXES["task"] + "c",), passage="x:a", what=("discuss it in 2031",))
    assert not any(one.also for one in folded([undated, discussions, restating]))
    not_the_same = due("b", restates=frozenset({"x:a"}), what=("Another chart",))
    assert not any(one.otherwise or one.differs_from for one in folded([undated, not_the_same]))


def test_what_is_replaced_recurs_until_the_other_is_adopted(real: Deadlines) -> None:
    """Economic and Social Council resolution 2023/3, paragraph 110, beside paragraph 124 of resolution 80/173."""
    line = PREFIXES["line"]
    yearly = next(one for one in real.all if one.iri == f"{line}E-RES-2023-3-110-cstd")
    before, on_that_day = date(2025, 12, 16), date(2025, 12, 17)
    assert yearly.following(before) == [2025, 2026, 2027] and yearly.replaced(before) is None
    other = Replacement(f"{line}A-RES-80-173-124-report", on_that_day, True)
    assert yearly.replaced(on_that_day) == other and yearly.following(on_that_day) == []
    listed = next(one for one in real.all if one.iri == f"{line}desa-documents-L3-3-cstd")
    assert listed.replaced(on_that_day) == Replacement(f"{line}desa-table-L2-1-biennial", on_that_day, False)
    assert not {yearly.iri, listed.iri} & {one.due.iri for one in entries([Snapshot("1", FIRST, real)], Filter())}


def test_the_calendar_computes_the_years_that_the_page_computes(real: Deadlines) -> None:
    found = {one.due.iri: one for one in entries([Snapshot("1", FIRST, real)], Filter())}
    placed = {one.iri for one in real.chosen(Filter()) if one.when.first or one.following(FIRST.date())}
    assert placed == found.keys()
    assert all(summary(one).endswith(" (computed)") for one in found.values() if not one.due.when.first)
    inferred = [one for one in found.values() if any(who.presumed for who in one.due.who)]
    assert inferred and all(" (inferred)" in summary(one).partition(": ")[0] for one in inferred)
    review = next(one for one in real.chosen(Filter()) if one.iri == DEADLINE + "desa-reviews-L3-2-unga")
    assert [one.place for one in review.differs_from] == ["¶104"] and review.section(AS_OF) == "past"


def test_a_preferred_dating_of_a_meeting_beats_the_others() -> None:
    row = {
        "claim": "x:claim", "deadline": "x:deadline", "due": "at the fair", "session": "x:fair", "session_name": "Fair",
        "document": "x:d", "document_name": "D", "number_or_line": "1", "passage": "x:p",
    }  # fmt: skip
    dates = [
        {"thing": "x:fair", "earliest": "2030-02-01", "latest": "2030-02-03", "passage": "x:p1"},
        {"thing": "x:fair", "earliest": "2030-03-01", "latest": "2030-03-02", "passage": "x:p2"},
    ]
    (both,) = read_deadlines([row], [], dates, []).all
    assert (both.when.first, both.when.last) == (date(2030, 2, 1), date(2030, 3, 2))
    (one,) = read_deadlines([row], [], [dates[0], dates[1] | {"preferred": "official"}], []).all
    assert (one.when.first, one.when.dated_by) == (date(2030, 3, 1), ("x:p2",))


# The calendar, from one version to the next


def test_an_event_changes_its_number_only_when_it_changes() -> None:
    moved = When("in 2032", date(2032, 1, 1), date(2032, 12, 31), "year")
    versions = [Snapshot("1", FIRST, deadlines(due("a"), due("b"), due("c")))]
    before = {one.due.iri[-1]: one for one in entries(versions, Filter())}
    versions.append(Snapshot("2", SECOND, deadlines(due("a"), due("b", when=moved))))
    after = {one.due.iri[-1]: one for one in entries(versions, Filter())}
    assert before["a"].sequence == after["a"].sequence and before["a"].moment == after["a"].moment == FIRST
    assert after["b"].sequence > before["b"].sequence and after["b"].moment == SECOND
    assert after["c"].withdrawn_after == "1" and after["c"].sequence > before["c"].sequence
    assert summary(after["c"]).startswith("Withdrawn: [2031, no day named] Board: Chart to Ports")
    third = {one.due.iri[-1]: one for one in entries([*versions, Snapshot("3", SECOND + timedelta(1), versions[0].deadlines)], Filter())}
    assert not third["c"].withdrawn_after and third["c"].sequence > after["c"].sequence


def test_what_lost_its_date_is_withdrawn_and_what_is_over_is_left_out() -> None:
    versions = [Snapshot("1", FIRST, deadlines(due("a"))), Snapshot("2", SECOND, deadlines(due("a", when=When("some day"))))]
    (gone,) = entries(versions, Filter())
    assert gone.withdrawn_after == "1" and gone.due.when.printed == "in 2031"
    assert entries(versions, Filter(), date(2032, 1, 1)) == [] and entries([], Filter()) == []


def test_a_change_of_what_restates_it_is_a_change() -> None:
    second = due("b", restates=frozenset({"x:a"}))
    versions = [Snapshot("1", FIRST, deadlines(due("a"))), Snapshot("2", SECOND, deadlines(due("a"), second))]
    (one,) = entries(versions, Filter())
    assert one.due.also == (second,) and one.moment == SECOND


def test_versions_without_a_date_count_from_when_they_are_served(tmp_path: Path) -> None:
    def version(name: str, published: datetime | None) -> Kept:
        return Kept(name, tmp_path, published)

    served = datetime(2030, 6, 1, tzinfo=UTC)
    dated = [version("1", FIRST), version("2", SECOND)]
    assert [moment for _, moment in moments(dated, "2", served)] == [FIRST, SECOND]
    assert [moment for _, moment in moments([*dated, version("3", None)], "3", served)] == [FIRST, SECOND, served]
    # Back to an earlier version: clients must still see a higher number.
    assert [(one.name, moment) for one, moment in moments(dated, "1", served)] == [("2", SECOND), ("1", served)]
    assert moments([version("3", None)], "3", FIRST)[0][1] == FIRST


@pytest.mark.parametrize("hostile", ["A\r\nEND:VEVENT\r\nBEGIN:VALARM", "a;b,c\\n:x", "\x00\x07\u2028\u202e", '"><script>', "ü" * 300])
def test_a_hostile_name_stays_in_its_text(hostile: str) -> None:
    from icalendar import Calendar

    one = due("a", what=(hostile,), who=(Named("x:h", hostile),), words=(hostile,), document=Named("x:d", hostile))
    text = ics(entries([Snapshot("1", FIRST, deadlines(one))], Filter()), hostile, "https://e.example/", lambda _: "https://e.example/x")
    calendar = Calendar.from_ical(text)
    (event,) = calendar.walk("VEVENT")
    assert not calendar.walk("VALARM") and str(event["UID"]) == one.iri and "\x00" not in text.decode()
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    if hostile.startswith("a;"):
        assert hostile in str(event["SUMMARY"])


# On the command line


def test_the_command_line_gives_a_table_rows_and_a_calendar(built_world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from icalendar import Calendar

    home = built_world.parent
    monkeypatch.setattr("wsis_kg.workshop.build.current", lambda _: built_world)

    def run(*options: str) -> str:
        told = CliRunner().invoke(main, ["deadlines", "--data", str(home), *options])
        assert told.exit_code == 0, told.output
        return told.stdout

    table = run("--as-of", "2030-06-01")
    assert table.index("COMING") < table.index("RECURRING") < table.index("PAST") and "June 2030" in table
    rows = list(csv.DictReader(run("--format", "csv", "--as-of", "2030-06-01", "--body", "Board of Charts").splitlines()))
    assert rows and all("Board of Charts" in " ".join(row.values()) for row in rows)
    in_2031 = list(csv.DictReader(run("--format", "csv", "--year", "2031").splitlines()))
    assert {row["first"][:4] or row["recurrence"] for row in in_2031} == {"2031", "annual"}
    assert "THIS YEAR, DAY NOT STATED" in run("--as-of", "2031-11-30")
    calendar = Calendar.from_ical(run("--format", "ics"))
    assert {str(event["UID"]) for event in calendar.walk("VEVENT")} >= {DEADLINE + "A-RES-99-1-8-wrecks"}
    for options, words in (
        (["--body", "Bored"], "In what falls due there are: "),
        (["--role", "captain"], "there is no role"),
        (["--as-of", "soon"], "is no day"),
        (["--year", "1999"], "There are: 2030, 2031, "),
    ):
        told = CliRunner().invoke(main, ["deadlines", "--data", str(home), *options])
        assert told.exit_code != 0 and words in " ".join(told.stderr.split())
