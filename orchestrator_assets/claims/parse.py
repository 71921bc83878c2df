"""Numbers with units in a page's lines, and in the summary of a generated catalog."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from orchestrator_assets.claims import problems as codes
from orchestrator_assets.claims.model import Claim, Unit
from orchestrator_assets.documents import safe_json
from orchestrator_assets.documents.text import decode, storable
from orchestrator_assets.kinds import Parsed

KEPT = 500
_LINE = 600
_SECTION = 1500
_UNITS = {
    "sequence": Unit.SEQUENCES, "movement": Unit.MOVEMENTS, "beat": Unit.BEATS, "handler": Unit.HANDLERS,
    "event": Unit.EVENTS, "domain": Unit.DOMAINS, "decision": Unit.DECISIONS, "adr": Unit.DECISIONS,
    "pattern": Unit.PATTERNS, "document": Unit.DOCUMENTS,
}  # fmt: skip
_NOUN = "(?P<noun>" + "|".join(_UNITS) + ")(?P<plural>s?)"
_VALUE = r"(?P<value>\d{1,3}(?:,\d{3})+|\d{1,7})"
_COUNTED = re.compile(
    rf"(?<![\w.,/-])(?P<about>[~≈<>]\s*)?{_VALUE}(?P<more>\+|%)?"
    rf"(?P<between>(?: +[A-Za-z][\w-]{{0,30}}){{0,3}}) +{_NOUN}\b"
    r"(?P<after>(?: +[\w/-]{1,30}){0,2})",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    rf"(?P<before>(?:\b[A-Za-z][\w-]{{0,30}} +){{0,2}})\b{_NOUN} *(?:[:=|]) *(?P<about>[~≈<>]\s*)?{_VALUE}"
    r"(?P<more>\+|%)?(?P<after>(?: +[\w/-]{1,30}){0,2})",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[*_`]+")
_NEUTRAL = frozenset({
    "total", "all", "the", "of", "documented", "comprehensive", "distinct", "unique", "working", "registered",
    "complete", "number", "in", "with", "and", "are", "is", "plugin", "musical",
})  # fmt: skip
_LIMITING = frozenset({
    "without", "need", "needs", "needing", "required", "missing", "referenced", "extracted", "tested", "untested",
    "left", "remaining", "per", "each", "more", "fewer", "names", "name", "type", "types", "added", "removed",
    "changed", "failing",
})  # fmt: skip
_TOTALS = re.compile(r"total(sequence|movement|beat|handler|event|domain|decision|pattern|document)s", re.IGNORECASE)


def parse(data: bytes, suffix: str) -> Parsed:
    """The claims of one file. A JSON file that states no totals, or a page without claims, is no document."""
    if suffix == ".json":
        return _parsed(_catalog(data))
    if b"\0" in data[:8000]:
        return Parsed(None, (codes.UNREADABLE.at(reason="it is no text"),))
    return _parsed(list(_page(decode(data).text)))


def _parsed(rows: list[dict[str, Any]]) -> Parsed:
    cut = (codes.CUT.at(kept=KEPT),) if len(rows) > KEPT else ()
    return Parsed({"claims": rows[:KEPT]}, cut, counted=bool(rows))


def _catalog(data: bytes) -> list[dict[str, Any]]:
    """Totals in the `summary` (or at the top) of a JSON file."""
    try:
        told = safe_json.load(decode(data).text)
    except safe_json.JsonRefused:
        return []  # whatever kind the file is of refuses it by name
    places = [told, told.get("summary"), told.get("metadata")] if isinstance(told, dict) else []
    found = []
    for place in places:
        for name, value in place.items() if isinstance(place, dict) else ():
            match = _TOTALS.fullmatch(name)
            if match and isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**7:
                claim = Claim(
                    unit=_UNITS[match[1].lower()], claimed=value, text=f"{name}: {value}", section="", page=""
                )
                found.append({"line": 1, **claim.model_dump(mode="json")})
    return found


def _page(text: str) -> Iterator[dict[str, Any]]:
    title, section = "", ""
    for number, raw in enumerate(text.split("\n"), 1):
        line = storable(_MARKS.sub("", raw[:_LINE]))
        if raw.startswith("#"):
            heading = raw.strip("# ").strip()
            title, section = title or heading[:200], heading[:200]
        for claim in _claims(line, section, title):
            yield {"line": number, **claim.model_dump(mode="json")}
        if line.strip():
            section = f"{section}\n{line.strip()}"[:_SECTION]


def _claims(line: str, section: str, title: str) -> Iterator[Claim]:
    taken: set[int] = set()
    for pattern in (_LABELLED, _COUNTED):
        for match in pattern.finditer(line):
            if match.start("value") in taken:
                continue
            taken.add(match.start("value"))
            yield Claim(
                unit=_UNITS[match["noun"].lower()],
                claimed=int(match["value"].replace(",", "")),
                text=line.strip()[:300],
                section=section,
                page=title,
                limits=_limits(match),
            )


def _limits(match: re.Match[str]) -> str | None:
    """Why the number is not all there is of the unit, as the page says it."""
    if match["about"] or match["more"]:
        return "approximate"
    if int(match["value"].replace(",", "")) != 1 and not match["plural"] and match["after"]:
        return "a compound"  # 67 handler tests
    groups = match.groupdict()
    words = [*(groups.get("between") or "").split(), *(groups.get("before") or "").split()]
    telling = [word for word in words if word.lower() not in _NEUTRAL]
    after = [word for word in match["after"].split() if word.lower() in _LIMITING]
    return " ".join([*telling, *after]).lower() or None
