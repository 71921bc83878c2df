"""test and deploy: exit codes and policies decide, not what a model says."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from orchestrator_assets.activities.ports import (
    NotAvailable,
    PlaybookOffer,
    PlaybookResult,
    Ports,
    SandboxResult,
)
from orchestrator_assets.models.reply import Outcome
from orchestrator_assets_tests.activities.conftest import Play
from orchestrator_assets_tests.fleets import Fleet

GREEN = "test:\n\t@echo all fine\n"
RED = "test:\n\t@echo 'FAILED test_cart'; exit 3\n"
LIE: dict[str, Any] = {"summary": "All green.", "failures": [], "citations": [], "tests_passed": True, "exit_code": 0}


class ThisMachine:
    """Runs commands as they are: only for repositories that a test made."""

    def run(self, folder: Path, command: Sequence[str], timeout: float) -> SandboxResult:
        started = time.monotonic()
        done = subprocess.run(
            command,
            cwd=folder,
            timeout=timeout,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return SandboxResult(done.returncode, done.stdout, time.monotonic() - started)


class Shelf:
    """Two playbooks; keeps what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def offers(self, activity: str, text: str) -> Sequence[PlaybookOffer]:
        schema = {
            "type": "object",
            "properties": {"environment": {"enum": ["staging"]}},
            "required": ["environment"],
            "additionalProperties": False,
        }
        return [
            PlaybookOffer("roll-out", "Rolls out.", schema),
            PlaybookOffer("roll-back", "Back.", {"type": "object"}),
        ]

    def request(self, name: str, arguments: Mapping[str, Any], target: str, correlation_id: str) -> PlaybookResult:
        self.asked.append((name, arguments))
        return PlaybookResult("waiting", "approval 1")


@pytest.mark.parametrize(("makefile", "code", "passed"), [(GREEN, 0, True), (RED, 2, False)])
def test_the_exit_code_decides(fleet: Fleet, play: Play, makefile: str, code: int, passed: bool) -> None:
    (shop,) = fleet.make("shop")
    shop.commit({"Makefile": makefile})
    result = play("test", says=LIE, ports=Ports(sandbox=ThisMachine()))
    assert result.outcome is Outcome.OK and result.output is not None
    assert result.gates["tests_ran"].passed and result.gates["tests_passed"].passed is passed
    assert result.output["exit_code"] == code and result.output["command"] == ["make", "test"]
    assert result.succeeded is passed


def test_what_ran_is_told_without_a_model(fleet: Fleet, play: Play) -> None:
    (shop,) = fleet.make("shop")
    shop.commit({"Makefile": RED})
    result = play("test", url=None, ports=Ports(sandbox=ThisMachine()))
    assert result.outcome is Outcome.NO_MODEL and not result.gates["tests_passed"].passed
    assert result.output is not None and result.output["exit_code"] == 2


def test_a_repository_without_tests_has_not_passed_them(fleet: Fleet, play: Play) -> None:
    fleet.make("shop")
    result = play("test", says=LIE, ports=Ports(sandbox=ThisMachine()))
    assert not result.gates["tests_ran"].passed and not result.gates["tests_passed"].passed


@pytest.mark.parametrize("name", ["test", "deploy"])
def test_what_is_not_there_is_said(fleet: Fleet, play: Play, name: str) -> None:
    fleet.make("shop")
    with pytest.raises(NotAvailable, match=f"{name} is not available"):
        play(name, says=LIE)


def choice(**changes: Any) -> dict[str, Any]:
    usual = {"playbook": "roll-out", "arguments": {"environment": "staging"}, "reason": "fits", "citations": []}
    return {**usual, **changes}


def test_a_playbook_is_asked_for_once_the_tests_passed_here(fleet: Fleet, play: Play) -> None:
    (shop,) = fleet.make("shop")
    shop.commit({"Makefile": GREEN})
    shelf = Shelf()
    ports = Ports(sandbox=ThisMachine(), playbooks=shelf)
    untested = play("deploy", says=choice(), ports=ports)
    assert not untested.gates["tests_passed"].passed and shelf.asked == []
    play("test", says=LIE, ports=ports)
    done = play("deploy", says=choice(), ports=ports, cache=False)
    assert done.succeeded and shelf.asked == [("roll-out", {"environment": "staging"})]
    assert done.output is not None and done.output["state"] == "waiting"
    shop.commit({"Makefile": RED})
    play("test", says=LIE, ports=ports)
    red = play("deploy", says=choice(), ports=ports, cache=False)
    assert not red.gates["tests_passed"].passed and len(shelf.asked) == 1


def test_arguments_that_do_not_fit_hold_it_back(fleet: Fleet, play: Play) -> None:
    (shop,) = fleet.make("shop")
    shop.commit({"Makefile": GREEN})
    shelf = Shelf()
    ports = Ports(sandbox=ThisMachine(), playbooks=shelf)
    play("test", says=LIE, ports=ports)
    for arguments in ({"environment": "production"}, {}, {"environment": "staging", "shell": "rm -rf /"}):
        result = play("deploy", says=choice(arguments=arguments), ports=ports, cache=False)
        assert result.outcome is Outcome.OK and not result.gates["arguments_fit"].passed
    assert shelf.asked == []


def test_a_playbook_that_is_not_offered_is_no_answer(fleet: Fleet, play: Play) -> None:
    fleet.make("shop")
    shelf = Shelf()
    result = play("deploy", says=choice(playbook="format-disk"), ports=Ports(playbooks=shelf))
    assert result.outcome is Outcome.SCHEMA_MISMATCH and shelf.asked == []
