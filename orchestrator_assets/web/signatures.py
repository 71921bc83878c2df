"""Whether a delivery was signed by somebody who knows a secret, per provider. The provider is the path's; headers never
choose it. Signatures are compared as bytes, in constant time.

    github      X-Hub-Signature-256: sha256=HEX                      HMAC-SHA256 of the raw body
    gitea       X-Gitea-Signature or X-Forgejo-Signature: HEX        the same
    bitbucket   X-Hub-Signature: sha256=HEX                          the same
    gitlab      X-Gitlab-Token: SECRET, or as standard
    standard    webhook-signature: v1,BASE64 ...                     HMAC-SHA256 of id.timestamp.body
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

TOLERANCE = 300
"""Seconds that a signed timestamp may be off."""

_PREFIX = "whsec_"
_SIGNATURES = 16


class Provider(StrEnum):
    """Whose deliveries a path receives."""

    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"
    BITBUCKET = "bitbucket"
    STANDARD = "standard"


class BadSecret(ValueError):
    """A secret that cannot be used; the message does not hold it."""


@dataclass(frozen=True)
class Headers:
    """The headers of a request as they came: (name, value) in bytes, several of a name possible."""

    raw: Iterable[tuple[bytes, bytes]]

    def one(self, name: str) -> bytes | None:
        """The value of a header that stands there exactly once."""
        wanted = name.lower().encode()
        found = [value for key, value in self.raw if key.lower() == wanted]
        return found[0] if len(found) == 1 else None

    def text(self, name: str) -> str | None:
        """The same as text; None if it is no ASCII."""
        value = self.one(name)
        return value.decode("ascii").strip() if value is not None and value.isascii() else None


_HEX = {
    Provider.GITHUB: (("x-hub-signature-256",), b"sha256="),
    Provider.BITBUCKET: (("x-hub-signature",), b"sha256="),
    Provider.GITEA: (("x-gitea-signature", "x-forgejo-signature"), b""),
}


def parse_secrets(given: str | None) -> tuple[str, ...]:
    """The secrets of a setting, a comma between them (several while one replaces another). BadSecret if one that begins
    like a Standard Webhooks secret holds no base64."""
    secrets = tuple(part.strip() for part in (given or "").split(",") if part.strip())
    for secret in secrets:
        if secret.startswith(_PREFIX):
            _keys(secret)
    return secrets


def verify(provider: Provider, secrets: Sequence[str], headers: Headers, body: bytes, now: float) -> bool:
    """Whether one of the secrets signed the body; `now` is in seconds since 1970. Never raises, whatever the headers
    hold."""
    if provider in _HEX:
        names, prefix = _HEX[provider]
        given = next((value for name in names if (value := headers.one(name)) is not None), None)
        if given is None:
            return False
        expected = [prefix + _hex(secret, body) for secret in secrets]
        return _any_equal(given.strip(), expected)
    if provider is Provider.GITLAB and (token := headers.one("x-gitlab-token")) is not None:
        return _any_equal(token.strip(), [_bytes(secret) for secret in secrets])
    return _standard(headers, body, secrets, now)


def standard_signature(secret: str, identity: str, timestamp: str, body: bytes) -> str:
    """The signature of the Standard Webhooks specification, `v1,BASE64`."""
    return _standard_of(_keys(secret)[0], identity, timestamp, body).decode()


def _standard(headers: Headers, body: bytes, secrets: Sequence[str], now: float) -> bool:
    identity, timestamp = headers.text("webhook-id"), headers.text("webhook-timestamp")
    given = headers.one("webhook-signature")
    if not identity or given is None or timestamp is None or not (timestamp.isdigit() and len(timestamp) < 16):
        return False
    if abs(now - int(timestamp)) > TOLERANCE:
        return False
    expected = [_standard_of(key, identity, timestamp, body) for secret in secrets for key in _keys(secret)]
    return any(_any_equal(one, expected) for one in given.split()[:_SIGNATURES])


def _standard_of(key: bytes, identity: str, timestamp: str, body: bytes) -> bytes:
    signed = f"{identity}.{timestamp}.".encode() + body
    return b"v1," + base64.b64encode(hmac.digest(key, signed, "sha256"))


def _keys(secret: str) -> list[bytes]:
    """What a secret may mean as a key: base64 after its prefix; without the prefix the text itself, or its base64."""
    try:
        decoded = [base64.b64decode(secret.removeprefix(_PREFIX), validate=True)]
    except (binascii.Error, ValueError):
        decoded = []
    if not secret.startswith(_PREFIX):
        return [_bytes(secret), *decoded]
    if not decoded:
        raise BadSecret("what begins with whsec_ must be base64 after that")
    return decoded


def _bytes(secret: str) -> bytes:
    return secret.encode("utf-8", "surrogateescape")  # as the environment holds it


def _hex(secret: str, body: bytes) -> bytes:
    return hmac.new(_bytes(secret), body, hashlib.sha256).hexdigest().encode()


def _any_equal(given: bytes, expected: Sequence[bytes]) -> bool:
    return any(hmac.compare_digest(given, one) for one in expected)
