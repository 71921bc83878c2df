"""Finding the one JSON object in what a model wrote, without touching a byte inside it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum

_OPENINGS = 1_000
_DECODER = json.JSONDecoder()
_REFUSAL = re.compile(
    r"\W*(?:(?:i['’]?m|i am|we['’]re|we are)\s+(?:very\s+|really\s+|so\s+)?(?:sorry|unable|not able|not allowed)"
    r"|sorry\b|apologies\b"
    r"|as an ai\b|(?:i|we)\s+(?:can['’]?t|cannot|can not|won['’]?t|will not|must decline|decline|refuse)\b"
    r"|unfortunately,?\s+i\b)",
    re.IGNORECASE,
)


class Found(StrEnum):
    """What a text holds."""

    JSON = "json"
    NOTHING = "nothing"
    CUT = "cut"
    EMPTY = "empty"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Extract:
    """What was found. `text` is the JSON exactly as written, None unless there is one; `note` says what stood
    around it (None: nothing)."""

    found: Found
    text: str | None = None
    note: str | None = None


def extract(text: str) -> Extract:
    """The JSON object of a reply that may wrap it in prose or a fence. Of several the longest is taken; one that breaks
    off at the end of the text is told as cut, and nothing inside it is taken for the whole."""
    bare = text.strip().removeprefix("\ufeff")
    if not bare:
        return Extract(Found.EMPTY)
    if _is_json(bare):
        return Extract(Found.JSON, bare)
    objects: list[str] = []
    position = 0
    for _ in range(_OPENINGS):
        start = bare.find("{", position)
        if start < 0:
            break
        try:
            value, end = _DECODER.raw_decode(bare, start)
        except json.JSONDecodeError as error:
            if _breaks_off(bare, start, error) and not objects:
                return Extract(Found.CUT)
            position = start + 1
            continue
        except RecursionError:
            return Extract(Found.NOTHING, note="nested too deeply")
        assert isinstance(value, dict)
        objects.append(bare[start:end])
        position = end
    if not objects:
        return Extract(Found.REFUSAL if _REFUSAL.match(bare) else Found.NOTHING)
    longest = max(objects, key=len)
    more = f", the longest of {len(objects)}" if len(objects) > 1 else ""
    return Extract(Found.JSON, longest, f"the JSON was taken out of the text around it{more}")


def _is_json(text: str) -> bool:
    """Whether the whole text is a JSON object or array; a bare string or number is prose."""
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _breaks_off(text: str, start: int, error: json.JSONDecodeError) -> bool:
    """Whether an object ends because the text does: everything up to the end was JSON."""
    if error.msg.startswith("Unterminated string"):
        return True
    rest = text[error.pos :].strip("`\n\r\t ")
    return error.pos > start + 1 and (not rest or (len(rest) < 6 and "true false null".find(rest) >= 0))
