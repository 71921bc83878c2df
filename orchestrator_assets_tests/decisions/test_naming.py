"""Numbers, ids and titles out of file names and headings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.decisions.naming import read_file_name, read_heading

# (file name, heading): (number of the file, title)
NAMES: dict[tuple[str, str], tuple[int | None, str]] = {
    ("ADR-0001.md", "ADR-0001: Use X"): (1, "Use X"),
    ("0009-x.md", "ADR 0009: Use X"): (9, "Use X"),
    ("ISSUE-47-X.md", "Issue #47: Use X"): (47, "Use X"),
    ("ADR-0001 (update) — x.md", "ADR-0001 (update) — Use X"): (1, "Use X"),
    ("2025-01-01-x.md", "ADR: Use X"): (None, "Use X"),
    ("20250101-x.md", "Use X"): (None, "Use X"),
    ("0012-x.md", "12. Use X"): (12, "Use X"),
    ("0007-x.md", "7) Use X"): (7, "Use X"),
    ("012-x.md", "ADR 012 - Use X"): (12, "Use X"),
    ("adr-12-x.md", "ADR-12 Use X"): (12, "Use X"),
    ("adr012-x.md", "ADR012: Use X"): (12, "Use X"),
    ("rfc-5.md", "RFC-5: Use X"): (5, "Use X"),
    ("0005-x.md", "Decision 5: Use X"): (5, "Use X"),
    ("0005-x.rst", "0005 Use X"): (5, "Use X"),
    ("0006-x.md", "[ADR-0006] Use X"): (6, "Use X"),
    ("0006-y.md", "ADR#6: Use X"): (6, "Use X"),
    ("ARCH-012-x.md", "ARCH-012: Use X"): (12, "Use X"),
    ("PROJ-ADR-7-x.md", "PROJ-ADR-7: Use X"): (7, "Use X"),
    ("0012-y.md", "Arch-012: Use X"): (12, "Use X"),
    ("0007-a.md", "Architecture Decision Record 7: Use X"): (7, "Use X"),
    ("0007-b.md", "Architectural Decision 7 – Use X"): (7, "Use X"),
    ("0007-c.md", "ADR: 0007 - Use X"): (7, "Use X"),
    ("0007-d.md", "ADR – 0007 – Use X"): (7, "Use X"),
    ("0007-e.md", "ADR 7 | Use X"): (7, "Use X"),
    ("0007-f.md", "📝 ADR-0007: Use X"): (7, "Use X"),
    ("0007-g.md", "ADR-XXX: Use X"): (7, "Use X"),
    ("0007-h.md", "ADR-NNN: Use X"): (7, "Use X"),
    ("0007-i.md", "ADR-0003: Use X"): (7, "Use X"),
    ("0007-j.md", "**ADR-0007: Use X**"): (7, "Use X"),
    ("0007-k.md", "ADR-0007: *Use* [X](x.md) with `y`"): (7, "Use X with `y`"),
    # words and numbers that belong to the title
    ("0007-l.md", "3 reasons to use X"): (7, "3 reasons to use X"),
    ("0007-m.md", "2024 roadmap"): (7, "2024 roadmap"),
    ("0003-y.md", "Python 3 - use it"): (3, "Python 3 - use it"),
    ("0007-n.md", "Phase 2: SDK"): (7, "Phase 2: SDK"),
    ("0007-o.md", "OAuth2 for login"): (7, "OAuth2 for login"),
    ("0007-p.md", "UTF-8 everywhere"): (7, "UTF-8 everywhere"),
    ("0007-q.md", "🚀 Use X"): (7, "🚀 Use X"),
    ("0007-r.md", "Use snake_case_names"): (7, "Use snake_case_names"),
    ("0007-s.md", "Use HTTP/2: the sequel"): (7, "Use HTTP/2: the sequel"),
    ("oauth2-login.md", "OAuth2"): (None, "OAuth2"),
}


@pytest.mark.parametrize(("file", "heading"), NAMES)
def test_numbers_and_titles(file: str, heading: str) -> None:
    name = read_file_name(f"docs/adr/{file}")
    assert (name.number, read_heading(heading, name.number).title) == NAMES[file, heading]


@given(st.text(max_size=60), st.none() | st.integers(0, 99999))
def test_never_raises(text: str, number: int | None) -> None:
    read_file_name(f"adr/{text}")
    assert read_heading(text, number) == read_heading(text, number)
