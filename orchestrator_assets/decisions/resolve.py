"""One repository's decisions: numbers, series, dates, and how they refer to each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from orchestrator_assets.decisions import problems as codes
from orchestrator_assets.decisions.dating import proven_orders, settle_date
from orchestrator_assets.decisions.model import Decision, ParsedDecision
from orchestrator_assets.decisions.naming import FileName, HeadingName, is_placeholder, read_file_name, read_heading
from orchestrator_assets.decisions.places import is_archived, is_index_page
from orchestrator_assets.decisions.relations import (
    Member,
    Relations,
    index_page_problems,
    link_problems,
    series_problems,
)
from orchestrator_assets.documents.text import visible
from orchestrator_assets.kinds import Document, Record, RepositoryTree, Resolution
from orchestrator_assets.problems import Problem


def resolve(tree: RepositoryTree, documents: Sequence[Document]) -> Resolution:
    """Records and problems of one repository. Documents are given in path order; index pages give problems only."""
    read = [(document, ParsedDecision.model_validate(document.parsed.payload)) for document in documents]
    decisions = [(document, parsed) for document, parsed in read if not is_index_page(document.path)]
    pages = [(document, parsed) for document, parsed in read if is_index_page(document.path)]
    members = [_member(document, parsed) for document, parsed in decisions]
    relations = Relations(tree, members)
    orders = proven_orders(members)
    problems: list[Problem] = []
    records = []
    for member in members:
        date, inferred = settle_date(member, orders)
        problems += _document_problems(member, date)
        problems += link_problems(tree, member)
        payload = _decision(member, relations, date, inferred)
        title = f"{payload.id or ''} {payload.title}".strip()
        records.append(Record(member.document.path, member.parsed.title_line, payload, 0, title, member.parsed.text))
    problems += relations.problems()
    problems += series_problems(members)
    for document, parsed in pages:
        problems += index_page_problems(tree, document, parsed, members)
    return Resolution(tuple(records), tuple(problems))


def _member(document: Document, parsed: ParsedDecision) -> Member:
    name = read_file_name(document.path)
    heading = read_heading(parsed.title_raw, name.number) if parsed.title_raw else None
    return Member(document, parsed, name, heading, str(PurePosixPath(document.path).parent))


def _decision(member: Member, relations: Relations, date: str | None, inferred: bool) -> Decision:
    document, parsed, name, heading = member.document, member.parsed, member.name, member.heading
    return Decision(
        kind=name.kind,
        series="" if member.series == "." else member.series,
        number=member.number,
        id=member.id,
        title=_title(name, heading),
        status_raw=parsed.status_raw,
        status=parsed.status,
        date_raw=parsed.date_raw,
        date=date,
        date_inferred=inferred,
        archived=is_archived(document.path),
        deciders=parsed.deciders,
        tags=parsed.tags,
        supersedes=relations.names(member, parsed.supersedes),
        superseded_by=relations.names(member, parsed.superseded_by),
        links=list(dict.fromkeys(link.target for link in parsed.links)),
        first_commit_date=document.first_commit.date if document.first_commit else None,
        last_commit_date=document.last_commit.date if document.last_commit else None,
        session_log_entries=parsed.session_log_entries,
    )


def _title(name: FileName, heading: HeadingName | None) -> str:
    return heading.title if heading and heading.title else name.words


def _document_problems(member: Member, date: str | None) -> list[Problem]:
    path, parsed = member.document.path, member.parsed
    found: list[Problem] = []
    if not PurePosixPath(path).suffix or " " in PurePosixPath(path).suffix:
        found.append(codes.NO_EXTENSION.at(path))
    if parsed.empty:
        return [*found, codes.EMPTY.at(path)]
    if member.heading is None:
        found.append(codes.NO_TITLE.at(path, 1))
    elif is_placeholder(member.heading.title):
        found.append(codes.TEMPLATE_TITLE.at(path, parsed.title_line, title=visible(member.heading.title)))
    found += _number_problem(member)
    if parsed.status_raw is None:
        found.append(codes.NO_STATUS.at(path))
    elif parsed.status is None:
        found.append(codes.UNKNOWN_STATUS.at(path, parsed.status_line, raw=visible(parsed.status_raw)[:200]))
    if date is None:
        found.append(_date_problem(path, parsed))
    return found


def _number_problem(member: Member) -> list[Problem]:
    heading, name = member.heading, member.name
    if heading is None or heading.id is None or name.number is None or heading.number == name.number:
        return []
    line = member.parsed.title_line
    return [codes.NUMBER_MISMATCH.at(member.document.path, line, heading=visible(heading.id), file=name.id)]


def _date_problem(path: str, parsed: ParsedDecision) -> Problem:
    if parsed.date_raw is None:
        return codes.NO_DATE.at(path)
    raw = visible(parsed.date_raw)[:100]
    if parsed.date_choices:
        first, second = parsed.date_choices
        return codes.AMBIGUOUS_DATE.at(path, parsed.date_line, raw=raw, first=first, second=second)
    return codes.BAD_DATE.at(path, parsed.date_line, raw=raw, reason="is no date that can be read")
