"""``python -m bench --size questions|1M|10M``: measures our server beside its peers and prints a Markdown report."""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Final

import platformdirs

from .generate import SIZES, generate, packaged
from .load import MissingTool, NoAnswer
from .measure import Effort, measure
from .peer import Peer
from .peers import OurServer, OurServerUncached, OxigraphServer, Raw, RawWoken, RdflibEndpoint
from .report import write_report
from .start import time_starts
from .virtuoso import Virtuoso

_PEERS: Final[dict[str, type[Peer]]] = {
    "raw": Raw,
    "woken": RawWoken,
    "uncached": OurServerUncached,
    "ours": OurServer,
    "oxigraph": OxigraphServer,
    "virtuoso": Virtuoso,
    "rdflib": RdflibEndpoint,
}
_TOO_LARGE_FOR_RDFLIB: Final = "10M"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", choices=("questions", *SIZES), default="questions", help="the dataset (%(default)s)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the report there as well, and FILE.json")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(platformdirs.user_cache_dir("wsis-kg")) / "bench",
        metavar="FOLDER",
        help="where datasets and the peers' databases are kept between runs (%(default)s)",
    )
    parser.add_argument("--rounds", type=int, metavar="N", help="of everything (3; 2 of generated datasets)")
    parser.add_argument("--seconds", type=int, default=Effort.seconds, help="of each slot of load (%(default)s)")
    parser.add_argument("--peers", default=",".join(_PEERS), metavar="NAMES", help="some of %(default)s")
    parser.add_argument("--starts", type=int, metavar="N", help="starts that are timed (5; 1 of generated datasets)")
    chosen = parser.parse_args()
    begin = time.monotonic()

    def say(step: str) -> None:
        print(f"[{time.monotonic() - begin:4.0f} s] {step}", file=sys.stderr, flush=True)

    cache = chosen.cache.expanduser().resolve()
    home = packaged(cache, say) if chosen.size == "questions" else generate(cache, SIZES[chosen.size], say)
    build_folder = home / (home / "current").read_text(encoding="utf-8").strip()
    scratch = home / "peers"
    begin = time.monotonic()
    names = [name for name in chosen.peers.split(",") if (name, chosen.size) != ("rdflib", _TOO_LARGE_FOR_RDFLIB)]
    peers, versions = [], {}
    for name in names:
        if name not in _PEERS:
            parser.error(f"{name} is none of {', '.join(_PEERS)}")
        try:
            versions[_PEERS[name].name] = _PEERS[name].version()
        except MissingTool as error:
            say(f"{error} It is left out.")
            versions[_PEERS[name].name] = f"left out: {error}"
            continue
        peers.append(_PEERS[name](build_folder, scratch))
    generated = chosen.size in SIZES
    effort = Effort(
        rounds=chosen.rounds or (2 if generated else 3), seconds=chosen.seconds, patience=5.0 if generated else 10.0
    )
    say("Starting our server, again and again")
    starts: tuple[list[float], list[float]] = ([], [])
    problem = None
    try:
        starts = time_starts(build_folder, scratch, chosen.starts or (1 if generated else 5))
    except NoAnswer as error:
        problem = f"The starts of our server: {error}"
    found = measure(peers, build_folder, effort, say)
    found.failures += [problem] if problem else []
    report = json.loads((build_folder / "report.json").read_text(encoding="utf-8"))
    size = (build_folder / "dataset.nq").stat().st_size
    dataset = f"Dataset: `{build_folder.name}`, {report['quads']:,} quads, {size / 1e6:,.0f} MB of N-Quads."
    text = write_report(
        f"wsis-kg and its peers: {chosen.size}", dataset, versions, found, starts, time.monotonic() - begin
    )
    print(text)
    if chosen.out is not None:
        chosen.out.write_text(text, encoding="utf-8")
        raw = {**asdict(found), "starts of ours": starts[0], "imports": starts[1], "versions": versions}
        chosen.out.with_name(chosen.out.name + ".json").write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
