"""What can go wrong with publishing."""

from __future__ import annotations


class HubError(RuntimeError):
    """Publishing or taking back failed; the message says why and what to do. Nothing was changed at the hub."""
