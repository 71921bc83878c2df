"""Markdown into an outline, by markdown-it's block parser.

Inline markup is parsed only where it matters (headings, links): parsing all of it would cost ten times as much, and
hostile inline markup is where Markdown parsers become slow.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from orchestrator_assets.documents.outline import Block, BlockKind, Link, Outline

_TEXT_LIMIT = 400_000
_LINE_LIMIT = 20_000
_LINES_LIMIT = 12_000
_INLINE_LIMIT = 20_000
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_CHECKBOX = re.compile(r"\[([ xX])\]\s+")
_ATTRIBUTES = re.compile(r"\s\{[#.:][^{}\n]{0,100}\}\s*\Z")
_LABELLED = re.compile(r"[^\n:]{1,60}:")


def markdown_outline(text: str) -> Outline:
    """The outline of a Markdown text (without front matter). Never raises. A text past the limits is cut, and
    `limited` says so."""
    text, limited = _bounded(text)
    environment: dict[str, Any] = {}
    tokens = _PARSERS.blocks.parse(text, environment)
    blocks = tuple(_blocks(tokens))
    links = tuple(link for block in blocks for link in _links(block, environment))
    return Outline(blocks, links, limited, text.count("\n") + 1)


def plain(raw: str) -> str:
    """Inline Markdown as people read it: emphasis, links and images gone, code spans kept in their backticks, one
    line."""
    if len(raw) > _INLINE_LIMIT:
        return " ".join(raw.split())
    parts: list[str] = []
    for token in _inline(raw):
        if token.type == "code_inline":
            parts.append(f"`{token.content}`")
        elif token.type in ("text", "text_special"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type == "image":
            parts.append(token.content)
    return " ".join("".join(parts).split())


_WARMING = threading.Lock()


class _Parsers(threading.local):
    """A pair of parsers for each thread: markdown-it compiles its rules at first use, and two threads that do so at
    once find them half made."""

    def __init__(self) -> None:
        self.blocks = MarkdownIt("commonmark", {"maxNesting": 24}).enable("table")
        self.blocks.core.ruler.enableOnly(["normalize", "block"])
        self.inline = MarkdownIt("commonmark", {"maxNesting": 24})
        with _WARMING:  # mdurl's tables are shared by all threads, and half made while their first user makes them
            self.inline.parseInline("[a](b%20c é) <https://example.org/%20é> ![a](b)")


_PARSERS = _Parsers()


def _inline(raw: str, environment: dict[str, Any] | None = None) -> list[Token]:
    parsed = _PARSERS.inline.parseInline(raw, environment)
    return parsed[0].children or [] if parsed else []


def _bounded(text: str) -> tuple[str, str | None]:
    limited = None
    if len(text) > _TEXT_LIMIT:
        text, limited = text[:_TEXT_LIMIT], f"only its first {_TEXT_LIMIT} characters were read"
    if text.count("\n") > _LINES_LIMIT:
        text = "\n".join(text.split("\n", _LINES_LIMIT)[:_LINES_LIMIT])
        limited = f"only its first {_LINES_LIMIT} lines were read"
    if max((len(line) for line in text.split("\n")), default=0) > _LINE_LIMIT:
        text = "\n".join(line[:_LINE_LIMIT] for line in text.split("\n"))
        limited = limited or f"lines were read up to {_LINE_LIMIT} characters"
    return text, limited


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    quotes = lists = tables = 0
    fresh_item = heading = row_header = in_cell = False
    level, row_line = 0, 1
    cells: list[str] = []
    for token in tokens:
        kind = token.type
        if kind in ("blockquote_open", "blockquote_close"):
            quotes += token.nesting
        elif kind in ("bullet_list_open", "bullet_list_close", "ordered_list_open", "ordered_list_close"):
            lists += token.nesting
        elif kind == "list_item_open":
            fresh_item = True
        elif kind == "heading_open":
            heading, level = True, int(token.tag[1])
        elif kind == "table_open":
            tables += 1
        elif kind == "thead_open":
            row_header = True
        elif kind == "thead_close":
            row_header = False
        elif kind == "tr_open":
            cells, row_line = [], _line(token)
        elif kind == "tr_close":
            yield Block(BlockKind.ROW, " | ".join(cells), row_line, quoted=quotes > 0, cells=tuple(cells),
                        header=row_header, table=tables)  # fmt: skip
        elif kind in ("th_open", "td_open", "th_close", "td_close"):
            in_cell = token.nesting > 0
        elif kind == "hr":
            yield Block(BlockKind.RULE, token.markup, _line(token))
        elif kind == "inline":
            if in_cell:
                cells.append(_without_comments(token.content).strip())
                continue
            yield _text_block(token, heading, level, quotes, lists, fresh_item)
            heading = fresh_item = False


def _text_block(token: Token, heading: bool, level: int, quotes: int, lists: int, fresh: bool) -> Block:
    raw = _without_comments(token.content)
    line = _line(token)
    if heading and not ("\n" in raw and _LABELLED.match(raw)):
        return Block(BlockKind.HEADING, _ATTRIBUTES.sub("", raw).strip(), line, level=level, quoted=quotes > 0)
    # "Status: x / Date: y / ---" is a setext heading to Markdown, and label lines to whoever wrote it.
    checked = None
    if fresh and lists and (box := _CHECKBOX.match(raw)):
        checked, raw = box.group(1) != " ", raw[box.end() :]
    return Block(
        BlockKind.TEXT,
        raw.rstrip(),
        line,
        quoted=quotes > 0,
        item=lists,
        starts_item=fresh and lists > 0,
        checked=checked,
    )


def _line(token: Token) -> int:
    return (token.map[0] if token.map else 0) + 1


def _without_comments(raw: str) -> str:
    # Comments keep their line breaks, so that the lines of what follows stay right.
    return _COMMENT.sub(lambda found: "\n" * found.group().count("\n"), raw) if "<!--" in raw else raw


def _links(block: Block, environment: dict[str, Any]) -> Iterator[Link]:
    """The links of a block; `environment` holds the document's link references."""
    mark = "[" if environment.get("references") else "]("
    if mark not in block.raw or len(block.raw) > _INLINE_LIMIT:
        return
    line, text, target = block.line, "", None
    for token in _inline(block.raw, environment):
        if token.type in ("softbreak", "hardbreak"):
            line += 1
        elif token.type == "link_open":
            target, text = str(token.attrGet("href") or ""), ""
        elif token.type == "link_close" and target is not None:
            yield Link(text, target, line)
            target = None
        elif target is not None:
            text += token.content
