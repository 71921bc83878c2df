"""The status of a decision: a word that is known, or none. Never a default."""

from __future__ import annotations

import re

from orchestrator_assets.decisions.model import DecisionStatus

_WORDS: dict[str, DecisionStatus] = {
    **{status.value: status for status in DecisionStatus},
    "in progress": DecisionStatus.IN_PROGRESS,
    "in-progress": DecisionStatus.IN_PROGRESS,
    "work in progress": DecisionStatus.IN_PROGRESS,
    "wip": DecisionStatus.IN_PROGRESS,
    "completed": DecisionStatus.COMPLETE,
    "superceded": DecisionStatus.SUPERSEDED,
    "superseeded": DecisionStatus.SUPERSEDED,
    "supersceded": DecisionStatus.SUPERSEDED,
    "superseded by": DecisionStatus.SUPERSEDED,
    "proposal": DecisionStatus.PROPOSED,
}
_KNOWN = re.compile(
    r"(?:"
    + "|".join(sorted((word.replace(" ", r"[\s_-]+") for word in _WORDS), key=len, reverse=True))
    + r")(?![\w-])",
    re.IGNORECASE,
)
_STRUCK = re.compile(r"~~[^~]*~~")
_TAG = re.compile(r"<[^<>]{0,200}>")
_IMAGE = re.compile(r"!\[([^\]]{0,200})\]\([^)]{0,500}\)")
_BEFORE = re.compile(
    r"\s*(?:\[[ xX]\]|:[a-z0-9_+-]{1,40}:|\d{4}-\d{1,2}-\d{1,2}(?:T[\d:.Z+-]*)?|[^\w\s:\[]|[:\[_])", re.ASCII
)
"""What may stand before a status: a ticked box, an emoji or its short code, a date, punctuation."""
_ARROW = re.compile(r"\s*(?:-+>|=+>|→|⇒|➜|➡)\s*")
_CHOICE = re.compile(r"\s*[|/]\s*|\s+or\s+|,\s+or\s+")


def read_status(raw: str) -> DecisionStatus | None:
    """The status that a text begins with, past emphasis, brackets, emoji and badges. None for a word that is none,
    and for a template's list of choices."""
    text = _IMAGE.sub(r"\1", _TAG.sub(" ", _STRUCK.sub(" ", raw[:1000])))
    steps = _ARROW.split(text)
    # "Proposed -> Accepted" is a status's way; an arrow before anything else is only a mark
    return (_first(steps[-1]) if len(steps) > 1 and _first(steps[0]) else None) or _first(text)


def _first(text: str) -> DecisionStatus | None:
    start = 0
    while before := _BEFORE.match(text, start):
        start = before.end()
    text = text[start:].lstrip()
    found = _KNOWN.match(text)
    if found is None:
        return None
    rest = text[found.end() :]
    choice = _CHOICE.match(rest)
    if choice and _KNOWN.match(rest[choice.end() :].lstrip("*_`[({ ")):
        return None
    return _WORDS[" ".join(re.split(r"[\s_-]+", found.group().lower()))] if _spaced(found.group()) else None


def _spaced(word: str) -> bool:
    return " ".join(re.split(r"[\s_-]+", word.lower())) in _WORDS
