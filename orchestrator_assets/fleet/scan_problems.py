"""The problem codes of scanning itself, whatever the kind of document."""

from __future__ import annotations

from orchestrator_assets.problems import ProblemCode, Severity, Sort

TOO_LARGE = ProblemCode(
    "document.too_large",
    Severity.WARNING,
    "{size} bytes, over the limit of {limit}; not read",
    "make the file smaller, or raise ORCHESTRATOR_BLOB_LIMIT",
)
NOT_A_FILE = ProblemCode(
    "document.not_a_file",
    Severity.INFO,
    "a {what} stands where a document is expected; recorded, not followed",
    "commit the document itself if it should be indexed",
)
PARSER_FAILED = ProblemCode(
    "document.parser_failed",
    Severity.ERROR,
    "the parser of {kind} failed on this file: {error}",
    "this is a defect of orchestrator_assets: report it with the file",
    Sort.INTEGRITY,
)
RESOLVER_FAILED = ProblemCode(
    "repository.resolver_failed",
    Severity.ERROR,
    "resolving {kind} failed: {error}",
    "this is a defect of orchestrator_assets: report it",
    Sort.INTEGRITY,
)
REFUSED_ENTRY = ProblemCode(
    "repository.refused_entry",
    Severity.WARNING,
    "the tree holds an entry that no work tree can: {entry}",
    "rewrite the commit without it; it may be an attack",
)
SETTINGS_INVALID = ProblemCode(
    "repository.settings_invalid",
    Severity.WARNING,
    "not used: {reason}",
    "mend .orchestrator.yaml: a mapping of index name to settings, e.g. decisions: {places: [doc/choices]}",
)
SETTINGS_UNKNOWN = ProblemCode(
    "repository.settings_unknown_key",
    Severity.WARNING,
    "{where}: {key!r} is no setting{hint}",
    "correct the key, or remove it: nothing reads it",
)
SHALLOW = ProblemCode(
    "repository.shallow",
    Severity.INFO,
    "the clone is shallow: first commits, dates and counts reach back only to where it is cut",
    "run git fetch --unshallow in it",
)
REPLACED = ProblemCode(
    "repository.replaced",
    Severity.WARNING,
    "shares no root commit with the repository scanned under this name before",
    "if it is another repository, give it another name in the registry",
)
FAILED = ProblemCode(
    "repository.scan_failed",
    Severity.ERROR,
    "could not be scanned ({status}): {reason}",
    "mend or retire the repository; its last good records are kept and it is tried again by itself",
)

NO_REGISTRY = ProblemCode(
    "registry.no_file",
    Severity.ERROR,
    "there is no fleet registry at {file}",
    "run `orchestrator init`, or name the file with --fleet or ORCHESTRATOR_FLEET",
    Sort.INTEGRITY,
)

CODES = (
    NO_REGISTRY,
    TOO_LARGE,
    NOT_A_FILE,
    PARSER_FAILED,
    RESOLVER_FAILED,
    REFUSED_ENTRY,
    SETTINGS_INVALID,
    SETTINGS_UNKNOWN,
    SHALLOW,
    REPLACED,
    FAILED,
)
