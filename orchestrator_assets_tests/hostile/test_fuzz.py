"""Real files, mutated: every parser of every kind takes whatever becomes of them, in bounded time and always alike.

`make fuzz` runs it for longer; a failure prints the seed that makes it again.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from functools import cache

import pytest

from orchestrator_assets.kinds import DocumentKind, Parsed, kinds
from orchestrator_assets_tests.conftest import CHECKOUT

SECONDS = float(os.environ.get("FUZZ_SECONDS", "4"))
SEED = int(os.environ.get("FUZZ_SEED", "0")) or random.randrange(1, 2**31)
SUFFIXES = (".md", ".json", ".yaml", ".rst", "")
_SLOW = 5.0
_LARGEST = 40_000
_PIECES = (
    b"[" * 200, b"{" * 200, b"- " * 100, b"# ", b"\n\n", b"---\n", b"```", b"|", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf",
    b"\xed\xa0\x80", b"&a *a", b"<<: *a", b"9" * 400, b"2026-02-30", b"\r", b"\x1b[31m", "\u202e".encode(), b'{"a":1,"a":2}',
    b"](javascript:x)", b"<!--", b"!!python/object:os.system", b"> **Status:** ", b"1e999", b"\t", b"`" * 50, b"*" * 500,
)  # fmt: skip


@cache
def seeds() -> tuple[bytes, ...]:
    """Documents of this project itself, and one of each format."""
    found = [path.read_bytes()[:_LARGEST] for path in sorted((CHECKOUT / "docs").rglob("*.md"))]
    made = (
        b'{"id": "s", "name": "S", "movements": [{"id": "m", "beats": [{"beat": 1, "event": "e", "handler": "h"}]}]}',
        b'{"domains": [{"id": "d", "name": "D", "category": "system", "status": "active", "sequenceFile": "a\\\\b.json"}]}',
        b"patterns:\n  - id: a\n    derives_from: [b]\n", b"playbooks:\n  - {name: a, activity: deploy, path: a.sh}\n",
        b"# ADR-0001: T\n\n> **Status:** Accepted\n> **Date:** 2026-01-01\n\n## Session Log\n\n### 2026-01-02: x\n",
        b"# Issue #1\n\n## 2026-01-01\n\n### Next Steps\n- [ ] a\n", b"# P\n\n## Execution Sequence\n1. a #1\n",
    )  # fmt: skip
    return (*found, *made)


def mutated(chance: random.Random) -> bytes:
    """A seed with some of its bytes changed, cut, doubled, or mixed with others'."""
    data = bytearray(chance.choice(seeds()))
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0:
                data[at:at] = chance.choice(_PIECES)
            case 1:
                del data[at : at + chance.randrange(1, 200)]
            case 2 if data:
                data[at % len(data)] = chance.randrange(256)
            case 3:
                data[at:at] = data[at : at + chance.randrange(1, 400)] * chance.randint(1, 20)
            case 4:
                other = chance.choice(seeds())
                start = chance.randrange(len(other))
                data[at:at] = other[start : start + chance.randrange(1, 400)]
            case _:
                data = data[:at]
    return bytes(data[:_LARGEST])


def inputs(kind: DocumentKind) -> Iterator[tuple[int, bytes, str]]:
    end = time.monotonic() + SECONDS
    number = 0
    while time.monotonic() < end:
        number += 1
        chance = random.Random(f"{SEED} {kind.name} {number}")
        yield number, mutated(chance), chance.choice(SUFFIXES)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
@pytest.mark.timeout(SECONDS * 20 + 300)
def test_whatever_becomes_of_a_file_it_is_parsed_or_refused(kind: DocumentKind) -> None:
    for number, data, suffix in inputs(kind):
        told = f"FUZZ_SEED={SEED}, {kind.name} number {number}, suffix {suffix!r}"
        began = time.monotonic()
        parsed = kind.parse(data, suffix)
        seconds = time.monotonic() - began
        assert isinstance(parsed, Parsed), told
        assert parsed.payload is not None or parsed.problems or not parsed.counted, f"refused without a reason: {told}"
        assert seconds < _SLOW, f"{seconds:.1f} s: {told}"
        assert parsed == kind.parse(data, suffix), f"not alike: {told}"
