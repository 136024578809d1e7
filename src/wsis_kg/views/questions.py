"""Saved questions: one ``.rq`` file each, that runs unmodified in any SPARQL 1.1 engine.

Comment lines that begin with ``#+`` say what the file asks, why, for whom and with which parameters. The default of
a parameter is the term in its
line ``VALUES ?name { term } #parameter``, and binding a parameter puts another term in that place: never text,
always one checked RDF term.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from wsis_kg.names import BASE, NOUNS, PREFIXES

#: What a parameter can be, and the nouns a thing of that kind can have.
THINGS: Final[dict[str, tuple[str, ...]]] = {
    "actor": ("body", "constituency", "post", "person"),
    "body": ("body",),
    "constituency": ("constituency",),
    "post": ("post",),
    "person": ("person",),
    "document": ("document",),
    "collection": ("collection",),
    "passage": ("passage",),
    "output": ("output",),
    "event": ("event", "session"),
    "session": ("session",),
    "verb": ("verb",),
    "force": ("force",),
    "role": ("role",),
    "action-line": ("action-line",),
    "aspect": ("aspect",),
    "difference-kind": ("difference-kind",),
    "thing": NOUNS,
}
VALUES: Final = ("year", "date", "text", "number")

_HEADER = re.compile(r"^#\+\s*([a-z-]+):\s*(.*?)\s*$", re.MULTILINE)
_PARAMETER = re.compile(r"^(\s*VALUES\s+\?(\w+)\s*\{\s*)(\S.*?)(\s*\}\s*#parameter\s*)$", re.MULTILINE)
_SLUG = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")


class QuestionError(Exception):
    """A question is not there, its file is not as it should be, or a value does not fit; the text is for people."""


@dataclass(frozen=True)
class Parameter:
    """One thing a question can be asked about; ``default`` is the SPARQL term in the file."""

    name: str
    kind: str
    description: str
    default: str


@dataclass(frozen=True)
class Question:
    """A saved question: its name is the name of its file."""

    name: str
    question: str
    why: str
    group: str
    reader: str
    text: str
    parameters: tuple[Parameter, ...] = field(default=())

    def bind(self, values: Mapping[str, str]) -> str:
        """The query with these values in the place of the defaults.

        A thing is given as IRI, as ``noun:slug`` or, where its kind has one noun, as slug; :class:`Names` finds
        it by other names.
        Raises :class:`QuestionError` for a name that is no parameter and for a value that does not fit its kind,
        so that no value can change the query.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in values:
            if name not in known:
                near = get_close_matches(name, known, 1, 0.4)
                hint = f" Did you mean {near[0]}?" if near else ""
                have = ", ".join(known) or "none"
                raise QuestionError(f"{self.name} has no parameter {name}.{hint} Its parameters: {have}.")
        terms = {name: sparql_term(known[name], value) for name, value in values.items()}
        return _PARAMETER.sub(lambda m: m.group(1) + terms.get(m.group(2), m.group(3)) + m.group(4), self.text)


def sparql_term(parameter: Parameter, value: str) -> str:
    """The value as one SPARQL term of the parameter's kind. Raises :class:`QuestionError` when it is none."""
    value = value.strip()
    if parameter.kind in THINGS:
        return f"<{_iri(parameter, value)}>"
    if parameter.kind in ("year", "number"):
        if not re.fullmatch(r"-?\d{1,6}", value) or (parameter.kind == "year" and not re.fullmatch(r"\d{4}", value)):
            raise QuestionError(
                f"{parameter.name} is a {parameter.kind}, such as {parameter.default}; {value!r} is none."
            )
        return str(int(value))
    if parameter.kind == "date":
        if not _is_a_day(value):
            raise QuestionError(f"{parameter.name} is a date such as 2026-01-31; {value!r} is none.")
        return f'"{value}"^^<http://www.w3.org/2001/XMLSchema#date>'
    escaped = (
        value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    )
    return f'"{escaped}"'


def _is_a_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _iri(parameter: Parameter, value: str) -> str:
    nouns = THINGS[parameter.kind]
    prefix, _, slug = value.partition(":")
    iri = ""
    if value.startswith(BASE + "id/"):
        iri = value
    elif prefix in nouns and _SLUG.fullmatch(slug):
        iri = PREFIXES[prefix] + slug
    elif len(nouns) == 1 and _SLUG.fullmatch(value):
        iri = PREFIXES[nouns[0]] + value
    noun, _, rest = iri.removeprefix(BASE + "id/").partition("/")
    if noun not in nouns or not _SLUG.fullmatch(rest):
        what = " or ".join(nouns) if len(nouns) < 5 else "thing of this graph"
        raise QuestionError(
            f"{parameter.name} is a {what}, given by IRI, noun:slug or slug; nothing of that kind is called {value!r}."
        )
    return iri


def read_question(path: Path) -> Question:
    """Read one file. Raises :class:`QuestionError` when a header is missing or a parameter has no line of its own."""
    text = path.read_text(encoding="utf-8")
    headers: dict[str, list[str]] = {}
    for key, value in _HEADER.findall(text):
        headers.setdefault(key, []).append(value)
    for key in ("question", "why", "group", "reader"):
        if len(headers.get(key, [])) != 1:
            raise QuestionError(f"{path.name}: the question needs one line `#+ {key}:`.")
    defaults = {m.group(2): m.group(3) for m in _PARAMETER.finditer(text)}
    parameters = []
    for line in headers.get("parameter", []):
        name, kind, description = [*line.split(None, 2), "", ""][:3]
        if kind not in THINGS and kind not in VALUES:
            raise QuestionError(f"{path.name}: {kind!r} is no kind of parameter.")
        if name not in defaults:
            raise QuestionError(f"{path.name}: the parameter {name} has no line `VALUES ?{name} {{ … }} #parameter`.")
        parameters.append(Parameter(name, kind, description, defaults.pop(name)))
    if defaults:
        raise QuestionError(f"{path.name}: {', '.join(defaults)} is marked as a parameter and not described.")
    one = {key: values[0] for key, values in headers.items()}
    return Question(path.stem, one["question"], one["why"], one["group"], one["reader"], text, tuple(parameters))


def read_questions(folder: Path) -> dict[str, Question]:
    """Every question of a folder by name, in the order of names."""
    return {path.stem: read_question(path) for path in sorted(folder.glob("*.rq"))}


def choose(questions: Mapping[str, Question], name: str) -> Question:
    """The question of that name. Raises :class:`QuestionError`, with the nearest names, when there is none."""
    if name in questions:
        return questions[name]
    near = get_close_matches(name, questions, 3, 0.4)
    near += [
        q for q in questions if q not in near and any(w in q.split("-") for w in name.lower().split("-") if len(w) > 3)
    ]
    hint = f"Nearest: {', '.join(near[:3])}." if near else "`wsis-kg ask --list` shows them all."
    raise QuestionError(f"There is no question {name!r}. {hint}")


def names_of(nouns: tuple[str, ...]) -> str:
    """A query for everything of these nouns with each name it has: rows ``?thing ?name``, the name absent where it
    has none.

    A name is a label, an abbreviation or a symbol; a numbered passage is also called by its document's symbol and
    its number.
    """
    return f"""PREFIX : <https://w3id.org/wsis-kg/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?thing ?name WHERE {{
  ?thing a ?class .
  FILTER(REGEX(STR(?thing), "/id/({"|".join(nouns)})/"))
  OPTIONAL {{
    {{ ?thing skos:prefLabel|skos:altLabel|:abbreviation|:symbol ?label }}
    UNION
    {{ ?thing :number ?number ; :isPartOf ?document . ?document :symbol ?symbol . BIND(CONCAT(?symbol, " ", ?number)
    AS ?label) }}
    BIND(STR(?label) AS ?name)
  }}
}} ORDER BY ?thing ?name
"""


class Names:
    """What things can be called, in any case: IRI, ``noun:slug``, slug, and every name of theirs."""

    def __init__(self, rows: Iterable[tuple[str, str | None]]) -> None:
        self._things: dict[str, str] = {}
        for iri, name in rows:
            noun, _, slug = iri.removeprefix(BASE + "id/").partition("/")
            for key in (iri, f"{noun}:{slug}", slug, name):
                if key:
                    self._things.setdefault(key.lower(), iri)

    def find(self, parameter: Parameter, value: str) -> str:
        """The IRI of what has that name. Raises :class:`QuestionError` with the nearest names when nothing is."""
        key = value.strip().strip("<>").lower()
        if key in self._things:
            return self._things[key]
        offered = [name for name in self._things if not name.startswith("http") and ":" not in name]
        near = [name for name in offered if key and key in name.split()] + get_close_matches(key, offered, 4, 0.5)
        near += [name for name in offered if key and key in name]
        hint = f" Nearest: {', '.join(dict.fromkeys(near[:4]))}." if near else ""
        what = parameter.kind if parameter.kind != "thing" else "thing of this graph"
        raise QuestionError(f"{parameter.name}: there is no {what} called {value!r}.{hint}")
