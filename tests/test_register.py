"""The register: names, places and pages of things."""

from __future__ import annotations

from wsis_kg.names import BASE
from wsis_kg.views.register import Register

ID = BASE + "id/"


def row(thing: str, called: str = "", name: str = "", passage: str = "") -> dict[str, str]:
    full = {"thing": ID + thing, "called": called, "name": name, "passage": ID + passage if passage else ""}
    return {key: value for key, value in full.items() if value}


def register() -> Register:
    return Register(
        [
            row("body/tide-committee", "label", "Tide Committee"),
            row("body/tide-committee", "abbreviation", "TIDECOM"),
            row("body/tide-committee", "abbreviation", "TC"),
            row("body/tide-committee", "also", "Committee on Tides"),
            row("document/A-RES-99-1", "label", "Resolution 99/1 of the Assembly of Harbours, on the charting of all known tides"),
            row("document/A-RES-99-1", "symbol", "A/RES/99/1"),
            row("document/port-table", "label", "Table of ports: paragraph, action, asked"),
            row("passage/A-RES-99-1-7", "number", "7"),
            row("passage/A-RES-99-1-7", "kind", ID + "passage-kind/paragraph"),
            row("passage/A-RES-99-1-7", "document", ID + "document/A-RES-99-1"),
            row("passage/A-RES-99-1-pp2", "kind", ID + "passage-kind/preambular-paragraph"),
            row("passage/A-RES-99-1-pp2", "document", ID + "document/A-RES-99-1"),
            row("passage/port-table-L9-1", "line", "9"),
            row("passage/port-table-L9-1", "kind", ID + "passage-kind/bullet"),
            row("passage/port-table-L9-1", "document", ID + "document/port-table"),
            row("passage/port-table-h1", "label", "Ports of the north"),
            row("passage/port-table-h1", "kind", ID + "passage-kind/heading"),
            row("passage/port-table-h1", "document", ID + "document/port-table"),
            row("task/A-RES-99-1-7-draw", passage="passage/A-RES-99-1-7"),
            row("mandate/A-RES-99-1-7-request", passage="passage/A-RES-99-1-7"),
            row("mandate/A-RES-99-1-7-request", "label", "request"),
            {"thing": BASE + "ontology#hasRecipient"},
        ]
    )


def test_a_thing_is_called_by_its_label_and_briefly_by_its_shortest_abbreviation_or_symbol() -> None:
    made = register()
    assert made.name(ID + "body/tide-committee") == "Tide Committee"
    assert made.short(ID + "body/tide-committee") == "TC"
    assert made.short(ID + "document/A-RES-99-1") == "A/RES/99/1"


def test_a_passage_is_called_by_its_document_and_the_number_printed_there() -> None:
    made = register()
    assert made.name(ID + "passage/A-RES-99-1-7") == "A/RES/99/1, ¶7"
    assert made.place(ID + "passage/A-RES-99-1-pp2") == "preambular paragraph 2"
    assert made.place(ID + "passage/port-table-L9-1") == "bullet, line 9"
    assert made.place(ID + "passage/port-table-h1") == "“Ports of the north”"


def test_passages_that_share_a_line_are_told_apart_by_their_order_on_it() -> None:
    rows = []
    for place, (slug, line) in enumerate((("L3-1", "3"), ("L3-1-1", "3"), ("L3-2", "3"), ("L4-1", "4")), 9):
        thing = f"passage/port-table-{slug}"
        rows += [row(thing, "line", line), row(thing, "order", str(place)), row(thing, "document", ID + "document/port-table")]
        rows.append(row(thing, "kind", ID + "passage-kind/sentence"))
    made = Register(rows)
    places = [made.place(f"{ID}passage/port-table-{slug}") for slug in ("L3-1", "L3-1-1", "L3-2", "L4-1")]
    assert places == ["sentence 1 of line 3", "sentence 2 of line 3", "sentence 3 of line 3", "sentence, line 4"]


def test_a_document_without_a_symbol_is_briefly_called_by_what_it_is_and_whose() -> None:
    label = "Report by the Harbour Master to the Assembly of Harbours on the tides of the north, with an annex"
    made = Register([row("document/tides", "label", label), row("output/tides", "label", label)])
    assert made.short(ID + "document/tides") == "Report by the Harbour Master"
    # An output is nobody's first name: two reports may begin alike.
    assert made.short(ID + "output/tides") == label.partition(", ")[0]


def test_a_claim_is_called_by_what_it_asks_and_where_it_stands() -> None:
    made = register()
    assert made.name(ID + "mandate/A-RES-99-1-7-request") == "Mandate “request” in A/RES/99/1, ¶7"
    assert made.name(ID + "task/A-RES-99-1-7-draw") == "Task in A/RES/99/1, ¶7"


def test_a_claim_nobody_looks_up_is_described_with_its_passage_and_any_other_thing_on_a_page_of_its_own() -> None:
    made = register()
    assert made.home(ID + "task/A-RES-99-1-7-draw") == ("doc/passage/A-RES-99-1-7", "task-A-RES-99-1-7-draw")
    assert made.home(ID + "mandate/A-RES-99-1-7-request") == ("doc/mandate/A-RES-99-1-7-request", "")
    assert made.home(ID + "body/tide-committee") == ("doc/body/tide-committee", "")


def test_near_matches_are_found_by_slug_abbreviation_and_label_and_under_another_noun() -> None:
    made = register()
    assert [entry.slug for entry in made.near("body", "tide-comittee")] == ["tide-committee"]
    assert [entry.slug for entry in made.near("body", "tidecom")] == ["tide-committee"]
    assert [entry.slug for entry in made.near("post", "tide-committee")] == ["tide-committee"]
    assert made.near("body", "zzzzzz") == []


def test_terms_that_lead_to_things_are_kept_apart() -> None:
    made = register()
    assert made.links == {"hasRecipient"}
    assert BASE + "ontology#hasRecipient" not in made.entries
