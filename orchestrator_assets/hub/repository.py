"""The hub repository, reached through a private bare repository in which commits are built.

Nothing is checked out: objects are written, a tree is made on a throw-away index, a commit on that tree, and the commit
is pushed if the branch still stands where it was read. A kill at any point leaves at most unreferenced objects.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator_assets.fleet.git import GitFailed, check_ref, run, without_credentials
from orchestrator_assets.hub.problems import HubError

AUTHOR = {
    "GIT_AUTHOR_NAME": "orchestrator_assets",
    "GIT_AUTHOR_EMAIL": "orchestrator_assets@localhost",
    "GIT_COMMITTER_NAME": "orchestrator_assets",
    "GIT_COMMITTER_EMAIL": "orchestrator_assets@localhost",
}
_NEVER = "1970-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class HubCommit:
    """A commit at the hub. `key` is its Publish-Key trailer, None for a commit that somebody else made; `date` is the
    committer date, ISO 8601."""

    id: str
    date: str
    author: str
    subject: str
    key: str | None


class HubRepository:
    """A branch of a git repository to publish to. `url` is a path (a bare repository, made on first use if nothing
    stands there) or any git URL; `work` is the private bare repository."""

    def __init__(self, url: str, work: Path, branch: str = "main", timeout: float = 120) -> None:
        self.url = url
        self.branch = check_ref(branch)
        self._ref = f"refs/heads/{self.branch}"
        self._work = work
        self._timeout = timeout

    def refresh(self) -> str | None:
        """Fetches the branch and returns the commit it stands at, None if it does not exist yet. HubError if the hub
        does not answer."""
        self._ensure()
        try:
            answer = self._git("ls-remote", "--end-of-options", self.url, self._ref).decode()
            tip = answer.split("\t")[0] if answer else None
            if tip is not None and not self._has(tip):
                self._git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
                          "--end-of-options", self.url, f"+{self._ref}:refs/hub/{self.branch}")  # fmt: skip
                return self._git("rev-parse", f"refs/hub/{self.branch}").decode().strip()
        except GitFailed as error:
            raise self._unreachable(error) from None
        return tip

    def push(self, commit: str, tip: str | None) -> bool:
        """Moves the branch from `tip` (None: it must not exist) to `commit`; False if somebody else was faster."""
        lease = f"--force-with-lease={self._ref}:{tip or ''}"
        try:
            self._git("push", "--quiet", "--atomic", lease, "--end-of-options", self.url, f"{commit}:{self._ref}")
        except GitFailed as error:
            if any(
                word in error.stderr for word in ("stale info", "rejected", "cannot lock ref", "failed to update ref")
            ):
                return False
            raise self._unreachable(error) from None
        return True

    def files(self, commit: str) -> dict[str, tuple[str, str]]:
        """The files of a commit: path -> (mode, blob id)."""
        found = {}
        for row in self._git("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
            if row:
                left, _, path = row.partition(b"\t")
                mode, _, blob = left.decode().split(" ")
                found[path.decode("utf-8", "surrogateescape")] = (mode, blob)
        return found

    def write(self, contents: Mapping[str, bytes]) -> dict[str, str]:
        """Writes blobs; path -> blob id. All of them by one child process."""
        with tempfile.TemporaryDirectory(dir=self._work) as folder:
            names = []
            for number, content in enumerate(contents.values()):
                file = Path(folder) / str(number)
                file.write_bytes(content)
                names.append(str(file))
            told = self._git("hash-object", "-w", "--no-filters", "--stdin-paths", stdin="\n".join(names).encode())
        return dict(zip(contents, told.decode().split(), strict=True))

    def commit(self, files: Mapping[str, tuple[str, str]], parent: str | None, message: str, date: str | None) -> str:
        """Makes a commit of exactly these files on `parent`. The same arguments give the same id."""
        rows = b"".join(
            f"{mode} {blob}\t".encode() + path.encode("utf-8", "surrogateescape") + b"\0"
            for path, (mode, blob) in sorted(files.items())
        )
        with tempfile.TemporaryDirectory(dir=self._work) as folder:
            index = Path(folder) / "index"
            self._git("update-index", "--add", "-z", "--index-info", stdin=rows, index=index)
            tree = self._git("write-tree", index=index).decode().strip()
        when = {"GIT_AUTHOR_DATE": date or _NEVER, "GIT_COMMITTER_DATE": date or _NEVER}
        parents = ["-p", parent] if parent else []
        made = self._git(
            "commit-tree", tree, *parents, "-F", "-", stdin=message.encode(), environment={**AUTHOR, **when}
        )
        return made.decode().strip()

    def read_manifest(self, blob: str) -> list[str]:
        """The paths that a manifest names; none if somebody made it unreadable (its files are then left alone)."""
        try:
            names = json.loads(self._git("cat-file", "blob", blob))["files"]
        except (ValueError, KeyError, TypeError):
            return []
        return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []

    def parents(self, commit: str) -> list[str]:
        """Ids of a commit's parents. HubError if the hub has no such commit."""
        try:
            return self._git("rev-parse", "--verify", f"{commit}^@").decode().split()
        except GitFailed:
            return []

    def log(self, tip: str, limit: int) -> list[HubCommit]:
        """The newest commits of the branch, newest first."""
        layout = "%H%x00%cI%x00%an%x00%s%x00%(trailers:key=Publish-Key,valueonly,separator=%x2C)%x01"
        told = self._git("log", f"--format={layout}", f"-{limit}", "--end-of-options", tip).decode("utf-8", "replace")
        rows = (row.strip("\n").split("\0") for row in told.split("\x01") if row.strip())
        return [HubCommit(row[0], row[1], row[2], row[3], row[4].strip() or None) for row in rows]

    def changed(self, old: str | None, new: str) -> set[str]:
        """Paths that differ between two commits (None: the empty tree)."""
        before, after = self.files(old) if old else {}, self.files(new)
        return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}

    def resolve(self, name: str, tip: str) -> str:
        """The full id of a commit of the branch by its (abbreviated) id. HubError if it is none."""
        if not name or any(letter not in "0123456789abcdef" for letter in name.lower()):
            raise HubError(f"{name!r} is no commit id; `orchestrator hub log` lists them")
        told = self._git("rev-list", "--end-of-options", tip).decode().split()
        found = [commit for commit in told if commit.startswith(name.lower())]
        if len(found) != 1:
            raise HubError(f"{'no' if not found else 'more than one'} commit {name} on the hub's branch {self.branch}")
        return found[0]

    def _ensure(self) -> None:
        if not (self._work / "HEAD").exists():
            self._work.mkdir(parents=True, exist_ok=True)
            run(["init", "--quiet", "--bare", "--template="], git_dir=self._work, timeout=self._timeout)
        folder = Path(self.url)
        if self.url.startswith("/") and not folder.exists():
            folder.mkdir(parents=True)
            run(["init", "--quiet", "--bare", f"--initial-branch={self.branch}", "--template="], git_dir=folder, timeout=self._timeout)
            run(["config", "receive.fsckObjects", "true"], git_dir=folder, timeout=self._timeout)

    def _has(self, commit: str) -> bool:
        try:
            # The whole history must be here: an interrupted fetch leaves nothing behind, so the commit is enough.
            self._git("cat-file", "-e", f"{commit}^{{commit}}")
        except GitFailed:
            return False
        return True

    def _git(
        self,
        *arguments: str,
        stdin: bytes = b"",
        index: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> bytes:
        more = {"GIT_INDEX_FILE": str(index)} if index else {}
        return run(
            arguments,
            git_dir=self._work,
            stdin=stdin,
            timeout=self._timeout,
            protocols=("https", "ssh", "file"),
            environment={**more, **(environment or {})},
        )

    def _unreachable(self, error: GitFailed) -> HubError:
        said = error.stderr or str(error)
        return HubError(
            f"the hub {without_credentials(self.url)} does not answer: {' '.join(said.split())}; see ORCHESTRATOR_HUB_URL"
        )
