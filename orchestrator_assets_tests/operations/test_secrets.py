"""Secrets of the environment are nowhere: not in what is printed, the database, the home folder, or the hub."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from orchestrator_assets.catalog.embedded import find_binaries
from orchestrator_assets_tests.fleet.https_server import git_server
from orchestrator_assets_tests.repositories import GitRepository

VALUES = {
    "ORCHESTRATOR_GITHUB_TOKEN": "ghp_secret+github/7731",
    "ORCHESTRATOR_LLM_API_KEY": "sk-secret+model/7732",
    "ORCHESTRATOR_MAIL_PASSWORD": "pw-secret+mail/7733",
    "ORCHESTRATOR_HOOK_SECRET_GITHUB": "hk-secret+hook/7734",
    "ORCHESTRATOR_CHAT_WEBHOOK": "https://127.0.0.1:1/hook/ch-secret-7735",
    "GIT_PASSWORD_OF_TEST": "gp-secret+git-7736",
}
SECRETS = [value.rpartition("/hook/")[2] for value in VALUES.values()]
FORMS = [
    form.encode()
    for secret in SECRETS
    for form in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode()[:-4])
]


@pytest.mark.slow
def test_no_secret_is_told_kept_or_published(tmp_path: Path) -> None:
    """Everything that could use them runs, and most of it fails: a remote that refuses the password, a model, mail and chat
    that do not answer."""
    served = tmp_path / "served"
    served.mkdir()
    for name in ("open", "closed"):
        GitRepository.create(served / name).commit({"docs/decisions/ADR-0001-x.md": "# ADR-0001: X\n"})
    askpass = tmp_path / "askpass"
    askpass.write_text('#!/bin/sh\ncase $1 in Username*) echo robot;; *) echo "$GIT_PASSWORD_OF_TEST";; esac\n')
    askpass.chmod(0o700)
    said = b""
    with git_server(tmp_path, served) as server:
        server.refuse = lambda path: (401, {"WWW-Authenticate": "Basic"}) if "closed" in path else None
        fleet = tmp_path / "REPOS.yaml"
        names = "".join(f"  - name: {name}\n    url: {server.url}/{name}/.git\n" for name in ("open", "closed"))
        bad = "  - name: inurl\n    url: https://robot:gp-secret+git-7736@127.0.0.1/x.git\n"
        fleet.write_text(f"repos:\n{names}{bad}")
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(("ORCHESTRATOR_", "DAGSTER_"))
        }
        clean.pop("DATABASE_URL", None)
        more = {
            "GIT_ASKPASS": str(askpass), "ORCHESTRATOR_LLM_URL": "http://127.0.0.1:1/v1", "ORCHESTRATOR_LLM_MODEL": "m",
            "ORCHESTRATOR_LLM_RETRIES": "0", "ORCHESTRATOR_MAIL_SERVER": "127.0.0.1:1", "ORCHESTRATOR_MAIL_USER": "u",
            "ORCHESTRATOR_MAIL_FROM": "a@b.example", "ORCHESTRATOR_MAIL_TO": '["c@d.example"]',
            "ORCHESTRATOR_GITHUB_API": "http://127.0.0.1:1", "ORCHESTRATOR_ORGANISATIONS": '["github:x"]',
            "ORCHESTRATOR_DEBUG": "1",
        }  # fmt: skip
        for command in (
            ["scan"], ["publish"], ["check"], ["repos", "list"], ["repos", "organisation"], ["report", "deliver"], ["doctor"],
            ["activities", "run", "assess", "--repo", "open", "--json"], ["activities", "publish"], ["doctor", "llm"],
        ):  # fmt: skip
            full = [
                sys.executable,
                "-m",
                "orchestrator_assets.cli",
                "--home",
                str(tmp_path / "home"),
                "--fleet",
                str(fleet),
            ]
            done = subprocess.run(
                [*full, *command], env={**clean, **more, **VALUES}, cwd=tmp_path, capture_output=True, timeout=120
            )
            said += done.stdout + done.stderr
            assert b"Traceback" not in done.stdout
        dump = [sys.executable, "-c", _DUMP, str(tmp_path / "home"), str(find_binaries() / "pg_dump")]
        database = subprocess.run(dump, capture_output=True, timeout=120, check=True).stdout
    assert b"model_call" in database and b"127.0.0.1" in database
    kept = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    for where, data in (("output", said), ("database", database), ("home folder", kept)):
        found = [form for form in FORMS if form in data]
        assert not found, f"{where}: {found}"


_DUMP = """
import subprocess, sys
from pathlib import Path
from sqlalchemy import make_url
from orchestrator_assets.catalog.embedded import start
url = make_url(start(Path(sys.argv[1])))
subprocess.run([sys.argv[2], "-h", url.query["host"], "-U", "postgres", url.database], check=True)
"""
