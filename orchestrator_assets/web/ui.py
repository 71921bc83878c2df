"""Dagster's webserver behind the guard: `python -m orchestrator_assets.web.ui`, with dagster-webserver's own arguments.

The webserver's command makes its application by one function; the guard is put around what that returns, and health,
readiness and metrics beside it.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from dagster_webserver import cli
from starlette.types import ASGIApp

from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.settings import settings
from orchestrator_assets.web.guard import Guard
from orchestrator_assets.web.status import WithStatus

READ_ONLY = "--read-only"
_FACTORY = "create_app_from_workspace_process_context"
_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})


def main(arguments: list[str]) -> None:
    """Serves until it is told to stop."""
    host = _after(arguments, "-h", "--host")
    make_application = getattr(cli, _FACTORY)

    def guarded(*given: Any, **named: Any) -> ASGIApp:
        application: ASGIApp = WithStatus(make_application(*given, **named), open_database(), settings().hook_token)
        hosts = [*settings().ui_hosts, *([host] if host else [])]
        return Guard(application, hosts, host in _EVERYWHERE, READ_ONLY in arguments)

    setattr(cli, _FACTORY, guarded)
    # A browser's page must not be able to name this server by a host of its own; uvicorn trusts no proxy's headers.
    os.environ.setdefault("FORWARDED_ALLOW_IPS", "")
    cli.cli(arguments, auto_envvar_prefix="DAGSTER_WEBSERVER", prog_name="dagster-webserver")


def _after(arguments: list[str], *names: str) -> str | None:
    for place, argument in enumerate(arguments[:-1]):
        if argument in names:
            return arguments[place + 1]
    return None


if __name__ == "__main__":
    main(sys.argv[1:])
