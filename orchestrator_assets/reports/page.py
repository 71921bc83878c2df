"""What a report shows, before it is Markdown or HTML: a headline, figures, charts and tables, all from the facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from orchestrator_assets.reports import meanings as words
from orchestrator_assets.reports.model import Facts, Item, Report
from orchestrator_assets.reports.period import Period

_EMPTY = "empty"
SHOWN = 25
"""Rows of a table that a page shows; the JSON beside it holds all."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name, and its change against the period before (None: there is nothing to compare with)."""

    name: str
    value: int
    change: int | None

    @property
    def shown_change(self) -> str:
        """The change with its sign."""
        if self.change is None:
            return ""
        return "as before" if self.change == 0 else f"{self.change:+d}"


@dataclass(frozen=True, slots=True)
class Section:
    """A table with its heading. `more` is how many rows it does not show; `note` says what the numbers mean."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    more: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a model, with the places it rests on."""

    text: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that is shown of a period. `by_repository`, `by_day` and `trend` are commits, for the
    charts."""

    title: str
    span: str
    headline: str
    warnings: tuple[str, ...]
    figures: tuple[Figure, ...]
    by_repository: tuple[tuple[str, int], ...]
    by_day: tuple[tuple[str, int], ...]
    sections: tuple[Section, ...]
    definitions: tuple[tuple[str, str], ...]
    commits: tuple[tuple[str, str], ...]
    trend: tuple[tuple[str, int], ...] = ()
    statements: tuple[Statement, ...] = ()
    statements_note: str = ""


@dataclass(frozen=True, slots=True)
class _Tables:
    sections: list[Section] = field(default_factory=list)

    def add(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], note: str = "") -> None:
        """A section, unless it would be empty."""
        told = [tuple(str(value) for value in row) for row in rows]
        if told:
            shown = tuple(told[:SHOWN])
            self.sections.append(Section(title, tuple(columns), shown, note, len(told) - len(shown)))


def page_of(report: Report, before: Report | None, period: Period) -> Page:
    """The page of a report, compared with the one before."""
    facts = report.facts
    busy = sorted(((n, repo) for repo, n in facts.commits.items() if n), reverse=True)
    return Page(
        title=f"Status of {period.title}",
        span=f"{report.from_} to {report.to}, the end excluded ({report.zone})",
        headline=headline(facts),
        warnings=_warnings(report),
        figures=_figures(facts, before.facts if before else None),
        by_repository=tuple((repo, n) for n, repo in busy),
        by_day=tuple(facts.days.items()) if len(facts.days) > 1 and busy else (),
        sections=tuple(_sections(facts)),
        statements=tuple(Statement(item.text, tuple(item.places)) for item in report.statements),
        statements_note=_words_note(report),
        definitions=words.DEFINITIONS,
        commits=tuple(
            (repo, commit or "no commit yet, or not read") for repo, commit in sorted(report.commits.items())
        ),
        trend=tuple(facts.trend.items()) if sum(facts.trend.values()) else (),
    )


def headline(facts: Facts) -> str:
    """The period in one sentence."""
    total, active = sum(facts.commits.values()), sum(n > 0 for n in facts.commits.values())
    if not facts.commits:
        return "No repository could be read." if facts.repositories.skipped else "The fleet names no repositories."
    if not total:
        return f"Nothing was committed in {_count(len(facts.commits), 'repository', 'repositories')}."
    told = [
        f"{_count(total, 'commit')} by {_count(facts.people_total, 'person', 'people')} in {active} of "
        f"{_count(len(facts.commits), 'repository', 'repositories')}"
    ]
    for number, one, many in (
        (len(facts.decisions.opened), "decision opened", "decisions opened"),
        (len(facts.decisions.accepted), "accepted", "accepted"),
        (len(facts.session_notes.opened), "session note", "session notes"),
        (sum(tag.release for tag in facts.tags), "release", "releases"),
    ):
        if number:
            told.append(_count(number, one, many))
    return ", ".join(told) + "."


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _words_note(report: Report) -> str:
    """What came of asking a model; empty where none was asked."""
    if report.words in (None, "no_model"):
        return ""
    if report.words not in ("ok", "cached"):
        return f"A model was asked for an account and gave none ({report.words}). Everything below is computed."
    told = f"Written by a model, each sentence held against its evidence: {report.claims.kept} kept"
    return f"{told}, {report.claims.dropped} dropped. Everything below is computed."


def _warnings(report: Report) -> tuple[str, ...]:
    told = []
    if not report.finished:
        told.append("The period is not over: these are its facts so far.")
    skipped = report.facts.repositories.skipped
    for what, some in (
        ("could not be read", [item.repo for item in skipped if item.status != _EMPTY]),
        ("without a commit yet", [item.repo for item in skipped if item.status == _EMPTY]),
    ):
        if some:
            names = ", ".join(some[:5]) + (" and others" if len(some) > 5 else "")
            told.append(f"{_count(len(some), 'repository', 'repositories')} {what}: {names}.")
    return tuple(told)


def _figures(facts: Facts, before: Facts | None) -> tuple[Figure, ...]:
    def figures(told: Facts) -> dict[str, int]:
        return {
            "commits": sum(told.commits.values()),
            "people": told.people_total,
            "decisions opened": len(told.decisions.opened),
            "decisions accepted": len(told.decisions.accepted),
            "open next steps": len(told.session_notes.next_steps),
            "releases": sum(tag.release for tag in told.tags),
            "kinds of errors": len(told.failing),
            "claims that do not hold": len(told.contradictions.contradicted),
        }

    then = figures(before) if before else {}
    return tuple(
        Figure(name, value, value - then[name] if name in then else None) for name, value in figures(facts).items()
    )


def _sections(facts: Facts) -> list[Section]:
    tables = _Tables()
    place = ("repository", "title", "place")
    tables.add("Decisions opened", place, _items(facts.decisions.opened))
    tables.add("Decisions accepted", place, _items(facts.decisions.accepted))
    tables.add("Decisions superseded", place, _items(facts.decisions.superseded))
    tables.add("Decisions still proposed", place, _items(facts.decisions.proposed))
    tables.add("Session notes opened", place, _items(facts.session_notes.opened))
    tables.add("Session notes closed", place, _items(facts.session_notes.closed))
    tables.add("Open next steps", ("repository", "step", "place"), _items(facts.session_notes.next_steps))
    tables.add(
        "Errors that checks find",
        ("index", "error", "repositories", "since"),
        [
            (item.index, item.message, ", ".join(f"{repo} ({n})" for repo, n in item.repositories.items()),
             item.since or "before the oldest report")
            for item in facts.failing
        ],
    )  # fmt: skip
    tables.add(
        "Claims that do not hold",
        ("repository", "claim", "counted", "of", "place"),
        [
            (row.repo, row.claim, f"{row.counted} {row.unit}", row.of, f"{row.path}:{row.line}")
            for row in facts.contradictions.contradicted
        ],
        f"{len(facts.contradictions.confirmed)} claims hold, {facts.contradictions.not_comparable} cannot be compared.",
    )
    tables.add(
        "Projects",
        ("repository", "project", "steps complete", "criteria met", "out of order"),
        [
            (
                p.repo,
                f"{p.id}: {p.name or ''}",
                f"{p.complete} of {p.steps}",
                f"{p.met} of {p.criteria}",
                p.out_of_order,
            )
            for p in facts.projects
        ],
    )
    tables.add(
        "Records",
        ("index", "at the end", "came", "went"),
        [(name, found.total, len(found.added), len(found.lost)) for name, found in facts.records.items()],
    )
    _repository_sections(tables, facts)
    return tables.sections


def _repository_sections(tables: _Tables, facts: Facts) -> None:
    found = facts.repositories
    tables.add(
        "Repositories",
        ("state", "number", "names"),
        [
            (name, len(names), ", ".join(names))
            for name, names in (
                ("new", found.new), ("vanished", found.vanished), ("quiet", found.quiet),
                ("one person", facts.one_person),
            )
            if names
        ],
    )  # fmt: skip
    tables.add(
        "Not read", ("repository", "status", "why"), [(item.repo, item.status, item.reason) for item in found.skipped]
    )
    tables.add(
        "Merged work", ("repository", "what", "commit"), [(m.repo, m.subject, m.commit[:12]) for m in facts.merged]
    )
    tables.add(
        "Tags", ("repository", "tag", "made", "commit"), [(t.repo, t.name, t.date, t.commit[:12]) for t in facts.tags]
    )
    tables.add("Reverts", ("repository", "what", "commit"), [(r.repo, r.subject, r.commit[:12]) for r in facts.reverts])
    tables.add(
        "Stale branches",
        ("repository", "branch", "last commit"),
        [(b.repo, b.name, b.date[:10]) for b in facts.stale_branches],
    )
    proxies = facts.proxies
    names = sorted({*proxies.releases, *proxies.lead_hours, *proxies.reverts})
    tables.add(
        "Delivery, as far as git tells",
        ("repository", "releases", "hours from commit to first tag", "reverts"),
        [(n, proxies.releases.get(n, 0), proxies.lead_hours.get(n, "none"), proxies.reverts.get(n, 0)) for n in names],
        words.PROXIES,
    )
    tables.add(
        "Issues and requests",
        ("repository", "at", "issues opened", "closed", "requests opened", "merged", "not known because"),
        [
            (f.repo, f.forge, *("?" if n is None else n for n in (f.issues_opened, f.issues_closed,
             f.requests_opened, f.requests_merged)), f.why or "")
            for f in facts.forges
        ],
    )  # fmt: skip
    tables.add(
        "Project boards",
        ("board", "title", "items by status, now", "added in the period", "closed", "not known because"),
        [
            (b.board, b.title or "?", ", ".join(f"{state} {number}" for state, number in b.states.items())
             or ("?" if b.why else "none"),
             *("?" if n is None else n for n in (b.added, b.closed)), b.why or "")
            for b in facts.boards
        ],
    )  # fmt: skip


def _items(items: Sequence[Item]) -> list[tuple[str, str, str]]:
    return [(item.repo, item.title, f"{item.path}:{item.line} @ {item.commit[:12]}") for item in items]
