"""Playbooks that a model chose: asked for, approved by a person, run once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Engine

from orchestrator_assets.activities.ports import PlaybookOffer, PlaybookResult
from orchestrator_assets.catalog import approval_store
from orchestrator_assets.catalog.approval_store import Approval, Sort, State
from orchestrator_assets.catalog.exclusive import exclusive
from orchestrator_assets.fleet.locate import open_repository
from orchestrator_assets.fleet.objects import RepositoryUnavailable
from orchestrator_assets.playbooks.registry import Registered, best, named
from orchestrator_assets.playbooks.run import PlaybookRefused, checked_arguments, repository_named, run_playbook
from orchestrator_assets.settings import Settings


@dataclass(frozen=True, slots=True)
class ApprovedPlaybooks:
    """The registered playbooks as activities see them: each request waits for a person unless the policy
    (`ORCHESTRATOR_PLAYBOOKS_UNATTENDED`) names the playbook."""

    engine: Engine
    settings: Settings

    def offers(self, activity: str, text: str) -> Sequence[PlaybookOffer]:
        """The best fitting playbooks of an activity, at most five."""
        return [
            PlaybookOffer(item.playbook.name, item.playbook.summary or item.playbook.description or "",
                          item.playbook.schema_of_inputs())
            for item in best(self.engine, activity, text)
        ]  # fmt: skip

    def request(self, name: str, arguments: Mapping[str, Any], target: str, correlation_id: str) -> PlaybookResult:
        """Asks for a run; asking again for the same on the same commits gives the same request."""
        try:
            registered = the_one(self.engine, name)
            given = checked_arguments(registered, arguments)
            commits = {item: _commit(self.engine, self.settings, item) for item in {target, registered.repository}}
        except PlaybookRefused as refused:
            return PlaybookResult("refused", str(refused))
        content = {"arguments": given, "commits": commits, "correlation_id": correlation_id}
        identity = json.dumps([name, target, given, commits], sort_keys=True)
        key = f"playbook {hashlib.sha256(identity.encode()).hexdigest()}"
        made = approval_store.request(self.engine, Sort.PLAYBOOK, name, target, content, key)
        if made.state is State.WAITING and name in self.settings.playbooks_unattended:
            approval_store.decide(self.engine, made.id, State.APPROVED, "policy", "ORCHESTRATOR_PLAYBOOKS_UNATTENDED")
            carry_out(self.engine, self.settings, made.id)
            made = approval_store.load(self.engine, made.id) or made
        return _told(made)


def carry_out_approved(engine: Engine, settings: Settings, chosen: Sequence[int] = ()) -> list[Approval]:
    """Runs the approved playbooks of these numbers (none: all), and finds those whose runner died; all as they stand
    then, but for those that somebody else is at."""
    waiting = [item for item in approval_store.listed(engine, State.APPROVED) if not chosen or item.id in chosen]
    found = waiting + approval_store.listed(engine, State.RUNNING)
    numbers = sorted(item.id for item in found if item.sort is Sort.PLAYBOOK)
    for number in numbers:
        carry_out(engine, settings, number)
    now = [approval_store.load(engine, number) for number in numbers]
    return [item for item in now if item is not None and item.state is not State.RUNNING]


def carry_out(engine: Engine, settings: Settings, number: int) -> None:
    """Runs one approved playbook, once. A request that is found running though nobody is at it was interrupted."""
    with exclusive(engine, f"approval {number}") as alone:
        item = approval_store.load(engine, number)
        if not alone or item is None:
            return
        if item.state is State.RUNNING:
            told = "whoever ran it was stopped; see what it did, then ask for it again"
            approval_store.end(engine, number, State.INTERRUPTED, {"detail": told})
        elif approval_store.begin(engine, number):
            state, result = _run(engine, settings, item)
            approval_store.end(engine, number, state, result)


def the_one(engine: Engine, name: str) -> Registered:
    """The playbook of a name. PlaybookRefused if there is none, or several."""
    found = named(engine, name)
    if len(found) != 1:
        raise PlaybookRefused(f"{'several playbooks are' if found else 'no playbook is'} called {name}")
    return found[0]


def _run(engine: Engine, settings: Settings, item: Approval) -> tuple[State, dict[str, Any]]:
    try:
        for repository, approved in item.content["commits"].items():
            now = _commit(engine, settings, repository)
            if now != approved:
                raise PlaybookRefused(f"{repository} has moved from {approved[:12]}, which was approved, to {now[:12]}")
        done = run_playbook(engine, settings, the_one(engine, item.name), item.target, item.content["arguments"])
    except PlaybookRefused as refused:
        return State.FAILED, {"detail": str(refused)}
    return State.DONE if done.outcome == "ok" else State.FAILED, asdict(done)


def _commit(engine: Engine, settings: Settings, name: str) -> str:
    repository = repository_named(engine, name)
    try:
        return open_repository(repository, settings).resolve(repository.ref).commit
    except RepositoryUnavailable as unavailable:
        raise PlaybookRefused(f"{name} cannot be read: {unavailable.reason}") from None


def _told(item: Approval) -> PlaybookResult:
    detail = (item.result or {}).get("detail") or ""
    if item.state is State.DONE:
        return PlaybookResult("ran", f"approval {item.id}")
    if item.state is State.REJECTED:
        return PlaybookResult("refused", f"{item.decided_by} rejected it: {item.note or 'no reason given'}")
    if item.state in (State.FAILED, State.INTERRUPTED):
        return PlaybookResult("failed", f"approval {item.id}: {item.state.value} {detail}".strip())
    return PlaybookResult("waiting", f"approval {item.id}; `orchestrator approvals show {item.id}`")
