"""Measures how long a diagram takes to be laid out: ``python bench/layout.py``, from a checkout with its tests.

Cold is the first layout of a process, its start included; warm the median of five more.
"""

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from drawings import LIBRARY, bodies, crossings

from wsis_kg.engine.layout import LayoutProcess
from wsis_kg.views.diagram_collapse import collapsed
from wsis_kg.views.elk_graph import from_elk, to_elk


def main() -> None:
    """Prints a row of a table for each size."""
    print("| nodes | lines | cold, s | warm, s | drawing | crossings of boxes |\n|---|---|---|---|---|---|")
    whole = bodies(500)
    for diagram in (bodies(30), bodies(100), whole, collapsed(whole)):
        count = len(diagram.nodes)
        graph = to_elk(diagram)
        process = LayoutProcess(LIBRARY, seconds=60)
        times = []
        for _ in range(6):
            begun = time.perf_counter()
            answer = process.lay_out(graph)
            times.append(time.perf_counter() - begun)
        process.close()
        layout = from_elk(answer, diagram)
        cold, warm = times[0], statistics.median(times[1:])
        size, found = f"{layout.width:.0f} × {layout.height:.0f}", len(crossings(diagram, layout))
        print(f"| {count} | {len(diagram.lines)} | {cold:.2f} | {warm:.2f} | {size} | {found} |")


if __name__ == "__main__":
    main()
