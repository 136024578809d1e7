"""Answers to questions: those that are kept at once, whatever the workers do; others from a worker, and then kept."""

from collections.abc import Awaitable, Callable
from typing import Final

import anyio.to_thread
from starlette.responses import Response

from wsis_kg.engine.asked import EngineFault
from wsis_kg.engine.cache import Cache, Copy, Kept, Key
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.problems import (
    EvaluationFailed,
    Interrupted,
    QueryProblem,
    Stopped,
    TimedOut,
    TooComplex,
    TooLarge,
    TooMuchMemory,
)
from wsis_kg.engine.wire import Edition, Outline, Question

from .coding import Coding, coded, recoded
from .delivery import deliver, length_and_coding, whole
from .figures import Figures
from .plan import Plan, Ready
from .requests import Receive, Scope, SparqlRequest

Show = Callable[[Edition, bytes, int], bytes]
"""Makes a page of what a worker has found, and of how much there is in all."""
_WISHES: Final = [coding.name for coding in Coding]
_OUTLINE: Final = "outline"


class Answers:
    """Asks the pool for what the cache does not hold. Nothing is kept but what is whole: no error, no part."""

    def __init__(self, pool: Pool, cache: Cache, figures: Figures) -> None:
        self._pool = pool
        self._cache = cache
        self._figures = figures

    def ready(self, plan: Plan) -> Ready | None:
        """The answer by this plan, where it costs nothing: it is kept just so, or the client has it already."""
        version = self._pool.edition.version
        if plan.key is None or plan.key.version != version:
            return None
        if plan.unchanged:
            return plan.ready(None)
        self._cache.turn_to(version)
        kept = self._cache.get(plan.key)
        return None if kept is None else plan.ready(kept)

    def count(self, plan: Plan, ready: Ready) -> None:
        """Such an answer is sent."""
        self._figures.answered("/sparql", ready.status)
        if plan.key is not None and ready.kept is not None:
            self._figures.answered_from_cache(plan.key, len(ready.body))

    async def answer(self, key: Key, scope: Scope, receive: Receive) -> tuple[Response, str]:
        """The response that brings what ``find`` finds, and its version."""
        found, version = await self.find(key, scope, receive)
        return Response(found.body, headers=length_and_coding(found)) if isinstance(found, Kept) else found, version

    async def find(
        self, key: Key, scope: Scope, receive: Receive, show: Show | None = None, *, lasting: bool = True
    ) -> tuple[Kept | Response, str]:
        """The answer under its coding, or a response that brings it without any other header, and the version that it
        is of.

        ``lasting``: another evaluation would give the same. Raises what went wrong, ClientLeft included.
        """
        wish = Coding[key.wish]
        kept = await self._any(key) if lasting else None
        if kept is not None:
            self._figures.answered_from_cache(key, len(kept.body))
            return kept, key.version
        self._figures.misses += lasting
        copy = Copy(self._cache if lasting else Cache(0), key.question, key.wish)
        query = self._pool.ask(key.question)
        try:
            if show is None:
                found = await deliver(query, scope, receive, wish, copy)
            else:
                body = await whole(query, receive)
                assert query.edition is not None
                page = await anyio.to_thread.run_sync(show, query.edition, body, query.count or 0)
                found = await coded(page, wish)
                copy.add(found.body)
                copy.keep(query.edition.version, found.coding)
        except (QueryProblem, EngineFault) as problem:
            _name(problem, query.id)
            raise
        assert query.edition is not None
        return found, query.edition.version

    async def outline(self, text: str, base: str, receive: Receive) -> Outline:
        """What a query is that only a worker may read. Raises what is wrong with it."""
        question = Question(text, base=base)
        version = self._pool.edition.version
        self._cache.turn_to(version)
        kept = self._cache.get(Key(version, question, _OUTLINE))
        if kept is not None:
            return Outline.decode(kept.body)
        asked = self._pool.ask(question)
        await whole(asked, receive)
        assert asked.outline is not None
        self._cache.put(Key(version, question, _OUTLINE), Kept(asked.outline.encode(), "identity"))
        return asked.outline

    async def made(self, key: Key, make: Callable[[], Awaitable[bytes]]) -> Response:
        """A body that follows from the version alone (a page, a description): made once, and kept like an answer."""
        kept = await self._any(key)
        if kept is None:
            kept = await coded(await make(), Coding[key.wish])
            if self._pool.edition.version == key.version:
                self._cache.put(key, kept)
        return Response(kept.body, headers=length_and_coding(kept))

    async def read_update(self, request: SparqlRequest, base: str, receive: Receive) -> None:
        """Has a worker read an update, which is not carried out. Raises what is wrong with it."""
        graphs = request.default_graphs, request.named_graphs
        query = self._pool.ask(Question(request.query or "", None, base, *graphs, update=True))
        try:
            await whole(query, receive)
        except (QueryProblem, EngineFault) as problem:
            _name(problem, query.id)
            raise

    async def _any(self, key: Key) -> Kept | None:
        """The answer, if it is kept under whatever wish."""
        self._cache.turn_to(self._pool.edition.version)
        kept = self._cache.get(key)
        if kept is not None:
            return kept
        for wish in _WISHES if len(self._cache) else ():
            other = self._cache.get(Key(key.version, key.question, wish))
            if other is not None:
                kept = await recoded(other, Coding[key.wish])
                self._cache.put(key, kept)
                return kept
        return None


def _name(problem: Exception, identifier: str) -> None:
    """Gives a problem the name of its query, where it is one that whoever runs the server may be asked about."""
    if isinstance(problem, TimedOut | TooMuchMemory | TooComplex | TooLarge | Stopped | Interrupted | EvaluationFailed):
        problem.members["query_id"] = identifier
