"""The problem codes of decisions."""

from __future__ import annotations

from orchestrator_assets.decisions.model import DecisionStatus
from orchestrator_assets.problems import ProblemCode, Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

EMPTY = ProblemCode("decision.empty", _W, "the file is empty", "write the decision, or remove the file")
NO_EXTENSION = ProblemCode(
    "decision.no_extension", _W, "the file has no extension; read as Markdown", "rename it to end in .md"
)
REPAIRED = ProblemCode("decision.repaired_text", _W, "{what}", "save the file as UTF-8")
BINARY = ProblemCode(
    "decision.binary", _W, "refused: the file is no text", "replace it by a text file, or move it away"
)
FRONT_MATTER = ProblemCode(
    "decision.front_matter", _W, "not read: {reason}", "mend the YAML between the --- lines; the rest was read"
)
CUT = ProblemCode("decision.cut", _W, "the document is very large: {what}", "make it smaller")
NO_STATUS = ProblemCode("decision.no_status", _W, "states no status", "add a status, e.g. `Status: Accepted`")
UNKNOWN_STATUS = ProblemCode(
    "decision.unknown_status",
    _W,
    "the status {raw!r} is none that is known",
    f"use one of: {', '.join(status.value.replace('_', ' ') for status in DecisionStatus)}",
)
NO_DATE = ProblemCode("decision.no_date", _I, "states no date", "add a date, e.g. `Date: 2026-01-31`")
BAD_DATE = ProblemCode("decision.bad_date", _W, "the date {raw!r} {reason}", "write it as YYYY-MM-DD")
AMBIGUOUS_DATE = ProblemCode(
    "decision.ambiguous_date",
    _W,
    "the date {raw!r} can be read as {first} or {second}, and nothing settles which",
    "write it as YYYY-MM-DD",
)
NO_TITLE = ProblemCode("decision.no_title", _W, "has no title; the file's name stands for it", "add a heading")
TEMPLATE_TITLE = ProblemCode(
    "decision.template_title", _W, "the title is a template's placeholder: {title!r}", "write the decision's title"
)
DUPLICATE = ProblemCode(
    "decision.duplicate_number",
    _E,
    "{id} stands in {count} files of {series}: {others}",
    "give one of them a new number",
)
GAP = ProblemCode(
    "decision.gap", _I, "{series} has no number {missing}", "nothing, if the numbers were given up on purpose"
)
NUMBER_MISMATCH = ProblemCode(
    "decision.number_mismatch",
    _W,
    "the heading says {heading}, the file's name {file}",
    "make them agree; the name counts",
)
BROKEN_LINK = ProblemCode("decision.broken_link", _W, "the link {target} leads nowhere", "correct or remove the link")
NOWHERE = ProblemCode(
    "decision.supersession_nowhere", _E, "{relation} {raw}, which does not exist", "name the decision by its file or id"
)
ONE_SIDED = ProblemCode(
    "decision.supersession_one_sided", _W, "{relation} {other}, which does not say so", "say it in both decisions"
)
CYCLE = ProblemCode("decision.supersession_cycle", _E, "supersession goes in a circle: {cycle}", "break the circle")
NOT_LISTED = ProblemCode(
    "decision.not_listed", _W, "the index page {page} does not list this decision", "add it to the page"
)
LISTED_MISSING = ProblemCode(
    "decision.listed_missing", _W, "lists {target}, which does not exist", "remove or correct the row"
)
LISTED_STATUS = ProblemCode(
    "decision.listed_status", _W, "says {said} of {target}, which says {status}", "correct the row"
)

CODES = (
    EMPTY, NO_EXTENSION, REPAIRED, BINARY, FRONT_MATTER, CUT, NO_STATUS, UNKNOWN_STATUS, NO_DATE, BAD_DATE,
    AMBIGUOUS_DATE, NO_TITLE, TEMPLATE_TITLE, DUPLICATE, GAP, NUMBER_MISMATCH, BROKEN_LINK, NOWHERE, ONE_SIDED, CYCLE,
    NOT_LISTED, LISTED_MISSING, LISTED_STATUS,
)  # fmt: skip
