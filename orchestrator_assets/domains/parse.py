"""What a JSON file says by itself: a registry of domains, or a sequence that a domain may name.

{"domains": [{"id", "name", "category", "status", "sequenceFile", "movements", "beats", ...}]}   domains
{"domains": {"ID": {"domain_type", "status", "root_ref", "parent_refs", ...}}}                   authority
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel

from orchestrator_assets.documents import safe_json
from orchestrator_assets.documents.text import decode
from orchestrator_assets.domains import problems as codes
from orchestrator_assets.kinds import Parsed
from orchestrator_assets.problems import Problem
from orchestrator_assets.sequences import musical
from orchestrator_assets.sequences.parse import may_hold

_DOMAIN_KEYS = {"sequenceFile", "relatedDomains", "category", "sketch", "movements", "beats", "emoji", "purpose"}
_AUTHORITY_KEYS = {"domain_id", "domain_type", "root_ref", "parent_refs", "checksum"}
_TELLING = (b'"domains"', b'"movements"')


class Row(BaseModel):
    """One domain as written; what it does not say is None. `number` counts from 1."""

    number: int
    id: str
    name: str | None = None
    category: str | None = None
    status: str | None = None
    sequence_file: str | None = None
    movements: int | None = None
    beats: int | None = None
    plugin_id: str | None = None
    related: list[str] = []


class RegistryFile(BaseModel):
    """A registry. `categories` are those it defines itself (empty: none), `stated` the number of domains it states."""

    type: Literal["registry"] = "registry"
    form: Literal["domains", "authority"]
    rows: list[Row]
    categories: list[str]
    stated: int | None


class SequenceOutline(BaseModel):
    """A sequence in short: what a domain's row is compared with."""

    type: Literal["sequence"] = "sequence"
    id: str | None
    envelope: str
    movements: int
    beats: int | None
    forms: list[str]


DomainPayload = RegistryFile | SequenceOutline
OTHER = Parsed(None, (), counted=False)


def parse(data: bytes, suffix: str) -> Parsed:
    """What one JSON blob says. Only registries count as documents."""
    if not may_hold(data, _TELLING):
        return OTHER
    text = decode(data).text
    try:
        found = safe_json.load(text)
    except safe_json.JsonRefused as refused:
        registry = '"domains"' in text and any(f'"{key}"' in text for key in _DOMAIN_KEYS | _AUTHORITY_KEYS)
        return Parsed(None, (codes.NOT_JSON.at(None, refused.line, reason=refused.reason),)) if registry else OTHER
    if not isinstance(found, dict):
        return OTHER
    if sequence := musical.find(found):
        return _outline(found, *sequence)
    rows = found.get("domains")
    if isinstance(rows, list) and any(isinstance(row, dict) and not _DOMAIN_KEYS.isdisjoint(row) for row in rows):
        return _registry("domains", list(enumerate(rows, 1)), found)
    if isinstance(rows, dict) and any(
        isinstance(row, dict) and not _AUTHORITY_KEYS.isdisjoint(row) for row in rows.values()
    ):
        keyed = [{"id": key, **row} if isinstance(row, dict) else row for key, row in rows.items()]
        return _registry("authority", list(enumerate(keyed, 1)), found)
    return OTHER


def _outline(found: Mapping[str, Any], sequence: Mapping[str, Any], envelope: musical.Envelope) -> Parsed:
    outline, _ = musical.read(found, sequence, envelope)
    if outline is None:
        return OTHER
    payload = SequenceOutline(
        id=outline.id,
        envelope=envelope,
        movements=len(outline.movements),
        beats=outline.beats,
        forms=sorted({movement.form for movement in outline.movements}),
    )
    return Parsed(payload.model_dump(mode="json"), (), counted=False)


def _registry(form: Literal["domains", "authority"], rows: list[tuple[int, Any]], found: Mapping[str, Any]) -> Parsed:
    read: list[Row] = []
    problems: list[Problem] = []
    for number, row in rows:
        identity = _text(row.get("id")) or _text(row.get("domain_id")) if isinstance(row, dict) else None
        if identity is None:
            reason = "it has no id" if isinstance(row, dict) else f"it is no object: {row!r:.60}"
            problems.append(codes.MALFORMED.at(row=number, reason=reason))
            continue
        read.append(_domain(number, identity, row) if form == "domains" else _authority(number, identity, row))
    payload = RegistryFile(form=form, rows=read, categories=_categories(found), stated=_stated(found))
    return Parsed(payload.model_dump(mode="json"), tuple(problems))


def _domain(number: int, identity: str, row: Mapping[str, Any]) -> Row:
    return Row(
        number=number,
        id=identity,
        name=_text(row.get("name")),
        category=_text(row.get("category")),
        status=_text(row.get("status")),
        sequence_file=_text(row.get("sequenceFile")),
        movements=_amount(row.get("movements")),
        beats=_amount(row.get("beats")),
        plugin_id=_text(row.get("pluginId")),
        related=_texts(row.get("relatedDomains")),
    )


def _authority(number: int, identity: str, row: Mapping[str, Any]) -> Row:
    deprecated = row.get("deprecated") is True
    return Row(
        number=number,
        id=identity,
        name=_text(row.get("name")),
        category=_text(row.get("domain_type")),
        status="deprecated" if deprecated else _text(row.get("status")),
        sequence_file=_text(row.get("root_ref")),
        related=[*_texts(row.get("parent_refs")), *_texts(row.get("supersedes"))],
    )


def _categories(found: Mapping[str, Any]) -> list[str]:
    written = found.get("categories")
    items: list[Any] = list(written) if isinstance(written, (list, dict)) else []
    return [name for item in items if (name := _text(item.get("id") if isinstance(item, dict) else item))]


def _stated(found: Mapping[str, Any]) -> int | None:
    metadata = found.get("metadata")
    meta = found.get("meta")
    for source in (found, metadata, meta):
        if isinstance(source, dict):
            for name in ("totalDomains", "domainCount", "total_domains", "domain_count"):
                if (amount := _amount(source.get(name))) is not None:
                    return amount
    return None


def _amount(value: Any) -> int | None:
    if isinstance(value, list):
        return len(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _texts(value: Any) -> list[str]:
    return [text for item in value if (text := _text(item))] if isinstance(value, list) else []
