"""Full-text search: compounds are found, and no text or query makes it slow or fail."""

from __future__ import annotations

import pytest

from orchestrator_assets.catalog.search import search
from orchestrator_assets.documents.text import words_of
from orchestrator_assets_tests.fleets import Fleet


@pytest.fixture
def filled(fleet: Fleet) -> Fleet:
    [made] = fleet.make("a")
    made.commit(
        {
            "docs/adr/0005-bus.md": "# ADR-0005: An event-bus for snake_case names\n\nStatus: Accepted\n\nWe don't use AMQP/1.0.\n"
        }
    )
    fleet.scan()
    return fleet


@pytest.mark.parametrize(
    "query",
    [
        "event-bus",
        "event bus",
        '"event bus"',
        "ADR-0005",
        "snake_case",
        "names -kafka",
        "AMQP/1.0",
        "café or names",
        "uses",
    ],
)
def test_what_is_found(filled: Fleet, query: str) -> None:
    assert [hit.path for hit in search(filled.engine, query)] == ["docs/adr/0005-bus.md"]


@pytest.mark.parametrize(
    "query", ["kafka", "event -bus", '"bus event"', "---", '"', "", "<!--" * 5000, "'; DROP TABLE x", "\x00"]
)
def test_what_is_not(filled: Fleet, query: str) -> None:
    assert search(filled.engine, query) == []


def test_words() -> None:
    assert words_of("<b>An event-bus</b>, caf\u00e9 & snake_case!", 100) == "b An event bus b caf\u00e9 snake case"
    assert words_of("a " * 500, 9) == "a a a a a"
