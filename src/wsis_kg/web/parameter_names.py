"""Names of parameters in the URL that a page does not read: refused, as values are that nothing has."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final
from urllib.parse import urlencode

from .problems import Refusal
from .requests import Parameters

_TRACKING: Final = frozenset(
    ("fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "igshid")
) | {"mc_cid", "mc_eid"}
"""What others hang on to any link that is followed from them; ``utm_…`` too."""
_LONGEST: Final = 40
_MOST_TOLD: Final = 3


def check_names(path: str, parameters: Parameters, known: Sequence[str]) -> None:
    """Raises Refusal (400) where a parameter has none of the known names: says which, and offers the same address of
    ``path`` with the nearest name in its place, and without it. Parameters by which links are tracked are no errors.
    """
    unknown = [name for name in dict.fromkeys(name for name, _ in parameters) if not _is_read(name, known)]
    if not unknown:
        return
    near = {name: next(iter(get_close_matches(name.lower(), known, 1, 0.5)), "") for name in unknown}
    mended = [(near.get(name, name), value) for name, value in parameters if near.get(name, name) in known]
    offered = [(f"With {' and '.join(filter(None, near.values()))}", mended)] if any(near.values()) else []
    kept = [(name, value) for name, value in parameters if name in known]
    offered += [("Without it" if len(unknown) == 1 else "Without them", kept)]
    told = "; ".join(
        f"“{name[:_LONGEST]}” is no parameter of this page" + (f", the nearest is {near[name]}" if near[name] else "")
        for name in unknown[:_MOST_TOLD]
    )
    raise Refusal(
        400,
        "request",
        "There is no such parameter",
        f"{told}.",
        hint=f"There are: {', '.join(known)}." if known else "It has none.",
        members={"near": [{"name": name, "path": _address(path, pairs)} for name, pairs in offered]},
    )


def _is_read(name: str, known: Sequence[str]) -> bool:
    return name in known or name in _TRACKING or name.startswith("utm_")


def _address(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(pairs))
    return f"{path}?{query}" if query else path
