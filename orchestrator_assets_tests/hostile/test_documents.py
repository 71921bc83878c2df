"""Hostile documents, a class each, through a whole scan: the exact outcome, bounded cost, an honest neighbour."""

from __future__ import annotations

import codecs

import pytest

from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets.kinds import kinds
from orchestrator_assets_tests.fleets import Fleet, decision
from orchestrator_assets_tests.hostile.neighbourhood import Outcome, scan, scan_all

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
PATH = "docs/decisions/ADR-0002-x.md"


def bomb(levels: int, first: str, line: str) -> str:
    """YAML whose each line names the one before several times."""
    return first + "".join(line.format(this=n + 1, before=n) for n in range(levels))


MERGE_BOMB = bomb(40, "b0: &b0 {k: 1}\n", "b{this}: &b{this} {{<<: [*b{before}, *b{before}]}}\n")
LAUGHS = bomb(12, "b0: &b0 [lol]\n", "b{this}: &b{this} [" + ", ".join(["*b{before}"] * 9) + "]\n")


def front(matter: str) -> str:
    return f"---\n{matter}\n---\n\n# ADR-0002: Hostile\n\nStatus: Accepted\nDate: 2026-01-02\n"


def scanned(fleet: Fleet, files: dict[str, str | bytes]) -> Outcome:
    [made] = fleet.make("hostile")
    made.commit(files)
    return scan(fleet)


def scanned_side_by_side(fleet: Fleet, repositories: list[dict[str, str | bytes]]) -> list[Outcome]:
    """A repository for each, scanned at once: the whole may cost what one may."""
    names = [f"hostile-{number}" for number in range(len(repositories))]
    for made, files in zip(fleet.make(*names), repositories, strict=True):
        made.commit(files)
    return list(scan_all(fleet, *names).values())


def codes_at(found: Outcome, path: str) -> set[str]:
    return {code for code, at in found.problems if at == path}


MATTER = [
    MERGE_BOMB,
    LAUGHS,
    "a: " + "[" * 100_000,
    "{" * 100_000,
    "status: !!python/object/apply:os.system ['touch /tmp/owned']",
    "status: accepted\nstatus: rejected",
    "number: " + "9" * 5000,
    "a: &a [*a]",
    "? " * 20_000,
    "- " * 20_000,
    "k: \x00",
    "date: 2026-13-45",
]


def test_front_matter(fleet: Fleet) -> None:
    for matter, found in zip(
        MATTER, scanned_side_by_side(fleet, [{PATH: front(matter)} for matter in MATTER]), strict=True
    ):
        assert found.status == "ok", matter[:40]
        assert codes_at(found, PATH), f"what is not read is told: {matter[:40]}"
        refused = "decision.binary" in codes_at(found, PATH)
        assert len(found.records) == (1 if refused else 2), f"the rest of a text is read: {matter[:40]}"


SETTINGS = [MERGE_BOMB, LAUGHS, "[" * 100_000, "a: b: c", "decisions: 5", "!!python/name:os.system"]


def test_settings_of_a_repository(fleet: Fleet) -> None:
    outcomes = scanned_side_by_side(fleet, [{".orchestrator.yaml": settings} for settings in SETTINGS])
    for settings, found in zip(SETTINGS, outcomes, strict=True):
        assert found.status == "ok" and "repository.settings_invalid" in found.codes, settings[:40]
        assert len(found.records) == 1, settings[:40]


def test_text_in_every_encoding(fleet: Fleet) -> None:
    good = decision(2)
    found = scanned(
        fleet,
        {
            "docs/adr/0002-bom.md": codecs.BOM_UTF8 + good.encode(),
            "docs/adr/0003-utf16.md": good.replace("0002", "0003").encode("utf-16"),
            "docs/adr/0004-latin.md": good.replace("Choice", "caf\xe9").replace("0002", "0004").encode("latin-1"),
            "docs/adr/0005-nul.md": good.replace("Choice", "a\x00b").replace("0002", "0005").encode(),
            "docs/adr/0006-surrogate.md": good.replace("0002", "0006").encode() + b"\xed\xa0\x80",
            "docs/adr/0007-crlf.md": good.replace("0002", "0007").replace("\n", "\r\n").encode(),
        },
    )
    assert found.status == "ok" and len(found.records) == 6
    told = {path: codes_at(found, path) for path in ("docs/adr/0002-bom.md", "docs/adr/0007-crlf.md")}
    assert not {"decision.repaired_text", "decision.binary"} & set().union(*told.values())
    assert "decision.repaired_text" in codes_at(found, "docs/adr/0004-latin.md")
    assert "decision.binary" in codes_at(found, "docs/adr/0005-nul.md")
    assert "decision.repaired_text" in codes_at(found, "docs/adr/0006-surrogate.md")


BODIES = [
    "x" * 4_000_000,
    "[" * 1_000_000,
    "*_" * 500_000,
    "`" * 1_000_000,
    "> " * 200_000,
    "- " * 200_000,
    "#" * 1_000_000,
    "|" * 1_000_000,
    "| a " * 300_000 + "\n" + "|---" * 300_000,
    "<" * 1_000_000,
    "![" * 300_000,
    "[a](" * 300_000,
    "&" * 1_000_000,
    "a@" * 300_000,
    "http://" * 150_000,
    "\\" * 1_000_000,
    "Status: " + " " * 1_000_000 + "x",
    "Date: " + "2026-" * 200_000,
    "\n" * 1_000_000,
    " \t" * 500_000,
    "---\n" * 200_000,
    "<!--" * 200_000,
    "Status: x | " * 80_000,
    "* a\n" * 100_000,
    "|a|b|\n|-|-|\n" * 50_000,
    "[a]: b\n" * 100_000,
    "a-" * 300_000,
    "1.2." * 200_000,
]
GROUPS = 7


@pytest.mark.parametrize("group", range(GROUPS))
def test_bodies_that_make_parsers_explode(fleet: Fleet, group: int) -> None:
    texts = [f"# ADR-0002: Hostile\n\nStatus: Accepted\n\n{body}\n" for body in BODIES[group::GROUPS]]
    places = (PATH, "docs/session-notes/ISSUE-1-x.md", "docs/adr/0009-x.rst")
    for text, found in zip(
        texts, scanned_side_by_side(fleet, [dict.fromkeys(places, text) for text in texts]), strict=True
    ):
        assert found.status == "ok", text[40:60]
        too_large = [code for code, _ in found.problems if code == "document.too_large"]
        assert len(found.records) + len(too_large) >= 2, text[40:60]


def test_front_matter_never_closed(fleet: Fleet) -> None:
    found = scanned(fleet, {PATH: "---\nstatus: accepted\n# ADR-0002: Hostile\n\n## Context\n" + "text\n" * 100_000})
    assert found.status == "ok" and len(found.records) == 2


EVIL = 'x | ` <img src=x onerror=alert(1)> [a](javascript:alert(1)) ![b](http://127.0.0.1/) "]() --> {{7*7}} \x1b[31m\u202e'


def test_titles_that_are_markup(fleet: Fleet) -> None:
    found = scanned(fleet, {PATH: f"# ADR-0002: {EVIL}\n\nStatus: {EVIL}\nDate: {EVIL}\n"})
    assert found.status == "ok"
    for kind in kinds():
        for path, content in build_index(fleet.engine, kind).files.items():
            page = content.decode()
            assert "\x1b" not in page and "\u202e" not in page
            if path.endswith(".md"):
                bare = page.replace("\\<", "").replace("\\[", "").replace("\\]", "").replace("\\(", "")
                assert "<img" not in bare and "](javascript" not in bare and "](http://127" not in bare


JSON = [
    '{"movements": ' + "[" * 100_000,
    '{"movements": [' + "{}," * 300_000 + "{}]}",
    '{"movements": [], "n": ' + "9" * 100_000 + "}",
    '{"movements": [], "movements": []}',
    '{"movements": "\\ud800"}',
    '{"domains": [{"id": "\\u0000", "sequenceFile": "../../../etc/passwd"}]}',
    '{"$schema": "x", "properties": {"movements": {}, "a": {"$ref": "#/properties/a"}}}',
]


def test_json(fleet: Fleet) -> None:
    package = '{"name": "p", "renderx": {"sequences": ["scores"]}}'
    repositories = [{"package.json": package, "scores/x.json": text, "registry.json": text} for text in JSON]
    assert [found.status for found in scanned_side_by_side(fleet, repositories)] == ["ok"] * len(JSON)
    for kind in kinds():
        build_index(fleet.engine, kind)
