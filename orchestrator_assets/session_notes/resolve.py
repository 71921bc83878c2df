"""One repository's session notes: which file is what, and what is wrong with each."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator_assets.documents.markdown import plain
from orchestrator_assets.documents.text import visible
from orchestrator_assets.kinds import Document, Record, RepositoryTree, Resolution
from orchestrator_assets.problems import Problem
from orchestrator_assets.session_notes import problems as codes
from orchestrator_assets.session_notes.listing import IndexPages
from orchestrator_assets.session_notes.model import Entry, ParsedNote, SessionNote, Source
from orchestrator_assets.session_notes.naming import file_date, file_issue, file_words
from orchestrator_assets.session_notes.places import DEFAULTS, is_command_log, is_index_page, is_list_of_paths, is_note


def resolve(tree: RepositoryTree, documents: Sequence[Document]) -> Resolution:
    """Records and problems of one repository, documents given in path order."""
    read = {document.path: ParsedNote.model_validate(document.parsed.payload) for document in documents}
    notes = {path: parsed for path, parsed in read.items() if is_note(path, tree.settings)}
    pages = IndexPages(tree, notes)
    records: list[Record] = []
    problems = _settings_problems(tree)
    for path, parsed in read.items():
        if path in notes:
            records += _note_records(path, parsed)
            problems += _note_problems(path, parsed)
        elif is_index_page(path, tree.settings):
            records += [record(path, row.line, n, note) for n, (row, note) in enumerate(pages.read(path, parsed.rows))]
        elif is_command_log(path, tree.settings):
            records.append(_command_record(path, parsed))
            problems += _note_problems(path, parsed.model_copy(update={"entries": [], "loose": []}))
        else:
            records += [_log_record(path, entry, ordinal) for ordinal, entry in enumerate(parsed.log)]
            problems += _log_problems(path, parsed)
    return Resolution(tuple(records), (*problems, *pages.problems()))


def record(path: str, line: int, ordinal: int, note: SessionNote) -> Record:
    """A note as a record that search finds by its title and the text of its sections."""
    return Record(path, line, note, ordinal, note.title, "\n".join(note.sections.values()))


def _settings_problems(tree: RepositoryTree) -> list[Problem]:
    values = {name: tree.settings[name] for name in sorted(DEFAULTS) if name in tree.settings}
    return [
        codes.SETTINGS.at(name=name)
        for name, value in values.items()
        if not isinstance(value, str) and not is_list_of_paths(value)
    ]


def _note_records(path: str, parsed: ParsedNote) -> list[Record]:
    entries = parsed.entries or [parsed.whole.model_copy(update={"date": parsed.date or file_date(path)})]
    issue = parsed.issue if parsed.issue is not None else file_issue(path)
    return [
        record(path, entry.line, ordinal, SessionNote(
            source=Source.NOTE, issue=issue, title=parsed.title or file_words(path), status=parsed.status,
            date=entry.date, sections=entry.sections, next_steps=entry.next_steps,
        ))
        for ordinal, entry in enumerate(entries)
    ]  # fmt: skip


def _log_record(path: str, entry: Entry, ordinal: int) -> Record:
    note = SessionNote(
        source=Source.SESSION_LOG, issue=entry.issue if entry.issue is not None else file_issue(path),
        title=entry.heading, status=entry.status, date=entry.date, sections=entry.sections,
        next_steps=entry.next_steps,
    )  # fmt: skip
    return record(path, entry.line, ordinal, note)


def _command_record(path: str, parsed: ParsedNote) -> Record:
    target = parsed.labels.get("target") or parsed.labels.get("issue")
    note = SessionNote(
        source=Source.COMMAND_LOG,
        issue=parsed.issue,
        title=parsed.title or plain(parsed.labels.get("command", "")) or file_words(path),
        status=parsed.status,
        date=parsed.date or file_date(path),
        sections=parsed.whole.sections,
        next_steps=parsed.whole.next_steps,
        target=plain(target) if target else None,
    )
    return record(path, parsed.title_line, 0, note)


def _note_problems(path: str, parsed: ParsedNote) -> list[Problem]:
    texts = parsed.entries or [parsed.whole]
    empty = not any(text.strip() for entry in texts for text in entry.sections.values())
    found = [codes.EMPTY.at(path)] if empty else []
    if parsed.status_raw is not None and parsed.status is None:
        found.append(codes.UNKNOWN_STATUS.at(path, parsed.status_line, raw=_shown(parsed.status_raw)))
    if parsed.date_raw is not None and parsed.date is None:
        found.append(codes.BAD_DATE.at(path, parsed.date_line, raw=_shown(parsed.date_raw)))
    elif not parsed.entries and parsed.date is None and file_date(path) is None and not empty:
        found.append(codes.NO_DATE.at(path))
    of_file = file_issue(path)
    if parsed.issue is not None and of_file is not None and parsed.issue != of_file:
        found.append(codes.ISSUE_DISAGREES.at(path, parsed.title_line, said=parsed.issue, file=of_file))
    found += [codes.UNDATED_SECTION.at(path, item.line, heading=_shown(item.text)) for item in parsed.loose]
    return [*found, *_date_problems(path, parsed.entries)]


def _log_problems(path: str, parsed: ParsedNote) -> list[Problem]:
    return [problem for problem in _date_problems(path, parsed.log) if problem.code == codes.BAD_DATE.code]


def _date_problems(path: str, entries: Sequence[Entry]) -> list[Problem]:
    found: list[Problem] = []
    before = ""
    for entry in entries:
        if entry.date is None:
            found.append(codes.BAD_DATE.at(path, entry.line, raw=_shown(entry.heading)))
        elif entry.date < before:
            found.append(codes.OUT_OF_ORDER.at(path, entry.line, date=entry.date, before=before))
        before = max(before, entry.date or "")
    return found


def _shown(raw: str) -> str:
    return visible(raw)[:200]
