"""What the dataset is called, by whom it is and under which licence: the words of CITATION.cff, to which a test holds
them.

Every description of the dataset (VoID, DCAT, schema.org) takes them from here.
"""

from typing import Final

TITLE: Final = (
    "wsis-kg: a knowledge graph of the institutions and mandates of the World Summit on the Information Society"
)
ABSTRACT: Final = (
    "Who is asked to do what by the documents of the World Summit on the Information Society (WSIS), by which "
    "paragraph, with whom, by when, and who reports to whom about it: an OWL 2 ontology, curated RDF in which every "
    "claim leads to the passage that states it, and a SPARQL endpoint."
)
AUTHORS: Final = ("wsis-kg contributors",)
KEYWORDS: Final = ("knowledge graph", "linked data", "RDF", "SPARQL", "WSIS", "United Nations")
LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
"""CC BY 4.0 (CC-BY-4.0 in CITATION.cff)."""
RIGHTS: Final = (
    "Quotations are the words of the documents' publishers, whose own terms apply to them; everything else is under "
    "the licence."
)
"""What the licence does not cover, in short: data/LICENSE.md."""
