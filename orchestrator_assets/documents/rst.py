"""reStructuredText into an outline, by docutils: no file is included, nothing raw is let through."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from orchestrator_assets.documents.outline import Block, BlockKind, Link, Outline

_TEXT_LIMIT = 200_000
_LINES_LIMIT = 5_000
"""Every line may be a message of docutils' own, and it looks each one up among all others."""
_LINE_LIMIT = 5_000
"""docutils looks for references in time that grows with the square of a line's length, and gives up a whole document
for one line over its own limit."""

_SUBSTITUTED_LIMIT = 500
"""Longer texts keep their |substitutions|: what these stand for may be long, and stand in many places."""

_ONE_AT_A_TIME = threading.Lock()
"""docutils keeps its roles and directives in module globals."""

_SETTINGS = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,
    "halt_level": 6,
    "_disable_config": True,
    "doctitle_xform": False,
    "docinfo_xform": False,
    "sectsubtitle_xform": False,
    "smart_quotes": False,
    "line_length_limit": 2 * _LINE_LIMIT,
}


def rst_outline(text: str) -> Outline:
    """The outline of a reStructuredText text. Never raises: what docutils cannot make sense of is an outline without
    blocks whose `limited` says why."""
    from docutils.core import publish_doctree

    limited = None
    if len(text) > _TEXT_LIMIT:
        text, limited = text[:_TEXT_LIMIT], f"only its first {_TEXT_LIMIT} characters were read"
    if text.count("\n") > _LINES_LIMIT:
        text = "\n".join(text.split("\n", _LINES_LIMIT)[:_LINES_LIMIT])
        limited = f"only its first {_LINES_LIMIT} lines were read"
    if max(map(len, text.split("\n"))) > _LINE_LIMIT:
        text = "\n".join(line[:_LINE_LIMIT] for line in text.split("\n"))
        limited = limited or f"lines were read up to {_LINE_LIMIT} characters"
    try:
        with _ONE_AT_A_TIME:
            tree = publish_doctree(text, settings_overrides=_SETTINGS)
    except Exception as error:  # docutils raises whatever a directive raises
        return Outline((), (), f"not readable as reStructuredText: {type(error).__name__}", text.count("\n") + 1)
    blocks = tuple(_walk(tree, 0, _Tables()))
    links = tuple(_links(tree))
    return Outline(blocks, links, limited, text.count("\n") + 1)


class _Tables:
    count = 0


def _walk(node: Any, level: int, tables: _Tables) -> Iterator[Block]:
    from docutils import nodes

    for child in node.children:
        if isinstance(child, nodes.section):
            yield from _walk(child, level + 1, tables)
        elif isinstance(child, nodes.title):
            yield Block(BlockKind.HEADING, _raw(child), _line(child, title=True), level=max(level, 1))
        elif isinstance(child, nodes.field):
            name, body = child.children[0], child.children[1]
            yield Block(BlockKind.FIELD, _raw(body), _line(name), field=name.astext())
        elif isinstance(child, nodes.definition_list_item):
            term, meant = child.children[0], child.children[-1]
            yield Block(BlockKind.FIELD, _raw(meant), _line(term), field=term.astext())
        elif isinstance(child, nodes.row):
            cells = tuple(entry.astext().strip() for entry in child.children)
            header = isinstance(child.parent, nodes.thead)
            yield Block(BlockKind.ROW, " | ".join(cells), _line(child), cells=cells, header=header, table=tables.count)
        elif isinstance(child, nodes.table):
            tables.count += 1
            yield from _walk(child, level, tables)
        elif isinstance(child, nodes.paragraph):
            item = isinstance(child.parent, nodes.list_item)
            yield Block(
                BlockKind.TEXT,
                _raw(child),
                _line(child),
                item=int(item),
                starts_item=item and child.parent.index(child) == 0,
            )
        elif isinstance(child, nodes.line_block):
            yield Block(BlockKind.TEXT, child.astext(), _line(child))
        elif isinstance(child, nodes.transition):
            yield Block(BlockKind.RULE, "----", _line(child))
        elif not isinstance(child, _silent()):
            yield from _walk(child, level, tables)


def _silent() -> tuple[type, ...]:
    """What says nothing for the document: code, comments, tables of contents, docutils' own messages."""
    from docutils import nodes

    return (nodes.literal_block, nodes.comment, nodes.topic, nodes.system_message, nodes.Text)


def _raw(node: Any) -> str:
    raw = str(getattr(node, "rawsource", "") or node.astext()).strip()
    if "|" in raw and len(raw) <= _SUBSTITUTED_LIMIT and node.document is not None:
        for name, definition in node.document.substitution_defs.items():
            raw = raw.replace(f"|{name}|", definition.astext())
    return raw


def _line(node: Any, title: bool = False) -> int:
    line = node.line
    while line is None and node.parent is not None:
        node = node.parent
        line = node.line
    # docutils gives a title the line of its underline
    return max(1, (line or 1) - (1 if title else 0))


def _links(tree: Any) -> Iterator[Link]:
    from docutils import nodes

    for reference in tree.findall(nodes.reference):
        target = reference.get("refuri")
        if target:
            yield Link(reference.astext(), target, _line(reference))
