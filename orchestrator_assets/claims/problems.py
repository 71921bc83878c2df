"""What can be wrong with claims."""

from orchestrator_assets.problems import ProblemCode, Severity

UNREADABLE = ProblemCode("claim.unreadable", Severity.WARNING, "not read for claims: {reason}", "correct the file")
CUT = ProblemCode("claim.cut", Severity.WARNING, "only its first {kept} claims are kept", "shorten the page")
CONTRADICTED = ProblemCode(
    "claim.contradicted",
    Severity.WARNING,
    "says {claimed} {unit}; {counted} are counted ({of})",
    "correct the number, or generate the page",
)
CODES = (UNREADABLE, CUT, CONTRADICTED)
