"""The dataset as an entry of a catalogue: DCAT 3 (W3C Recommendation of 22 August 2024).

Only what is known: there is no date of issue, for a build knows no clock, and no publisher but the authors.
Addresses are those under the permanent base; whoever serves the dataset adds its own.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import pyoxigraph as ox

from wsis_kg.citation import ABSTRACT, AUTHORS, KEYWORDS, LICENCE, RIGHTS, TITLE
from wsis_kg.names import BASE, DATASET, PREFIXES, VOID
from wsis_kg.workshop.dumps import COMPRESSED, FOLDER, Dump

SERVICE: Final = VOID + "#service"
_RIGHTS: Final = VOID + "#rights"
_RDF_TYPE: Final = PREFIXES["rdf"] + "type"
_DCAT: Final = "http://www.w3.org/ns/dcat#"
_SPDX: Final = "http://spdx.org/rdf/terms#"
_VOID: Final = "http://rdfs.org/ns/void#"
_DCTERMS: Final = PREFIXES["dcterms"]
_MEDIA_TYPE: Final = "https://www.iana.org/assignments/media-types/"
_PROTOCOL: Final = "https://www.w3.org/TR/sparql11-protocol/"
_IRREGULAR: Final = "http://publications.europa.eu/resource/authority/frequency/IRREG"
"""A version comes when a document was added or a mistake was found, and at no fixed time."""

Statement = tuple[str, str, str | ox.Literal]


def catalogue_entry(version: str, dumps: Sequence[Dump]) -> Iterator[Statement]:
    """The dataset, its files as distributions, and the endpoint as a service."""
    yield DATASET, _RDF_TYPE, _DCAT + "Dataset"
    yield DATASET, _DCTERMS + "title", _english(TITLE)
    yield DATASET, _DCTERMS + "description", _english(ABSTRACT)
    for keyword in KEYWORDS:
        yield DATASET, _DCAT + "keyword", _english(keyword)
    yield DATASET, _DCAT + "version", ox.Literal(version)
    yield DATASET, PREFIXES["owl"] + "versionInfo", ox.Literal(version)
    yield DATASET, _DCAT + "landingPage", BASE
    yield DATASET, PREFIXES["foaf"] + "homepage", BASE
    yield BASE, _RDF_TYPE, PREFIXES["foaf"] + "Document"
    yield DATASET, _DCTERMS + "accrualPeriodicity", _IRREGULAR
    yield _IRREGULAR, _RDF_TYPE, _DCTERMS + "Frequency"
    yield LICENCE, _RDF_TYPE, _DCTERMS + "LicenseDocument"
    yield _RIGHTS, _RDF_TYPE, _DCTERMS + "RightsStatement"
    yield _RIGHTS, PREFIXES["rdfs"] + "label", _english(RIGHTS)
    yield from _licensed(DATASET)
    for author in AUTHORS:
        agent = f"{VOID}#{re.sub('[^A-Za-z0-9]+', '-', author)}"
        yield agent, _RDF_TYPE, PREFIXES["foaf"] + "Agent"
        yield agent, PREFIXES["foaf"] + "name", ox.Literal(author)
        yield DATASET, _DCTERMS + "creator", agent
        for published in (DATASET, SERVICE):
            yield published, _DCTERMS + "publisher", agent
    for dump in dumps:
        yield from _distribution(version, dump)
    yield from _service()


def _distribution(version: str, dump: Dump) -> Iterator[Statement]:
    distribution = f"{VOID}#dump-{re.sub('[./]', '-', dump.name.removeprefix('wsis-kg.'))}"
    folder = f"{BASE}{FOLDER}/{version}/"
    held = dump.graph or DATASET
    yield held, _DCAT + "distribution", distribution
    yield held, _VOID + "dataDump", folder + dump.name
    yield distribution, _RDF_TYPE, _DCAT + "Distribution"
    yield distribution, _DCTERMS + "title", _english(dump.title)
    yield distribution, _DCAT + "version", ox.Literal(version)
    yield distribution, _DCAT + "accessURL", folder
    yield distribution, _DCAT + "downloadURL", folder + dump.name
    yield from _of_media_type(distribution, "mediaType", dump.media_type)
    if dump.compressed:
        yield from _of_media_type(distribution, "compressFormat", COMPRESSED)
    yield distribution, _DCAT + "byteSize", ox.Literal(len(dump.content))
    checksum = distribution + "-checksum"
    digits = ox.Literal(dump.checksum, datatype=ox.NamedNode(PREFIXES["xsd"] + "hexBinary"))
    yield distribution, _SPDX + "checksum", checksum
    yield checksum, _RDF_TYPE, _SPDX + "Checksum"
    yield checksum, _SPDX + "algorithm", _SPDX + "checksumAlgorithm_sha256"
    yield checksum, _SPDX + "checksumValue", digits
    yield from _licensed(distribution)


def _service() -> Iterator[Statement]:
    yield SERVICE, _RDF_TYPE, _DCAT + "DataService"
    yield SERVICE, _DCTERMS + "title", _english("The SPARQL endpoint of wsis-kg")
    yield SERVICE, _DCAT + "servesDataset", DATASET
    yield SERVICE, _DCAT + "endpointURL", BASE + "sparql"
    yield SERVICE, _DCAT + "endpointDescription", BASE + "sparql"
    yield SERVICE, _DCTERMS + "conformsTo", _PROTOCOL
    yield _PROTOCOL, _RDF_TYPE, _DCTERMS + "Standard"
    yield from _licensed(SERVICE)


def _licensed(thing: str) -> Iterator[Statement]:
    yield thing, _DCTERMS + "license", LICENCE
    yield thing, _DCTERMS + "rights", _RIGHTS


def _of_media_type(distribution: str, property_: str, media_type: str) -> Iterator[Statement]:
    yield distribution, _DCAT + property_, _MEDIA_TYPE + media_type
    yield _MEDIA_TYPE + media_type, _RDF_TYPE, _DCTERMS + "MediaType"


def _english(text: str) -> ox.Literal:
    return ox.Literal(text, language="en")
