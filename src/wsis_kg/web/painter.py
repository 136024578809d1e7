"""The process that paints one picture: ``python -m wsis_kg.web.painter``.

It reads JSON from its standard input (``svg``, ``fonts``, ``told``) and writes the PNG to its standard output; or ends
with 2 and a sentence on standard error. The library keeps the interpreter to itself while it paints, for seconds where
a drawing is large: in the server, nobody else would be answered meanwhile.
"""

import json
import sys
from pathlib import Path
from typing import Final

from wsis_kg.engine.bounds import bound_memory, forbid_core_files, prefer_to_be_killed
from wsis_kg.views.diagram_png import CannotPaint, png

_MOST_MEMORY: Final = 1 << 30


def main() -> int:
    """Paints what is asked for; the exit code."""
    forbid_core_files()
    prefer_to_be_killed()
    bound_memory(_MOST_MEMORY)
    wanted = json.load(sys.stdin.buffer)
    try:
        picture = png(wanted["svg"], [Path(font) for font in wanted["fonts"]], wanted["told"])
    except CannotPaint as error:
        print(error, file=sys.stderr)
        return 2
    sys.stdout.buffer.write(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
