"""Passages with all the words that their claims say are printed in them."""

from dataclasses import dataclass, field

import pyoxigraph as ox

from wsis_kg.names import INFERRED, ONTOLOGY
from wsis_kg.workshop.rows import rows_of

#: Properties whose values are words of the passage, exactly as printed there.
PRINTED = (
    "asPrinted",
    "constraint",
    "inCapacity",
    "means",
    "aim",
    "occasion",
    "condition",
    "qualifier",
    "place",
    "manner",
    "qualification",
)


@dataclass(frozen=True)
class Words:
    """Words that a claim says its passage prints."""

    claim: str
    noun: str
    property: str
    text: str


@dataclass
class Passage:
    """One passage as the files describe it; ``key`` is what follows the document's slug in its IRI."""

    iri: str
    document: str
    key: str
    kind: str
    number: str | None = None
    line: int | None = None
    quotation: str | None = None
    source_file: str | None = None
    symbol: str | None = None
    heading: str | None = None
    adds: list[str] = field(default_factory=list)
    omits: list[str] = field(default_factory=list)
    restates: list[str] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    verbs: list[tuple[str, str, str]] = field(default_factory=list)  # claim, label of its verb, words printed


def read_passages(store: ox.Store) -> dict[str, Passage]:
    """All passages by IRI, with their claims' words, in the order of documents and lines."""
    passages: dict[str, Passage] = {}
    for row in rows_of(
        store,
        """SELECT * WHERE { ?passage a :Passage ; :isPartOf ?document ; :kind ?kind .
            OPTIONAL { ?passage :number ?number } OPTIONAL { ?passage :line ?line } OPTIONAL { ?passage :order
            ?order }
            OPTIONAL { ?passage :quotation ?quotation } OPTIONAL { ?document :sourceFile ?file }
            OPTIONAL { ?document :symbol ?symbol } OPTIONAL { ?passage :isUnder/:quotation ?heading }
          } ORDER BY ?document ?order ?passage""",
    ):
        slug = row["document"].rsplit("/", 1)[-1]
        passages.setdefault(
            row["passage"],
            Passage(
                iri=row["passage"],
                document=row["document"],
                kind=row["kind"].rsplit("/", 1)[-1],
                key=row["passage"].rsplit("/", 1)[-1].removeprefix(slug + "-"),
                number=row.get("number"),
                line=int(row["line"]) if "line" in row else None,
                quotation=row.get("quotation"),
                source_file=row.get("file"),
                symbol=row.get("symbol"),
                heading=row.get("heading"),
            ),
        )
    for name, attribute in (("addsWords", "adds"), ("omitsWords", "omits"), ("restates", "restates")):
        for row in rows_of(
            store, f"SELECT ?passage ?value WHERE {{ ?passage a :Passage ; :{name} ?value }} ORDER BY ?value"
        ):
            getattr(passages[row["passage"]], attribute).append(row["value"])
    printed = " ".join(f":{name}" for name in PRINTED)
    for row in rows_of(
        store,
        f"""SELECT ?claim ?noun ?property ?text ?passage WHERE {{
            VALUES ?property {{ {printed} }} ?claim ?property ?text ; :isStatedIn ?passage .
            GRAPH ?graph {{ ?claim a ?noun }} FILTER(?graph != <{INFERRED}>) }} ORDER BY ?claim ?property ?text""",
    ):
        if row["passage"] in passages:
            passages[row["passage"]].words.append(
                Words(row["claim"], _term(row["noun"]), _term(row["property"]), row["text"])
            )
    for row in rows_of(
        store,
        """SELECT ?passage ?claim ?label ?text WHERE { ?claim a :Mandate ; :isStatedIn ?passage ; :verb ?verb ;
            :asPrinted ?text . ?verb skos:prefLabel ?label } ORDER BY ?claim ?text""",
    ):
        if row["passage"] in passages:
            passages[row["passage"]].verbs.append((row["claim"], row["label"], row["text"]))
    return passages


def _term(iri: str) -> str:
    return iri.removeprefix(ONTOLOGY + "#")
