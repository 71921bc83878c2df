"""The problem codes of patterns."""

from __future__ import annotations

from orchestrator_assets.problems import ProblemCode, Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

BINARY = ProblemCode("pattern.binary", _W, "refused: the file is no text", "replace it by a text file, or move it away")
REPAIRED = ProblemCode("pattern.repaired_text", _W, "{what}", "save the file as UTF-8")
CUT = ProblemCode("pattern.cut", _W, "the document is very large: {what}", "make it smaller")
NO_STATUS = ProblemCode("pattern.no_status", _W, "states no status", "add `> **Status:** draft`")
UNKNOWN_STATUS = ProblemCode(
    "pattern.unknown_status", _W, "the status {raw!r} is none that is known",
    "use planned, draft, in_progress, active or retired",
)  # fmt: skip
NO_PROVENANCE = ProblemCode("pattern.no_provenance", _W, "states no provenance", "add `> **Provenance:** 1P` (2P, 3P)")
UNKNOWN_PROVENANCE = ProblemCode(
    "pattern.unknown_provenance", _W, "the provenance {raw!r} is none of 1P, 2P, 3P", "begin it with 1P, 2P or 3P"
)
BAD_DATE = ProblemCode("pattern.bad_date", _W, "the date {raw!r} is no day", "write it as YYYY-MM-DD")
DUPLICATE_ID = ProblemCode(
    "pattern.duplicate_id", _E, "the id {id} is that of {other} too", "rename one of the two files"
)
UNLISTED = ProblemCode("pattern.unlisted", _W, "is not named in {index}", "add it there")
LISTED_MISSING = ProblemCode(
    "pattern.listed_missing", _E, "names {target}, which is not there{hint}", "correct the link, or remove the row"
)
CLAIM = ProblemCode("pattern.claim", _E, "states {claimed} {what} and names {counted}", "correct the number")
DANGLING = ProblemCode(
    "pattern.dangling_edge", _E, "derives from {target}, which no pattern has as its id{hint}", "correct the id"
)
RETIRED_EDGE = ProblemCode(
    "pattern.retired_edge",
    _W,
    "derives from {target}, a retired pattern without a document",
    "publish it, or name another",
)
SUFFIX_EDGE = ProblemCode(
    "pattern.suffix_edge",
    _W,
    "derives from {target}, which is only there as {found}",
    "write the id as the file has it",
)
CYCLE = ProblemCode("pattern.lineage_cycle", _E, "derive from one another: {members}", "break the circle")
ORPHAN = ProblemCode(
    "pattern.orphan", _W, "is in no hand-kept registry of the fleet", "add it to the registry, or retire it"
)
WITHOUT_DOCUMENT = ProblemCode(
    "pattern.without_document",
    _W,
    "{id} is registered here and has no document",
    "write the document, or remove the row",
)
DIFFERS = ProblemCode(
    "pattern.differs_from_registry", _W, "{field}: the document says {document}, {registry} says {row}",
    "correct one of the two; the pattern registry counts as right",
)  # fmt: skip
UNKNOWN_IMPLEMENTED = ProblemCode(
    "pattern.unknown_implemented", _E, "the capability {id} implements {pattern}, which is no pattern{hint}",
    "correct the id",
)  # fmt: skip
CODES = (
    BINARY, REPAIRED, CUT, NO_STATUS, UNKNOWN_STATUS, NO_PROVENANCE, UNKNOWN_PROVENANCE, BAD_DATE, DUPLICATE_ID,
    UNLISTED, LISTED_MISSING, CLAIM, DANGLING, RETIRED_EDGE, SUFFIX_EDGE, CYCLE, ORPHAN, WITHOUT_DOCUMENT, DIFFERS,
    UNKNOWN_IMPLEMENTED,
)  # fmt: skip
