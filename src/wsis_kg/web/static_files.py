"""The site as files: under which name a page is kept, how links lead from file to file, and whether they all do."""

import posixpath
import re
from collections.abc import Callable, Iterator
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urljoin, urlsplit

NEEDS_A_SERVER: Final = "needs-a-server.html"
"""The page that says why there is no search and no SPARQL endpoint among files."""
_ATTRIBUTE: Final = re.compile(r'(\s(?:href|src|action)=")([^"]*)(")')
_TAG: Final = re.compile(r"<[A-Za-z][^<>]*>")
_CSS_LINK: Final = re.compile(r"url\((['\"]?)([^'\")]+)\1\)")
_CALENDAR_LINK: Final = re.compile(r"^URL:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*", re.MULTILINE)
_FOLD: Final = re.compile(r"\r\n[ \t]")
_NOWHERE: Final = "http://nowhere.invalid"

Find = Callable[[str], tuple[str, str] | None]
"""The file in which a path of the site is kept, with the fragment that it leads to; None where there is none."""


def file_name(path: str, media_type: str) -> str:
    """The name of the file for what stands at a path (from the start page), of that media type."""
    if media_type == "text/html":
        if not path or path.endswith("/"):
            return f"{path}index.html"
        return path if path.endswith(".html") else f"{path}.html"
    if media_type == "text/turtle" and not path.endswith(".ttl"):
        return f"{path}index.ttl" if path.endswith("/") else f"{path}.ttl"
    return path


def links_of(html: str, path: str, root: str = "/") -> Iterator[str]:
    """The paths, from the start page, that a page at ``path`` links to within the site, whose own path is ``root``."""
    for _, address, _ in (found for tag in _TAG.findall(html) for found in _ATTRIBUTE.findall(tag)):
        target = inner_path(unescape(address), path, root)
        if target is not None:
            yield target[0]


def inner_path(address: str, path: str, root: str = "/") -> tuple[str, str] | None:
    """Where an address without a host on the page at ``path`` leads: a path from the start page and a fragment.

    None for what leads to another host, or nowhere but to a place on the same page.
    """
    if not address or address.startswith("#") or urlsplit(address).scheme or address.startswith("//"):
        return None
    whole = urlsplit(urljoin(_NOWHERE + root + path, address))
    return whole.path.removeprefix(root), whole.fragment


def rewritten(html: str, path: str, file: str, find: Find, root: str = "/") -> str:
    """A page with its links leading from file to file: relative, so that the files work under any address.

    Raises KeyError with the address of a link whose target is nowhere.
    """

    def other(match: re.Match[str]) -> str:
        address = unescape(match.group(2))
        target = inner_path(address, path, root)
        if target is None:
            return match.group()
        found = find(target[0])
        if found is None:
            raise KeyError(address)
        place, fragment = found
        fragment = target[1] or fragment
        link = quote(posixpath.relpath(place, posixpath.dirname(file) or "."))
        return f"{match.group(1)}{escape(link + (f'#{fragment}' if fragment else ''))}{match.group(3)}"

    return _TAG.sub(lambda tag: _ATTRIBUTE.sub(other, tag.group()), html)


def with_addresses(text: str, address: str, find: Find) -> str:
    """A feed or a sitemap with each address below ``address`` as that of the file which is kept for it."""

    def other(match: re.Match[str]) -> str:
        path, hash_, fragment = match.group(1).partition("#")
        found = find(path)
        return match.group() if found is None else f"{address}{quote(found[0])}{hash_}{fragment}"

    return re.sub(re.escape(address) + r"([^\"<>\s&]*)", other, text)


def calendar_with_addresses(calendar: str, address: str, find: Find) -> str:
    """The same for the addresses that a calendar leads to, whose lines are folded (RFC 5545, section 3.1)."""

    def other(match: re.Match[str]) -> str:
        line = with_addresses(_FOLD.sub("", match.group()), address, find)
        return "\r\n ".join((line[:75], *(line[begin : begin + 74] for begin in range(75, len(line), 74))))

    return _CALENDAR_LINK.sub(other, calendar)


class _Links(HTMLParser):
    """What a page links to, and the places on it that can be linked to."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.places: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src", "action", "srcset", "poster") and value is not None:
                self.links.append(value)
            elif name in ("id", "name") and value:
                self.places.add(value)


def broken_links(folder: Path) -> list[str]:
    """A sentence for each link, in pages and style sheets below the folder, that leads to no file or place in it.

    Read anew from what was written, page by page, by a parser that knows nothing of how it was written.
    """
    wanted: dict[tuple[str, str], str] = {}
    places: dict[str, set[str]] = {}
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".css":
            links = [link for _, link in _CSS_LINK.findall(path.read_text(encoding="utf-8"))]
        elif path.suffix == ".html":
            page = _Links()
            page.feed(path.read_text(encoding="utf-8"))
            links, places[name] = page.links, page.places
        else:
            continue
        for link in links:
            parts = urlsplit(link)
            if parts.scheme or link.startswith("//"):
                continue
            if link.startswith("/"):
                found.append(f"{name}: {link} depends on where the files stand.")
                continue
            target = (
                posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path))) if parts.path else name
            )
            wanted.setdefault((target, unquote(parts.fragment)), name)
    for (target, fragment), name in wanted.items():
        if not (folder / target).is_file():
            found.append(f"{name}: there is no file {target}.")
        elif fragment and fragment not in places.get(target, {fragment}):
            found.append(f"{name}: there is no place #{fragment} in {target}.")
    return sorted(found)
