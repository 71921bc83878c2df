"""Which URLs of a registry are fetched from at all: an allow-list, and paths made absolute.

git runs commands for some URLs (`ext::sh -c ...`, anything that looks like an option), sends others in the clear, and
keeps passwords in its configuration: so a URL is understood here first, and only what was understood reaches git.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from orchestrator_assets.documents.text import visible

_LENGTH_LIMIT = 4096
_HELPER = re.compile(r"[A-Za-z0-9+.-]*::")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SCP_LIKE = re.compile(r"(?:(?P<user>[^/@:]+)@)?(?P<host>\[[^\]/]*\]|[^/:@\[\]]+):(?P<path>.*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]")
_REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]*")
_REF_REFUSED = re.compile(r"\.\.|//|/\.|\.lock(/|$)|[./]$")
_USERINFO = re.compile(r"(?<=://).*@|^[^/@]*:(?!//).*@")
_NO_CREDENTIALS = "it holds a user or password; take it out and let ~/.netrc, GIT_ASKPASS or an ssh agent give it"


class UrlKind(StrEnum):
    """How a repository is reached: `local` is read in place, the others are mirrored by git."""

    LOCAL = "local"
    HTTPS = "https"
    HTTP = "http"
    SSH = "ssh"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class UrlPolicy:
    """What is allowed beyond https, ssh and local paths: `file://` below these folders, plain http from these hosts."""

    file_roots: tuple[Path, ...] = ()
    http_hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CheckedUrl:
    """A URL that may be used. `url` is what git gets (for `local` the absolute path); `path` is set for local and
    file."""

    kind: UrlKind
    url: str
    path: Path | None = None


class UrlRefused(ValueError):
    """The URL is not one that we fetch from. `reason` says why and what to do; it never repeats the URL."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check_url(url: str, base: Path, policy: UrlPolicy | None = None) -> CheckedUrl:
    """The URL understood: https, ssh (also `user@host:path`), file (below the policy's roots) or a local path, which
    is relative to `base` (`~/` is the home folder). UrlRefused for everything else."""
    policy = policy or UrlPolicy()
    if not url.strip():
        raise UrlRefused("it is empty")
    if len(url) > _LENGTH_LIMIT:
        raise UrlRefused(f"it is longer than {_LENGTH_LIMIT} characters")
    if visible(url) != url or "\n" in url or "\t" in url:
        raise UrlRefused("it holds control or invisible characters")
    if url.startswith("-"):
        raise UrlRefused("it looks like an option; write ./ before a path that starts with a dash")
    if _HELPER.match(url):
        raise UrlRefused("transport helpers (name::address) run commands; use https, ssh or a path")
    if _SCHEME.match(url):
        return _with_scheme(url, policy)
    scp_like = _SCP_LIKE.fullmatch(url)
    if scp_like:
        return _scp_like(url, scp_like)
    path = Path(url).expanduser() if url.startswith("~/") else base / url
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - lexical: resolving links would read the disk
    return CheckedUrl(UrlKind.LOCAL, str(absolute), absolute)


def ref_is_safe(ref: str) -> bool:
    """Whether the text may be handed to git as a ref or commit: never an option, a range or an expression."""
    return bool(_REF.fullmatch(ref)) and not _REF_REFUSED.search(ref) and len(ref) <= 255


def redacted(url: str) -> str:
    """The URL as it may be shown: user, password and query replaced by `***`, on one line."""
    shown = _USERINFO.sub("***@", visible(url))
    return re.sub(r"(?<=\?).+", "***", shown) if _SCHEME.match(shown) else shown


def _with_scheme(url: str, policy: UrlPolicy) -> CheckedUrl:
    if re.search(r"[\s\\]", url):
        raise UrlRefused("it holds a space or a backslash; write %20 for a space")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UrlRefused("its host or port is malformed") from None  # Python's words would repeat a password
    scheme = parts.scheme.lower()
    if scheme == "file":
        return _file(url, parts, policy)
    if scheme not in ("https", "ssh", "http"):
        raise UrlRefused(f"{scheme}:// is not used; use https, ssh or a path")
    if "@" in parts.netloc and (scheme != "ssh" or parts.password is not None):
        raise UrlRefused(_NO_CREDENTIALS)
    host = parts.netloc.rpartition("@")[2].removesuffix(f":{port}" if port is not None else "")
    if not _HOST.fullmatch(host):
        raise UrlRefused("its host is no host name")
    if parts.username is not None and not _NAME.fullmatch(parts.username):
        raise UrlRefused("its user is no user name")
    if scheme == "http" and host not in policy.http_hosts:
        raise UrlRefused("http:// is read and changed by anyone on the way; use https")
    if not parts.path.strip("/"):
        raise UrlRefused("it names a host but no repository")
    return CheckedUrl(UrlKind(scheme), url)


def _file(url: str, parts: SplitResult, policy: UrlPolicy) -> CheckedUrl:
    if parts.netloc not in ("", "localhost"):
        raise UrlRefused("file:// with a host is not used")
    path = Path(os.path.realpath(unquote(parts.path)))
    if not any(path.is_relative_to(os.path.realpath(root)) for root in policy.file_roots):
        raise UrlRefused("file:// is used only below ORCHESTRATOR_LOCAL_ROOTS; a plain path needs no such leave")
    return CheckedUrl(UrlKind.FILE, url, path)


def _scp_like(url: str, match: re.Match[str]) -> CheckedUrl:
    user, host, path = match["user"], match["host"], match["path"]
    if user is not None and not _NAME.fullmatch(user):
        raise UrlRefused("its user is no user name")
    if not _HOST.fullmatch(host):
        raise UrlRefused("its host is no host name; write ./ before a path that holds a colon")
    if "@" in path.partition("/")[0]:
        raise UrlRefused(_NO_CREDENTIALS)
    if not path or path.startswith("-") or re.search(r"\s", path):
        raise UrlRefused("its path is empty, starts with a dash or holds a space")
    return CheckedUrl(UrlKind.SSH, url)
