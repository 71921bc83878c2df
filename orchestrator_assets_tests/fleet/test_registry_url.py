"""Which URLs are fetched from, and that a refusal never shows a password."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.fleet.registry_url import (
    CheckedUrl,
    UrlKind,
    UrlPolicy,
    UrlRefused,
    check_url,
    redacted,
    ref_is_safe,
)

BASE = Path("/fleet")


@pytest.mark.parametrize(
    ("url", "kind", "given_to_git"),
    [
        ("repos/a", UrlKind.LOCAL, "/fleet/repos/a"),
        ("../a", UrlKind.LOCAL, "/a"),
        (".", UrlKind.LOCAL, "/fleet"),
        ("/srv/git/a.git", UrlKind.LOCAL, "/srv/git/a.git"),
        ("./with: colon", UrlKind.LOCAL, "/fleet/with: colon"),
        ("./-a", UrlKind.LOCAL, "/fleet/-a"),
        ("https://host.example/o/a.git", UrlKind.HTTPS, "https://host.example/o/a.git"),
        ("https://host.example:8443/a", UrlKind.HTTPS, "https://host.example:8443/a"),
        ("ssh://git@host.example:2222/o/a", UrlKind.SSH, "ssh://git@host.example:2222/o/a"),
        ("ssh://[::1]/a", UrlKind.SSH, "ssh://[::1]/a"),
        ("git@host.example:o/a.git", UrlKind.SSH, "git@host.example:o/a.git"),
        ("host:a", UrlKind.SSH, "host:a"),
    ],
)
def test_what_is_taken(url: str, kind: UrlKind, given_to_git: str) -> None:
    checked = check_url(url, BASE)
    assert (checked.kind, checked.url) == (kind, given_to_git)
    assert checked.path == (Path(given_to_git) if kind is UrlKind.LOCAL else None)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "empty"),
        (" ", "empty"),
        ("ext::sh -c touch% /tmp/x", "transport helper"),
        ("::x", "transport helper"),
        ("fd::17", "transport helper"),
        ("--upload-pack=touch x", "option"),
        ("-a:b", "option"),
        ("git://host.example/a", "git:// is not used"),
        ("ftp://host.example/a", "ftp:// is not used"),
        ("http://host.example/a", "use https"),
        ("http://127.0.0.1/a", "use https"),
        ("https://user:secret@host.example/a", "ssh agent"),
        ("https://ghp_secret@host.example/a", "ssh agent"),
        ("https://u:sec/ret@host.example/a", "malformed"),
        ("ssh://git:secret@host.example/a", "ssh agent"),
        ("user:secret@host:a", "ssh agent"),
        ("ssh://-oProxyCommand=x/a", "host"),
        ("ssh://-l@host.example/a", "user"),
        ("-oProxyCommand=x@host:a", "option"),
        ("git@-oProxyCommand=x:a", "host"),
        ("host:-a", "dash"),
        ("host:", "empty"),
        ("https://host.example", "no repository"),
        ("https:///a", "host"),
        ("https://host.example:99999/a", "malformed"),
        ("https://host.example/a b", "space"),
        ("a\x00b", "control"),
        ("a\nb", "control"),
        ("a\u202eb", "control"),
        ("file:///srv/a", "ORCHESTRATOR_LOCAL_ROOTS"),
        ("x" * 5000, "longer"),
    ],
)
def test_what_is_refused(url: str, reason: str) -> None:
    with pytest.raises(UrlRefused, match=reason) as refused:
        check_url(url, BASE)
    assert "secret" not in refused.value.reason
    assert "secret" not in redacted(url)


def test_a_policy_opens_folders_and_hosts(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "out").symlink_to(tmp_path)
    policy = UrlPolicy(file_roots=(tmp_path / "in",), http_hosts=frozenset({"127.0.0.1"}))
    inside = f"file://{tmp_path}/in/a%20b"
    assert check_url(inside, BASE, policy) == CheckedUrl(UrlKind.FILE, inside, tmp_path / "in" / "a b")
    assert check_url("http://127.0.0.1:8000/a", BASE, policy).kind is UrlKind.HTTP
    for url in ("in/../a", "in/%2e%2e/a", "in/out/a", "inner/a"):
        with pytest.raises(UrlRefused):
            check_url(f"file://{tmp_path}/{url}", BASE, policy)
    with pytest.raises(UrlRefused):
        check_url("http://127.0.0.2/a", BASE, policy)


def test_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    assert check_url("~/src/a", BASE).url == "/home/someone/src/a"


@pytest.mark.parametrize("ref", ["main", "release/1.2", "v1.0.0", "0" * 40, "refs/heads/a_b-c"])
def test_safe_refs(ref: str) -> None:
    assert ref_is_safe(ref)


@pytest.mark.parametrize(
    "ref",
    ["", "-x", "--all", "a..b", "a b", "a~1", "a^{}", "@{u}", "a:b", "a.lock", "x.lock/y", "a//b", "a/", ".a", "a/.b"],
)
def test_unsafe_refs(ref: str) -> None:
    assert not ref_is_safe(ref)


def test_redaction_leaves_harmless_urls_alone() -> None:
    for url in ("https://host.example/o/a.git", "git@host.example:o/a.git", "repos/a", "a?b"):
        assert redacted(url) == url
    assert redacted("https://u:p@ss@host/a?token=x") == "https://***@host/a?***"


@given(st.one_of(st.text(), st.text(alphabet="ab:/@-.%[]~?#\\ ", max_size=20), st.text().map("https://".__add__)))
def test_checking_raises_nothing_else(url: str) -> None:
    try:
        checked = check_url(url, BASE)
    except UrlRefused as error:
        assert error.reason
    else:
        assert not checked.url.startswith("-")
        assert "::" not in checked.url.split("/")[0]
    assert "\n" not in redacted(url)
