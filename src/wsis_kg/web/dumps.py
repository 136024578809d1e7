"""The dataset as files at /dumps/<version>/, of every version kept here; /dumps/latest/ leads to the one served.

A file never changes under its address, so it may be kept for ever, and a download that was broken off goes on where it
stopped (RFC 9110, section 14), also when another version has come in between.
"""

import os
import re
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response

from wsis_kg.citation import LICENCE
from wsis_kg.workshop.dumps import FOLDER, SUMS
from wsis_kg.workshop.records import VERSION

from .dump_files import DumpFile, dump_files, versions
from .negotiation import Offer, choose
from .offers import wants_page
from .plan import matches
from .problems import Refusal
from .rdf_resource import Asked, RdfResource

LATEST: Final = "latest"
_RANGE: Final = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))")
_MOMENT: Final = {"Cache-Control": "no-cache"}
_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_TEXT: Final = "text/plain; charset=utf-8"


class Dumps(RdfResource):
    """The files, their checksums, and a list of both."""

    async def answer(self, asked: Asked) -> Response:
        """A file whole or in part, the list of a version, or the way to it. Raises Refusal (404, 406, 416)."""
        version, _, name = asked.path.removeprefix(FOLDER).removeprefix("/").partition("/")
        current = asked.edition.version
        if ".." in name.split("/"):
            raise _not_here("No file has such a name.", "Ask at", [f"{asked.root}{FOLDER}/"])
        if version in ("", LATEST):
            return _elsewhere(f"{asked.root}{FOLDER}/{current}/{quote(name)}")
        home = self.pool.data_home
        folder = home / version
        files = await anyio.to_thread.run_sync(dump_files, folder) if VERSION.fullmatch(version) else []
        if not files:
            kept = await anyio.to_thread.run_sync(versions, home)
            raise _not_here(f"No version {version} is kept here.", "These are", kept)
        if not name:
            if not asked.path.endswith("/"):
                return _elsewhere(f"{asked.root}{asked.path}/")
            return self._list(asked, version, files)
        if name == SUMS:
            return Response(_sums(files), headers={**_FOR_EVER, "Content-Type": _TEXT, "Dataset-Version": version})
        for file in files:
            if file.name == name:
                return await anyio.to_thread.run_sync(_whole_or_part, asked, folder / FOLDER / name, file, version)
        raise _not_here(f"Version {version} has no file {name}.", "It has", [file.name for file in files])

    def _list(self, asked: Asked, version: str, files: list[DumpFile]) -> Response:
        if wants_page(asked.accept):
            response = self.pages.dumps(asked.root, version, files, version == asked.edition.version)
        elif choose(asked.accept, [Offer("text/plain", True)]) is not None:
            response = Response(_sums(files), headers={"Content-Type": _TEXT})
        else:
            hint = f"The files are described in RDF at {asked.root}void."
            raise Refusal(406, "not-acceptable", "Not in this format", "A list is a page or plain text.", hint=hint)
        response.headers.update({**_MOMENT, "Dataset-Version": version})
        return response


def _sums(files: list[DumpFile]) -> str:
    return "".join(f"{file.checksum}  {file.name}\n" for file in files)


def _elsewhere(address: str) -> Response:
    """A redirection for now: another version will come."""
    return Response(status_code=302, headers={**_MOMENT, "Location": address})


def _not_here(sentence: str, lead: str, names: list[str]) -> Refusal:
    hint = f"{lead}: {', '.join(names)}." if names else "None has files here."
    return Refusal(404, "http", "Not Found", sentence, hint=hint)


def _whole_or_part(asked: Asked, path: Path, file: DumpFile, version: str) -> Response:
    state = path.stat()
    stem, _, suffix = path.name.partition(".")
    links = f'<{LICENCE}>; rel="license", <{asked.root}void>; rel="describedby"'
    response = FileResponse(
        path,
        headers={**_FOR_EVER, "ETag": f'"{file.checksum}"', "Link": links, "Dataset-Version": version},
        media_type=file.media_type,
        filename=f"{stem}-{version}.{suffix}",
        stat_result=state,
    )
    if _is_known(asked.headers, response.headers["etag"], state):
        kept = ("cache-control", "etag", "last-modified", "dataset-version")
        return Response(status_code=304, headers={name: response.headers[name] for name in kept})
    if not _asks_for_part(asked, response.headers, file.size):
        # Several parts, and what is no range: a server may send the whole instead (RFC 9110, section 14.2).
        asked.scope["headers"] = [pair for pair in asked.scope["headers"] if pair[0] != b"range"]
    return response


def _is_known(headers: Headers, tag: str, state: os.stat_result) -> bool:
    """Whether the client has it already (RFC 9110, sections 13.1.2 and 13.1.3)."""
    if "if-none-match" in headers:
        return matches(headers["if-none-match"], tag)
    try:
        since = parsedate_to_datetime(headers["if-modified-since"])
        return int(state.st_mtime) <= since.timestamp()
    except (KeyError, ValueError):
        return False


def _asks_for_part(asked: Asked, whole: Headers, size: int) -> bool:
    """Whether the request names one part of so many bytes. Raises Refusal (416) where the part lies outside.

    ``whole``: the headers of the whole, which the client may have had a part of before (RFC 9110, section 13.1.5).
    """
    match = _RANGE.fullmatch(asked.headers.get("range", "").strip())
    same = asked.headers.get("if-range", whole["etag"]) in (whole["etag"], whole["last-modified"])
    if match is None or not same or asked.scope["method"] != "GET":
        return False
    first, last, final = match.groups()
    if first is not None and last and int(last) < int(first):
        return False
    if int(first or 0) >= size or (final is not None and int(final) == 0):
        raise Refusal(
            416,
            "range",
            "There is no such part",
            f"The file has {size} bytes.",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return True
