"""The dated sections of a document: what they say, and what they leave to be done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from orchestrator_assets.documents.dates import find_date
from orchestrator_assets.documents.header import text_labels
from orchestrator_assets.documents.markdown import plain
from orchestrator_assets.documents.outline import Block, BlockKind, Outline
from orchestrator_assets.documents.session_log import session_log_entries
from orchestrator_assets.session_notes.model import Entry, Heading
from orchestrator_assets.session_notes.naming import stated_issue
from orchestrator_assets.session_notes.status import has_mark, read_status

_DATED = re.compile(r"\W*(?:(?:session|update|entry|day)\b\W*)?\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)", re.IGNORECASE)
_NEXT = re.compile(
    r"\W*(?:(?:next|open|remaining|outstanding)\s+(?:steps?|items?|actions?|tasks?|work|session)\b.*"
    r"|what'?s\s+next|to-?dos?\b.*|follow[- ]?ups?\b.*)\W*",
    re.IGNORECASE | re.DOTALL,
)
_NOTHING = re.compile(r"\W*(?:none|nothing|n/?a)?\W*", re.IGNORECASE)
_DONE_ITEM = re.compile(r"~~.+~~", re.DOTALL)


def is_dated(heading: Block) -> bool:
    """Whether a heading begins with a date, possible or not."""
    return bool(_DATED.match(heading.raw))


def dated_entries(outline: Outline) -> tuple[list[Entry], list[Heading]]:
    """The sections whose heading begins with a date (dated ones inside another are part of it), and the headings of
    the sections beside them that say something and belong to no date."""
    starts = _starts(outline.headings)
    if not starts:
        return [], []
    beside = [block for block in outline.headings if block.level == starts[0].level and not is_dated(block)]
    texts = _below(outline.blocks, [*starts, *beside])
    entries = [_dated(block, texts[id(block)]) for block in starts]
    loose = [Heading(line=b.line, text=plain(b.raw)) for b in beside if any(inner.raw for inner in texts[id(b)])]
    return entries, loose


def log_entries(outline: Outline) -> list[Entry]:
    """The dated entries of the session log inside a document."""
    found = {id(entry.block): entry for entry in session_log_entries(outline)}
    texts = _below(outline.blocks, [entry.block for entry in found.values()])
    return [read_entry(texts[key], entry.line, entry.heading, entry.date) for key, entry in found.items()]


def whole_entry(outline: Outline, title_line: int | None) -> Entry:
    """The document as one entry: everything but its title and the labels of its header. The date is not read."""
    blocks: list[Block] = []
    in_header = True
    for block in outline.blocks:
        if block.kind is BlockKind.HEADING:
            if block.line == title_line:
                continue
            in_header = False
        if not (in_header and _only_labels(block)):
            blocks.append(block)
    return read_entry(blocks, title_line or 1, "", None)


def read_entry(blocks: Iterable[Block], line: int, heading: str, date: str | None) -> Entry:
    """An entry of these blocks: text by heading (by bold label where there are no headings; "" for what stands before
    the first), the open items of its next steps, and what labels right below the heading say."""
    sections: dict[str, list[str]] = {}
    scopes: list[list[Block]] = []
    labels: dict[str, str] = {}
    name, headed, scope_level = "", False, 0  # level 0: no scope; 7: one that a label opened
    for block in blocks:
        label = _label_line(block)
        if block.kind is BlockKind.HEADING:
            name, headed = plain(block.raw), True
            sections.setdefault(name, [])
            if not scope_level or block.level <= scope_level:
                scope_level = block.level if _NEXT.fullmatch(name) else 0
                scopes += [[]] if scope_level else []
            continue
        if not block.raw:
            continue
        if not sections and block.kind is BlockKind.TEXT and not block.item:
            labels.update((key, found.value) for key, found in text_labels(block) if found.value)
        if label is not None and (scope_level in (0, 7)):
            scope_level = 7 if _NEXT.fullmatch(label) else 0
            scopes += [[]] if scope_level else []
            if not headed:
                name = label
                sections.setdefault(name, [])
                continue
        elif scope_level:
            scopes[-1].append(block)
        elif inline := _inline_steps(block):
            scopes.append([inline])
        sections.setdefault(name, []).append(("- " if block.starts_item else "") + block.raw)
    status = labels.get("status")
    issue = next((labels[key] for key in ("issue", "tracking issue", "related issue") if key in labels), None)
    return Entry(
        line=line,
        heading=heading,
        date=date,
        sections={key: "\n".join(parts) for key, parts in sections.items() if parts or key},
        next_steps=[step for scope in scopes for step in _open_items(scope)],
        status=read_status(status) if status else None,
        issue=stated_issue(issue) if issue else None,
    )


def _starts(headings: Sequence[Block]) -> list[Block]:
    """The dated headings of the highest level that has any. A single one of level 1 is the document's title."""
    dated = [heading for heading in headings if is_dated(heading)]
    titles = [heading for heading in dated if heading.level == 1]
    if len(titles) < 2:
        dated = [heading for heading in dated if heading.level > 1]
    top = min((heading.level for heading in dated), default=0)
    return [heading for heading in dated if heading.level == top]


def _below(blocks: Sequence[Block], starts: Sequence[Block]) -> dict[int, list[Block]]:
    """The blocks below each heading, by its identity: in one pass, up to the next of them or of their level."""
    texts: dict[int, list[Block]] = {id(block): [] for block in starts}
    current: Block | None = None
    for block in blocks:
        if id(block) in texts:
            current = block
        elif current is not None and block.kind is BlockKind.HEADING and block.level <= current.level:
            current = None
        elif current is not None:
            texts[id(current)].append(block)
    return texts


def _dated(block: Block, below: Sequence[Block]) -> Entry:
    text = plain(block.raw)
    return read_entry(below, block.line, text, find_date(text))


def _label_line(block: Block) -> str | None:
    """The words of a paragraph that is nothing but a bold label: "**Next steps:**"."""
    raw = block.raw.strip()
    if block.kind is not BlockKind.TEXT or block.item or "\n" in raw or not raw.startswith(("**", "__")):
        return None
    found = dict(text_labels(block))
    return plain(raw).rstrip(": ") if len(found) == 1 and not next(iter(found.values())).value else None


def _inline_steps(block: Block) -> Block | None:
    """What a label says on its own line: "**Next steps:** tell the others"."""
    if block.kind is not BlockKind.TEXT or block.item:
        return None
    said = next((found.value for name, found in text_labels(block) if found.value and _NEXT.fullmatch(name)), None)
    return replace(block, raw=said) if said else None


def _only_labels(block: Block) -> bool:
    if block.kind is BlockKind.RULE or not block.raw.strip():
        return True
    if block.kind is BlockKind.FIELD:
        return True
    return block.kind is BlockKind.TEXT and len({label.line for _, label in text_labels(block)}) > block.raw.count("\n")


def _open_items(scope: Sequence[Block]) -> list[str]:
    """The items of the first level that are not ticked off or struck through; without a list, its paragraphs."""
    texts = [block for block in scope if block.kind is BlockKind.TEXT and block.raw.strip()]
    items = [block for block in texts if block.starts_item and block.item == 1]
    if items:
        return [plain(block.raw) for block in items if not _is_done(block)]
    return [plain(block.raw) for block in texts if not block.item and not _NOTHING.fullmatch(block.raw)]


def _is_done(item: Block) -> bool:
    return bool(item.checked) or bool(_DONE_ITEM.match(item.raw)) or has_mark(item.raw[:2])
