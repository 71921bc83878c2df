"""One repository's session notes: which file is what, which rows lead where, which notes nobody lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from orchestrator_assets.documents.dates import find_date
from orchestrator_assets.documents.links import local_target
from orchestrator_assets.documents.markdown import plain
from orchestrator_assets.documents.text import visible
from orchestrator_assets.kinds import Document, Record, RepositoryTree, Resolution
from orchestrator_assets.problems import Problem
from orchestrator_assets.session_notes import problems as codes
from orchestrator_assets.session_notes.model import Entry, ParsedNote, Row, SessionNote, Source
from orchestrator_assets.session_notes.parse import issue_number
from orchestrator_assets.session_notes.places import is_command_log, is_index_page, is_note


def resolve(tree: RepositoryTree, documents: Sequence[Document]) -> Resolution:
    """Records and problems of one repository, documents given in path order."""
    read = {document.path: ParsedNote.model_validate(document.parsed.payload) for document in documents}
    notes = {path: parsed for path, parsed in read.items() if is_note(path, tree.settings)}
    pages = {path: parsed for path, parsed in read.items() if is_index_page(path, tree.settings)}
    records: list[Record] = []
    problems: list[Problem] = []
    listed: set[str] = set()
    for path, parsed in read.items():
        if path in notes:
            records += _note_records(path, parsed)
            problems += _note_problems(path, parsed)
        elif path in pages:
            for row in _entries_of(path, parsed, tree):
                record = _row_record(path, row, len([r for r in records if r.path == path]), tree)
                records.append(record)
                problems += _row_problems(path, row, record, notes, tree)
                listed.add(_payload(record).target or "")
        elif is_command_log(path, tree.settings):
            records.append(_command_record(path, parsed))
        else:
            records += [_log_record(path, entry, ordinal) for ordinal, entry in enumerate(parsed.log)]
    if listed - {""}:
        page = visible(next(iter(sorted(pages))))
        problems += [codes.UNLISTED.at(path, None, page=page) for path in sorted(notes.keys() - listed)]
    return Resolution(tuple(records), tuple(problems))


def _payload(record: Record) -> SessionNote:
    assert isinstance(record.payload, SessionNote)
    return record.payload


def _record(path: str, line: int, ordinal: int, note: SessionNote) -> Record:
    return Record(path, line, note, ordinal, note.title, "\n".join(note.sections.values()))


def _note_records(path: str, parsed: ParsedNote) -> list[Record]:
    entries = parsed.entries or [parsed.whole.model_copy(update={"date": parsed.date or _file_date(path)})]
    issue = parsed.issue if parsed.issue is not None else _file_issue(path)
    title = parsed.title or _words(path)
    return [
        _record(path, entry.line, ordinal, SessionNote(
            source=Source.NOTE, issue=issue, title=title, status=parsed.status, date=entry.date,
            sections=entry.sections, next_steps=entry.next_steps,
        ))
        for ordinal, entry in enumerate(entries)
    ]  # fmt: skip


def _log_record(path: str, entry: Entry, ordinal: int) -> Record:
    note = SessionNote(
        source=Source.SESSION_LOG, issue=_file_issue(path), title=entry.heading, status=None, date=entry.date,
        sections=entry.sections, next_steps=entry.next_steps,
    )  # fmt: skip
    return _record(path, entry.line, ordinal, note)


def _command_record(path: str, parsed: ParsedNote) -> Record:
    target = parsed.labels.get("target") or parsed.labels.get("issue")
    note = SessionNote(
        source=Source.COMMAND_LOG,
        issue=parsed.issue,
        title=parsed.title or plain(parsed.labels.get("command", "")) or _words(path),
        status=parsed.status,
        date=parsed.date or _file_date(path),
        sections=parsed.whole.sections,
        next_steps=parsed.whole.next_steps,
        target=plain(target) if target else None,
    )
    return _record(path, parsed.title_line, 0, note)


def _entries_of(path: str, parsed: ParsedNote, tree: RepositoryTree) -> list[Row]:
    """The rows of an index page that are entries: they link to a file, or name an issue or a date."""
    return [
        row for row in parsed.rows
        if (row.target is not None and local_target(path, row.target) is not None) or row.issue is not None or row.date
    ]  # fmt: skip


def _row_record(path: str, row: Row, ordinal: int, tree: RepositoryTree) -> Record:
    target = local_target(path, row.target) if row.target else None
    note = SessionNote(
        source=Source.INDEX_ROW, issue=row.issue, title=row.text, status=row.status, date=row.date, sections={},
        next_steps=[], target=target, target_exists=None if target is None else tree.exists(target),
    )  # fmt: skip
    return _record(path, row.line, ordinal, note)


def _row_problems(
    path: str, row: Row, record: Record, notes: dict[str, ParsedNote], tree: RepositoryTree
) -> list[Problem]:
    note = _payload(record)
    if note.target is not None and not note.target_exists:
        return [codes.DANGLING.at(path, row.line, target=visible(note.target)[:300])]
    of_note = notes[note.target].status if note.target in notes else None
    if of_note is not None and row.status is not None and of_note is not row.status:
        said = {"said": row.status.value, "target": visible(note.target or ""), "status": of_note.value}
        return [codes.DISAGREES.at(path, row.line, **said)]
    return []


def _note_problems(path: str, parsed: ParsedNote) -> list[Problem]:
    if parsed.empty or not (parsed.entries or parsed.whole.sections):
        return [codes.EMPTY.at(path)]
    found: list[Problem] = []
    if parsed.status_raw is not None and parsed.status is None:
        found.append(codes.UNKNOWN_STATUS.at(path, parsed.status_line, raw=visible(parsed.status_raw)[:200]))
    if not parsed.entries and parsed.date is None and _file_date(path) is None:
        raw = parsed.date_raw
        found.append(codes.BAD_DATE.at(path, None, raw=visible(raw)[:100]) if raw else codes.NO_DATE.at(path))
    before = ""
    for entry in parsed.entries:
        if entry.date is None:
            found.append(codes.BAD_DATE.at(path, entry.line, raw=visible(entry.heading)[:100]))
        elif entry.date < before:
            found.append(codes.OUT_OF_ORDER.at(path, entry.line, date=entry.date, before=before))
        before = max(before, entry.date or "")
    return found


def _file_issue(path: str) -> int | None:
    name = PurePosixPath(path).stem
    return issue_number(name) if re.match(r"(issue|ticket|gh)[-_ #]*\d", name, re.IGNORECASE) else None


def _file_date(path: str) -> str | None:
    return find_date(PurePosixPath(path).stem[:10])


def _words(path: str) -> str:
    return " ".join(re.split(r"[-_\s]+", PurePosixPath(path).stem))
