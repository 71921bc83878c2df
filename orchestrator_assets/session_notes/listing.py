"""Index pages against the notes themselves: which rows are entries, where they lead, whom they leave out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from orchestrator_assets.documents.links import local_target
from orchestrator_assets.documents.text import visible
from orchestrator_assets.kinds import RepositoryTree
from orchestrator_assets.problems import Problem
from orchestrator_assets.session_notes import problems as codes
from orchestrator_assets.session_notes.model import ParsedNote, Row, RowShape, SessionNote, Source
from orchestrator_assets.session_notes.naming import file_date, file_issue
from orchestrator_assets.session_notes.places import is_note
from orchestrator_assets.session_notes.status import section_status

_PLACEHOLDER = re.compile(r"[\W_]*(?:(?:none|nothing|n/?a|tbd|no)\b.{0,40})?[\W_]*", re.IGNORECASE | re.DOTALL)


class IndexPages:
    """The index pages of one repository. `read` takes them one by one; `problems` speaks of all that were read."""

    def __init__(self, tree: RepositoryTree, notes: Mapping[str, ParsedNote]) -> None:
        self._tree = tree
        self._notes = notes
        self._by_issue: dict[int, list[str]] = {}
        self._by_date: dict[str, list[str]] = {}
        for path, note in notes.items():
            issue = note.issue if note.issue is not None else file_issue(path)
            dates = {file_date(path), note.date} - {None} if issue is None else set()
            if issue is not None:
                self._by_issue.setdefault(issue, []).append(path)
            for date in dates:
                self._by_date.setdefault(date or "", []).append(path)
        self._pages: list[str] = []
        self._listed: set[str] = set()
        self._problems: list[Problem] = []

    def read(self, page: str, rows: Sequence[Row]) -> Iterator[tuple[Row, SessionNote]]:
        """The rows of a page that are entries, each with its record."""
        self._pages.append(page)
        for row in rows:
            inside = local_target(page, row.target) if row.target else None
            if self._is_entry(row, inside):
                self._check(page, row, inside)
                yield row, self._record(row, inside)
            elif _should_be_entry(row):
                self._problems.append(codes.UNREADABLE_ROW.at(page, row.line, text=visible(row.text)[:200]))

    def problems(self) -> list[Problem]:
        """What is wrong with the rows, and the notes that no row leads to."""
        if not self._pages:
            return self._problems
        page = visible(self._pages[0])
        left_out = sorted(self._notes.keys() - self._listed)
        return [*self._problems, *(codes.UNLISTED.at(path, None, page=page) for path in left_out)]

    def _is_entry(self, row: Row, inside: str | None) -> bool:
        if row.shape is RowShape.BROKEN:
            return False
        if inside is not None and is_note(inside, self._tree.settings):
            return True
        if row.shape is RowShape.ENTRY_TABLE:
            return row.issue is not None or row.date is not None or inside is not None
        if row.shape is RowShape.BULLET:
            leads = row.leads and row.issue is not None
            return leads or (row.status is not None and (row.issue is not None or row.date is not None))
        return row.shape is RowShape.SUB_BULLET and row.leads and row.issue is not None and row.status_raw is not None

    def _record(self, row: Row, inside: str | None) -> SessionNote:
        return SessionNote(
            source=Source.INDEX_ROW,
            issue=row.issue,
            title=row.text,
            status=row.status,
            date=row.date,
            sections={},
            next_steps=[],
            target=inside if inside is not None else row.target,
            target_exists=None if inside is None else self._tree.exists(inside),
        )

    def _check(self, page: str, row: Row, inside: str | None) -> None:
        meant = self._meant(row, inside)
        self._listed.update(meant)
        if inside is not None and not self._tree.exists(inside):
            self._problems.append(codes.DANGLING.at(page, row.line, target=visible(inside)[:300]))
        if row.status_raw is not None and row.status is None:
            self._problems.append(codes.UNKNOWN_STATUS.at(page, row.line, raw=visible(row.status_raw)[:200]))
        if row.date_raw is not None and row.date is None:
            self._problems.append(codes.BAD_DATE.at(page, row.line, raw=visible(row.date_raw)[:200]))
        of_note = self._notes[meant[0]].status if len(meant) == 1 else None
        if of_note is not None and row.status is not None and of_note is not row.status:
            said = {"said": row.status.value, "target": visible(meant[0]), "status": of_note.value}
            self._problems.append(codes.DISAGREES.at(page, row.line, **said))

    def _meant(self, row: Row, inside: str | None) -> list[str]:
        """The notes a row stands for: the one it links to; without a link into the repository, those of its issue, or
        the ad hoc ones of its date."""
        if inside is not None:
            return [inside] if inside in self._notes else []
        if row.issue is not None:
            return self._by_issue.get(row.issue, [])
        return self._by_date.get(row.date or "", [])


def _should_be_entry(row: Row) -> bool:
    """Whether a row that is no entry was meant as one."""
    if _PLACEHOLDER.fullmatch(row.text) or section_status(row.text):  # nothing, or a legend: "✅ Complete"
        return False
    if row.shape is RowShape.BULLET:
        return row.status is not None
    return row.shape in (RowShape.ENTRY_TABLE, RowShape.BROKEN)
