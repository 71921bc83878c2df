"""What a JSON file says by itself: a sequence, an index page of sequences, a package, a catalogue, a schema."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel

from orchestrator_assets.documents import safe_json
from orchestrator_assets.documents.text import decode
from orchestrator_assets.kinds import Parsed
from orchestrator_assets.problems import Problem
from orchestrator_assets.sequences import musical
from orchestrator_assets.sequences import problems as codes
from orchestrator_assets.sequences.musical import Outline

_SEQUENCE_LIKE = ('"movements"', '"beats"', '"pluginId"')
_TELLING = tuple(word.encode() for word in (*_SEQUENCE_LIKE, '"sequences"', '"renderx"', '"workspaces"', '"name"'))


class SequenceFile(BaseModel):
    """A sequence. `digest` is of the bytes with line ends made one; `document` the JSON itself, for the schema."""

    type: Literal["sequence"] = "sequence"
    outline: Outline
    digest: str
    document: dict[str, Any]


class ListingFile(BaseModel):
    """An index page: files or ids of sequences, as written."""

    type: Literal["listing"] = "listing"
    files: list[str]
    ids: list[str]
    others: int


class PackageFile(BaseModel):
    """A package: its name, and the folders it declares as its sequences."""

    type: Literal["package"] = "package"
    name: str | None
    roots: list[str]


class CatalogueFile(BaseModel):
    """A generated catalogue of sequences: what it states, and what it holds."""

    type: Literal["catalogue"] = "catalogue"
    stated: int | None
    entries: int
    without_id: int
    folders: list[str]


class SchemaFile(BaseModel):
    """A JSON Schema for sequences."""

    type: Literal["schema"] = "schema"
    document: dict[str, Any]


class UnreadableFile(BaseModel):
    """JSON that cannot be read, and looks like nothing of ours; where it stands decides whether that matters."""

    type: Literal["unreadable"] = "unreadable"
    reason: str


SequencePayload = SequenceFile | ListingFile | PackageFile | CatalogueFile | SchemaFile | UnreadableFile
OTHER = Parsed(None, (), counted=False)


def parse(data: bytes, suffix: str) -> Parsed:
    """What one JSON blob says. Only sequences, and what was meant to be one, count as documents."""
    if not may_hold(data, _TELLING):
        return OTHER
    text = decode(data).text
    try:
        found = safe_json.load(text)
    except safe_json.JsonRefused as refused:
        if any(word in text for word in _SEQUENCE_LIKE):
            return Parsed(None, (codes.NOT_JSON.at(None, refused.line, reason=refused.reason),))
        return _looked_at(UnreadableFile(reason=refused.reason))
    return _classify(found, data) if isinstance(found, dict) else OTHER


def may_hold(data: bytes, words: tuple[bytes, ...]) -> bool:
    """Whether JSON can have one of these keys, without reading it: as they are, or escaped, or in UTF-16."""
    return any(word in data for word in words) or b"\\u00" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff")


def _classify(found: dict[str, Any], data: bytes) -> Parsed:
    if _is_schema(found):
        return _looked_at(SchemaFile(document=found))
    if sequence := musical.find(found):
        outline, problems = musical.read(found, *sequence)
        return _sequence(found, outline, problems, data)
    listed = found.get("sequences")
    if isinstance(listed, list) and any(isinstance(item, dict) and "movements" in item for item in listed):
        return _looked_at(_catalogue(found, listed))
    package = found.get("renderx")
    if isinstance(package, dict) or ("name" in found and not isinstance(listed, list)):
        return _looked_at(_package(found, package if isinstance(package, dict) else {}))
    if isinstance(listed, list):
        return _looked_at(_listing(listed))
    return OTHER


def _sequence(found: dict[str, Any], outline: Outline | None, problems: list[Problem], data: bytes) -> Parsed:
    if outline is None:
        return Parsed(None, tuple(problems))
    digest = hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()
    payload = SequenceFile(outline=outline, digest=digest, document=found)
    return Parsed(payload.model_dump(mode="json"), tuple(problems))


def _is_schema(found: Mapping[str, Any]) -> bool:
    properties = found.get("properties")
    return isinstance(found.get("$schema"), str) and isinstance(properties, dict) and "movements" in properties


def _catalogue(found: Mapping[str, Any], entries: list[Any]) -> CatalogueFile:
    summary, metadata = found.get("summary"), found.get("metadata")
    stated = summary.get("totalSequences") if isinstance(summary, dict) else None
    folders = metadata.get("sourceDirectories") if isinstance(metadata, dict) else None
    return CatalogueFile(
        stated=stated if isinstance(stated, int) and not isinstance(stated, bool) else None,
        entries=len(entries),
        without_id=sum(not (isinstance(item, dict) and item.get("id")) for item in entries),
        folders=[item for item in folders if isinstance(item, str)] if isinstance(folders, list) else [],
    )


def _package(found: Mapping[str, Any], declared: Mapping[str, Any]) -> PackageFile:
    name, roots = found.get("name"), declared.get("sequences")
    listed = [roots] if isinstance(roots, str) else roots if isinstance(roots, list) else []
    return PackageFile(
        name=name if isinstance(name, str) else None, roots=[item for item in listed if isinstance(item, str)]
    )


def _listing(listed: list[Any]) -> ListingFile:
    files: list[str] = []
    ids: list[str] = []
    others = 0
    for item in listed:
        if isinstance(item, str):
            (files if item.endswith(".json") else ids).append(item)
        elif isinstance(item, dict) and isinstance(item.get("file"), str):
            files.append(item["file"])
        elif isinstance(item, dict) and isinstance(item.get("id"), str):
            ids.append(item["id"])
        else:
            others += 1
    return ListingFile(files=files, ids=ids, others=others)


def _looked_at(payload: BaseModel) -> Parsed:
    return Parsed(payload.model_dump(mode="json"), (), counted=False)
