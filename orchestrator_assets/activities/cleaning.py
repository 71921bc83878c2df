"""What strangers and models write, made harmless: nothing invisible, no secret, no link or markup of theirs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any

# Zero-width and bidi characters, tag characters, variation selectors, and the controls that no text needs.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff\ud800-\udfff]"
)
_SECRETS = (
    ("private key", re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,8000}(?:-----END [A-Z ]{0,30}-----)?")),
    ("AWS key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("GitHub token", re.compile(r"\b(?:gh[opsur]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{50,255})")),
    ("GitLab token", re.compile(r"\bglpat-[A-Za-z0-9_-]{20,64}")),
    ("Slack token", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,250}")),
    ("API key", re.compile(r"\bsk-(?:[a-z]{2,10}-)?[A-Za-z0-9_-]{20,250}")),
    ("JSON web token", re.compile(r"\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,2000}")),
    ("password in a URL", re.compile(r"(?<=://)[^\s/:@]{1,100}:[^\s/@]{3,200}(?=@)")),
)
_NAMED_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|DATABASE_URL", re.IGNORECASE)
_IMAGE = re.compile(r"!\[([^\]\n]{0,300})\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,300}\])")
_LINK = re.compile(r"\[([^\]\n]{0,300})\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{1,300}\])")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]\n]{1,300}\]:[^\n]{0,2000}$", re.MULTILINE)
_URL = re.compile(
    r"\b(?:https?|ftp|file|data|javascript|mailto):[^\s<>\"'`)\]]{1,2000}|\bwww\.[^\s<>\"'`)\]]{3,2000}", re.I
)
_TAG = re.compile(r"</?[A-Za-z!][^<>\n]{0,2000}>")


def seen(text: str) -> tuple[str, int]:
    """The text without characters that nobody sees, and how many there were."""
    return _INVISIBLE.subn("", text)


def secrets_in(text: str) -> list[str]:
    """What sorts of secrets a text holds, and the names of environment variables whose secret value it holds."""
    found = [name for name, pattern in _SECRETS if pattern.search(text)]
    return found + [f"the value of {name}" for name, value in _environment().items() if value in text]


def without_secrets(text: str) -> str:
    """The text with every secret replaced."""
    for _, pattern in _SECRETS:
        text = pattern.sub("[secret removed]", text)
    for value in _environment().values():
        text = text.replace(value, "[secret removed]")
    return text


def prose(text: str) -> str:
    """A model's prose as it may be kept and shown: no invisible characters, no secret, no link, image or HTML."""
    text = without_secrets(seen(text)[0])
    text = _REFERENCE.sub("", _LINK.sub(r"\1", _IMAGE.sub(r"\1", text)))
    return _TAG.sub("", _URL.sub("[link removed]", text))


def each_text(data: Any, clean: Callable[[str], str]) -> Any:
    """JSON data with a function applied to every text in it (keys stay)."""
    if isinstance(data, str):
        return clean(data)
    if isinstance(data, list):
        return [each_text(item, clean) for item in data]
    if isinstance(data, dict):
        return {key: each_text(value, clean) for key, value in data.items()}
    return data


def _environment() -> Mapping[str, str]:
    """The environment's secrets: by the variable's name, and long enough not to be a word."""
    return {name: value for name, value in os.environ.items() if _NAMED_SECRET.search(name) and len(value) >= 8}
