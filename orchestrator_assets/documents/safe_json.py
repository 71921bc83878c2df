"""JSON of unknown origin: bounded in depth and in numbers, without duplicate keys, or refused with a reason."""

from __future__ import annotations

import json
import math
from typing import Any

import pydantic_core

_LARGEST = 2**63
_DIGITS = 20


class JsonRefused(Exception):
    """Why JSON is not read. `line` is 1-based, None where it is not known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def load(text: str) -> Any:
    """The value of a JSON text. JsonRefused: no JSON, nested too deeply (200), a key twice in one object, an integer
    over 64 bits, a number that is not finite."""
    try:
        pydantic_core.from_json(text, allow_inf_nan=False, cache_strings=False)  # bounds the depth before Python nests
    except ValueError as error:
        raise JsonRefused(_reason(str(error)), _line(str(error))) from None
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
        )
    except (ValueError, RecursionError) as error:
        raise JsonRefused(_reason(str(error))) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:60]!r} stands twice in one object")
    return found


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS or not -_LARGEST <= int(digits) < _LARGEST:
        raise ValueError(f"the integer {digits[:24]} is larger than 64 bits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"the number {digits[:24]} is not finite")
    return value


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _reason(text: str) -> str:
    return text.partition(" at line ")[0]


def _line(text: str) -> int | None:
    digits = text.partition(" at line ")[2].split(" ")[0]
    return int(digits) if digits.isdigit() else None
