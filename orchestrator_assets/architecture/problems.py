"""The problem codes of architecture pages."""

from __future__ import annotations

from orchestrator_assets.problems import ProblemCode, Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

BINARY = ProblemCode("architecture.binary", _W, "refused: the page is no text", "replace it, or move it away")
YAML = ProblemCode("architecture.yaml_unparseable", _W, "refused: {reason}", "mend the YAML")
YAML_DUPLICATE = ProblemCode("architecture.yaml_duplicate_key", _W, "{reason}", "keep one of the two")
CUT = ProblemCode("architecture.cut", _W, "the page is very large: {what}", "split it")
BROKEN_LINK = ProblemCode(
    "architecture.broken_link", _W, "leads to {target}, which is not there", "correct the link, or commit what it names"
)
NOT_READ = ProblemCode(
    "architecture.not_read",
    _W,
    "does not look like an architecture page, so only its links were read",
    "let its title say architecture or infrastructure, or begin it with `> **Role:** value`",
)
NO_PAGE = ProblemCode("architecture.no_page", _W, "has no ARCHITECTURE.md", "write one")
MISSING_FIELD = ProblemCode(
    "architecture.missing_field",
    _W,
    "its header lacks {fields}",
    "add it, as `> **Name:** value` before the first section",
)
MISSING_SECTION = ProblemCode("architecture.missing_section", _W, "lacks the sections {sections}", "add them")
DIFFERS = ProblemCode(
    "architecture.differs_from_registry",
    _E,
    "{field}: the page says {page}, the fleet registry says {registry}",
    "correct the page; the fleet registry counts as right",
)
SCRIPTS = ProblemCode(
    "architecture.missing_scripts",
    _W,
    "{missing} of {named} files that its tables name are not there: {first}",
    "correct the table, or commit the files",
)
STACK = ProblemCode(
    "architecture.stack_drift",
    _W,
    "names {what}, of which the repository holds no sign ({signs})",
    "correct the page, or the repository",
)
GLOBAL_MISSING = ProblemCode(
    "architecture.global_lacks_repository", _W, "does not name {repository}, which the fleet registry has", "add it"
)
GLOBAL_UNKNOWN = ProblemCode(
    "architecture.global_unknown_repository",
    _E,
    "names {repository}, which the fleet registry has not",
    "remove the row, or register it; the fleet registry counts as right",
)
GLOBAL_DIFFERS = ProblemCode(
    "architecture.global_differs_from_registry",
    _E,
    "{field} of {repository}: the page says {page}, the fleet registry says {registry}",
    "correct the page; the fleet registry counts as right",
)
PORT_DIFFERS = ProblemCode(
    "architecture.port_differs",
    _E,
    "{service}: the global page says port {port}, {repository} says {own}",
    "correct the global page; the repository's own page counts as right",
)
PORT_TWICE = ProblemCode(
    "architecture.port_twice", _W, "port {port} is that of {service} and of {other} in {where}", "give one another port"
)
PROPOSED_WITHOUT_BASE = ProblemCode(
    "architecture.proposed_without_base", _I, "proposes a page that is not there yet", "promote it, or remove it"
)
PROPOSED_OLD = ProblemCode(
    "architecture.proposed_old", _W, "has been waiting for {days} days", "promote it, or remove it"
)
PROPOSED_STALE = ProblemCode(
    "architecture.proposed_stale", _W, "its base {base} changed after it", "bring it up to date before it is promoted"
)
GENERATED_STALE = ProblemCode(
    "architecture.generated_stale", _W, "was generated before its input {input} changed", "generate it anew"
)
GENERATED_INPUT = ProblemCode(
    "architecture.generated_input_missing", _W, "says that it was made from {input}, which is not there", "correct it"
)
CODES = (
    BINARY, YAML, YAML_DUPLICATE, CUT, BROKEN_LINK, NOT_READ, NO_PAGE, MISSING_FIELD, MISSING_SECTION, DIFFERS,
    SCRIPTS, STACK, GLOBAL_MISSING, GLOBAL_UNKNOWN, GLOBAL_DIFFERS, PORT_DIFFERS, PORT_TWICE, PROPOSED_WITHOUT_BASE,
    PROPOSED_OLD, PROPOSED_STALE, GENERATED_STALE, GENERATED_INPUT,
)  # fmt: skip
