"""CPU seconds of each step of a build, and the ratio to rdflib reading the same quads in the same run."""

import tempfile
import time
from pathlib import Path

import rdflib

from wsis_kg.workshop.build import build
from wsis_kg.workshop.inputs import Inputs


def main() -> None:
    """Build the packaged inputs once into a folder of their own and print what each step took."""
    steps: list[tuple[str, float]] = []
    with tempfile.TemporaryDirectory() as home:
        begin = time.process_time()
        place = build(Path(home), Inputs.packaged(), lambda step: steps.append((step, time.process_time())))
        end = time.process_time()
        quads = (place / "dataset.nq").read_bytes()
    for (step, start), (_, stop) in zip(steps, [*steps[1:], ("", end)], strict=True):
        print(f"{step}: {stop - start:.2f} s of CPU")
    total = end - begin
    begin = time.process_time()
    rdflib.Dataset().parse(data=quads, format="nquads")
    peer = time.process_time() - begin
    print(f"Build of {quads.count(10):,} quads: {total:.2f} s of CPU")
    print(f"rdflib only reading them: {peer:.2f} s; ratio {total / peer:.1f}")


if __name__ == "__main__":
    main()
