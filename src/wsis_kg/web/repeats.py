"""Requests that come again byte for byte: known by their bytes, and answered from the cache before they are parsed.

The same bytes between two requests of a connection are the same request, and what it comes to depends on nothing
else but the version and, through the headers that a proxy adds, on who sends it: such requests are never learnt.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from .answers import Answers
from .delivery import Send
from .figures import Figures
from .plan import Plan, Ready
from .problems import Refusal
from .rate import Rate
from .requests import Scope

HEAD: Final = "wsis_kg.head"
"""Where a scope holds the bytes of a request that consists of a head, and arrived alone and in one piece."""
WHOLE: Final = "wsis_kg.whole"
"""Where a scope holds a way to send an answer that is ready by one write to the socket, as ``SendWhole``."""
SendWhole = Callable[[Send, Ready], bool]
"""Sends the answer to the request of this ``send``, or says by False that it has to go the usual way."""
LONGEST: Final = 6000
_MOST: Final = 512


class Repeats:
    """The plans of requests by their bytes."""

    def __init__(self, answers: Answers, figures: Figures, rate: Rate | None = None) -> None:
        self._answers = answers
        self._figures = figures
        self._rate = rate
        self._plans: OrderedDict[bytes, Plan] = OrderedDict()

    def learn(self, scope: Scope, plan: Plan) -> None:
        """The request has just been answered from the cache, or by 304: it can be again."""
        head = scope.get(HEAD)
        if head is None or any(name.startswith((b"x-forwarded", b"forwarded")) for name, _ in scope["headers"]):
            return
        self._plans[head] = plan
        if len(self._plans) > _MOST:
            self._plans.popitem(last=False)

    def answer(self, head: bytes, client: str) -> Ready | None:
        """The answer to these bytes; None if this has to go the long way."""
        plan = self._plans.get(head)
        if plan is None:
            return None
        ready = self._answers.ready(plan)
        if ready is None:
            del self._plans[head]
            return None
        if self._rate is not None:
            try:
                self._rate.take(client)
            except Refusal:
                # It is refused where all refusals are made.
                return None
        self._plans.move_to_end(head)
        self._answers.count(plan, ready)
        return ready
