"""Bare mirrors of remote repositories, fetched incrementally.

A mirror appears when its first fetch is complete, moves from one state of the remote to a later one, and keeps its old
state when a fetch fails. Everything in it is ours: its configuration is written by us, and nothing of the remote's
configuration, hooks or submodules gets into it.

Content is fetched when it is wanted (`fill`), where the server allows that; see `transfer`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from orchestrator_assets.fleet import bare
from orchestrator_assets.fleet.git import REMOTE_PROTOCOLS, GitFailed, check_ref, is_object_id, run
from orchestrator_assets.fleet.registry_url import CheckedUrl, UrlKind, UrlPolicy, UrlRefused, check_url, redacted
from orchestrator_assets.fleet.transfer import TOLERATED, Transfer

# Git itself says nothing of a Retry-After; its trace of headers (with the secret ones blanked by git) does.
_TELL_HEADERS = {"GIT_TRACE_CURL": "1", "GIT_TRACE_CURL_NO_DATA": "1", "GIT_TRACE_REDACT": "1"}
_RETRY_AFTER = re.compile(r"Recv header: retry-after:([^\n]{1,100})", re.IGNORECASE)
LONGEST_WAIT = 86_400.0
"""Seconds for which a remote that asks for it is left alone at most."""

_DETACHED = "refs/orchestrator/HEAD"
_NO_HEAD = "refs/missing/HEAD"
"""Where HEAD points when the remote has none: a ref that no fetch creates."""
_REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


class Unreachable(Exception):
    """A remote could not be asked or fetched. `url` is without credentials; `reason` is git's or ours, one line;
    `retry_after` is for how many seconds the remote asked to be left alone."""

    def __init__(self, url: str, reason: str, retry_after: float | None = None) -> None:
        self.url = redacted(url)
        self.reason = reason
        self.retry_after = retry_after
        super().__init__(f"{self.url}: {reason}")


class NoSuchRef(Unreachable):
    """The remote answered, but has no commit at the ref that was asked for. `empty` is whether it was found to have no
    ref at all."""

    def __init__(self, url: str, reason: str, empty: bool = False) -> None:
        super().__init__(url, reason)
        self.empty = empty


@dataclass(frozen=True, slots=True)
class RemoteRefs:
    """What a remote answered. `heads` are all its refs (full name -> object id; an annotated tag also under
    `NAME^{}`, as its commit); `head` is its HEAD's id and `head_ref` the branch HEAD names, each None if it has none
    (`head` without `head_ref`: HEAD is detached)."""

    refs: dict[str, str]
    head: str | None
    head_ref: str | None


def remote_heads(url: str, *, local_roots: Sequence[Path] = (), timeout: float = 120) -> dict[str, str]:
    """Every ref of a remote and its object id, by one question. Unreachable."""
    return _ask(_checked(url, local_roots), (), timeout).refs


class Mirror:
    """The mirror of one remote repository in a folder of mirrors."""

    def __init__(self, folder: Path, url: str, *, local_roots: Sequence[Path] = (), timeout: float = 120) -> None:
        """Touches nothing. `url` is https, ssh, or file:// below one of `local_roots`; anything else makes the methods
        raise Unreachable. `timeout` is for one git child, in seconds."""
        self.url = url
        self.path = folder / mirror_name(url)
        self._local_roots = tuple(local_roots)
        self._timeout = timeout

    def remote_head(self, ref: str | None = None) -> tuple[str, str]:
        """The full name and commit of a ref of the remote now (None: its HEAD; a short name is a branch, then a tag),
        by one question; the mirror is not touched. Unreachable, or NoSuchRef."""
        address = _checked(self.url, self._local_roots)
        if ref is None:
            answer = _ask(address, ("HEAD",), self._timeout)
            if answer.head is None:
                empty = not _ask(address, (), self._timeout).refs
                told = "no commit yet" if empty else "its HEAD names no branch that has a commit"
                raise NoSuchRef(self.url, told, empty)
            return answer.head_ref or "HEAD", answer.head
        try:
            check_ref(ref)
        except ValueError as error:
            raise NoSuchRef(self.url, str(error)) from None
        names = [ref] if ref.startswith("refs/") else [f"refs/heads/{ref}", f"refs/tags/{ref}"]
        refs = _ask(address, [pattern for name in names for pattern in (name, f"{name}^{{}}")], self._timeout).refs
        for name in names:
            if name in refs:
                return name, refs.get(f"{name}^{{}}", refs[name])
        raise NoSuchRef(self.url, f"it has no branch or tag {ref}")

    def fetch(self) -> None:
        """Brings the mirror to the remote's state: branches, tags, HEAD; refs that the remote no longer has go. One
        question when nothing changed. Unreachable: the mirror then is as it was before."""
        address = _checked(self.url, self._local_roots)
        with self._locked() as lock:
            self._fetch(address, lock)

    def fill(self, blobs: Sequence[str]) -> None:
        """Fetches the content of files that the mirror does not hold yet, by their ids. Unreachable; a blob that the
        remote no longer has is one, too."""
        address = _checked(self.url, self._local_roots)
        with self._locked() as lock:
            self._transfer(self.path, address, lock).blobs(blobs)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The mirror for this process alone; what goes wrong meanwhile is Unreachable."""
        try:
            with bare.exclusive(self.path.with_suffix(".lock"), self._timeout) as lock:
                yield lock
        except bare.Busy as busy:
            raise Unreachable(self.url, str(busy)) from None
        except GitFailed as failed:
            raise Unreachable(self.url, failed.reason) from None
        except OSError as error:
            raise Unreachable(self.url, f"its mirror cannot be written: {error}") from None

    def branch(self, name: str) -> str | None:
        """The commit that a branch of the remote stands at now, None if there is no such branch. Unreachable."""
        address = _checked(self.url, self._local_roots)
        return _ask(address, (f"refs/heads/{name}",), self._timeout).refs.get(f"refs/heads/{name}")

    def move_branch(self, name: str, expected: str | None, commit: str | None) -> None:
        """Moves a branch of the remote from the commit it is expected at (None: it is not there) to one that the mirror
        holds (None: away). Unreachable, with the remote's reason, if it does not, or stands elsewhere."""
        address = _checked(self.url, self._local_roots)
        full = f"refs/heads/{name}"
        arguments = ["push", "--porcelain", "--no-verify", f"--force-with-lease={full}:{expected or ''}"]
        try:
            self._git(self.path, [*arguments, address.url, f"{commit or ''}:{full}"], _protocols(address), None)
        except GitFailed as failed:
            raise Unreachable(self.url, failed.reason) from None

    def _fetch(self, address: CheckedUrl, lock: int) -> None:
        remote = _ask(address, (), self._timeout)
        if not bare.is_whole(self.path):
            self._rebuild(address, remote, lock)
            return
        bare.clear_dead_locks(self.path)
        self._transfer(self.path, address, lock).configure()
        try:
            self._update(self.path, address, remote, lock)
        except GitFailed as failed:
            # The remote has just answered, so the mirror itself may be at fault (a disk that filled, a power cut).
            if failed.timed_out or not self._damaged():
                raise
            self._rebuild(address, remote, lock)

    def _rebuild(self, address: CheckedUrl, remote: RemoteRefs, lock: int) -> None:
        fresh = bare.make_beside(self.path, "", "main", self._timeout, lock)
        self._transfer(fresh, address, lock).configure()
        self._update(fresh, address, remote, lock)
        bare.put_in_place(fresh, self.path)

    def _update(self, path: Path, address: CheckedUrl, remote: RemoteRefs, lock: int) -> None:
        """Fetches if the refs differ, and sets HEAD."""
        detached = remote.head is not None and remote.head_ref is None
        wanted = {name: oid for name, oid in remote.refs.items() if _mirrored(name)}
        if detached and remote.head:
            wanted[_DETACHED] = remote.head
        present = self._refs(path)
        if present != wanted:
            # All refs move in one transaction, or none; but a transaction cannot turn `a` into `a/b`.
            atomic = () if _in_the_way(present, wanted) else ("--atomic",)
            refspecs = (*_REFSPECS, f"+HEAD:{_DETACHED}") if detached else _REFSPECS
            self._transfer(path, address, lock).refs(refspecs, "--prune", *atomic)
            if _DETACHED in present and not detached:
                self._git(path, ["update-ref", "-d", _DETACHED], (), lock)
        self._set_head(path, remote, lock)

    def _transfer(self, path: Path, address: CheckedUrl, lock: int) -> Transfer:
        return Transfer(path, address.url, _protocols(address), self._timeout, lock)

    def _set_head(self, path: Path, remote: RemoteRefs, lock: int) -> None:
        current = bare.head_of(path)
        if remote.head and not remote.head_ref:
            if current != remote.head:
                self._git(path, ["update-ref", "--no-deref", "HEAD", remote.head], (), lock)
            return
        # The name comes from the remote and begins with refs/, so it is no option; git checks the rest of it.
        target = remote.head_ref or _NO_HEAD
        if current != f"ref: {target}":
            self._git(path, ["symbolic-ref", "HEAD", target], (), lock)

    def _refs(self, path: Path) -> dict[str, str]:
        out = self._git(path, ["for-each-ref", "--format=%(objectname) %(refname)"], (), None)
        pairs = (line.split(" ", 1) for line in out.decode("utf-8", "surrogateescape").splitlines())
        return {name: oid for oid, name in pairs}

    def _damaged(self) -> bool:
        try:
            self._git(self.path, ["fsck", "--connectivity-only", "--no-dangling", "--no-progress"], (), None)
        except GitFailed as failed:
            return not failed.timed_out
        return False

    def _git(self, path: Path, arguments: Sequence[str], protocols: Sequence[str], lock: int | None) -> bytes:
        return run(
            arguments,
            git_dir=path,
            timeout=self._timeout,
            protocols=protocols,
            config=TOLERATED,
            keep_open=() if lock is None else (lock,),
        )


def mirror_name(url: str) -> str:
    """The name of a URL's mirror folder: readable, and distinct for distinct URLs."""
    slug = re.sub(r"[^A-Za-z0-9_.-]+", "-", redacted(url).removesuffix(".git")).strip("-.")[-60:].strip("-.")
    return f"{slug or 'mirror'}-{hashlib.sha256(url.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}.git"


def _checked(url: str, local_roots: Sequence[Path]) -> CheckedUrl:
    try:
        address = check_url(url, Path("/"), UrlPolicy(file_roots=tuple(local_roots)))
    except UrlRefused as refused:
        raise Unreachable(url, refused.reason) from None
    if address.kind is UrlKind.LOCAL:
        raise Unreachable(url, "a local path is read in place, not mirrored")
    return address


def _protocols(address: CheckedUrl) -> tuple[str, ...]:
    return ("file",) if address.kind is UrlKind.FILE else REMOTE_PROTOCOLS


def _ask(address: CheckedUrl, patterns: Sequence[str], timeout: float) -> RemoteRefs:
    """One `ls-remote`; with patterns, only for refs that end in one of them. Unreachable."""
    try:
        out = run(
            ["ls-remote", "--quiet", "--symref", "--end-of-options", address.url, *patterns],
            git_dir=None,
            timeout=timeout,
            protocols=_protocols(address),
            environment=_TELL_HEADERS,
        )
    except GitFailed as failed:
        raise Unreachable(address.url, failed.reason, asked_to_wait(failed.stderr)) from None
    refs: dict[str, str] = {}
    symbolic: dict[str, str] = {}
    for line in out.decode("utf-8", "surrogateescape").splitlines():
        value, _, name = line.partition("\t")
        if value.startswith("ref: "):
            symbolic[name] = value.removeprefix("ref: ")
        elif is_object_id(value):
            refs[name] = value
        else:
            raise Unreachable(address.url, "it answered something that is no list of refs")
    head = refs.pop("HEAD", None)
    target = symbolic.get("HEAD", "")
    return RemoteRefs(refs, head, target if head and target.startswith("refs/heads/") else None)


def asked_to_wait(stderr: str) -> float | None:
    """The seconds of the last Retry-After header that git traced; None if there is none."""
    found = _RETRY_AFTER.findall(stderr)
    if not found:
        return None
    told = found[-1].strip()
    if told.isdigit():
        return min(float(told), LONGEST_WAIT)
    try:
        wait = (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, 0.0), LONGEST_WAIT)


def _mirrored(name: str) -> bool:
    return name.startswith(("refs/heads/", "refs/tags/")) and not name.endswith("^{}")


def _in_the_way(present: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether a ref that goes is a folder of one that comes, or the other way round."""
    going, coming = present.keys() - wanted.keys(), wanted.keys() - present.keys()
    return any(_folders(name) & going for name in coming) or any(_folders(name) & coming for name in going)


def _folders(name: str) -> set[str]:
    parts = name.split("/")
    return {"/".join(parts[:end]) for end in range(1, len(parts))}
