"""Opens what is to be served, wherever it stands: a build in its folder, or a service at its address."""

from pathlib import Path

from .limits import Limits
from .store import Engine, Evaluator


def is_elsewhere(place: str) -> bool:
    """Whether a place is the address of a service, and not a folder."""
    return place.startswith(("http://", "https://"))


def open_engine(place: str, limits: Limits) -> Evaluator:
    """The engine over that place; a service is asked with the credentials of the environment.

    Raises OSError, RuntimeError, SyntaxError, ValueError or QueryProblem.
    """
    if not is_elsewhere(place):
        return Engine(Path(place), limits.largest_in_memory, limits.services)
    # Its client takes longer to import than a store to open, and is for those who serve from elsewhere.
    from .credentials import Credentials
    from .remote import RemoteEngine

    return RemoteEngine(place, Credentials.from_environment())
