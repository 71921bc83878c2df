"""Secrets of our environment taken out of text, in the forms that programs print them in."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

REDACTED = "[secret removed]"
_NAMED = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|DATABASE_URL|WEBHOOK", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)[^/\s:@'\"]*:([^/\s@'\"]+)(?=@)")
_SHORTEST = 6


def secrets_of(environment: Mapping[str, str] = os.environ) -> frozenset[str]:
    """The values of variables that are called like secrets (each part of a list), and passwords in URLs."""
    found: set[str] = set()
    for name, value in environment.items():
        found |= set(_USERINFO.findall(value))
        if _NAMED.search(name):
            found |= {value, *(part.strip() for part in value.split(","))}
    return frozenset(secret for secret in found if len(secret) >= _SHORTEST)


def redacted(text: str, secrets: Iterable[str]) -> str:
    """The text without these secrets: as they are, percent-encoded, and in base64, also within longer base64."""
    forms = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)
    for form in forms:
        text = text.replace(form, REDACTED)
    return text


def _forms(secret: str) -> Iterator[str]:
    yield from (secret, quote(secret, safe=""), quote(secret), quote_plus(secret))
    yield from (
        quote(secret, safe="").replace("%", "%25"),
        re.sub("%..", lambda m: m[0].lower(), quote(secret, safe="")),
    )
    data = secret.encode("utf-8", "surrogateescape")
    for offset in range(3):
        # What base64 makes of the secret after 0, 1 or 2 other bytes, without the letters that those and what follows
        # have a part in.
        letters = base64.b64encode(b"\0" * offset + data).decode()
        middle = letters[-(-offset * 8 // 6) : (offset + len(data)) * 8 // 6]
        if len(middle) >= _SHORTEST:
            yield from (middle, middle.replace("+", "-").replace("/", "_"))
    yield data.hex()
