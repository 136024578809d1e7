"""Asks a SPARQL endpoint somewhere else, through SPARQLWrapper: ours or any other."""

from __future__ import annotations

import ast
import json
import warnings
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from wsis_kg.engine.formats import CSV, JSON, JSON_LD, N_TRIPLES, RDF_XML, TSV, TURTLE, XML, Format, formats_of
from wsis_kg.engine.query_text import form_of
from wsis_kg.engine.table import Table

_WRAPPER_NAMES: Final = {
    JSON: "json",
    XML: "xml",
    CSV: "csv",
    TSV: "tsv",
    TURTLE: "turtle",
    JSON_LD: "json-ld",
    RDF_XML: "rdf+xml",
    # SPARQLWrapper has no name for N-Triples; the header below asks for it.
    N_TRIPLES: "n3",
}
_LONGEST_IN_URL: Final = 4000
_LONGEST_SHOWN: Final = 500


class EndpointProblem(Exception):
    """The endpoint gave no answer that can be used; the text says in a sentence or two what happened and what to do."""


@dataclass(frozen=True)
class RemoteAnswer:
    """What an endpoint sent: the bytes, what it calls them, and the format that was asked for and that they are in."""

    body: bytes
    content_type: str
    format: Format

    def table(self) -> Table:
        """The rows or the truth value, where JSON was asked for. Raises EndpointProblem if the bytes are not that."""
        try:
            return Table.from_json(self.body)
        except ValueError as error:
            raise EndpointProblem(
                f"The endpoint answered with {self.content_type or 'something'} that cannot be read as SPARQL JSON."
            ) from error


def ask_endpoint(url: str, query_text: str, wanted: Format | None = None, *, timeout_seconds: int = 60) -> RemoteAnswer:
    """Sends a query and returns the answer in the format wanted (JSON for rows, Turtle for graphs if none is).

    A long query goes by POST. Raises EndpointProblem for an address that is none, an endpoint that cannot be reached,
    takes too long, refuses the query (with its reason) or answers with something else than was asked for.
    """
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise EndpointProblem(f"“{url}” is not the address of an endpoint: it begins with http:// or https://.")
    form = form_of(query_text)
    if form is None:
        raise EndpointProblem("This is not a SPARQL query: it begins with none of SELECT, ASK, CONSTRUCT, DESCRIBE.")
    offered = formats_of(form)
    wanted = wanted or offered[0]
    if wanted not in offered:
        names = ", ".join(one.title for one in offered)
        raise EndpointProblem(f"A {form.value} gives no {wanted.title}. Choose one of: {names}.")
    body, content_type = _send(url, query_text, wanted, timeout_seconds)
    media_type = content_type.partition(";")[0].strip().lower()
    accepted = (wanted.media_type, *wanted.aliases, *wanted.synonyms)
    if media_type not in accepted and not (wanted is N_TRIPLES and media_type == "text/plain"):
        raise EndpointProblem(
            f"{url} answered with {media_type or 'no media type'} where {wanted.media_type} was asked for. "
            "Is it a SPARQL endpoint?"
        )
    return RemoteAnswer(body, content_type, wanted)


def _send(url: str, query_text: str, wanted: Format, timeout_seconds: int) -> tuple[bytes, str]:
    # Slow to import, for it brings rdflib: not before somebody asks.
    from SPARQLWrapper import POST, SPARQLExceptions, SPARQLWrapper

    with warnings.catch_warnings():
        # It warns when a format does not fit the form that it guesses from the text; we have looked ourselves.
        warnings.simplefilter("ignore")
        wrapper = SPARQLWrapper(url, returnFormat=_WRAPPER_NAMES[wanted], agent="wsis-kg")
        wrapper.setQuery(query_text)
        wrapper.addCustomHttpHeader("Accept", wanted.media_type)
        wrapper.setTimeout(timeout_seconds)
        if len(query_text) > _LONGEST_IN_URL:
            wrapper.setMethod(POST)
        try:
            answer = wrapper.query()
            body: bytes = answer.response.read()
            return body, str(answer.info().get("content-type", ""))
        except SPARQLExceptions.SPARQLWrapperException as error:
            # SPARQLWrapper read the body already, and keeps it as a Python literal at the end of its own message.
            status = error.__context__.code if isinstance(error.__context__, HTTPError) else 400
            literal = str(error).partition("Response:\n")[2]
            raise EndpointProblem(_refusal(url, status, ast.literal_eval(literal) if literal else b"")) from error
        except HTTPError as error:
            raise EndpointProblem(_refusal(url, error.code, error.read())) from error
        except TimeoutError as error:
            raise EndpointProblem(_too_slow(url, timeout_seconds)) from error
        except URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise EndpointProblem(_too_slow(url, timeout_seconds)) from error
            raise EndpointProblem(
                f"{url} cannot be reached ({error.reason}). Is the address right, and is the endpoint running?"
            ) from error
        except (OSError, ValueError, HTTPException) as error:
            raise EndpointProblem(f"{url} broke off its answer ({error}). Ask again, or for less.") from error


def _too_slow(url: str, seconds: int) -> str:
    return f"{url} did not answer within {seconds} seconds. Ask for less, or allow more time."


def _refusal(url: str, status: int, body: bytes) -> str:
    """What the endpoint said: the members of a problem document (RFC 9457), else the first line of a plain text."""
    text = body.decode("utf-8", "replace").strip()
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if isinstance(told, dict) and "detail" in told:
        where = f"line {told['line']}, column {told['column']}: " if "line" in told and "column" in told else ""
        reason = f"{where}{told['detail']} {told.get('hint', '')}"
    elif text.startswith("<"):
        reason = "It sent a page instead of a reason: is it a SPARQL endpoint?"
    else:
        reason = text.partition("\n")[0]
    return f"{url} answered {status}. {reason[:_LONGEST_SHOWN]}".strip()
