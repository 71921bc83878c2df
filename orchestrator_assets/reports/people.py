"""Who a commit is by: e-mail addresses joined by the repository's mailmap, machines left out.

Reports count people and never name, rank or weigh them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pygit2

from orchestrator_assets.documents.text import storable

BOTS = (
    r"\[bot\]",
    r"(^|[+/. ])(dependabot|renovate|greenkeeper|snyk|allcontributors|semantic-release|mergify|pre-commit-ci)"
    r"(-?bot)?(@|$| )",
    r"^(github-actions|gitlab-bot|web-flow|copilot|copilot-swe-agent|claude)$",
    r"^(noreply@anthropic\.com|actions@github\.com|noreply@github\.com)$",
)
"""Names and e-mail addresses (lower case) that are machines, searched as regular expressions."""


@dataclass(frozen=True)
class People:
    """Tells people from machines, and one person's addresses from another's. `mailmap` is the file's bytes (None: there
    is none), `more_bots` are regular expressions beside ours."""

    mailmap: bytes | None
    more_bots: Sequence[str] = ()

    @cached_property
    def _bots(self) -> re.Pattern[str]:
        return re.compile("|".join([*BOTS, *self.more_bots]))

    @cached_property
    def _names(self) -> pygit2.Mailmap | None:
        if not self.mailmap:
            return None
        # git compares names and addresses of a mailmap without regard to case, libgit2 does not
        return pygit2.Mailmap.from_buffer(storable(self.mailmap.decode("utf-8", "replace")).lower())

    def author(self, commit: pygit2.Commit) -> str | None:
        """Who wrote a commit, as an address in lower case; None for a machine."""
        name = storable(commit.author.raw_name.decode("utf-8", "backslashreplace")).strip().lower()
        email = storable(commit.author.raw_email.decode("utf-8", "backslashreplace")).strip().lower()
        if self._names is not None:
            name, email = self._names.resolve(name or "?", email)
        return None if self._bots.search(name) or self._bots.search(email) else email or name
