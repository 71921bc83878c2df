"""How objects come into a mirror: history without content where the server allows it, and content when it is wanted.

Git is told that the remote keeps its promise of what is missing, so that neither a fetch nor a collection of garbage
misses it; it never fetches anything on its own account (GIT_NO_LAZY_FETCH). A server that cannot filter sends
everything and nothing is ever missing. Where one filters but gives no single objects, and where old sloppiness in a
history needs tolerance that git has for whole fetches only, everything is fetched once and from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator_assets.fleet import bare
from orchestrator_assets.fleet.git import GitFailed, run

_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\tlogAllRefUpdates = false
"""
_PROMISE = """\
[remote "origin"]
\turl = "{url}"
\tpromisor = true
\tpartialCloneFilter = blob:none
"""
_WHOLE = "orchestrator-whole"
"""A file in a mirror that everything is fetched into."""
_BATCH = 20_000
"""Objects in one request."""
_FETCH = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
_EVERYTHING = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")

# Old, harmless sloppiness of early git tools that well-known repositories carry in their history for ever; everything
# else that fsck calls an error still refuses the fetch.
TOLERATED = tuple(f"fetch.fsck.{name}=warn" for name in ("zeroPaddedFilemode", "badTimezone", "missingSpaceBeforeDate"))


@dataclass(frozen=True, slots=True)
class Transfer:
    """Between a checked URL and a mirror whose lock (its descriptor) the caller holds."""

    path: Path
    url: str
    protocols: tuple[str, ...]
    timeout: float
    lock: int

    @property
    def whole(self) -> bool:
        """Whether everything is fetched into this mirror."""
        return (self.path / _WHOLE).exists()

    def configure(self) -> None:
        """Writes the mirror's whole configuration."""
        bare.write_config(self.path, self.configuration)

    @property
    def configuration(self) -> str:
        """The text of it."""
        url = self.url.replace("\\", "\\\\").replace('"', '\\"')
        return _CONFIG if self.whole else _CONFIG + _PROMISE.format(url=url)

    def refs(self, refspecs: Sequence[str], *options: str) -> None:
        """Fetches these refs, with what they need. GitFailed."""
        if not self.whole:
            try:
                self._git(*_FETCH, *options, "--filter=blob:none", "origin", *refspecs)
                return
            except GitFailed as failed:
                if "fsck error" not in failed.stderr:
                    raise
            self._git(*_FETCH, *options, "--refetch", "--no-filter", "origin", *refspecs)
            self._become_whole()
        else:
            self._git(*_FETCH, *options, "--end-of-options", self.url, *refspecs)

    def blobs(self, wanted: Sequence[str]) -> None:
        """Fetches content by its ids. GitFailed."""
        try:
            for start in range(0, len(wanted), _BATCH):
                ids = "".join(f"{blob}\n" for blob in wanted[start : start + _BATCH]).encode()
                self._git(*_FETCH, "--filter=blob:none", "--stdin", "origin", stdin=ids)
        except GitFailed as failed:
            if "unadvertised object" not in failed.stderr:  # it does give single objects, but not these any more
                raise
            self._git(*_FETCH, "--refetch", "--no-filter", "origin", *_EVERYTHING)
            self._become_whole()

    def _become_whole(self) -> None:
        (self.path / _WHOLE).touch()
        self.configure()

    def _git(self, *arguments: str, stdin: bytes = b"") -> None:
        asking = ("fetch.negotiationAlgorithm=noop",) if stdin else ()
        run(
            arguments,
            git_dir=self.path,
            timeout=self.timeout,
            stdin=stdin,
            protocols=self.protocols,
            config=(*TOLERATED, *asking),
            keep_open=(self.lock,),
        )
