"""What can be wrong with project specifications."""

from orchestrator_assets.problems import ProblemCode, Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

UNREADABLE = ProblemCode("project.unreadable", _E, "not read: {reason}", "correct the file")
MISSING = ProblemCode("project.section_missing", _W, "has no section {section}", "write it, as the template has it")
DUPLICATE = ProblemCode(
    "project.number_twice", _E, "project {number} is also {other}", "give one of them another number"
)
GAP = ProblemCode("project.step_gap", _W, "the steps go from {before} to {after}", "number the steps without gaps")
NO_ISSUE = ProblemCode("project.step_without_issue", _I, "step {number} names no issue", "name the issue that does it")
NOT_A_CHILD = ProblemCode(
    "project.step_not_child", _W, "step {number} names {issue}, which is no child issue", "add it to the child issues"
)
NO_STEP = ProblemCode("project.child_without_step", _W, "{issue} is in no step", "add it to the execution sequence")
UNKNOWN = ProblemCode("project.dependency_unknown", _W, "depends on project {number}, which is not there", "correct it")
CIRCLE = ProblemCode("project.dependency_circle", _E, "projects wait for each other: {circle}", "break the circle")
OUT_OF_ORDER = ProblemCode(
    "project.out_of_order",
    _W,
    "step {later} ({issue}) was begun on {day}, before step {earlier} ({open}) was complete",
    "finish the earlier step, or give both the same number",
)
CODES = (
    UNREADABLE, MISSING, DUPLICATE, GAP, NO_ISSUE, NOT_A_CHILD, NO_STEP, UNKNOWN, CIRCLE, OUT_OF_ORDER,
)  # fmt: skip
