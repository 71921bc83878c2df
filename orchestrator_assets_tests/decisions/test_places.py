"""Which files of a tree are decisions."""

from __future__ import annotations

import pytest

from orchestrator_assets.decisions.places import select

FOUND = (
    "docs/decisions/a.md", "docs/adr/0001-a.md", "doc/adr/1.rst", "a/b/adr/c.md", "docs/ADR/0001-x.md", "docs/ADRs/1.md",
    "docs/adr/README.md", "docs/adr/ADR-0024 — GIF export", "docs/adr/archive/2.md", "docs/adr/0012-x.MD",
    "docs/adr/0005-email-template-engine.md", "docs/adr/0006-use-templates-for-mail.md", "docs/adr/0000-use-markdown.md",
)  # fmt: skip
NOT_FOUND = (
    "docs/decisions/TEMPLATE.md", "docs/adr/adr-template.md", "docs/adr/0000-template.md", "docs/adr/template-long.md",
    "docs/adr/ADR-XXXX-template.md", "docs/adr/_template.md", "docs/adr/templates/x.md", "docs/adr/img/a.png",
    "docs/adr/.hidden.md", "src/decisions.py", "src/adr.md", "docs/adr/LICENSE", "docs/adr/package.json",
    "docs/adr/node_modules/a.md", "notes/1.md",
)  # fmt: skip


@pytest.mark.parametrize("path", FOUND)
def test_default_places(path: str) -> None:
    assert select([path], {}, {}) == [path]


@pytest.mark.parametrize("path", NOT_FOUND)
def test_what_is_no_decision(path: str) -> None:
    assert select([path], {}, {}) == []


def test_places_that_are_set() -> None:
    assert select(["choices/1.md", "docs/decisions/1.md"], {"places": ["choices"]}, {}) == ["choices/1.md"]
    assert select(["choices/1.md"], {"places": "choices"}, {}) == ["choices/1.md"]
    assert select(["choices/1.md", "doc/adr/1.md"], {}, {".adr-dir": b"./choices/\r\n"}) == [
        "choices/1.md",
        "doc/adr/1.md",
    ]
