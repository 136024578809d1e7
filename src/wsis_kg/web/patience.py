"""How long a client is waited for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """For how many seconds a client is waited for."""

    head_seconds: float = 20.0
    """Until the head of its first request, or of one that it has begun, is complete."""
    body_seconds: float = 60.0
    """Until the body of its request is complete."""
    stall_seconds: float = 60.0
    """Until it takes at least a part of what was sent to it."""
