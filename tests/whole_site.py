"""A server over the packaged dataset on a real socket, for the tests of what the whole site answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
from harbour import serving_pool, write_build

CONTACTS = ("mailto:keeper@harbour.example", "https://harbour.example/tell-us")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@contextmanager
def site(store: ox.Store, home: Path, **settings: Any) -> Iterator[httpx.Client]:
    """A client of such a server; it follows no redirection."""
    quads = store.dump(format=ox.RdfFormat.N_QUADS)
    assert quads is not None
    write_build(home, "0.1.0-site", quads.decode())
    with serving_pool(home, **settings) as served, httpx.Client(base_url=served.address, timeout=60) as client:
        yield client
