"""The problem codes of sequences."""

from __future__ import annotations

from orchestrator_assets.problems import ProblemCode, Severity, Sort

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

NOT_JSON = ProblemCode("sequence.not_json", _E, "refused: {reason}", "mend the JSON, or move the file away")
UNREADABLE = ProblemCode(
    "sequence.unreadable", _E, "stands among the sequences and is no JSON that can be read", "mend it, or move it away"
)
MALFORMED = ProblemCode("sequence.malformed", _E, "refused: {reason}", "make `movements` a list of objects")
NO_SEQUENCE = ProblemCode(
    "sequence.no_movements", _I, "stands among the sequences but has no movements", "add movements, or move it away"
)
NO_ID = ProblemCode("sequence.no_id", _W, "has no id", "give it an id that is unique in its repository")
DUPLICATE_ID = ProblemCode(
    "sequence.duplicate_id", _E, "the id {id} is declared by {other} too", "give one of the two another id"
)
COUNT_ONLY = ProblemCode(
    "sequence.beats_not_given",
    _W,
    "{number} of {movements} movements give their beats only as a number",
    "write the beats out: nothing can be checked against a number",
)
STEPS = ProblemCode("sequence.steps", _I, "{number} movements have steps; read as beats", "call them beats")
STATED_TOTAL = ProblemCode(
    "sequence.stated_total", _W, "states {stated} {what} and has {counted}", "correct the number, or leave it out"
)
DUPLICATE_BEAT = ProblemCode(
    "sequence.duplicate_beat", _W, "movement {movement} numbers two beats {number}", "number the beats anew"
)
ODD_VALUE = ProblemCode("sequence.odd_value", _W, "{what}", "write it as the other sequences do")
UNLISTED = ProblemCode(
    "sequence.unlisted", _W, "is not named in {index}", "add it there, or remove the file if it is not used"
)
LISTED_MISSING = ProblemCode(
    "sequence.listed_missing", _E, "names {entry}, which is not there", "remove the entry, or add the file"
)
TEST_MISSING = ProblemCode(
    "sequence.test_missing",
    _W,
    "{missing} of {named} tests that its beats name are not there: {first}",
    "correct the links, or commit the tests",
)
SCHEMA = ProblemCode("sequence.schema", _E, "does not satisfy {schema}: {reason}", "correct it, or the schema")
BAD_SCHEMA = ProblemCode("sequence.bad_schema", _W, "cannot be used as a schema: {reason}", "mend the JSON Schema")
DIVERGED = ProblemCode(
    "sequence.diverged_copy", _W, "has other beats than its source {source}", "copy the source anew, or give it an id"
)
CLAIM = ProblemCode(
    "sequence.claim", _E, "states {claimed} {what}; {counted} are there{why}", "generate it anew from the sequences"
)
LOST = ProblemCode(
    "sequence.content_lost",
    _E,
    "{item} had its {before} beats written out; since commit {commit} it is gone or only counts them",
    "restore them, or say that it was meant: orchestrator accept-loss sequence.content_lost --repo NAME",
    Sort.INTEGRITY,
)
CODES = (
    NOT_JSON, UNREADABLE, MALFORMED, NO_SEQUENCE, NO_ID, DUPLICATE_ID, COUNT_ONLY, STEPS, STATED_TOTAL, DUPLICATE_BEAT,
    ODD_VALUE, UNLISTED, LISTED_MISSING, TEST_MISSING, SCHEMA, BAD_SCHEMA, DIVERGED, CLAIM, LOST,
)  # fmt: skip
