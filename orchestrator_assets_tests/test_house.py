"""The rules of the house, kept by a test."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator_assets.checks import all_codes
from orchestrator_assets.kinds import kinds

PACKAGE = Path(__file__).parent.parent / "orchestrator_assets"
FILES = sorted(PACKAGE.rglob("*.py"))
DAGSTER_FILES = {"assets.py", "sensors.py", "jobs.py", "resources.py", "definitions.py", "launcher.py"}


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_dagster_stays_in_its_files() -> None:
    outside = [
        path for path in FILES if path.name not in DAGSTER_FILES and imports(path) & {"dagster", "dagster_postgres"}
    ]
    assert outside == []


def test_dagster_can_read_the_annotations_of_its_files() -> None:
    lazy = [
        path
        for path in FILES
        if path.name in DAGSTER_FILES and "from __future__ import annotations" in path.read_text()
    ]
    assert lazy == []


def test_only_the_catalog_and_the_edge_know_the_database() -> None:
    rooms = ("decisions", "session_notes", "documents", "hub", "demo")
    knowing = [path for room in rooms for path in (PACKAGE / room).rglob("*.py") if "sqlalchemy" in imports(path)]
    assert [path.name for path in knowing] == ["indexes.py"]


def test_files_are_short() -> None:
    assert [path for path in FILES if len(path.read_text().splitlines()) > 400] == []


def test_every_problem_code_has_a_cure_and_a_prefix() -> None:
    for code in all_codes().values():
        assert code.cure and code.template and "." in code.code
    for kind in kinds():
        assert all(code.code.startswith(f"{kind.name}.") for code in kind.codes)


def test_pages_name_what_made_them_and_differ_in_name() -> None:
    assert len({kind.index for kind in kinds()}) == len({kind.asset for kind in kinds()}) == len(kinds())


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import orchestrator_assets.cli", ["dagster", "sqlalchemy", "pydantic", "rich"]),
        ("from orchestrator_assets.definitions import defs; defs()", ["psycopg2._psycopg.connection", "docutils"]),
    ],
)
def test_imports_are_cheap(code: str, absent: list[str]) -> None:
    check = f"{code}\nimport sys\nassert not [m for m in {absent!r} if m in sys.modules], 'imported'"
    subprocess.run([sys.executable, "-c", check], check=True, capture_output=True)


def test_loading_the_definitions_touches_nothing(tmp_path: Path) -> None:
    code = "from orchestrator_assets.definitions import defs; defs().resolve_all_job_defs()"
    environment = {
        "PATH": "/nonexistent",
        "HOME": str(tmp_path),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    }
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert [path.name for path in tmp_path.iterdir() if path.name == ".orchestrator"] == []
