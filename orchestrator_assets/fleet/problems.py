"""The problem codes of the fleet registry."""

from __future__ import annotations

from orchestrator_assets.problems import ProblemCode, Severity, Sort

INVALID_YAML = ProblemCode(
    "registry.invalid_yaml",
    Severity.ERROR,
    "{place}: not valid YAML: {reason}{hint}",
    "mend the file (a proposed repair is shown as a diff where one was found); the last valid registry stays in force",
    Sort.INTEGRITY,
)
NOT_UTF8 = ProblemCode(
    "registry.not_utf8",
    Severity.WARNING,
    "{what}",
    "save the file as UTF-8",
)
WRONG_TYPE = ProblemCode(
    "registry.wrong_type",
    Severity.ERROR,
    "{place}: {where}: expected {expected}, found {found}",
    "write what is expected (quote a number or a yes that is meant as text); the last valid registry stays in force",
    Sort.INTEGRITY,
)
NO_NAME = ProblemCode(
    "registry.no_name",
    Severity.ERROR,
    "{place}: {where}: expected a `name`, found none",
    "give the entry a name; the last valid registry stays in force",
    Sort.INTEGRITY,
)
NO_REPOS = ProblemCode(
    "registry.no_repos",
    Severity.ERROR,
    "{place}: expected a list under the key `repos`, found no such key",
    "write `repos:` and one entry per repository under it (`repos: []` if there is none yet)",
    Sort.INTEGRITY,
)
UNKNOWN_KEY = ProblemCode(
    "registry.unknown_key",
    Severity.INFO,
    "{where}: unknown key {key!r}, kept{hint}",
    "remove it, or leave it: nothing here reads it",
)
MISSPELT_KEY = ProblemCode(
    "registry.misspelt_key",
    Severity.WARNING,
    "{where}: unknown key {key!r}, kept{hint}",
    "correct the key: nothing reads what stands under it",
)
UNKNOWN_VALUE = ProblemCode(
    "registry.unknown_value",
    Severity.WARNING,
    "{where}: unknown {field} {value!r}, kept as it is; expected one of: {expected}",
    "use one of the expected values",
)
DUPLICATE_NAME = ProblemCode(
    "registry.duplicate_name",
    Severity.ERROR,
    "{name} is named again (first in line {first}); only the first entry is read",
    "rename one of the two entries, or remove it",
)
ALIAS_CLASH = ProblemCode(
    "registry.alias_clash",
    Severity.ERROR,
    "the alias {alias} of {name} also means {other} (line {line_of_other})",
    "keep the alias at the one entry that used to have this name",
)
NO_URL = ProblemCode(
    "registry.no_url",
    Severity.ERROR,
    "{name} has no url and no location, and the registry has no url_base: it cannot be read",
    "give it a `url` (https, ssh or a path relative to the registry), or give the registry a `url_base`",
)
URL_REFUSED = ProblemCode(
    "registry.url_refused",
    Severity.ERROR,
    "the url of {name} is refused: {url}: {reason}",
    "use https, ssh or a local path, without user and password in it",
)
REF_REFUSED = ProblemCode(
    "registry.ref_refused",
    Severity.ERROR,
    "the ref of {name} is refused: {ref!r} is no name of a branch, tag or commit",
    "name a branch, a tag or a full commit id",
)
UNKNOWN_DEPENDENCY = ProblemCode(
    "registry.unknown_dependency",
    Severity.WARNING,
    "{name} depends on {dependency}, which {why}",
    "correct the name, or add the repository it means",
)
UNDECLARED_DEPENDENCY = ProblemCode(
    "registry.undeclared_dependency",
    Severity.INFO,
    "{name} consumes {service}, which {providers} provides, but does not depend on it",
    "add the provider to depends_on",
)
DEPENDENCY_CYCLE = ProblemCode(
    "registry.dependency_cycle",
    Severity.WARNING,
    "dependency cycle: {cycle}",
    "remove one of the dependencies",
)
NO_PROVIDER = ProblemCode(
    "registry.no_provider",
    Severity.WARNING,
    "{name} consumes {service}, which no repository of the registry provides",
    "add it to the provider's provides, or leave it if it comes from outside",
)
LOST_REPOSITORIES = ProblemCode(
    "registry.lost_repositories",
    Severity.ERROR,
    "the registry lost {count} of the {before} repositories in force: {names}",
    "restore the entries, or move them to `deprecated:`, or name the old name in the new entry's "
    "`aliases`; `orchestrator repos accept` accepts the loss",
    Sort.INTEGRITY,
)
UNREADABLE_FOLDER = ProblemCode(
    "registry.unreadable_folder",
    Severity.WARNING,
    "not looked into: {folder}: {reason}",
    "make the folder readable, or add its repositories by hand",
)

REGISTRY_CODES: tuple[ProblemCode, ...] = (
    INVALID_YAML,
    NOT_UTF8,
    WRONG_TYPE,
    NO_NAME,
    NO_REPOS,
    UNKNOWN_KEY,
    MISSPELT_KEY,
    UNKNOWN_VALUE,
    DUPLICATE_NAME,
    ALIAS_CLASH,
    NO_URL,
    URL_REFUSED,
    REF_REFUSED,
    UNKNOWN_DEPENDENCY,
    UNDECLARED_DEPENDENCY,
    DEPENDENCY_CYCLE,
    NO_PROVIDER,
    LOST_REPOSITORIES,
    UNREADABLE_FOLDER,
)
