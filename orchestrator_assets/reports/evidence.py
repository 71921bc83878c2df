"""Facts of a report as a model is given them, and as its statements are held against: each with an id and a place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator_assets.reports.model import Item, Report

_LISTED = 40


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact: what it says, and where it is from (`repo@commit:path`, or `repo@commit` for what is of a history)."""

    text: str
    place: str


def evidence_of(report: Report) -> dict[str, Evidence]:
    """The facts of a report by id, in a fixed order; of long lists the first 40."""
    return {f"E{number}": found for number, found in enumerate(_all(report), 1)}


def _all(report: Report) -> Iterator[Evidence]:
    facts = report.facts
    active = {repo: number for repo, number in facts.commits.items() if number}
    fleet = "; ".join(_at(report, repo) for repo in list(active)[:5])
    if active:
        told = (
            f"{sum(active.values())} commits by {facts.people_total} people in {len(active)} of {len(facts.commits)} "
        )
        yield Evidence(f"{told}repositories", fleet)
    for repo, number in active.items():
        yield Evidence(f"{repo}: {number} commits by {facts.people.get(repo, 0)} people", _at(report, repo))
    for name, items in (
        ("decision opened", facts.decisions.opened),
        ("decision accepted", facts.decisions.accepted),
        ("decision superseded", facts.decisions.superseded),
        ("session note opened", facts.session_notes.opened),
        ("session note closed", facts.session_notes.closed),
        ("open next step", facts.session_notes.next_steps),
    ):
        if items:
            places = "; ".join(_place(item) for item in items[:3])
            yield Evidence(f"{len(items)} in all: {name}", places)
        for item in items[:_LISTED]:
            yield Evidence(f"{name} in {item.repo}: {item.title}", _place(item))
    for tag in facts.tags[:_LISTED]:
        yield Evidence(f"tag in {tag.repo}: {tag.name}", f"{tag.repo}@{tag.commit}")
    for revert in facts.reverts[:_LISTED]:
        yield Evidence(f"revert in {revert.repo}: {revert.subject}", f"{revert.repo}@{revert.commit}")
    for row in facts.contradictions.contradicted[:_LISTED]:
        told = f"{row.repo} claims {row.claimed} {row.unit}; {row.counted} are counted ({row.of})"
        yield Evidence(told, f"{row.repo}@{row.commit}:{row.path}")
    for failing in facts.failing[:_LISTED]:
        for repo, number in failing.repositories.items():
            yield Evidence(f"{number} errors in {failing.index} of {repo}: {failing.message}", _at(report, repo))


def _at(report: Report, repo: str) -> str:
    return f"{repo}@{report.commits.get(repo) or 'none'}"


def _place(item: Item) -> str:
    return f"{item.repo}@{item.commit}:{item.path}"
