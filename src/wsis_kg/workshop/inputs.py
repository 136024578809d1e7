"""The folders a dataset is built from, and the Turtle files in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wsis_kg.holdings import folder


@dataclass(frozen=True)
class Inputs:
    """Ontology, data, shapes and queries: what the version of a dataset depends on."""

    ontology: Path
    data: Path
    shapes: Path
    queries: Path

    @classmethod
    def packaged(cls) -> "Inputs":
        """The folders this package holds; raises ``MissingHolding`` when one is not there."""
        return cls(folder("ontology"), folder("data"), folder("shapes"), folder("queries"))

    def folders(self) -> dict[str, Path]:
        """The folders by the name they have at the top of the repository."""
        return {"ontology": self.ontology, "data": self.data, "shapes": self.shapes, "queries": self.queries}

    def files(self) -> Iterator[tuple[str, Path]]:
        """Every file that is an input, by its name from the top of the repository, in a fixed order."""
        for name, root in self.folders().items():
            for path in sorted(root.rglob("*")):
                if path.is_file() and path.suffix in {".ttl", ".rq", ".sha256"}:
                    yield f"{name}/{path.relative_to(root).as_posix()}", path

    def graph_files(self) -> Iterator[tuple[str, Path]]:
        """The Turtle files that become named graphs: the ontology, then the data."""
        for name, path in self.files():
            if path.suffix == ".ttl" and name.startswith(("ontology/", "data/")):
                yield name, path
