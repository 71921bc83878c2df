"""Reading anything: nothing is raised, the same is said twice, and records have places of their own."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator_assets.session_notes.kind import KIND
from orchestrator_assets.session_notes.model import SessionNote
from orchestrator_assets.session_notes.naming import file_date, file_issue, issue_number, split_title, stated_issue
from orchestrator_assets.session_notes.status import read_status, section_status
from orchestrator_assets_tests.session_notes.reading import NOTES, PAGE, index, resolve

PIECES = st.sampled_from([
    "# ", "## 2026-01-05", "### 2026-02-31 x", "\n", "\n\n", "- ", "1. ", "- [x] ", "> **Status:** ", "| Issue | Date | Status |\n|---|---|---|\n",
    "| [#1](session-notes/ISSUE-1-a.md) | 2026-01-01 | Done |\n", "[Issue #2: b](session-notes/ISSUE-2-b.md)", " - In Progress", "✅", "<!--", "-->",
    "### Next Steps\n", "**Next:**\n", "## Session Log\n", "## Active\n", "\x00", "\u202e", "```\n", "`", "  ", "|", "\\|", "~~", "---\n", "issue: 1\n",
    "\ud800", "\r\n", "#", "[", "](", ")",
])  # fmt: skip
BLOBS = st.one_of(
    st.binary(max_size=300),
    st.lists(PIECES, max_size=50).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass")),
)


@settings(deadline=None, max_examples=150)
@given(note=BLOBS, page=BLOBS, log=BLOBS, command=BLOBS)
def test_anything_is_read_and_rendered(note: bytes, page: bytes, log: bytes, command: bytes) -> None:
    files: dict[str, str | bytes] = {
        NOTES + "ISSUE-1-a.md": note,
        NOTES + "2026-01-05-b.md": page,
        PAGE: page,
        "docs/decisions/ADR-1-x.md": log,
        "docs/adr/0001-x.rst": log,
        "docs/command-logs/2026-01-05-x.md": command,
    }
    found = resolve(files)
    assert found == resolve(files)
    places = [(record.path, record.ordinal) for record in found.records]
    assert len(set(places)) == len(places)
    for record in found.records:
        assert record.line >= 1
        assert SessionNote.model_validate(record.payload.model_dump(mode="json")) == record.payload
        parsed = KIND.parse(files[record.path], "." + record.path.rpartition(".")[2])  # type: ignore[arg-type]
        assert KIND.is_document(record.path, parsed, {}), "a record out of a file that is not counted"
    known = {code.code for code in KIND.codes}
    assert {problem.code for problem in found.problems} <= known
    made = index({"r": files})
    assert KIND.render(made) == KIND.render(made)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_small_readers_never_raise(text: str) -> None:
    for reader in (issue_number, stated_issue, split_title, file_issue, file_date, read_status, section_status):
        assert reader(text) == reader(text)
    KIND.select([text], {"places": [text], "index_pages": text}, {})
