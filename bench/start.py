"""From starting the command to its first answer, beside the time that importing FastAPI and uvicorn takes."""

import subprocess
import sys
import time
from pathlib import Path

from .peers import OurServer


def time_starts(build_folder: Path, scratch: Path, times: int) -> tuple[list[float], list[float]]:
    """The seconds of each start of our server until it has answered a query, and of each import, in turns."""
    starts: list[float] = []
    imports: list[float] = []
    _import()  # once, for the files that are not in memory yet
    for _ in range(times):
        server = OurServer(build_folder, scratch)
        try:
            server.start()
        finally:
            server.stop()
        starts.append(server.start_seconds)
        imports.append(_import())
    return starts, imports


def _import() -> float:
    begin = time.monotonic()
    subprocess.run([sys.executable, "-c", "import fastapi, uvicorn"], check=True)
    return time.monotonic() - begin
