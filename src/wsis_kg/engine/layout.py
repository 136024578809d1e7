"""Lays graphs out in a process of its own, which can be killed: the layout library runs in a JavaScript engine that is
never loaded here.

The process is started when the first graph comes, and again after it was killed or has ended for want of work.
"""

import contextlib
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

SECONDS: Final = 10.0
MEGABYTES: Final = 512
_START_SECONDS: Final = 20.0
"""More for a graph for which the process has to be started first: a busy machine may take long for that."""


class LayoutFailed(Exception):
    """No layout was made; the text is a sentence that says why."""


class LayoutProcess:
    """The process, and who waits for it: one graph at a time."""

    def __init__(self, script: Path, seconds: float = SECONDS, megabytes: int = MEGABYTES) -> None:
        """``script`` is that of the library, ``seconds`` what one layout may take, ``megabytes`` what the engine may
        use.
        """
        self._script = script
        self._seconds = seconds
        self._megabytes = megabytes
        self._asking = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._closed = False

    @property
    def number(self) -> int | None:
        """That of the process, where one runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def lay_out(self, graph: dict[str, Any]) -> dict[str, Any]:
        """The graph with the places of its parts, in the JSON of ELK. Raises LayoutFailed."""
        line = json.dumps(graph) + "\n"
        with self._asking:
            answer = self._ask(line)
            if answer == "" and self._process is not None and self._process.wait() == 0:
                # It had just ended for want of work.
                answer = self._ask(line)
            if answer == "":
                self._stop()
                raise LayoutFailed(f"The layout took more than {self._seconds:g} seconds or too much memory.")
        told: dict[str, Any] = json.loads(answer)
        if "failed" in told:
            raise LayoutFailed(f"The layout failed: {told['failed']}")
        return told

    def close(self) -> None:
        """Ends the process, whatever it does; whoever waits for it is told that there is no layout."""
        self._closed = True
        process = self._process
        if process is not None:
            process.kill()
            with self._asking:
                self._stop()

    def _ask(self, line: str) -> str:
        """The answer, empty where the process has ended or was killed over it."""
        if self._closed:
            raise LayoutFailed("The server is stopping.")
        fresh = self.number is None
        if fresh:
            self._stop()
            self._start()
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        clock = threading.Timer(self._seconds + (_START_SECONDS if fresh else 1.0), process.kill)
        clock.daemon = True
        clock.start()
        try:
            process.stdin.write(line)
            process.stdin.flush()
            answer = process.stdout.readline()
        except (BrokenPipeError, ValueError):
            return ""
        finally:
            clock.cancel()
        return answer if answer.endswith("\n") else ""

    def _start(self) -> None:
        arguments = [str(self._script), str(self._megabytes), str(self._seconds)]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "wsis_kg.engine.layout_worker", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
            )
        except OSError as error:
            raise LayoutFailed(f"The layout process cannot be started: {error.strerror}.") from error

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()
