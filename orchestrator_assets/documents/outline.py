"""A document as a flat list of blocks with their lines: what Markdown and reStructuredText both come down to.

Comments and code are left out, so that a word in them is never taken for a statement of the document.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class BlockKind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    TEXT = "text"
    ROW = "row"
    RULE = "rule"
    FIELD = "field"


@dataclass(frozen=True, slots=True)
class Link:
    """A link as written: its text, its target, the 1-based line it stands in."""

    text: str
    target: str
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a run of text, or a row of a table. `raw` is its source (inline markup kept, quote and list marks
    gone, lines separated by `\\n`); `line` is the first line's number, 1-based.

    level   of a heading, 1 is the highest
    cells   of a row, inline markup kept; `header` is whether it is the table's head; `table` numbers the tables
    item    depth in lists, 0 outside; `starts_item` is whether the block begins an item, `checked` its checkbox
    field   the name of a reST field whose body `raw` is
    """

    kind: BlockKind
    raw: str
    line: int
    level: int = 0
    quoted: bool = False
    item: int = 0
    starts_item: bool = False
    checked: bool | None = None
    cells: tuple[str, ...] = ()
    header: bool = False
    table: int = 0
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """All blocks of a document in order, and all its links. `limited` says what was left out of an over-large
    document (None: nothing)."""

    blocks: tuple[Block, ...]
    links: tuple[Link, ...] = ()
    limited: str | None = None
    lines: int = field(default=0)

    @property
    def headings(self) -> list[Block]:
        """The headings, in order."""
        return [block for block in self.blocks if block.kind is BlockKind.HEADING]

    def section(self, heading: Block) -> Iterator[Block]:
        """The blocks below a heading, up to the next one of its level or higher; sub-headings are among them."""
        inside = False
        for block in self.blocks:
            if block is heading:
                inside = True
            elif inside and block.kind is BlockKind.HEADING and block.level <= heading.level:
                return
            elif inside:
                yield block

    def body(self, heading: Block) -> list[Block]:
        """The blocks directly below a heading, up to the next heading of any level."""
        found: list[Block] = []
        for block in self.section(heading):
            if block.kind is BlockKind.HEADING:
                break
            found.append(block)
        return found
