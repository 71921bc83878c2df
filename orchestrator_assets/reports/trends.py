"""How the figures of reports move, over the reports that are stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from orchestrator_assets.reports.model import Facts, Report

MEASURES: dict[str, Callable[[Facts], int]] = {
    "commits": lambda facts: sum(facts.commits.values()),
    "people": lambda facts: facts.people_total,
    "decisions opened": lambda facts: len(facts.decisions.opened),
    "decisions accepted": lambda facts: len(facts.decisions.accepted),
    "session notes opened": lambda facts: len(facts.session_notes.opened),
    "open next steps": lambda facts: len(facts.session_notes.next_steps),
    "errors": lambda facts: sum(sum(item.repositories.values()) for item in facts.failing),
    "claims that do not hold": lambda facts: len(facts.contradictions.contradicted),
    "repositories not read": lambda facts: len(facts.repositories.skipped),
}


def trends(reports: Sequence[Report]) -> dict[str, list[tuple[str, int]]]:
    """By measure: each report's first day and its figure, oldest first."""
    return {
        name: [(report.from_[:10], measure(report.facts)) for report in reports] for name, measure in MEASURES.items()
    }
