"""Architecture pages in parts: the text before the first section, and each section as written."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SECTION = re.compile(r"##\s+(.+?)\s*#*\s*")
_TITLE = re.compile(r"#\s+(.+?)\s*#*\s*")
_STATUS = re.compile(r"(?P<before>[\s>*-]*\*\*Status:\*\*\s*).*?(?P<after>\s*)")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+\S|\s*\|.*\|\s*$")
CHANGES = "Key changes"


@dataclass(frozen=True, slots=True)
class PageParts:
    """A page: its head (title and header), its sections in order (heading -> body, as written)."""

    head: str
    sections: dict[str, str]


def take_apart(text: str) -> PageParts:
    """A page's parts; headings inside code fences are none. A heading that stands twice keeps its first place and
    both bodies."""
    head: list[str] = []
    sections: dict[str, list[str]] = {}
    current, fence = head, ""
    for line in text.splitlines():
        mark = line.lstrip()[:3]
        if mark in ("```", "~~~") and (not fence or mark == fence):
            fence = "" if fence else mark
        heading = None if fence else _SECTION.fullmatch(line)
        if heading:
            current = sections.setdefault(heading[1], [])
        else:
            current.append(line)
    return PageParts(
        "\n".join(head).strip("\n"), {name: "\n".join(body).strip("\n") for name, body in sections.items()}
    )


def proposed_page(parts: PageParts, changed: dict[str, str], reasons: list[str]) -> str:
    """A proposed page: the same sections in the same order, changed ones replaced, the changes and their sources named
    in a section that promotion drops."""
    blocks = [_proposed_head(parts.head), f"## {CHANGES}\n\n" + "\n".join(f"- {reason}" for reason in reasons)]
    blocks += [f"## {name}\n\n{changed.get(name, body)}".rstrip() for name, body in parts.sections.items()]
    return "\n\n".join(block for block in blocks if block) + "\n"


def items_in(body: str) -> int:
    """List items and table rows of a section."""
    return sum(bool(_ITEM.match(line)) for line in body.splitlines())


def _proposed_head(head: str) -> str:
    lines = []
    for line in head.splitlines():
        title, status = _TITLE.fullmatch(line), _STATUS.fullmatch(line)
        if title and not title[1].lower().endswith("(proposed)"):
            line = f"# {title[1]} (proposed)"
        elif status:
            line = f"{status['before']}PROPOSED{status['after']}"
        lines.append(line)
    return "\n".join(lines)
