"""What one file says by itself: a page's links, header and tables; whether YAML can be read, and its commands."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from orchestrator_assets.architecture import problems as codes
from orchestrator_assets.architecture.link_scan import scan_links
from orchestrator_assets.architecture.page import PageContent, read_page
from orchestrator_assets.documents import safe_yaml
from orchestrator_assets.documents.text import decode
from orchestrator_assets.kinds import Parsed

_YAML = (".yaml", ".yml")
_YAML_LIMIT = 4 * 1024 * 1024
_PAGE = re.compile(
    r"^#\s.*(?:architecture|infrastructure)|^.*\(proposed\)|^.*(?:architecture|infrastructure).*\n(?:=+|-+) *$"
    r"|^(?:> )?\*\*(?:role|infrastructure)\**:|^## (?:ddd classification|key components|data flows|services) *$",
    re.IGNORECASE | re.MULTILINE,
)
_HEAD = 4_096
_GENERATED = re.compile(r"@generated|generated_at:|status:\s*generated|auto-?generated|do not edit", re.IGNORECASE)
_SOURCE = re.compile(
    r"^(?:[^\w\n]|_)*(?:sources?|inputs?|generated from)\**\s*:\s*(.{1,400})", re.IGNORECASE | re.MULTILINE
)
_INPUT = re.compile(r"[\w./-]+\.(?:md|ya?ml|json|toml|csv|sql)")
_LINKS_LIMIT = 20_000
_LINES_LIMIT = 4_000


class ArchitectureFile(BaseModel):
    """One file. `links` are (target, line) of every inline link; `page` is read of what looks like an architecture page
    or a proposal; `inputs` are the files that a generated one says it was made from (None: it is not generated);
    `lines` are digests of its lines, for pages, to tell what a proposal changes."""

    links: list[tuple[str, int]] = []
    page: PageContent | None = None
    inputs: list[str] | None = None
    title: str | None = None
    commands: list[str] = []
    lines: list[str] = []


def parse(data: bytes, suffix: str) -> Parsed:
    """Reads one blob. Refused: what is no text, and YAML that cannot be read."""
    if b"\0" in data[:8000] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Parsed(None, (codes.BINARY.at(),))
    text = decode(data).text
    return _yaml(text) if suffix in _YAML else _markdown(text, suffix)


def _markdown(text: str, suffix: str) -> Parsed:
    problems = []
    links: list[tuple[str, int]] = []
    for link in scan_links(text):
        if len(links) == _LINKS_LIMIT:
            problems.append(codes.CUT.at(what=f"links are read up to {_LINKS_LIMIT}"))
            break
        links.append((link.target[:500], link.line))
    page = read_page(text, suffix) if _PAGE.search(text[:_HEAD]) else None
    if page is not None and page.limited:
        problems.append(codes.CUT.at(what=page.limited))
    payload = ArchitectureFile(
        links=links,
        page=page,
        inputs=_inputs(text),
        title=_first_heading(text),
        lines=_digests(text) if page is not None else [],
    )
    return Parsed(payload.model_dump(mode="json"), tuple(problems))


def _yaml(text: str) -> Parsed:
    try:
        found = safe_yaml.load(text, _YAML_LIMIT, 500_000)
    except safe_yaml.YamlRefused as refused:
        if "expected a single document" in refused.reason:  # several documents in one file are YAML all the same
            return Parsed(ArchitectureFile(inputs=_inputs(text)).model_dump(mode="json"))
        if "duplicate key" in refused.reason:  # YAML readers take the last one, and nobody is told
            problem = codes.YAML_DUPLICATE.at(None, refused.line, reason=refused.reason)
            return Parsed(ArchitectureFile(inputs=_inputs(text)).model_dump(mode="json"), (problem,))
        return Parsed(None, (codes.YAML.at(None, refused.line, reason=refused.reason),))
    title = found.get("name") if isinstance(found, Mapping) else None
    payload = ArchitectureFile(
        inputs=_inputs(text), title=title if isinstance(title, str) else None, commands=_commands(found)
    )
    return Parsed(payload.model_dump(mode="json"))


def _commands(found: Any) -> list[str]:
    listed = found.get("commands") if isinstance(found, Mapping) else None
    if isinstance(listed, Mapping):
        return [str(name) for name in listed]
    rows = listed if isinstance(listed, list) else []
    names = [row.get("name") or row.get("id") if isinstance(row, Mapping) else row for row in rows]
    return [name for name in names if isinstance(name, str)]


def _inputs(text: str) -> list[str] | None:
    head = text[:_HEAD]
    if not _GENERATED.search(head):
        return None
    return list(dict.fromkeys(name for line in _SOURCE.findall(head) for name in _INPUT.findall(line)))


def _first_heading(text: str) -> str | None:
    for line in text[:_HEAD].split("\n"):
        if line.startswith("# "):
            return line[2:].strip()[:300] or None
    return None


def _digests(text: str) -> list[str]:
    lines = text.split("\n")[:_LINES_LIMIT]
    return [
        hashlib.sha1(line.rstrip().encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:12] for line in lines
    ]
