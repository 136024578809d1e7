"""pyoxigraph in process: evaluates and serialises what comes in at standard input, and says how long that took.

``python -m bench.raw <build folder>``. A line of JSON goes in (``query``, ``times``), one comes out: the seconds of
each evaluation, the bytes and rows of the result, or what went wrong.
"""

import json
import os
import sys
import time
from pathlib import Path

import pyoxigraph as ox

from wsis_kg.engine.store import is_kept_on_disk

from .forking import serve_in_children


def main() -> None:
    """Opens the build as the engine does, in memory or on disk, and answers until its input ends."""
    folder = Path(sys.argv[1])
    if is_kept_on_disk(folder):
        serve_in_children(lambda: _answer_all(ox.Store.read_only(str(folder / "store"))))
    store = ox.Store()
    store.bulk_load(path=folder / "dataset.nq", format=ox.RdfFormat.N_QUADS)
    store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
    serve_in_children(lambda: _answer_all(store))


def _answer_all(store: ox.Store) -> None:
    _tell({"process": os.getpid()})
    for line in iter(sys.stdin.readline, ""):
        asked = json.loads(line)
        seconds, body = [], b""
        try:
            for _ in range(asked["times"]):
                begin = time.perf_counter()
                body = store.query(asked["query"]).serialize(format=ox.QueryResultsFormat.JSON)
                seconds.append(time.perf_counter() - begin)
        except (OSError, RuntimeError, SyntaxError, ValueError) as error:
            _tell({"failed": str(error)})
            continue
        rows = len(json.loads(body)["results"]["bindings"]) if asked["count"] else None
        _tell({"seconds": seconds, "size": len(body), "rows": rows})


def _tell(members: dict[str, object]) -> None:
    print(json.dumps(members), flush=True)


if __name__ == "__main__":
    main()
