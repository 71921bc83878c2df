"""Sequence files for tests."""

from __future__ import annotations

import json
from typing import Any


def beat(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {"beat": number, "event": f"e:{number}", "handler": f"h{number}", "kind": "pure", **fields}


def sequence(identity: str | None = "one", beats: Any = None, **fields: Any) -> dict[str, Any]:
    """A sequence of one movement; `beats` in whatever form."""
    named = {} if identity is None else {"id": identity}
    movement = {"id": "m1", "name": "First", "beats": [beat(1), beat(2)] if beats is None else beats}
    return {**named, "pluginId": "P", "name": "One", "movements": [movement], **fields}


def package(name: str, *roots: str) -> dict[str, Any]:
    return {"name": name, "renderx": {"sequences": list(roots)}}


def text(value: Any) -> str:
    return json.dumps(value, indent=2)
