"""The published page: hostile titles stay one row and do nothing."""

from __future__ import annotations

import pytest
import yaml
from markdown_it import MarkdownIt

from orchestrator_assets.catalog.aggregate import assemble
from orchestrator_assets.decisions.index import render
from orchestrator_assets.decisions.kind import KIND
from orchestrator_assets.decisions.model import Decision
from orchestrator_assets.kinds import Coverage, Index, IndexedRecord, IndexInput
from orchestrator_assets.problems import LocatedProblem
from orchestrator_assets_tests.decisions.reading import resolve

HOSTILE = (
    "a | b \\| c", "[x](javascript:alert(1))", "![i](http://example.org/x.png)", "<img src=x onerror=alert(1)>", "`a", "``` b",
    "*a* _b_ ~~c~~", "&lt;script&gt;", "https://example.org/x", "<!-- gone", "--> back", "# x", "\u202eabc", "\\", "$a$", "{{ a }}", "x" * 900,
)  # fmt: skip


def index(files: dict[str, str | bytes]) -> Index:
    found = resolve(files)
    records = tuple(
        IndexedRecord("r", item.path, item.ordinal, "c" * 40, "b" * 40, item.line, item.payload) for item in found.records
    )  # fmt: skip
    coverage = (Coverage("r", "ok", False, "c" * 40, len(records), len(records), 0),)
    problems = tuple(LocatedProblem(problem, "r", "c" * 40) for problem in found.problems)
    return assemble(KIND, IndexInput(coverage, records, problems))


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_stays_one_row_and_does_nothing(title: str) -> None:
    front = yaml.safe_dump({"title": title, "status": title, "date": "2025-01-02"})
    made = index({"docs/adr/0007-x.md": f"---\n{front}---\n"})
    payload = made.records[0].payload
    assert isinstance(payload, Decision) and payload.title and payload.status_raw == title.strip()
    page = render(made)["ADR_INDEX.md"]
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(page)
    inner = [child for token in tokens for child in token.children or ()]
    assert not [
        token.type for token in inner if token.type in ("link_open", "image", "html_inline", "em_open", "s_open")
    ]
    assert len([token for token in tokens if token.type == "html_block"]) == 1, "only the mark of what made the page"
    rows = [line for line in page.split("\n") if "0007-x.md" in line and line.startswith("| ADR-0007 |")]
    assert [line.replace("\\\\", "").replace("\\|", "").count("|") for line in rows] == [6]
    assert len(rows[0]) < 800


def test_the_page_says_which_dates_were_inferred_and_who_superseded_whom() -> None:
    made = index({
        "docs/adr/0001-a.md": "# A\n\nStatus: Superseded by [ADR-0002](0002-b.md)\nDate: 03/04/2025\n",
        "docs/adr/0002-b.md": "# B\n\nStatus: Accepted\nDate: 25/04/2025\nSupersedes: ADR-0001\n",
    })  # fmt: skip
    page = render(made)["ADR_INDEX.md"]
    assert "| 2025-04-03* |" in page
    assert "| r | ADR-0002 | ADR-0001 |" in page
    assert made.extras["chains"] == [{"repo": "r", "newer": "ADR-0002", "older": "ADR-0001"}]
    assert [row["date"] for row in made.extras["timeline"]] == ["2025-04-25", "2025-04-03"]
    assert made.totals["by_status"] == {"accepted": 1, "superseded": 1}
    assert render(made) == render(made)
