"""What can go wrong with publishing."""

from __future__ import annotations


class HubError(RuntimeError):
    """Publishing or taking back failed; the message says why and what to do. The hub is as it was (or, if the
    connection broke while it answered, as it should be): doing it again is always safe."""
