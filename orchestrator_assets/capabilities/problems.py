"""The problem codes of hand-kept registries."""

from __future__ import annotations

from orchestrator_assets.problems import ProblemCode, Severity, Sort

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

NOT_YAML = ProblemCode("capability.not_yaml", _E, "refused: {reason}", "mend the YAML, or move the file away")
MALFORMED = ProblemCode("capability.malformed_row", _E, "row {row} is left out: {reason}", "give it an id, as a text")
DUPLICATE_ID = ProblemCode("capability.duplicate_id", _E, "the {type} {id} stands here twice", "rename or merge them")
LOST = ProblemCode(
    "capability.registry_lost",
    _E,
    "{item} had {before} rows; since commit {commit} it is gone, empty or unreadable",
    "restore it, or say that it was meant: orchestrator accept-loss capability.registry_lost --repo NAME",
    Sort.INTEGRITY,
)
CODES = (NOT_YAML, MALFORMED, DUPLICATE_ID, LOST)
