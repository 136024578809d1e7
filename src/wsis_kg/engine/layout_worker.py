"""The layout process: ``python -m wsis_kg.engine.layout_worker <script> <megabytes> <seconds>``.

It runs the script of the layout library in a JavaScript engine of its own, which reaches no file and no network, and
answers each graph, a line of JSON, with a line of JSON: the graph laid out, or ``{"failed": …}``. It ends with its
standard input, and by itself when nothing was asked for a while.
"""

import json
import select
import signal
import sys
from pathlib import Path
from typing import Final

from .bounds import forbid_core_files, prefer_to_be_killed

_IDLE_SECONDS: Final = 120.0
_MEGABYTE: Final = 1 << 20
# The script takes itself for the worker of a browser: this is all it needs of one.
_BROWSER: Final = "var self = globalThis, answered = null; self.postMessage = message => { answered = message; };"
_ASK: Final = """
function ask(message) {
  answered = null;
  self.onmessage({ data: message });
  if (answered === null) return '{"failed": "The layout gave no answer."}';
  if (answered.error) return JSON.stringify({ failed: String(answered.error.message || answered.error) });
  return JSON.stringify(answered.data ?? {});
}
"""


def main(arguments: list[str]) -> None:
    """Runs the process with the arguments of its command line."""
    script, megabytes, seconds = Path(arguments[0]), int(arguments[1]), float(arguments[2])
    for number in (signal.SIGINT, signal.SIGTERM):
        # Both come to the whole group of processes; whoever started this decides.
        signal.signal(number, signal.SIG_IGN)
    forbid_core_files()
    prefer_to_be_killed()
    from py_mini_racer import MiniRacer
    from py_mini_racer._exc import JSEvalException

    racer = MiniRacer()
    racer.set_hard_memory_limit(megabytes * _MEGABYTE)
    racer.eval(_BROWSER)
    racer.eval(script.read_text(encoding="utf-8"))
    racer.eval(_ASK)
    racer.eval("ask({ id: 0, cmd: 'register', algorithms: ['layered', 'rectpacking'] })")
    while line := _next_line():
        try:
            # The text is JSON, and so an expression of JavaScript; nothing of it can be anything else.
            told = {"id": 1, "cmd": "layout", "graph": json.loads(line), "layoutOptions": {}, "options": {}}
            answer = racer.eval(f"ask({json.dumps(told)})", timeout_sec=seconds)
        except JSEvalException as error:
            answer = json.dumps({"failed": str(error).splitlines()[0] if str(error) else type(error).__name__})
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _next_line() -> str:
    if sys.platform != "win32" and not select.select([sys.stdin], [], [], _IDLE_SECONDS)[0]:
        return ""
    return sys.stdin.readline()


if __name__ == "__main__":
    main(sys.argv[1:])
