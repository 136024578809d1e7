"""What the server tells about itself: figures for Prometheus, and a line of log for each query.

Neither holds anything about persons: no addresses, no names of clients; a query is named by a hash of its text, and
the text itself is logged only where whoever runs the server has asked for it.
"""

import asyncio
import json
import logging
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

from wsis_kg.engine.asked import AskedQuery, ClientLeft
from wsis_kg.engine.cache import Cache, Key
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.problems import QueryProblem
from wsis_kg.engine.wire import Question

if TYPE_CHECKING:
    from prometheus_client.core import Metric

_log = logging.getLogger("wsis_kg.queries")
_BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_RESOURCES: Final = {
    "sparql": "sparql",
    "graph": "graph",
    "rdf-graph-store": "graph",
    "void": "void",
    "sparql-examples": "examples",
}
"""What the figures call a resource, by the first segment of its path; all else is "other"."""

_LINES_SECONDS: Final = 0.1
_LINES_REMEMBERED: Final = 256

QueryLog = Literal["off", "hash", "text"]


class Figures:
    """Counts what the pool has done, and logs it."""

    def __init__(self, pool: Pool, cache: Cache, query_log: QueryLog = "off") -> None:
        self._pool = pool
        self._cache = cache
        self._query_log = query_log
        self._outcomes: Counter[str] = Counter()
        self._durations: Counter[float] = Counter()
        self._seconds = 0.0
        self._bytes = 0
        self._responses: Counter[tuple[str, int]] = Counter()
        self.hits = 0
        self.misses = 0
        """Answers that were kept, and that might have been but were not."""
        self._lines: list[str] = []
        self._writing: asyncio.TimerHandle | None = None
        self._second = 0
        self._time = ""
        self._cached = lru_cache(_LINES_REMEMBERED)(self._line_of_cached)
        pool.on_end = self._ended

    def answered(self, path: str, status: int) -> None:
        """An answer has begun, to a request for this path of ours, with this status."""
        first = path.removeprefix("/.well-known").removeprefix("/").partition("/")[0].partition(".")[0]
        # Named by a few words of ours and never by what was asked: else anybody could make up ever more of them.
        self._responses[_RESOURCES.get(first, "other"), status] += 1

    def _ended(self, query: AskedQuery) -> None:
        now = time.monotonic()
        problem = query.problem
        outcome = "answered"
        if isinstance(problem, QueryProblem):
            outcome = problem.kind
        elif problem is not None:
            outcome = "client-left" if isinstance(problem, ClientLeft) else "internal"
        seconds = now - query.started_at if query.started_at is not None else 0.0
        self._outcomes[outcome] += 1
        self._seconds += seconds
        self._bytes += query.received
        self._durations[_BOUNDS[bisect_left(_BOUNDS, seconds)] if seconds <= _BOUNDS[-1] else float("inf")] += 1
        if self._query_log == "off":
            return
        waited = (query.started_at or now) - query.asked_at
        line = self._line(
            query.question,
            query_id=query.id,
            outcome=outcome,
            milliseconds=round(1000 * seconds, 2),
            waited_milliseconds=round(1000 * waited, 2),
            bytes=query.received,
            version=query.edition.version if query.edition is not None else None,
        )
        self.write_lines()
        _log.info("%s", json.dumps({"time": self._now(), **line}, ensure_ascii=False))

    def answered_from_cache(self, key: Key, size: int) -> None:
        """An answer went out that was kept, and no worker was asked."""
        self.hits += 1
        if self._query_log == "off":
            return
        self._lines.append(f'{{"time": "{self._now()}", {self._cached(key, size)}')
        if self._writing is None:
            # Lines that cost nothing to find out are not to cost more to write: together, and soon.
            self._writing = asyncio.get_running_loop().call_later(_LINES_SECONDS, self.write_lines)

    def write_lines(self) -> None:
        """Writes the lines of log that wait."""
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        if self._lines:
            lines, self._lines = self._lines, []
            _log.info("%s", "\n".join(lines))

    def _now(self) -> str:
        second = int(time.time())
        if second != self._second:
            self._second, self._time = second, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))
        return self._time

    def _line_of_cached(self, key: Key, size: int) -> str:
        line = self._line(key.question, outcome="cached", bytes=size, version=key.version)
        return json.dumps(line, ensure_ascii=False)[1:]

    def _line(self, question: Question, **members: Any) -> dict[str, Any]:
        line = {"event": "query", "query_hash": question.hash, **members, "format": question.format}
        return {**line, "query": question.text} if self._query_log == "text" else line

    def collect(self) -> "Iterator[Metric]":
        """The figures as prometheus-client wants them of a collector."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        pool = self._pool
        queries = CounterMetricFamily("wsis_kg_queries", "Queries that have ended, by how.", labels=["outcome"])
        for outcome, number in sorted(self._outcomes.items()):
            queries.add_metric([outcome], number)
        yield queries
        responses = CounterMetricFamily(
            "wsis_kg_responses", "Answers, by what was asked for and by status.", labels=["resource", "status"]
        )
        for (resource, status), number in sorted(self._responses.items()):
            responses.add_metric([resource, str(status)], number)
        yield responses
        total = 0
        buckets = []
        for bound in (*_BOUNDS, float("inf")):
            total += self._durations[bound]
            buckets.append(("+Inf" if bound == float("inf") else str(bound), float(total)))
        yield HistogramMetricFamily(
            "wsis_kg_query_seconds",
            "Time for evaluating a query and writing its result.",
            buckets=buckets,
            sum_value=self._seconds,
        )
        yield CounterMetricFamily("wsis_kg_result_bytes", "Bytes of results that workers have written.", self._bytes)
        cache = self._cache
        yield CounterMetricFamily("wsis_kg_cache_hits", "Answers that were kept, and cost no evaluation.", self.hits)
        yield CounterMetricFamily("wsis_kg_cache_misses", "Answers that could be kept, but were not yet.", self.misses)
        yield CounterMetricFamily("wsis_kg_cache_evictions", "Answers let go to make room for others.", cache.evictions)
        yield GaugeMetricFamily("wsis_kg_cache_entries", "Answers that are kept.", len(cache))
        yield GaugeMetricFamily("wsis_kg_cache_bytes", "Memory that they take, with their keys.", cache.size)
        running = sum(query.started_at is not None for query in pool.queries)
        yield GaugeMetricFamily("wsis_kg_queries_running", "Queries that run now.", running)
        yield GaugeMetricFamily(
            "wsis_kg_queries_waiting", "Queries that wait for a worker.", len(pool.queries) - running
        )
        yield GaugeMetricFamily("wsis_kg_workers", "Workers that can take a query.", len(pool.workers))
        yield CounterMetricFamily(
            "wsis_kg_store_restarts", "Times that the store process had to be started again.", pool.store_restarts
        )
        edition = GaugeMetricFamily("wsis_kg_dataset_quads", "Statements in the dataset.", labels=["version"])
        edition.add_metric([pool.edition.version], pool.edition.quads)
        yield edition

    def exposition(self) -> tuple[bytes, str]:
        """The text that Prometheus reads, and its media type."""
        # Imported when first asked for: it would slow the start down for those who never ask.
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry), CONTENT_TYPE_LATEST
