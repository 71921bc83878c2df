"""The hub repository, reached through a private bare repository in which commits are built.

Only one process of a home uses the private repository at a time; publishers with other homes, and people, push to the
same hub whenever they like. So the branch is moved by compare-and-swap, and a commit is built on what stands there.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pygit2

from orchestrator_assets.documents.text import visible
from orchestrator_assets.fleet import bare
from orchestrator_assets.fleet.git import REMOTE_PROTOCOLS, GitFailed, check_ref, is_object_id, run
from orchestrator_assets.fleet.registry_url import CheckedUrl, UrlPolicy, UrlRefused, check_url, redacted
from orchestrator_assets.hub.problems import HubError

_WORK_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\tlogAllRefUpdates = false
"""
_OURS = "[orchestrator]\n\thub = true\n"
_HUB_CONFIG = f"""\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\tlogAllRefUpdates = true
\tfsync = all
[receive]
\tfsckObjects = true
[gc]
\tautoDetach = false
{_OURS}"""

_REJECTED = re.compile(r"^ ! \[(?P<remote>remote )?rejected\] .*\((?P<reason>[^()]*)\)$", re.MULTILINE)
_LOCKED = re.compile(r"cannot lock ref|unable to lock|failed to update ref|\.lock'")
_FIRST_WAIT = 0.05
_DEAD_LOCK_SECONDS = 3.0
"""A lock file of git's in our own hub that is older belongs to a killed process: a ref is locked for milliseconds. The
waits between the tries of one publication add up to more than this."""


class HubRepository:
    """A branch of a git repository to publish to. `url` is a path (a bare repository is made there on first use if
    nothing stands there) or an https, ssh or file URL; `work` is the private bare repository; `timeout` is for one git
    child, in seconds. HubError if the URL or the branch is not one that may be used."""

    def __init__(self, url: str, work: Path, branch: str = "main", timeout: float = 120) -> None:
        try:
            # Whoever sets the hub chooses where to write: any folder of this machine will do.
            self._address: CheckedUrl = check_url(url, Path.cwd(), UrlPolicy(file_roots=(Path("/"),)))
            self.branch = check_ref(branch)
        except UrlRefused as refused:
            raise HubError(f"the hub's URL is not usable: {refused.reason}; see ORCHESTRATOR_HUB_URL") from None
        except ValueError as error:
            raise HubError(f"the hub's branch is not usable: {error}; see ORCHESTRATOR_HUB_BRANCH") from None
        self.url = self._address.url
        self._work = work
        self._timeout = timeout

    @contextmanager
    def opened(self) -> Iterator[Workbench]:
        """The hub, ready to be read and pushed to, with the private repository locked. HubError whatever fails."""
        try:
            with bare.exclusive(self._work.with_suffix(".lock"), self._timeout) as lock:
                self._prepare(lock)
                yield Workbench(self._address, self._work, self.branch, self._timeout, lock)
        except bare.Busy as busy:
            raise HubError(f"another publication is under way: {busy}") from None
        except (pygit2.GitError, OSError) as error:
            told = f"the private repository {self._work} or the hub {redacted(self.url)} is damaged or not writable"
            raise HubError(f"{told}: {error}; the private one may be removed, it is made again") from error
        except GitFailed as failed:
            raise HubError(f"the private repository {self._work} is not usable: {failed}") from None

    def _prepare(self, lock: int) -> None:
        if bare.is_whole(self._work):
            bare.clear_dead_locks(self._work)
            bare.write_config(self._work, _WORK_CONFIG)
        else:
            made = bare.make_beside(self._work, _WORK_CONFIG, "main", self._timeout, lock)
            bare.put_in_place(made, self._work)
        hub = self._address.path
        if hub is not None and _vacant(hub):
            with bare.exclusive(hub.with_name(f".{hub.name}.lock"), self._timeout) as creating:
                if _vacant(hub):
                    made = bare.make_beside(hub, _HUB_CONFIG, self.branch, self._timeout, creating)
                    made.rename(hub)


class Workbench:
    """The hub while the private repository is locked: where its branch stands, and a way to move it."""

    def __init__(self, address: CheckedUrl, work: Path, branch: str, timeout: float, lock: int) -> None:
        self.objects = pygit2.Repository(str(work), pygit2.enums.RepositoryOpenFlag.NO_SEARCH)
        self._address = address
        self._work = work
        self._ref = f"refs/heads/{branch}"
        self._copy = f"refs/hub/{branch}"
        self._timeout = timeout
        self._lock = lock

    def tip(self) -> str | None:
        """The commit that the hub's branch stands at, fetched with its history; None if there is no such branch yet.
        HubError if the hub does not answer."""
        answer = self._ask("ls-remote", "--quiet", "--end-of-options", self._address.url, self._ref)
        rows = (line.split("\t") for line in answer.decode("utf-8", "replace").splitlines())
        found = next((row[0] for row in rows if row[-1] == self._ref), None)
        if found is None:
            return None
        if not is_object_id(found):
            raise self._failed("it answered something that is no list of refs")
        # Only the ref says that a commit is here with all its history: a killed fetch may leave the commit alone.
        if self._copied() != found:
            options = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
            self._ask("fetch", *options, "--end-of-options", self._address.url, f"+{self._ref}:{self._copy}")
        return self._copied()

    def push(self, commit: str, tip: str | None) -> str | None:
        """Moves the hub's branch from `tip` (None: it must not exist yet) to `commit`. Returns None, or why the branch
        was not moved though trying again may help: somebody else moves it. HubError if the hub refuses for another
        reason, or fails: then nobody knows whether it moved, and the next publication will see."""
        lease = f"--force-with-lease={self._ref}:{tip or ''}"
        target = f"{commit}:{self._ref}"
        try:
            self._run(
                "push", "--quiet", "--atomic", "--no-verify", lease, "--end-of-options", self._address.url, target
            )
        except GitFailed as failed:
            rejected = _REJECTED.search(failed.stderr)
            if rejected is None:
                raise self._failed(failed.reason) from None
            if rejected["remote"] and not _LOCKED.search(failed.stderr):
                raise HubError(f"the hub {redacted(self._address.url)} refuses: {visible(failed.stderr)}") from None
            return visible(rejected["reason"])
        self.objects.references.create(self._copy, pygit2.Oid(hex=commit), force=True)
        return None

    def wait(self, attempt: int) -> None:
        """Waits before try number `attempt` (from 1), longer each time and unlike others who wait, and removes the
        locks that a killed process left in a hub of our own."""
        time.sleep(_FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(0.75, 1.25))
        hub = self._address.path
        if hub is None or not _is_ours(hub):
            return
        for lock in (hub / "HEAD.lock", hub / "packed-refs.lock", hub / f"{self._ref}.lock"):
            try:
                age = time.time() - lock.stat().st_mtime
            except FileNotFoundError:
                continue
            if age > _DEAD_LOCK_SECONDS:
                lock.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Lets git pack the private repository's objects if they have become many. GitFailed."""
        self._run("gc", "--auto", "--quiet")

    def _copied(self) -> str | None:
        reference = self.objects.references.get(self._copy)
        return str(reference.target) if reference is not None else None

    def _ask(self, *arguments: str) -> bytes:
        try:
            return self._run(*arguments)
        except GitFailed as failed:
            raise self._failed(failed.reason) from None

    def _run(self, *arguments: str) -> bytes:
        return run(
            arguments,
            git_dir=self._work,
            timeout=self._timeout,
            protocols=REMOTE_PROTOCOLS if self._address.path is None else ("file",),
            keep_open=(self._lock,),
        )

    def _failed(self, reason: str) -> HubError:
        return HubError(f"the hub {redacted(self._address.url)} does not answer: {reason}; see ORCHESTRATOR_HUB_URL")


def _vacant(folder: Path) -> bool:
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def _is_ours(hub: Path) -> bool:
    config = hub / "config"
    return config.is_file() and _OURS in config.read_text("utf-8", "replace")
