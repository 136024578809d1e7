"""The vocabulary and the shapes: pages for people, every serialisation for machines, each term at its place."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import anyio.to_thread
import pyoxigraph as ox
from starlette.responses import Response

from wsis_kg.citation import LICENCE
from wsis_kg.engine.formats import GRAPH_FORMATS, Format, by_name
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.writing import write_graph
from wsis_kg.holdings import folder, package_version
from wsis_kg.names import ONTOLOGY, PREFIXES
from wsis_kg.views.terms import Layer, Rule, Shape, bind, read_layers, read_rules, read_shapes

from .answers import Answers
from .offers import GRAPH_SUFFIXES, choice, offers, wants_page
from .page import HEADERS, Pages, shortened
from .problems import Refusal
from .rate import Rate
from .rdf_resource import Asked, RdfResource
from .registers import Registers, ask, page_questions

_OFFERS: Final = offers(GRAPH_FORMATS)


@dataclass(frozen=True)
class Held:
    """The files of the vocabulary, and what they say; read when somebody first asks for it."""

    ontology: str
    shapes: dict[str, str]
    layers: list[Layer]
    node_shapes: dict[str, list[Shape]]
    rules: list[Rule]


def read_vocabulary(ontology: Path, shapes: Path) -> Held:
    """The vocabulary in these two folders."""
    text, shape_files = (ontology / "wsis.ttl").read_text(encoding="utf-8"), _texts(shapes, "*.ttl")
    layers, node_shapes = read_layers(text), read_shapes(shape_files)
    bind(layers, node_shapes)
    return Held(text, shape_files, layers, node_shapes, read_rules(_texts(ontology / "rules", "*.rq")))


class Vocabulary(RdfResource):
    """/ontology, its version /ontology/<version>, and /shapes; each also by extension."""

    def __init__(
        self, pool: Pool, answers: Answers, pages: Pages, registers: Registers, rate: Rate | None = None
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._registers = registers

    @cached_property
    def _read(self) -> Held:
        return read_vocabulary(folder("ontology"), folder("shapes"))

    async def answer(self, asked: Asked) -> Response:
        """The page or the triples. Raises Refusal: 404 for a version that is not this one, 406."""
        what, suffix = _split(asked.path)
        name, _, version = what.partition("/")
        if version and version != package_version():
            raise Refusal(
                404,
                "unknown",
                "There is no such version",
                f"This is version {package_version()} of the vocabulary; version {version[:40]} is not here.",
                members={"near": [{"name": f"The vocabulary, version {package_version()}", "path": "ontology"}]},
            )
        formats = tuple(value for parameter, value in asked.parameters if parameter in ("format", "output"))
        wanted: Format | None = None
        content_type = "text/html; charset=utf-8"
        if suffix != "html" and (suffix or formats or not wants_page(asked.accept)):
            wanted, content_type = choice(_OFFERS, asked.accept, formats, suffix)
        headers = self._headers(asked, what, wanted)

        async def make() -> bytes:
            if wanted is None:
                return await self._page(name, "../" if version else "")
            texts = [self._read.ontology] if name == "ontology" else list(self._read.shapes.values())
            return await anyio.to_thread.run_sync(_serialised, texts, wanted)

        response = await self.kept(asked, f"/{what}", content_type, make)
        response.headers.update({**(HEADERS if wanted is None else {}), **headers})
        return response

    async def _page(self, name: str, root: str) -> bytes:
        register = await self._registers.current()
        usage, _ = await ask(self.pool, page_questions()["usage"].text)
        content: dict[str, Any] = {
            "layers": self._read.layers,
            "shapes": self._read.node_shapes,
            "rules": self._read.rules,
            "usage": {row["term"].value: int(row["count"].value) for row in usage.rows},
            "examples": {
                row["term"].value: (
                    register.name(row["example"].value),
                    "#".join(filter(None, register.home(row["example"].value))),
                )
                for row in usage.rows
            },
            "shortened": shortened,
            "local": _local,
            "version": package_version(),
            "own": ONTOLOGY + "#",
            "twins": [(one.title, f"{name}.{GRAPH_SUFFIXES[one]}", one.media_type) for one in GRAPH_FORMATS],
        }
        return await anyio.to_thread.run_sync(lambda: self.pages.render(f"{name}.html", root=root, **content))

    def _headers(self, asked: Asked, what: str, wanted: Format | None) -> dict[str, str]:
        root = asked.endpoint.removesuffix("sparql")
        links = [
            f'<{root}{what}.{GRAPH_SUFFIXES[one]}>; rel="alternate"; type="{one.media_type}"' for one in GRAPH_FORMATS
        ]
        links += [f'<{ONTOLOGY}>; rel="cite-as"', f'<{LICENCE}>; rel="license"']
        suffix = "html" if wanted is None else GRAPH_SUFFIXES[wanted]
        return {
            "Link": ", ".join(links),
            "Content-Location": f"{asked.root}{what}.{suffix}",
            "Vary": "Accept",
        }


def _texts(place: Path, pattern: str) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(place.glob(pattern))}


def _split(path: str) -> tuple[str, str]:
    stem, dot, suffix = path.rpartition(".")
    known = dot and (suffix == "html" or by_name(suffix, GRAPH_FORMATS) is not None)
    return (stem, suffix) if known else (path, "")


def _local(iri: str) -> str:
    return iri.removeprefix(ONTOLOGY + "#")


def _serialised(texts: list[str], wanted: Format) -> bytes:
    triples = [
        quad.triple for text in texts for quad in ox.parse(text, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
    ]
    return write_graph(triples, wanted, PREFIXES)
