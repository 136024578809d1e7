"""Values against words: year, session, actor and role of a claim are named by the words it prints."""

import re

import pyoxigraph as ox

from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.places import Places
from wsis_kg.workshop.problems import Problem
from wsis_kg.workshop.rows import rows_of
from wsis_kg.workshop.words import levelled

# fmt: off
_UNITS = (
    "zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
)
# fmt: on
_TENS = {2: "twent", 3: "thirt", 4: "fort", 5: "fift", 6: "sixt", 7: "sevent", 8: "eight", 9: "ninet"}
_STEP = "Give what the passage prints."


def ordinal_words(number: int) -> tuple[str, ...]:
    """How English prints an ordinal below 100: ``29`` is ``29th``, ``29`` or ``twenty-ninth``."""
    if number < 20:
        word = _UNITS[number]
    elif number % 10 == 0:
        word = _TENS[number // 10] + "ieth"
    else:
        word = f"{_TENS[number // 10]}y-{_UNITS[number % 10]}"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 not in (11, 12, 13) else 0, "th")
    return word, f"{number}{ending}", str(number)


_PARTICIPATIONS = """SELECT ?claim ?passage ?actor WHERE {
  ?claim a :Participation ; :isStatedIn ?passage ; :hasParticipant ?actor
} ORDER BY ?claim"""
_MENTIONS = "SELECT ?claim ?passage ?thing WHERE { ?claim a :Mention ; :isStatedIn ?passage ; :refersTo ?thing }"


def values_against_words(store: ox.Store, inputs: Inputs) -> list[Problem]:
    """Every deadline and participation whose value its printed words do not name.

    A year must be printed in the deadline's words, or in the quotation of its passage; the number of a session
    likewise, where the session has one. An actor must be called by a name it has, or be named by another claim of the
    passage. A role of company ("in consultation with") must be printed as the role is called.
    """
    places = Places(inputs)
    printed = _printed(store)
    checks = (_years_and_sessions, _actors, _roles)
    return [problem for check in checks for problem in check(store, places, printed)]


def _printed(store: ox.Store) -> dict[str, str]:
    """All printed words of each claim, levelled and in small letters."""
    words: dict[str, str] = {}
    for row in rows_of(
        store, "SELECT ?claim ?text WHERE { ?claim :asPrinted ?text ; :isStatedIn ?passage } ORDER BY ?text"
    ):
        words[row["claim"]] = f"{words.get(row['claim'], '')} {levelled(row['text']).lower()}".strip()
    return words


def _years_and_sessions(store: ox.Store, places: Places, printed: dict[str, str]) -> list[Problem]:
    problems = []
    for row in rows_of(store, """SELECT ?claim ?year ?ordinal ?quotation WHERE {
            ?claim a :Deadline ; :isStatedIn ?passage .
            OPTIONAL { ?claim :dueYear ?year } OPTIONAL { ?claim :atEvent/:ordinal ?ordinal }
            OPTIONAL { ?passage :quotation ?quotation } } ORDER BY ?claim ?year ?ordinal"""):  # fmt: skip
        text = f"{printed.get(row['claim'], '')} {levelled(row.get('quotation', '')).lower()}"
        if "year" in row and row["year"] not in text:
            problems.append(places.problem(f"The year {row['year']} is not printed here.", row["claim"], _STEP))
        if "ordinal" in row and not any(re.search(rf"\b{w}\b", text) for w in ordinal_words(int(row["ordinal"]))):
            inaugural = row["ordinal"] == "1" and "inaugural" in text
            if not inaugural:
                said = ordinal_words(int(row["ordinal"]))[1]
                problems.append(places.problem(f"No {said} session is printed here.", row["claim"], _STEP))
    return problems


def _actors(store: ox.Store, places: Places, printed: dict[str, str]) -> list[Problem]:
    names: dict[str, set[str]] = {}
    for row in rows_of(store, "SELECT ?actor ?name WHERE { ?actor skos:prefLabel|skos:altLabel|:abbreviation ?name }"):
        names.setdefault(row["actor"], set()).add(levelled(row["name"]).lower())
    referred: dict[tuple[str, str], str] = {}
    for row in rows_of(store, _MENTIONS):
        referred[row["passage"], row["thing"]] = row["claim"]
    rows = rows_of(store, _PARTICIPATIONS)
    for row in rows:
        if any(_called(name, printed.get(row["claim"], "")) for name in names.get(row["actor"], ())):
            referred[row["passage"], row["actor"]] = row["claim"]  # "it" further on is the same actor
    problems = []
    for row in rows:
        if (row["passage"], row["actor"]) not in referred:
            label = min(names.get(row["actor"], {row["actor"]}), key=len)
            sentence = f"The words {printed.get(row['claim'], '')!r} do not name “{label}”."
            step = "Give the actor that is named, or a mention with the reason."
            problems.append(places.problem(sentence, row["claim"], step))
    return problems


def _called(name: str, words: str) -> bool:
    """Whether the words hold every word of the name that tells it apart, in singular or plural and in any order."""
    parts = re.findall(r"[\w-]+", name)
    telling = [part for part in parts if part not in {"the", "of", "and", "united", "nations", "un"}] or parts
    return all(part.removesuffix("s") in words for part in telling)


def _roles(store: ox.Store, places: Places, printed: dict[str, str]) -> list[Problem]:
    problems = []
    for row in rows_of(store, """SELECT ?claim ?label WHERE {
            ?claim a :Participation ; :inRole ?role . ?role skos:prefLabel ?label
            FILTER(REGEX(STR(?label), "^(in|with|working) |^including$|^particularly$"))
          } ORDER BY ?claim"""):  # fmt: skip
        label, words = row["label"].lower(), printed.get(row["claim"], "")
        core = [part for part in label.split() if part not in {"in", "with", "the", "of"}]
        # The first letters are enough: "coordinate with" is "in coordination with".
        if not all(part[:6] in words for part in core):
            problems.append(
                places.problem(f"The role “{row['label']}” is not in the words {words!r}.", row["claim"], _STEP)
            )
    return problems
