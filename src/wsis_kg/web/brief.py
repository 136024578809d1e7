"""What the page of an actor says first: how much it is asked, what it must report, and what falls due by when."""

from collections.abc import Iterable
from dataclasses import dataclass

from wsis_kg.views.neighbourhood import Neighbourhood
from wsis_kg.views.register import Register

from .shown import Shown


@dataclass(frozen=True)
class Duty:
    """Something that falls due: the claim that says so, what it is in words, the deadline, and whether the actor has to
    do it or is the one to whom it is reported.
    """

    claim: str
    text: str
    deadline: str
    year: str
    own: bool


class Brief:
    """A summary of the neighbourhood of an actor; everything in it stands in a section below."""

    def __init__(self, around: Neighbourhood, register: Register, page: Shown) -> None:
        self._around = around
        self._register = register
        self._page = page
        self.asked = self.official(dict(page.roles_of(around.this)).get("asked", []))
        """The mandates that ask it, in official texts where those are encoded."""
        self.reports = self.official(page.texts(around.all(around.this, "mustDeliver")))
        """What it must report, likewise."""
        self.reported = self.official(around.those("hasRecipient"))
        """What is reported to it, likewise."""
        reported = set(around.those("hasRecipient"))
        stages = page.lines_of_stages(around.those("byActor"))
        self.passing = self.official(line for line in stages if line not in reported)
        """What goes through it, or is considered by it, and is not reported to it, likewise."""

    def official(self, claims: Iterable[str]) -> list[str]:
        """Those of the claims that official texts make; all where none does."""
        all_of_them = list(dict.fromkeys(claims))
        official = [one for one in all_of_them if self._page.is_official(self._page.document_of(one))]
        return self._page.as_read(official or all_of_them)

    def documents(self, claims: list[str]) -> int:
        """In how many documents claims are stated."""
        return len({self._page.document_of(claim) for claim in claims})

    def by_when(self) -> list[Duty]:
        """What has a deadline, the earliest year first and what names no year last; each deadline once."""
        tasks = [task for mandate in self.asked for task in self._around.those("isTaskOf", mandate)]
        found: dict[str, Duty] = {}
        for own, claims in ((True, [*self.reports, *tasks, *self.asked]), (False, self.reported)):
            for claim in claims:
                for deadline in self._around.all(claim, "isDue"):
                    found.setdefault(deadline.text, self._duty(claim, deadline.text, own))
        return sorted(found.values(), key=lambda duty: (duty.year or "9999", not duty.own, duty.deadline))

    def _duty(self, claim: str, deadline: str, own: bool) -> Duty:
        text = self._around.one(claim, "text")
        outputs = [self._register.name(value.text) for value in self._around.all(claim, "carries")]
        words = text.text if text is not None else ", ".join(outputs) or self._page.title(claim)
        return Duty(claim, words, deadline, self._year(deadline), own)

    def _year(self, deadline: str) -> str:
        for name in ("dueDate", "dueMonth", "dueYear"):
            value = self._around.one(deadline, name)
            if value is not None:
                return value.text
        return ""
