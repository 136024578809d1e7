"""Diagrams as pictures, each painted by a process of its own, which is killed where it takes too long."""

import json
import subprocess
import sys
import threading
from typing import Final

from wsis_kg.views.diagram import Diagram
from wsis_kg.views.diagram_png import CannotPaint
from wsis_kg.views.diagram_records import caption, plain

from .layouts import UNSERVED

SECONDS: Final = 30.0
_FONTS: Final = tuple(f"SourceSans3_{face}.ttf" for face in ("400Regular", "400Regular_Italic", "600SemiBold"))
_turn: Final = threading.Lock()
"""One picture at a time: each may take a hundred megabytes."""


def painted(diagram: Diagram, svg: str, seconds: float = SECONDS) -> bytes:
    """The picture of a diagram, from its drawing as a file. Raises CannotPaint, also after so many ``seconds``."""
    told = {
        "Title": diagram.title,
        "Description": f"{diagram.title}. {caption(diagram)}",
        "Date": diagram.day,
        "Version": diagram.version,
        "Copyright": diagram.licence,
        "Permalink": diagram.permalink,
    }
    wanted = {
        "svg": svg,
        "fonts": [str(UNSERVED / name) for name in _FONTS],
        "told": {keyword: plain(text) for keyword, text in told.items()},
    }
    with _turn:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "wsis_kg.web.painter"],
                input=json.dumps(wanted).encode(),
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise CannotPaint(f"The picture took more than {seconds:g} seconds; take the drawing as SVG.") from error
        except OSError as error:
            raise CannotPaint(f"No process can be started for the picture: {error.strerror}.") from error
    if done.returncode == 2:
        raise CannotPaint(done.stderr.decode(errors="replace").strip())
    if done.returncode != 0:
        raise CannotPaint("The picture could not be painted; take the drawing as SVG.")
    return done.stdout
