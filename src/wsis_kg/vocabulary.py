"""The closed vocabulary: a name in Python for each term of the ontology, and none besides.

``WSIS`` has a member for each term of ``ontology/wsis.ttl``; a test holds the two equal both ways. Asking it for a
term that the
ontology does not define raises ``AttributeError`` (rdflib's ``DefinedNamespace`` with ``_fail``).
"""

from rdflib.namespace import DefinedNamespace, Namespace
from rdflib.term import URIRef

from wsis_kg.names import BASE, GRAPH, INFERRED, NOUNS, ONTOLOGY, PREFIXES

__all__ = ["BASE", "GRAPH", "INFERRED", "NOUNS", "ONTOLOGY", "PREFIXES", "WSIS"]


class WSIS(DefinedNamespace):
    """Every term of the ontology, in its order: written, claimed, about, derived."""

    _fail = True
    _NS = Namespace(ONTOLOGY + "#")

    # Written: documents and their passages
    Document: URIRef
    Instrument: URIRef
    Collection: URIRef
    Passage: URIRef
    isPartOf: URIRef
    isUnder: URIRef
    restates: URIRef
    rendering: URIRef
    claimsRendering: URIRef
    isInCollection: URIRef
    isVersionOf: URIRef
    covers: URIRef
    hasAuthority: URIRef
    isIssuedBy: URIRef
    symbol: URIRef
    address: URIRef
    seenOn: URIRef
    sourceFile: URIRef
    number: URIRef
    order: URIRef
    line: URIRef
    quotation: URIRef
    omitsWords: URIRef
    addsWords: URIRef

    # Claimed: what one passage states
    Claim: URIRef
    Mention: URIRef
    Mandate: URIRef
    Task: URIRef
    Participation: URIRef
    ReportingLine: URIRef
    Stage: URIRef
    Deadline: URIRef
    Tenure: URIRef
    Remark: URIRef
    Figure: URIRef
    Dating: URIRef
    Naming: URIRef
    Identification: URIRef
    isStatedIn: URIRef
    asPrinted: URIRef
    text: URIRef
    leavesOpen: URIRef
    refersTo: URIRef
    because: URIRef
    verb: URIRef
    constraint: URIRef
    benefits: URIRef
    relays: URIRef
    isTaskOf: URIRef
    means: URIRef
    aim: URIRef
    occasion: URIRef
    hasPerformer: URIRef
    produces: URIRef
    uses: URIRef
    isIn: URIRef
    inRole: URIRef
    hasParticipant: URIRef
    inCapacity: URIRef
    onBehalfOf: URIRef
    carries: URIRef
    hasReporter: URIRef
    hasRecipient: URIRef
    hasStage: URIRef
    byActor: URIRef
    isRequiredBy: URIRef
    isDue: URIRef
    recurrence: URIRef
    mood: URIRef
    supersedes: URIRef
    atEvent: URIRef
    dueDate: URIRef
    dueMonth: URIRef
    dueYear: URIRef
    condition: URIRef
    hasHolder: URIRef
    isHeldIn: URIRef
    since: URIRef
    until: URIRef
    asStatedOn: URIRef
    qualification: URIRef
    hasSubject: URIRef
    isAbout: URIRef
    isAscribedTo: URIRef
    hasSpeaker: URIRef
    measure: URIRef
    value: URIRef
    unit: URIRef
    qualifier: URIRef
    population: URIRef
    area: URIRef
    year: URIRef
    isCreditedTo: URIRef
    isDateOf: URIRef
    earliest: URIRef
    latest: URIRef
    place: URIRef
    manner: URIRef
    preferredBecause: URIRef
    isNameOf: URIRef
    name: URIRef
    identifies: URIRef
    identifier: URIRef

    # About: actors, outputs, events, concepts
    Actor: URIRef
    Body: URIRef
    Constituency: URIRef
    Post: URIRef
    Person: URIRef
    Output: URIRef
    Event: URIRef
    Session: URIRef
    Concept: URIRef
    Verb: URIRef
    Force: URIRef
    Role: URIRef
    Recurrence: URIRef
    Rendering: URIRef
    Aspect: URIRef
    Mood: URIRef
    Authority: URIRef
    Kind: URIRef
    ActionLine: URIRef
    Goal: URIRef
    Topic: URIRef
    kind: URIRef
    isWithin: URIRef
    isSessionOf: URIRef
    isHeldDuring: URIRef
    ordinal: URIRef
    abbreviation: URIRef
    hasForce: URIRef
    isPartOfLine: URIRef

    # Derived: never typed in, made by ontology/rules
    Difference: URIRef
    isAskedOf: URIRef
    involves: URIRef
    isSameProvisionAs: URIRef
    alsoInvolves: URIRef
    hasPresumedReporter: URIRef
    presumablySupersedes: URIRef
    reportsTo: URIRef
    reportsThrough: URIRef
    goesThrough: URIRef
    mustDeliver: URIRef
    mentions: URIRef
    states: URIRef
    comparesPassage: URIRef
    againstPassage: URIRef
    comparesDocument: URIRef
    againstDocument: URIRef
    concerns: URIRef
    printedHere: URIRef
    printedThere: URIRef
