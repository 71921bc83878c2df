"""What can be wrong with playbook registries."""

from orchestrator_assets.problems import ProblemCode, Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

UNREADABLE = ProblemCode("playbook.registry_unreadable", _E, "not read: {reason}", "correct the file")
BAD_ENTRY = ProblemCode("playbook.entry_invalid", _E, "entry {name}: {reason}", "correct the entry")
MISSING = ProblemCode("playbook.file_missing", _E, "{name} names {file}, which is not there", "correct the path")
ELSEWHERE = ProblemCode(
    "playbook.path_wrong",
    _E,
    "{name} names {file}, which is not there; {found} is",
    "write the path from the repository's root",
)
ACTIVITY = ProblemCode(
    "playbook.activity_unknown",
    _E,
    "{name} is of activity {activity!r}",
    "name a known activity",
)
DUPLICATE = ProblemCode("playbook.name_twice", _E, "{name} is registered twice", "give each its own name")
TYPE = ProblemCode("playbook.type_unknown", _W, "{name}: {parameter} is of type {type!r}", "name a JSON type")
DOCUMENT = ProblemCode("playbook.document", _I, "{name} is a text for people: {file}", "write a script to have it run")
FORM = ProblemCode(
    "playbook.form_unknown", _W, "{name} cannot be run: {file} is no form we know", "write sh, py, steps"
)
UNLISTED = ProblemCode("playbook.unlisted", _W, "no registry lists it", "register it, or remove it")
TWICE = ProblemCode(
    "playbook.name_in_two_repositories", _E, "{name} is also registered in {other}", "rename one of the two"
)
CODES = (
    UNREADABLE, BAD_ENTRY, MISSING, ELSEWHERE, ACTIVITY, DUPLICATE, TYPE, DOCUMENT, FORM, UNLISTED, TWICE,
)  # fmt: skip
