"""The findings as Markdown: the aims first, then the tables they are taken from."""

import math
import os
import platform
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import psutil

from .load import Load
from .measure import Findings, median, rate
from .peers import OurServer, OurServerUncached, OxigraphServer, Raw, RawWoken, RdflibEndpoint, has_cache

_OURS, _UNCACHED, _OXIGRAPH = OurServer.name, OurServerUncached.name, OxigraphServer.name
_RAW, _RDFLIB = Raw.name, RdflibEndpoint.name
_GIVEN_UP: Final = re.compile(r"more than ([\d.]+) s")
_MEANS: Final = {True: "met", False: "**missed**", None: "not measured"}


def write_report(
    title: str,
    dataset: str,
    versions: dict[str, str],
    found: Findings,
    starts: tuple[list[float], list[float]],
    seconds: float,
) -> str:
    """The whole report."""
    parts = [
        f"# {title}",
        f"{dataset} {_machine()} The whole run took {seconds / 60:.1f} minutes.",
        _table(("peer", "version"), versions.items()),
        "## Aims",
        _table(("aim", "ratio", "at", ""), _aims(found, starts)),
    ]
    if not has_cache():
        parts.append("This version of wsis-kg has no `--cache-megabytes`: both of its rows are the same server.")
    parts += ["## Questions, one at a time over one connection (median, ms)", _questions(found)]
    parts += ["## Answers a second under load (median of the rounds; p50 and p99 in ms)", _loads(found)]
    parts += ["## Cheap queries beside one runaway (4 connections)", _runaway(found)]
    parts += ["## Start and memory", _footprint(found)]
    parts += ["## Answers that differ or are missing", _differences(found)]
    if found.failures:
        parts += ["## What failed", "\n".join(f"- {failure}" for failure in found.failures)]
    return "\n\n".join(parts) + "\n"


def _aims(found: Findings, starts: tuple[list[float], list[float]]) -> Iterable[tuple[str, str, str, str]]:
    for title, slots in found.loads.items():
        ours = _UNCACHED if "different" in title else _OURS
        least = 0.3 if "different" in title else 1.0
        aim = f"{title}: at least {least} of the oxigraph server" + ("" if ours == _UNCACHED else ", cached")
        for connections, by_peer in slots.items():
            ratio = _ratio(rate(by_peer.get(ours, [])), rate(by_peer.get(_OXIGRAPH, [])))
            yield (
                aim,
                _number(ratio),
                f"{connections} connections",
                _met(ratio, lambda value, least=least: value >= least),
            )
    for raw in (_RAW, RawWoken.name):
        ratios = {
            name: (median(times[_UNCACHED]) / median(times[raw]), _close(times[_UNCACHED], times[raw]))
            for name, times in found.questions.items()
            if _UNCACHED in times and raw in times
        }
        met = sum(close for _, close in ratios.values())
        yield (
            f"each question, uncached: median at most 1.3 × {raw} + 0.5 ms",
            f"{met} of {len(ratios)} questions",
            f"median ratio {_number(median([ratio for ratio, _ in ratios.values()]))}",
            _MEANS[met == len(ratios) if ratios else None],
        )
    for ours in (_UNCACHED, _OURS):
        ratio, count, unfinished = _times_of_rdflib(found, ours)
        # What could be asked of it in the time it was given says nothing about the set.
        whole = count > len(found.questions) // 2
        yield (
            f"question set: at least 20 times rdflib-endpoint ({ours})",
            _number(ratio),
            f"sums of medians, {count} questions, {unfinished} of which it did not finish",
            _met(ratio, lambda value: value >= 20) if whole else "too few to say",
        )
    for peer, cases in found.runaway.items():
        ratio = _ratio(_p99(cases["beside"]), _p99(cases["alone"]))
        met = _met(ratio, lambda value: value <= 3) if peer == _UNCACHED else ""
        yield (
            f"p99 of cheap queries beside a runaway: at most 3 times that without ({peer})",
            _number(ratio),
            "4 connections",
            met,
        )
    ratio = _ratio(median(starts[0]), median(starts[1]))
    yield (
        "first answer after start: at most 2 times importing FastAPI and uvicorn",
        _number(ratio),
        f"{median(starts[0]):.2f} s and {median(starts[1]):.2f} s",
        _met(ratio, lambda value: value <= 2),
    )


def _close(ours: list[float] | None, raw: list[float] | None) -> bool:
    return not ours or not raw or median(ours) <= 1.3 * median(raw) + 0.0005


def _times_of_rdflib(found: Findings, other: str) -> tuple[float, int, int]:
    """How many times longer rdflib-endpoint takes than another peer for all questions that it was asked and the other
    answers; how many these are; and how many of them it did not finish, which count with the seconds it was given.
    """
    theirs, ours, unfinished, count = 0.0, 0.0, 0, 0
    for name, times in found.questions.items():
        given_up = _GIVEN_UP.fullmatch(str(found.rows[name].get(_RDFLIB, "")))
        if other in times and (_RDFLIB in times or given_up):
            ours += median(times[other])
            theirs += median(times[_RDFLIB]) if _RDFLIB in times else float(given_up.group(1)) if given_up else 0.0
            unfinished += _RDFLIB not in times
            count += 1
    return (theirs / ours if count else float("nan")), count, unfinished


def _questions(found: Findings) -> str:
    peers = list(found.starts)
    rows = [
        [
            name,
            _rows_of(found, name),
            *(_ms(times.get(peer)) for peer in peers),
            "" if _close(times.get(_UNCACHED), times.get(_RAW)) else "above",
        ]
        for name, times in found.questions.items()
    ]
    total = [sum(median(times[peer]) for times in found.questions.values() if peer in times) for peer in peers]
    answered = [sum(peer in times for times in found.questions.values()) for peer in peers]
    rows.append(
        [
            "*sum of those answered*",
            "",
            *(f"{1000 * value:,.0f} ({n})" for value, n in zip(total, answered, strict=True)),
            "",
        ]
    )
    rows.append(["*a lookup*", "", *(_ms(found.lookups.get(peer)) for peer in peers), ""])
    return _table(("question", "rows", *peers, "aim"), rows)


def _loads(found: Findings) -> str:
    rows = []
    for title, slots in found.loads.items():
        for connections, by_peer in slots.items():
            for peer, measured in by_peer.items():
                ratio = _ratio(rate(measured), rate(by_peer.get(_OXIGRAPH, [])))
                p50, p99 = median([slot.p50 for slot in measured]), _p99(measured)
                faults = sum(slot.faults for slot in measured)
                rows.append(
                    (
                        title,
                        str(connections),
                        peer,
                        f"{rate(measured):,.0f}",
                        _number(ratio),
                        f"{median([slot.processor_ms for slot in measured]):.2f}",
                        f"{p50:.2f}",
                        f"{p99:.2f}",
                        str(faults),
                    )
                )
    return _table(
        ("asked", "connections", "peer", "a second", "ratio to oxigraph", "processor ms each", "p50", "p99", "faults"),
        rows,
    )


def _runaway(found: Findings) -> str:
    rows = [
        (
            peer,
            case,
            f"{rate(slots):,.0f}",
            f"{median([slot.p50 for slot in slots]):.2f}",
            f"{_p99(slots):.2f}",
            str(sum(s.faults for s in slots)),
        )
        for peer, cases in found.runaway.items()
        for case, slots in cases.items()
    ]
    return _table(("peer", "case", "a second", "p50", "p99", "faults"), rows)


def _footprint(found: Findings) -> str:
    rows = [
        (peer, f"{seconds:.2f}", f"{found.memory.get(peer, 0) / 1e6:,.0f}") for peer, seconds in found.starts.items()
    ]
    return _table(("peer", "first answer after (s)", "memory after the load (MB)"), rows)


def _differences(found: Findings) -> str:
    lines = []
    unanswered: dict[tuple[str, str], list[str]] = {}
    for name, rows in found.rows.items():
        counts = {peer: value for peer, value in rows.items() if isinstance(value, int)}
        if len(set(counts.values())) > 1:
            lines.append(f"- {name}: " + ", ".join(f"{peer} {count}" for peer, count in counts.items()) + " rows")
        for peer, value in rows.items():
            if isinstance(value, str):
                unanswered.setdefault((peer, value[:160]), []).append(name)
    if not lines:
        lines.append("- In no question: who answers one gives as many rows as the others.")
    lines += [
        f"- {peer}: {count} lookups with another number of rows than {next(iter(found.starts))} gives, or no answer"
        for peer, count in found.lookups_that_differ.items()
        if count
    ]
    for (peer, why), names in unanswered.items():
        lines.append(f"- {peer} gives no answer to {len(names)}: {why}: {', '.join(names)}")
    return "\n".join(lines)


def _rows_of(found: Findings, name: str) -> str:
    return next((str(value) for value in found.rows.get(name, {}).values() if isinstance(value, int)), "–")


def _p99(slots: Sequence[Load]) -> float:
    return median([slot.p99 for slot in slots])


def _ratio(one: float, other: float) -> float:
    return one / other if other else float("nan")


def _met(value: float, holds: object) -> str:
    assert callable(holds)
    return _MEANS[None if math.isnan(value) else bool(holds(value))]


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.2f}" if value < 10 else f"{value:,.0f}"


def _ms(seconds: list[float] | None) -> str:
    return f"{1000 * median(seconds):,.2f}" if seconds else "–"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _machine() -> str:
    model = ""
    processors = Path("/proc/cpuinfo")
    if processors.is_file():
        names = [line for line in processors.read_text(encoding="utf-8").splitlines() if line.startswith("model name")]
        model = names[0].partition(": ")[2] if names else ""
    memory = psutil.virtual_memory().total / 2**30
    load = os.getloadavg()[0]
    return (
        f"Machine: {os.cpu_count()} processors ({model or platform.machine()}), {memory:.0f} GiB of memory, "
        f"{platform.system()} {platform.release()}, Python {sys.version.split()[0]}; "
        f"load average at the end {load:.1f}."
    )
