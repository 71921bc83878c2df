"""Session notes in the shapes people keep them."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator_assets.kinds import Commit, Document, Parsed, RepositoryTree, Resolution
from orchestrator_assets.session_notes.kind import KIND
from orchestrator_assets.session_notes.model import ParsedNote, SessionNote

NOTE = """# Issue #12: Idempotency keys

> **Issue:** [shop#12](https://example.org/issues/12)
> **Status:** In Progress

## 2026-03-03
<!-- @appended by /issue on 2026-03-03T00:00:00Z -->

### Context

Why.

### Work Done

- Did it

### Next Steps

- First
- [ ] Second
- [x] Done already
  - detail
1. Third

## 2026-03-05: the day after

### Next steps
- Fourth
"""


def resolve(files: dict[str, str], **chosen: object) -> Resolution:
    paths = sorted(files)
    folders = frozenset(str(parent) for path in paths for parent in PurePosixPath(path).parents if str(parent) != ".")
    documents = []
    for path in KIND.select(paths, chosen, {}):
        parsed = KIND.parse(files[path].encode(), PurePosixPath(path).suffix.lower())
        counted = KIND.is_document(path, parsed, chosen)
        commit = Commit("f" * 40, "2026-01-01T00:00:00+00:00")
        documents.append(Document(path, "b" * 40, Parsed(parsed.payload, parsed.problems, counted), commit, commit))
    return KIND.resolve(RepositoryTree("r", "c" * 40, frozenset(paths), folders, chosen), documents)


def notes(files: dict[str, str], **chosen: object) -> list[SessionNote]:
    return [record.payload for record in resolve(files, **chosen).records]  # type: ignore[misc]


def codes(files: dict[str, str]) -> list[str]:
    return sorted(problem.code.removeprefix("session_note.") for problem in resolve(files).problems)


@pytest.mark.parametrize(
    "change",
    [lambda text: text, lambda text: "\ufeff" + text.replace("\n", "\r\n"), lambda text: text.replace("> ", "")],
)
def test_a_note_that_grows_by_dated_sections(change: object) -> None:
    path = "docs/session-notes/ISSUE-12-idempotency-keys.md"
    first, second = notes({path: change(NOTE)})  # type: ignore[operator]
    assert (first.source, first.issue, first.title, first.status) == ("note", 12, "Idempotency keys", "in_progress")
    assert (first.date, second.date) == ("2026-03-03", "2026-03-05")
    assert first.next_steps == ["First", "Second", "Third"], "what is ticked off is no open step"
    assert second.next_steps == ["Fourth"]
    assert first.sections["Context"] == "Why." and set(second.sections) == {"Next steps"}


def test_an_ad_hoc_note_takes_its_date_from_header_or_name() -> None:
    text = "# Session: Cleaning up\n\n> **Date:** 2026-02-03\n> **Type:** maintenance\n\n## Summary\n\nCleaned.\n"
    [note] = notes({"docs/session-notes/2026-02-02-cleaning.md": text})
    assert (note.title, note.date, note.issue, note.status) == ("Cleaning up", "2026-02-03", None, None)
    [named] = notes({"docs/session-notes/2026-02-02-cleaning.md": "# Session: Cleaning up\n\nCleaned.\n"})
    assert named.date == "2026-02-02"
    assert codes({"docs/session-notes/cleaning.md": "# Cleaning\n\nCleaned.\n"}) == ["no_date"]


@pytest.mark.parametrize(
    ("raw", "status"),
    [("In Progress", "in_progress"), ("in progress (waiting)", "in_progress"), ("Complete", "complete"), ("✅ Done", "complete"),
     ("COMPLETED", "complete"), ("In Progress | Complete", None), ("Parked", None), ("Incomplete", None)],
)  # fmt: skip
def test_statuses(raw: str, status: str | None) -> None:
    [note] = notes(
        {"docs/session-notes/ISSUE-1-x.md": f"# Issue #1: X\n\n> **Status:** {raw}\n\n## 2026-01-01\n\nText.\n"}
    )
    assert note.status == status


TABLES = """# Session Notes

<!-- | [#99](session-notes/ISSUE-99-decoy.md) | Decoy | 2026-01-01 | -->

## Active

| Issue | Description | Last Updated |
|---|---|---|
| [#1](session-notes/ISSUE-1-a.md) | First thing | 2026-01-05 |

## Complete

| Issue | Description | Completed |
|---|---|---|
| [#2](session-notes/ISSUE-2-gone.md) | Second thing | 2026-01-06 |
"""
BULLETS = """# Session Notes

- [ISSUE-1](session-notes/ISSUE-1-a.md): First thing - In Progress
- [ISSUE-2](session-notes/ISSUE-2-gone.md): Second thing ✅

```
- [ISSUE-98](session-notes/ISSUE-98-decoy.md): Decoy
```
"""
DATES = """# Session Notes

| Date | Summary | Status |
|---|---|---|
| 2026-01-05 | [First thing](session-notes/ISSUE-1-a.md) | In Progress |
| 2026-01-06 | [Second thing](session-notes/ISSUE-2-gone.md) | Complete |
"""


@pytest.mark.parametrize(("page", "dates"), [(TABLES, True), (BULLETS, False), (DATES, True)])
def test_index_pages_in_three_shapes(page: str, dates: bool) -> None:
    note = "# Issue #1: A\n\n> **Status:** In Progress\n\n## 2026-01-05\n\nText.\n"
    files = {"docs/SESSION_NOTES.md": page, "docs/session-notes/ISSUE-1-a.md": note}
    rows = [item for item in notes(files) if item.source == "index_row"]
    assert [(r.issue, r.status, r.target_exists) for r in rows] == [(1, "in_progress", True), (2, "complete", False)]
    assert [r.target for r in rows] == ["docs/session-notes/ISSUE-1-a.md", "docs/session-notes/ISSUE-2-gone.md"]
    assert [r.date for r in rows] == (["2026-01-05", "2026-01-06"] if dates else [None, None])
    assert codes(files) == ["dangling_row"]


def test_notes_that_no_row_lists_and_rows_that_disagree() -> None:
    note = "# Issue #1: A\n\n> **Status:** Complete\n\n## 2026-01-05\n\nText.\n"
    files = {
        "docs/SESSION_NOTES.md": BULLETS,
        "docs/session-notes/ISSUE-1-a.md": note,
        "docs/session-notes/ISSUE-3-b.md": note,
    }
    assert codes(files) == ["dangling_row", "issue_disagrees", "status_disagrees", "unlisted"], (
        "ISSUE-3 calls itself #1"
    )


def test_dates_out_of_order_and_impossible_ones_are_told() -> None:
    text = "# Issue #1: A\n\n## 2026-02-31\n\nText.\n\n## 2026-01-05\n\nText.\n\n## 2026-01-04\n\nText.\n"
    assert codes({"docs/session-notes/ISSUE-1-a.md": text}) == ["bad_date", "out_of_order"]
    assert codes({"docs/session-notes/ISSUE-1-a.md": ""}) == ["empty"]


def test_session_logs_count_only_where_there_is_one() -> None:
    log = "# ADR-0001: X\n\nStatus: Accepted\n\n## Session Log\n\n### 2026-01-05: Began\n\nText.\n\n### 2026-01-06\n\nMore.\n"
    files = {
        "docs/decisions/ADR-0001-x.md": log,
        "docs/decisions/ADR-0002-y.md": "# ADR-0002: Y\n\n## 2026-01-01\n\nNo log.\n",
    }
    found = notes(files)
    assert [(n.source, n.date, n.title) for n in found] == [
        ("session_log", "2026-01-05", "2026-01-05: Began"), ("session_log", "2026-01-06", "2026-01-06"),
    ]  # fmt: skip
    parsed = KIND.parse(files["docs/decisions/ADR-0002-y.md"].encode(), ".md")
    assert not KIND.is_document("docs/decisions/ADR-0002-y.md", parsed, {})


def test_command_logs() -> None:
    text = "# Plan review\n\n> **Command:** /plan-review\n> **Date:** 2026-04-01\n> **Target:** PROJECT-20\n\n## Result\n\nFine.\n"
    [note] = notes({"docs/command-logs/2026-04-01-plan-review-PROJECT-20.md": text})
    assert (note.source, note.date, note.target, note.target_exists) == (
        "command_log",
        "2026-04-01",
        "PROJECT-20",
        None,
    )


def test_places_are_settable_and_templates_are_no_notes() -> None:
    text = "# Session: X\n\nText.\n"
    files = {
        "notes/2026-01-01-x.md": text,
        "notes/TEMPLATE.md": text,
        "notes/README.md": text,
        "docs/session-notes/2026-01-01-y.md": text,
    }
    assert len(notes(files, places=["notes"])) == 1


PIECES = st.sampled_from(["# ", "## 2026-01-01", "\n", "- ", "| a | b |\n|---|---|\n", "[#1](x.md)", "> **Status:** ", "✅", "<!--", "-->",
                          "### Next Steps\n", "## Session Log\n", "\x00", "\u202e", "```", "  ", "2026-02-31", "In Progress", "|"])  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=60).map(lambda parts: "".join(parts).encode())))
def test_parse_never_raises_and_is_deterministic(data: bytes) -> None:
    first = KIND.parse(data, ".md")
    assert first == KIND.parse(data, ".md")
    if first.payload is None:
        assert first.problems
    else:
        ParsedNote.model_validate(first.payload)
