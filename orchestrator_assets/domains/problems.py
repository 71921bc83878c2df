"""The problem codes of the orchestration registry."""

from __future__ import annotations

from orchestrator_assets.problems import ProblemCode, Severity, Sort

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

NOT_JSON = ProblemCode(
    "domain.registry_unreadable",
    _E,
    "the registry cannot be read: {reason}",
    "mend the JSON; until then the last good index stays published",
    Sort.INTEGRITY,
)
MALFORMED = ProblemCode("domain.malformed_row", _E, "row {row} is left out: {reason}", "give it an id, as a text")
DUPLICATE_ID = ProblemCode("domain.duplicate_id", _E, "the id {id} stands in rows {first} and {row}", "rename one")
BROKEN_FILE = ProblemCode(
    "domain.broken_file", _E, "{id} names {file}, which {reason}", "commit that file, correct the path, or take it out"
)
SEPARATORS = ProblemCode(
    "domain.path_separators", _W, "{id} names {file} with backslashes; read as {meant}", "write it with forward slashes"
)
DRIFT = ProblemCode(
    "domain.drift",
    _W,
    "{id} states {stated} and its file has {counted}",
    "generate the registry anew from the files",
)
UNKNOWN_RELATED = ProblemCode(
    "domain.unknown_related", _W, "{id} is related to {other}, which no row has", "correct the id, or add the domain"
)
DUPLICATE_RELATED = ProblemCode("domain.duplicate_related", _I, "{id} names {other} twice", "name it once")
UNKNOWN_CATEGORY = ProblemCode(
    "domain.unknown_category", _W, "{id} has the category {category}, which the registry does not define", "define it"
)
UNKNOWN_STATUS = ProblemCode(
    "domain.unknown_status",
    _W,
    "{id} has the status {status}",
    "use one of: {known}".format(
        known="active, planned, "
        "draft, in_progress, experimental, implemented, deprecated, inactive, retired, placeholder"
    ),
)
PLACEHOLDER = ProblemCode("domain.placeholder", _W, "{id} only holds a place", "fill it in, or take it out")
STATED_TOTAL = ProblemCode(
    "domain.stated_total", _E, "the registry states {stated} domains and has {counted}", "generate it anew"
)
COPY = ProblemCode("domain.copied_registry", _I, "is a copy of {source}; its rows are not counted", "keep one")
ROW_WITHOUT_SEQUENCE = ProblemCode(
    "domain.row_without_sequence",
    _W,
    "{id} stands for a plugin sequence that is not there",
    "generate the registry anew",
)
SEQUENCE_WITHOUT_ROW = ProblemCode(
    "domain.sequence_without_row", _I, "the plugin sequence {id} has no row in the registry", "generate it anew"
)
LOST = ProblemCode(
    "domain.registry_lost",
    _E,
    "{item} had {before} domains; since commit {commit} it is gone, empty or unreadable",
    "restore it, or say that it was meant: orchestrator accept-loss domain.registry_lost --repo NAME",
    Sort.INTEGRITY,
)
CODES = (
    NOT_JSON, MALFORMED, DUPLICATE_ID, BROKEN_FILE, SEPARATORS, DRIFT, UNKNOWN_RELATED, DUPLICATE_RELATED,
    UNKNOWN_CATEGORY, UNKNOWN_STATUS, PLACEHOLDER, STATED_TOTAL, COPY, ROW_WITHOUT_SEQUENCE, SEQUENCE_WITHOUT_ROW, LOST,
)  # fmt: skip
