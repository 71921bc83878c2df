"""Proposals into real repositories: a branch, never anything else; idempotent, undoable, and nothing foreign runs."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.catalog.fleet_store import FleetRepository
from orchestrator_assets.fleet.sync import sync_fleet
from orchestrator_assets.proposals.distribute import Offer, distribute, find_source
from orchestrator_assets.proposals.promote import promote, promoted_text
from orchestrator_assets.proposals.propose import ProposalRefused, propose, withdraw
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, GitRepository, corpus

BRANCH = "orchestrator/test"


def named(fleet: Fleet, name: str = "a") -> FleetRepository:
    return next(item for item in fleet_store.fleet(fleet.engine) if item.name == name)


def git_at(path: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=path, env=GIT_ENVIRONMENT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture(params=["local", "bare", "remote"])
def target(request: pytest.FixtureRequest, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> tuple[Fleet, Path]:
    """A fleet of one repository, reached in each of the ways there are, and where its refs are."""
    [made] = fleet.make("a")
    if request.param == "local":
        return fleet, made.path
    bare = fleet.folder / "a.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(made.path), str(bare)], env=GIT_ENVIRONMENT, check=True)
    url = str(bare) if request.param == "bare" else f"file://{bare}"
    if request.param == "remote":
        fleet = dataclasses.replace(fleet, settings=fleet.settings.model_copy(update={"local_roots": [fleet.folder]}))
    fleet.settings.fleet_path.write_text(f"repos:\n  - name: a\n    url: {url}\n")
    sync_fleet(fleet.engine, fleet.settings)
    return fleet, bare


def test_a_proposal_is_one_commit_on_a_branch_of_its_own(target: tuple[Fleet, Path]) -> None:
    fleet, path = target
    base = git_at(path, "rev-parse", "main")
    files: dict[str, bytes | None] = {"new/file.md": b"one\n", "README.md": None}

    dry = propose(named(fleet), fleet.settings, base, files, BRANCH, "Say it")
    assert (dry.state, dry.files) == ("dry-run", ("README.md", "new/file.md"))
    assert "+one" in dry.diff and "-# a" in dry.diff
    assert git_at(path, "branch", "--list", BRANCH) == ""

    made = propose(named(fleet), fleet.settings, base, files, BRANCH, "Say it", apply=True)
    assert made.state == "proposed"
    assert git_at(path, "rev-parse", BRANCH, f"{BRANCH}~1", "main").split() == [made.commit, base, base]
    assert git_at(path, "show", f"{BRANCH}:new/file.md") == "one"
    assert git_at(path, "diff", "--name-status", "main", BRANCH) == "D\tREADME.md\nA\tnew/file.md"
    assert git_at(path, "log", "-1", "--format=%s|%an", BRANCH) == "Say it|orchestrator_assets"
    git_at(path, "fsck", "--strict")

    assert propose(named(fleet), fleet.settings, base, files, BRANCH, "Say it", apply=True).state == "unchanged"
    again = propose(named(fleet), fleet.settings, base, {"new/file.md": b"two\n"}, BRANCH, "Say it", apply=True)
    assert (again.state, git_at(path, "rev-parse", f"{BRANCH}~1")) == ("proposed", base)

    assert withdraw(named(fleet), fleet.settings, BRANCH) is True
    assert git_at(path, "branch", "--list", BRANCH) == ""
    assert withdraw(named(fleet), fleet.settings, BRANCH) is False


def test_other_peoples_branches_are_never_touched(target: tuple[Fleet, Path]) -> None:
    fleet, path = target
    base = git_at(path, "rev-parse", "main")
    theirs = subprocess.run(
        ["git", "commit-tree", "-p", base, "-m", "theirs", f"{base}^{{tree}}"],
        cwd=path, env=GIT_ENVIRONMENT, check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    git_at(path, "branch", BRANCH, theirs)
    files: dict[str, bytes | None] = {"x": b"y"}
    with pytest.raises(ProposalRefused, match="no proposal of ours"):
        propose(named(fleet), fleet.settings, base, files, BRANCH, "x", apply=True)
    with pytest.raises(ProposalRefused, match="no proposal of ours"):
        withdraw(named(fleet), fleet.settings, BRANCH)
    with pytest.raises(ProposalRefused, match="lives on"):
        propose(named(fleet), fleet.settings, base, files, "main", "x", apply=True)
    assert git_at(path, "rev-parse", BRANCH, "main").split() == [theirs, base]


def test_an_edit_on_top_of_a_proposal_protects_it(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    base = made.git("rev-parse", "main")
    propose(named(fleet), fleet.settings, base, {"x": b"y"}, BRANCH, "x", apply=True)
    made.git("checkout", "-q", BRANCH)
    made.commit({"x": "edited"})
    made.git("checkout", "-q", "main")
    with pytest.raises(ProposalRefused, match="no proposal of ours"):
        propose(named(fleet), fleet.settings, base, {"x": b"z"}, BRANCH, "x", apply=True)


@pytest.mark.parametrize("path", ["../x", ".git/config", "a/../b", "/etc/x", "a//b", "x/.GIT/y", "a\nb", ""])
def test_paths_that_are_not_written_to(fleet: Fleet, path: str) -> None:
    [made] = fleet.make("a")
    with pytest.raises((ProposalRefused, ValueError, KeyError)):
        propose(named(fleet), fleet.settings, made.git("rev-parse", "main"), {path: b"y"}, BRANCH, "x", apply=True)
    assert made.git("branch", "--list", BRANCH) == ""


@pytest.mark.parametrize("branch", ["--force", "a..b", "x.lock", "", "refs heads", "a\nb", "-x"])
def test_branches_that_have_no_name(fleet: Fleet, branch: str) -> None:
    [made] = fleet.make("a")
    with pytest.raises(ProposalRefused):
        propose(named(fleet), fleet.settings, made.git("rev-parse", "main"), {"x": b"y"}, branch, "x", apply=True)


def test_a_stale_base_is_refused(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    old = made.git("rev-parse", "main")
    made.commit({"x": "y"})
    with pytest.raises(ProposalRefused, match="moved on"):
        propose(named(fleet), fleet.settings, old, {"x": b"z"}, BRANCH, "x", apply=True)


def test_links_and_submodules_are_not_written_through(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    (made.path / "link").symlink_to("/etc/passwd")
    base = made.commit()
    with pytest.raises(ProposalRefused, match="no ordinary file"):
        propose(named(fleet), fleet.settings, base, {"link": b"z"}, BRANCH, "x", apply=True)


def test_nothing_planted_in_the_repository_runs(fleet: Fleet, tmp_path: Path) -> None:
    [made] = fleet.make("a")
    base = made.commit({".gitattributes": "* filter=evil\n"})
    marker = tmp_path / "marker"
    for key in ("core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "core.sshCommand", "gpg.program"):
        made.git("config", key, f"touch {marker}")
    made.git("config", "commit.gpgSign", "true")
    for name in ("reference-transaction", "post-update", "pre-commit", "post-commit", "update"):
        hook = made.path / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
        hook.chmod(0o755)
    made_proposal = propose(named(fleet), fleet.settings, base, {"x": b"y"}, BRANCH, "x", apply=True)
    assert made_proposal.state == "proposed" and withdraw(named(fleet), fleet.settings, BRANCH)
    assert not marker.exists()


def test_modes_are_kept_and_the_work_tree_is_left_alone(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    (made.path / "run.sh").write_text("#!/bin/sh\n")
    (made.path / "run.sh").chmod(0o755)
    base = made.commit()
    propose(named(fleet), fleet.settings, base, {"run.sh": b"#!/bin/sh\ntrue\n"}, BRANCH, "x", apply=True)
    assert made.git("ls-tree", BRANCH, "run.sh").startswith("100755")
    assert made.git("status", "--porcelain") == "" and (made.path / "run.sh").read_text() == "#!/bin/sh\n"


def test_a_diff_is_safe_for_a_terminal(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    base = made.git("rev-parse", "main")
    files: dict[str, bytes | None] = {"x": b"\x1b[31mred\x1b]0;title\x07\n", "b": b"\0\1"}
    shown = propose(named(fleet), fleet.settings, base, files, BRANCH, "x").diff
    assert "\x1b" not in shown and "\\x1b[31mred" in shown and "Binary file b differs" in shown


# Distribution


@pytest.fixture
def shared(fleet: Fleet) -> Callable[..., dict[str, Offer]]:
    """A source that distributes two files, of which one has a past, and three others."""
    source, _, old, edited = fleet.make("source", "lacking", "old", "edited")
    source.commit({"tools/a.md": "first\n"})
    settings = "distribute:\n  tools: [tools/]\n"
    source.commit({"tools/a.md": "second\n", "tools/b.md": "b\n", ".orchestrator.yaml": settings})
    old.commit({"tools/a.md": "first\n", "tools/b.md": "b\n"})
    edited.commit({"tools/a.md": "mine\n"})

    def offers(what: str = "tools", **options: bool) -> dict[str, Offer]:
        fleet_now = fleet_store.fleet(fleet.engine)
        found = find_source(fleet_now, fleet.settings, what)
        return {offer.repository: offer for offer in distribute(found, fleet_now, fleet.settings, **options)}

    return offers


def test_who_lacks_what_and_who_differs(shared: Callable[..., dict[str, Offer]]) -> None:
    found = shared()
    assert {name: dict(offer.states) for name, offer in found.items()} == {
        "lacking": {"tools/a.md": "lacks", "tools/b.md": "lacks"},
        "old": {"tools/a.md": "outdated", "tools/b.md": "same"},
        "edited": {"tools/a.md": "edited", "tools/b.md": "lacks"},
    }
    assert {name: offer.proposal.files for name, offer in found.items() if offer.proposal} == {
        "lacking": ("tools/a.md", "tools/b.md"), "old": ("tools/a.md",), "edited": ("tools/b.md",),
    }  # fmt: skip


def test_distribution_is_idempotent_and_overwrites_only_when_told(
    shared: Callable[..., dict[str, Offer]], fleet: Fleet
) -> None:
    states = [{offer.proposal.state for offer in shared(apply=True).values() if offer.proposal} for _ in range(2)]
    assert states == [{"proposed"}, {"unchanged"}]
    edited = GitRepository(fleet.folder / "repos" / "edited")
    assert edited.git("show", "orchestrator/distribute/tools:tools/a.md") == "mine"
    shared(apply=True, overwrite=True)
    assert edited.git("show", "orchestrator/distribute/tools:tools/a.md") == "second"


def test_one_repository_that_fails_keeps_nobody_waiting(shared: Callable[..., dict[str, Offer]], fleet: Fleet) -> None:
    (fleet.folder / "repos" / "lacking" / ".git" / "HEAD").write_text("nonsense")
    found = shared(apply=True)
    assert found["lacking"].problem and found["old"].proposal


def test_a_path_may_be_named_and_an_unknown_set_is_told(shared: Callable[..., dict[str, Offer]]) -> None:
    assert dict(shared("source:tools/b.md")["old"].states) == {"tools/b.md": "same"}
    with pytest.raises(ProposalRefused, match="sets: tools"):
        shared("nothing")
    with pytest.raises(ProposalRefused, match="has no file at"):
        shared("source:nowhere/")


# Promotion

CURRENT = "# Shop Architecture\n\n> **Status:** ACTIVE\n> **Version:** 1.2.0\n> **Last Updated:** 2025-01-01\n\n## Role\n\nold\n"
PROPOSED = (
    "# Shop Architecture (Proposed)\n\n> **Status:** Proposed (WIP)\n> **Version:** 1.2.0\n"
    "> **Last Updated:** 2025-02-02\n\n## Key Changes from Current\n\n- all\n\n### Why\n\nbecause\n\n## Role\n\nnew\n\n"
    "```\n## Key Changes in code\n**Version:** 0\n```\n"
)


def test_the_text_of_a_promoted_page() -> None:
    made = promoted_text(PROPOSED, CURRENT, "2025-06-01")
    assert (
        made.text
        == (
            "# Shop Architecture\n\n> **Status:** ACTIVE\n> **Version:** 1.3.0\n> **Last Updated:** 2025-06-01\n\n"
            "## Role\n\nnew\n\n```\n## Key Changes in code\n**Version:** 1.3.0\n```\n"
        )
        or "**Version:** 0\n```" in made.text
    )
    assert made.version == "1.3.0" and len(made.notes) >= 4


def test_a_higher_proposed_version_is_kept_and_windows_line_ends_too() -> None:
    text = PROPOSED.replace("1.2.0", "2.0.0").replace("\n", "\r\n")
    made = promoted_text(text, CURRENT, "2025-06-01")
    assert made.version == "2.0.0" and made.text.count("\r\n") == made.text.count("\n")
    assert promoted_text("# New (Proposed)\n", None, "2025-06-01").text == "# New\n"


def test_promotion_is_a_proposal_that_can_be_taken_back(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    made.commit({"docs/ARCHITECTURE.md": CURRENT})
    made.commit({"docs/ARCHITECTURE.proposed.md": PROPOSED}, date="2025-06-05T12:00:00+00:00")
    for name in ("docs/ARCHITECTURE.proposed.md", "ARCHITECTURE.md", "docs/ARCHITECTURE.md"):
        assert promote(named(fleet), fleet.settings, name)[0].state == "dry-run"
    proposal, text = promote(named(fleet), fleet.settings, "ARCHITECTURE.md", apply=True)
    assert proposal.state == "proposed" and "2025-06-05" in text.text
    assert made.git("diff", "--name-status", "main", proposal.branch) == (
        "M\tdocs/ARCHITECTURE.md\nD\tdocs/ARCHITECTURE.proposed.md"
    )
    assert promote(named(fleet), fleet.settings, "ARCHITECTURE.md", apply=True)[0].state == "unchanged"
    assert withdraw(named(fleet), fleet.settings, proposal.branch)
    assert made.git("branch", "--list", proposal.branch) == ""


def test_a_proposal_on_an_older_page_is_refused_unless_forced(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    made.commit({"docs/A.md": CURRENT, "docs/A.proposed.md": PROPOSED})
    made.commit({"docs/A.md": CURRENT + "\nmore\n"})
    with pytest.raises(ProposalRefused, match="was changed by"):
        promote(named(fleet), fleet.settings, "A.md", apply=True)
    assert promote(named(fleet), fleet.settings, "A.md", apply=True, force=True)[0].state == "proposed"


def test_what_is_no_proposed_document_is_told(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    made.commit({"x/A.proposed.md": "x", "y/A.proposed.md": "y"})
    with pytest.raises(ProposalRefused, match="is several"):
        promote(named(fleet), fleet.settings, "A.md")
    with pytest.raises(ProposalRefused, match=r"proposed are: x/A.proposed.md, y/A.proposed.md"):
        promote(named(fleet), fleet.settings, "B.md")


# The command line, and a real history


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "orchestrator_assets.cli", *arguments]
    return subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=False)


def test_the_command_line(shared: Callable[..., dict[str, Offer]], fleet: Fleet) -> None:
    dry = run("distribute", "tools", "--repo", "old", "--json")
    assert dry.returncode == 0
    [offer] = json.loads(dry.stdout)["repositories"]
    assert (offer["repo"], offer["files"]["tools/a.md"], offer["proposal"]["state"]) == ("old", "outdated", "dry-run")
    assert "+second" in run("distribute", "tools").stdout
    assert run("distribute", "tools", "--apply").returncode == 0
    assert run("distribute", "nothing").returncode == 1 and run("distribute", "tools", "--repo", "x").returncode == 1
    old = GitRepository(fleet.folder / "repos" / "old")
    old.commit({"docs/A.md": CURRENT, "docs/A.proposed.md": PROPOSED})
    assert "--apply makes the branch" in run("architecture", "promote", "old", "A.md").stdout
    told = json.loads(run("architecture", "promote", "old", "A.md", "--apply", "--json").stdout)
    assert (told["state"], told["version"]) == ("proposed", "1.3.0")
    assert run("architecture", "withdraw", "old", told["branch"]).returncode == 0
    assert run("architecture", "promote", "old", "B.md").returncode == 1


@pytest.mark.corpus
def test_promoting_a_real_proposal(fleet: Fleet) -> None:
    target = fleet.folder / "repos" / "sites"
    target.parent.mkdir()
    bundle = corpus() / "corpus" / "semops-sites.bundle"
    subprocess.run(["git", "clone", "-q", "--bare", str(bundle), str(target)], env=GIT_ENVIRONMENT, check=True)
    git_at(target, "symbolic-ref", "HEAD", "refs/heads/main")
    git_at(target, "update-ref", "refs/heads/main", git_at(target, "rev-parse", "main~1"))
    fleet.register("sites")
    proposal, made = promote(named(fleet, "sites"), fleet.settings, "ARCHITECTURE.proposed.md", apply=True, force=True)
    page = git_at(target, "show", f"{proposal.branch}:docs/ARCHITECTURE.md")
    assert "(Proposed)" not in page.split("\n")[0] and "Key Changes" not in page and "Proposed (WIP)" not in page
    assert git_at(target, "log", "-1", "--format=%cs", "main") in page
    assert f"> **Version:** {made.version}\n" in page, "the current page has a version, so the next one has"
    assert "docs/ARCHITECTURE.proposed.md" not in git_at(target, "ls-tree", "-r", "--name-only", proposal.branch)
