"""A `post-receive` hook for plain git servers: it signs what was pushed as Standard Webhooks ask. It is written in
Python, since no shell tool signs without showing the secret among its arguments."""

from __future__ import annotations

import os
from pathlib import Path

from orchestrator_assets.web.signatures import BadSecret, parse_secrets

MARK = "# written by orchestrator hooks install"
SECRET_FILE = "orchestrator-hook-secret"

_SCRIPT = """#!/usr/bin/env python3
{mark}
# Tells the orchestrator of each push. It never makes a push fail: what is not told is seen by the next look.
import base64, hashlib, hmac, json, os, sys, time, urllib.request

URL, NAME = {url!r}, {name!r}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), {file!r})) as file:
    secret = file.read().strip()
key = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
opener = urllib.request.build_opener(urllib.request.ProxyHandler({{}}))
for line in sys.stdin:
    old, new, ref = line.rstrip("\\n").split(" ", 2)
    data = {{"repository": {{"name": NAME}}, "ref": ref, "before": old, "after": new}}
    now = int(time.time())
    body = json.dumps({{"type": "push", "timestamp": now, "data": data}}).encode()
    name = "push-" + hashlib.sha256(line.encode() + os.urandom(8)).hexdigest()[:24]
    signed = hmac.new(key, (name + "." + str(now) + ".").encode() + body, hashlib.sha256).digest()
    headers = {{
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(now),
        "webhook-signature": "v1," + base64.b64encode(signed).decode(),
    }}
    try:
        opener.open(urllib.request.Request(URL, body, headers), timeout=10).read()
    except OSError as error:
        print("orchestrator was not told of", ref + ":", error, file=sys.stderr)
"""


class HookRefused(Exception):
    """The hook cannot be written; the message says why."""


def install_hook(repository: Path, url: str, name: str, secret: str) -> Path:
    """Writes the hook and its secret below the repository's `hooks/`, and returns the hook's path. HookRefused if this
    is no repository, somebody else's hook stands there, or the secret cannot be used."""
    git = repository / ".git" if (repository / ".git").is_dir() else repository
    if not (git / "objects").is_dir() or not (git / "HEAD").is_file():
        raise HookRefused(f"{repository} is no git repository")
    try:
        parse_secrets(secret)
    except BadSecret as error:
        raise HookRefused(f"ORCHESTRATOR_HOOK_SECRET_STANDARD: {error}") from None
    folder = git / "hooks"
    hook = folder / "post-receive"
    if hook.exists() and MARK not in hook.read_text(errors="replace"):
        raise HookRefused(f"{hook} is somebody else's; call ours from it, or move it away")
    folder.mkdir(exist_ok=True)
    script = _SCRIPT.format(mark=MARK, file=SECRET_FILE, name=name, url=f"{url.rstrip('/')}/hooks/standard")
    _write(folder / SECRET_FILE, secret, 0o600)
    _write(hook, script, 0o755)
    return hook


def _write(path: Path, text: str, mode: int) -> None:
    temporary = path.with_name(f".{path.name}.part")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    temporary.chmod(mode)
    temporary.replace(path)
