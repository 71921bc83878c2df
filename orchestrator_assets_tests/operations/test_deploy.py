"""What deploy/ holds fits the project: files that are copied exist, commands and settings are real."""

from __future__ import annotations

import re

import yaml

from orchestrator_assets.cli import COMMANDS
from orchestrator_assets.settings import Settings
from orchestrator_assets_tests.conftest import CHECKOUT

DEPLOY = CHECKOUT / "deploy"


def test_the_image_copies_what_is_there_and_runs_a_command_that_exists() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE):
        *sources, _ = line.split()
        assert all((CHECKOUT / source).exists() for source in sources), line
    [command] = re.findall(r'^CMD \["orchestrator", "(\w+)"', text, re.MULTILINE)
    assert command in COMMANDS


def test_the_services_use_settings_and_commands_that_exist() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    ours = services["orchestrator"]
    names = {f"ORCHESTRATOR_{name.upper()}" for name in Settings.model_fields} | {"DATABASE_URL"}
    assert set(ours["environment"]) <= names
    assert ours["command"][0] == "orchestrator" and ours["command"][1] in COMMANDS
    assert (DEPLOY / ours["build"]["dockerfile"].removeprefix("deploy/")).is_file()
    assert all(port.startswith("127.0.0.1:") for port in ours["ports"]), "the UI has no authentication"
