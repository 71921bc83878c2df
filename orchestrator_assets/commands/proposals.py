"""`orchestrator distribute` and `orchestrator architecture`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.catalog.fleet_store import FleetRepository
from orchestrator_assets.console import print_json, print_table, say
from orchestrator_assets.fleet.sync import sync_fleet
from orchestrator_assets.proposals import propose as proposals
from orchestrator_assets.proposals.distribute import Offer, find_source
from orchestrator_assets.proposals.distribute import distribute as offers_of
from orchestrator_assets.proposals.promote import promote as promote_document
from orchestrator_assets.settings import settings


@click.command()
@click.argument("what")
@click.option("--repo", "names", multiple=True, metavar="NAME", help="Only to this repository; may be repeated.")
@click.option("--apply", is_flag=True, help="Make the branches; without it, only show what they would hold.")
@click.option("--overwrite", is_flag=True, help="Also offer files that were edited there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def distribute(what: str, names: Sequence[str], apply: bool, overwrite: bool, as_json: bool) -> None:
    """Propose files that one repository keeps for all to those that lack them or have an old version.

    WHAT is a set that a repository defines under `distribute:` in its .orchestrator.yaml, or REPOSITORY:PATH. Each
    repository gets a branch `orchestrator/distribute/...`; nothing else is touched. Exits 1 if a repository could not
    be offered anything.
    """
    fleet = _fleet()
    targets = [_named(fleet, name) for name in names] or fleet
    found = list(offers_of(find_source(fleet, settings(), what), targets, settings(), apply, overwrite))
    if as_json:
        print_json({"what": what, "applied": apply, "repositories": [_offer(item) for item in found]})
    else:
        _print(found, apply)
    raise SystemExit(1 if any(item.problem for item in found) else 0)


@click.group()
def architecture() -> None:
    """Proposed architecture documents: promote them, or take a promotion back."""


@architecture.command()
@click.argument("repo")
@click.argument("document")
@click.option("--apply", is_flag=True, help="Make the branch; without it, only show what it would hold.")
@click.option("--force", is_flag=True, help="Also if the current page changed after the proposal was written.")
@click.option("--date", metavar="DAY", help="The day to put into the page  [that of the newest commit]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def promote(repo: str, document: str, apply: bool, force: bool, date: str | None, as_json: bool) -> None:
    """Make the proposed DOCUMENT of REPO (X.proposed.md) the current one (X.md), on a branch of that repository."""
    proposal, made = promote_document(_named(_fleet(), repo), settings(), document, apply, force, date)
    if as_json:
        print_json({**_proposal(proposal), "version": made.version, "notes": list(made.notes)})
        return
    click.echo(proposal.diff, nl=False)
    for note in made.notes:
        say(note)
    say(_told(proposal))


@architecture.command()
@click.argument("repo")
@click.argument("branch")
def withdraw(repo: str, branch: str) -> None:
    """Delete the BRANCH of a proposal in REPO, if nobody else committed to it."""
    there = proposals.withdraw(_named(_fleet(), repo), settings(), branch)
    if not there:
        raise click.ClickException(f"{repo} has no branch {branch}")
    say(f"deleted {branch} of {repo}")


def _fleet() -> list[FleetRepository]:
    engine = open_database()
    sync_fleet(engine, settings())
    return fleet_store.fleet(engine)


def _named(fleet: Sequence[FleetRepository], name: str) -> FleetRepository:
    for repository in fleet:
        if repository.name == name:
            return repository
    raise click.ClickException(f"the registry names no repository {name}; run `orchestrator repos list`")


def _print(found: Sequence[Offer], apply: bool) -> None:
    for item in found:
        if item.proposal and not apply:
            click.echo(item.proposal.diff, nl=False)
    rows = [
        (item.repository, path, state, _shown(item))
        for item in found
        for path, state in (item.states.items() or [("", "")])
    ]
    print_table("Distribution", ("repository", "file", "there", "proposal"), rows)
    if not apply and any(item.proposal for item in found):
        say("nothing was written; --apply makes the branches")


def _shown(item: Offer) -> str:
    return item.problem or (f"{item.proposal.state}: {item.proposal.branch}" if item.proposal else "nothing to do")


def _told(proposal: proposals.Proposal) -> str:
    told = {
        "dry-run": f"nothing was written; --apply makes the branch {proposal.branch}",
        "proposed": f"{proposal.repository}: branch {proposal.branch} at {(proposal.commit or '')[:12]}",
        "unchanged": f"{proposal.repository}: branch {proposal.branch} holds exactly this already",
        "empty": f"{proposal.repository}: nothing to change",
    }
    return told[proposal.state]


def _offer(item: Offer) -> dict[str, Any]:
    return {
        "repo": item.repository,
        "files": dict(item.states),
        "proposal": _proposal(item.proposal) if item.proposal else None,
        "problem": item.problem,
    }


def _proposal(proposal: proposals.Proposal) -> dict[str, Any]:
    return {
        "repo": proposal.repository,
        "branch": proposal.branch,
        "base": proposal.base,
        "commit": proposal.commit,
        "files": list(proposal.files),
        "state": proposal.state,
        "diff": proposal.diff,
    }
