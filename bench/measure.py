"""The measurements themselves: every peer is asked the same, in turns, in one run."""

import contextlib
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from . import asked
from .load import Load, NoAnswer, load, path_of
from .peer import Peer, Server, Timed
from .peers import OurServer, OurServerUncached, OxigraphServer, Raw, RdflibEndpoint

CONNECTIONS: Final = (1, 8, 32)
DIFFERENT_LOOKUPS: Final = 1500
SAME_LOOKUPS: Final = 100
_SLOW: Final = 1.5
"""A question that took so many seconds when it was checked is not asked again."""
_SHARE: Final = 0.08
"""Seconds for one question of one peer in a round."""
_MOST_TIMES: Final = 12
_QUICK: Final = 0.25
"""Questions that every server answers within so many seconds (median) are asked again and again under load."""
_CHEAP_CONNECTIONS: Final = 4
_SETTLING: Final = 30.0
"""Seconds that a peer may take to come to rest after a slot of load."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Effort:
    """How long it may take."""

    rounds: int = 3
    seconds: int = 2
    """Of each slot of load."""
    patience: float = 10.0
    """Seconds that an answer may take; no more than our server gives it."""
    rdflib_seconds: float = 120.0
    """For asking rdflib-endpoint each question once; those that are left then are not asked."""


@dataclass
class Findings:
    """All that was measured; seconds, unless it says otherwise."""

    questions: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    """By question and peer."""
    lookups: dict[str, list[float]] = field(default_factory=dict)
    """By peer: one different lookup after the other, over one connection."""
    rows: dict[str, dict[str, int | str]] = field(default_factory=dict)
    """By question and peer: the rows of the answer, or why there is none."""
    lookups_that_differ: dict[str, int] = field(default_factory=dict)
    """By peer: lookups with other numbers of rows than the first peer gives."""
    loads: dict[str, dict[int, dict[str, list[Load]]]] = field(default_factory=dict)
    """By workload, connections and peer: a slot of each round."""
    runaway: dict[str, dict[str, list[Load]]] = field(default_factory=dict)
    """By peer: cheap queries ``alone`` and ``beside`` a runaway."""
    memory: dict[str, int] = field(default_factory=dict)
    starts: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def measure(peers: Sequence[Peer], build_folder: Path, effort: Effort, say: Say) -> Findings:
    """Starts the peers, measures, stops them. A peer that fails is reported and left out; the others go on."""
    found = Findings()
    with contextlib.ExitStack() as stack:
        running = list(_started(peers, stack, found, say))
        say("Checking that all give the same answers")
        texts = asked.questions()
        checked = _check_questions(running, texts, effort, found, say)
        lookups = asked.lookups(build_folder, DIFFERENT_LOOKUPS)
        sizes = _check_lookups(running, lookups, effort.patience, found)
        for number in range(effort.rounds):
            say(f"Questions one by one, round {number + 1} of {effort.rounds}")
            _time_questions(running, texts, checked, effort.patience, found, number)
            _time_lookups(running, lookups, effort.patience, found, number)
        _put_under_load(running, texts, lookups, checked, sizes, effort, found, say)
        for peer in running:
            found.memory[peer.name] = peer.memory()
        say("Cheap queries beside a runaway")
        _beside_runaway(running, lookups, effort, found)
    return found


def _started(peers: Sequence[Peer], stack: contextlib.ExitStack, found: Findings, say: Say) -> Iterator[Peer]:
    for peer in peers:
        say(f"Starting {peer.name}")
        stack.callback(peer.stop)
        try:
            peer.start()
        except NoAnswer as error:
            found.failures.append(f"{peer.name} is left out: {error}")
            continue
        found.starts[peer.name] = peer.start_seconds
        yield peer


def _check_questions(
    running: Sequence[Peer], texts: dict[str, str], effort: Effort, found: Findings, say: Say
) -> dict[str, dict[str, Timed]]:
    checked: dict[str, dict[str, Timed]] = {}
    hopeless: set[str] = set()
    for peer in running:
        say(f"  {peer.name}")
        begin = time.monotonic()
        for name, text in texts.items():
            rows = found.rows.setdefault(name, {})
            if name in hopeless and isinstance(peer, OurServer | OxigraphServer):
                rows[peer.name] = "not asked, since the engine alone takes too long"
                continue
            if isinstance(peer, RdflibEndpoint) and time.monotonic() - begin > effort.rdflib_seconds:
                rows[peer.name] = f"not asked, after {effort.rdflib_seconds:g} s for those before"
                continue
            try:
                timed = peer.time(text, 1, effort.patience, count=True)
            except NoAnswer as error:
                rows[peer.name] = str(error)
                if isinstance(peer, Raw):
                    hopeless.add(name)
                continue
            checked.setdefault(name, {})[peer.name] = timed
            assert timed.rows is not None
            rows[peer.name] = timed.rows
    return checked


def _check_lookups(
    running: Sequence[Peer], lookups: Sequence[str], patience: float, found: Findings
) -> dict[str, set[int]]:
    """The sizes that answers may have, by peer."""
    sizes: dict[str, set[int]] = {}
    right: list[int | None] = []
    for peer in running:
        rows: list[int | None] = []
        for text in lookups:
            try:
                timed = peer.time(text, 1, patience, count=True)
                sizes.setdefault(peer.name, set()).add(timed.size)
                rows.append(timed.rows)
            except NoAnswer:
                rows.append(None)
        right = right or rows
        found.lookups_that_differ[peer.name] = sum(one != other for one, other in zip(right, rows, strict=True))
    return sizes


def _turns(peers: Sequence[Peer], number: int) -> list[Peer]:
    """In another order each time, so that none is always asked first."""
    start = number % len(peers)
    return [*peers[start:], *peers[:start]]


def _time_questions(
    running: Sequence[Peer],
    texts: dict[str, str],
    checked: dict[str, dict[str, Timed]],
    patience: float,
    found: Findings,
    number: int,
) -> None:
    for turn, (name, text) in enumerate(texts.items()):
        for peer in _turns(running, number + turn):
            first = checked.get(name, {}).get(peer.name)
            if first is None:
                continue
            kept = found.questions.setdefault(name, {}).setdefault(peer.name, [])
            if first.seconds[0] > _SLOW:
                kept += first.seconds if not kept else []
                continue
            times = min(_MOST_TIMES, max(1, int(_SHARE / first.seconds[0])))
            try:
                kept += peer.time(text, times, patience).seconds
            except NoAnswer as error:
                found.failures.append(f"{peer.name}, {name}: {error}")


def _time_lookups(
    running: Sequence[Peer], lookups: Sequence[str], patience: float, found: Findings, number: int
) -> None:
    part = lookups[number * 50 : number * 50 + 50]
    for peer in _turns(running, number):
        with contextlib.suppress(NoAnswer):
            for text in part:
                # The first answer over a new connection is left out.
                found.lookups.setdefault(peer.name, []).extend(peer.time(text, 3, patience).seconds[1:])


def _put_under_load(
    running: Sequence[Peer],
    texts: dict[str, str],
    lookups: Sequence[str],
    checked: dict[str, dict[str, Timed]],
    sizes: dict[str, set[int]],
    effort: Effort,
    found: Findings,
    say: Say,
) -> None:
    servers = [peer for peer in running if isinstance(peer, Server)]
    fast = [peer for peer in servers if not isinstance(peer, RdflibEndpoint)]
    cached = [peer for peer in fast if not isinstance(peer, OurServerUncached)]
    uncached = [peer for peer in servers if type(peer) is not OurServer]
    quick = [
        name
        for name, times in found.questions.items()
        if all(median(times.get(peer.name, [])) < _QUICK for peer in cached)
    ]
    workloads: list[tuple[str, list[str], list[Server]]] = [
        (f"{len(quick)} questions, again and again", [texts[name] for name in quick], cached),
        (f"{SAME_LOOKUPS} lookups, again and again", list(lookups[:SAME_LOOKUPS]), cached),
        (f"{len(lookups):,} different lookups", list(lookups), uncached),
    ]
    for title, queries, peers in workloads:
        if not queries:
            found.failures.append(f"No question is answered by all peers within {_QUICK} s: none was asked under load.")
            continue
        for number in range(effort.rounds):
            say(f"Load: {title}, round {number + 1} of {effort.rounds}")
            for connections in CONNECTIONS:
                for peer in _turns(peers, number):
                    assert isinstance(peer, Server)
                    allowed = sizes.get(peer.name, set()) | {
                        timed[peer.name].size for timed in checked.values() if peer.name in timed
                    }
                    slot = found.loads.setdefault(title, {}).setdefault(connections, {}).setdefault(peer.name, [])
                    try:
                        # Not where the last slot began: few queries are asked in one of a slow peer.
                        begin = number * 7919 + connections
                        slot.append(_slot(peer, queries, connections, effort.seconds, begin, allowed))
                    except NoAnswer as error:
                        found.failures.append(f"{peer.name}, {title}, {connections} connections: {error}")


def _beside_runaway(running: Sequence[Peer], lookups: Sequence[str], effort: Effort, found: Findings) -> None:
    for peer in running:
        if not isinstance(peer, OurServerUncached | OxigraphServer):
            continue
        slots = found.runaway.setdefault(peer.name, {"alone": [], "beside": []})
        for number in range(effort.rounds):
            for case in ("alone", "beside"):
                with _runaway(peer) if case == "beside" else contextlib.nullcontext():
                    slots[case].append(_slot(peer, lookups, _CHEAP_CONNECTIONS, max(3, effort.seconds), number * 997))
            if isinstance(peer, OxigraphServer):
                # It goes on with a query whose client has left.
                peer.stop()
                peer.start()


def _slot(
    peer: Server, queries: Sequence[str], connections: int, seconds: int, begin: int, sizes: set[int] | None = None
) -> Load:
    before = peer.processor_seconds()
    paths = [path_of(peer.endpoint, query) for query in queries]
    seen = load(peer.port, paths, connections=connections, seconds=seconds, sizes=sizes, begin=begin)
    spent = peer.processor_seconds() - before
    _settle(peer)
    answers = seen.rate * seconds
    return replace(seen, processor_ms=1000 * spent / answers if answers else float("nan"))


def _settle(peer: Peer) -> None:
    """Waits until it computes nothing any more, for some go on with queries whose clients have left, and the next peer
    should have the machine to itself.
    """
    deadline = time.monotonic() + _SETTLING
    used = peer.processor_seconds()
    while time.monotonic() < deadline:
        time.sleep(0.2)
        before, used = used, peer.processor_seconds()
        if used - before < 0.02:
            return


@contextmanager
def _runaway(peer: Server) -> Iterator[None]:
    """One client that asks what never ends, and asks again when it is refused."""
    over = threading.Event()

    def ask() -> None:
        path = path_of(peer.endpoint, asked.RUNAWAY)
        while not over.is_set():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", peer.port), 5) as client:
                client.settimeout(0.1)
                client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{peer.port}\r\n\r\n".encode())
                while not over.is_set():
                    with contextlib.suppress(TimeoutError):
                        client.recv(1 << 16)
                        break

    client = threading.Thread(target=ask)
    client.start()
    time.sleep(0.5)  # long enough for it to be computed by the time the others ask
    try:
        yield
    finally:
        over.set()
        client.join()


def median(seconds: Sequence[float]) -> float:
    """The median, or not a number where nothing was measured."""
    return statistics.median(seconds) if seconds else float("nan")


def rate(slots: Sequence[Load]) -> float:
    """The median of the answers a second."""
    return median([slot.rate for slot in slots])
