"""Atom feeds (RFC 4287). Identifiers are permanent addresses and never change, dates are given and never made up."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Final

from wsis_kg.citation import AUTHORS, LICENCE

MEDIA_TYPE: Final = "application/atom+xml"
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Entry:
    """One entry: ``identifier`` is an IRI that stays, ``address`` where it is read here, ``html`` what it says."""

    identifier: str
    title: str
    updated: datetime
    address: str
    html: str


@dataclass(frozen=True)
class Feed:
    """A feed: ``address`` is where it stands here, ``page`` the page that says the same."""

    identifier: str
    title: str
    subtitle: str
    updated: datetime
    address: str
    page: str
    entries: Sequence[Entry]
    """In the order in which they are to stand."""


def atom(feed: Feed) -> bytes:
    """The feed as an Atom document, whose entries hold all that they say."""
    authors = "".join(f"<author><name>{_text(author)}</name></author>\n" for author in AUTHORS)
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">\n',
        f"<id>{_text(feed.identifier)}</id>\n<title>{_text(feed.title)}</title>\n",
        f"<subtitle>{_text(feed.subtitle)}</subtitle>\n<updated>{moment(feed.updated)}</updated>\n{authors}",
        f'<link rel="self" type="{MEDIA_TYPE}" href="{_text(feed.address)}"/>\n',
        f'<link rel="alternate" type="text/html" href="{_text(feed.page)}"/>\n',
        f'<link rel="license" href="{_text(LICENCE)}"/>\n',
    ]
    for entry in feed.entries:
        parts += [
            f"<entry>\n<id>{_text(entry.identifier)}</id>\n<title>{_text(entry.title)}</title>\n",
            f"<updated>{moment(entry.updated)}</updated>\n",
            f'<link rel="alternate" type="text/html" href="{_text(entry.address)}"/>\n',
            f'<content type="html">{_text(entry.html)}</content>\n</entry>\n',
        ]
    return "".join((*parts, "</feed>\n")).encode()


def moment(when: datetime) -> str:
    """A time as RFC 3339 writes it, in UTC."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(text: str) -> str:
    """Escaped; characters that XML cannot hold become U+FFFD."""
    return escape(_NOT_XML.sub("\ufffd", text))
