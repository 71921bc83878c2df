"""`orchestrator`: the command line.

Commands live in the rooms they belong to and are imported when they are used, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from pathlib import Path

import click

COMMANDS = {
    "demo": ("orchestrator_assets.commands.demo:demo", "Make a demo fleet and run the whole pipeline over it."),
    "init": ("orchestrator_assets.commands.registry:init", "Write a commented REPOS.yaml and .env to start from."),
    "repos": ("orchestrator_assets.commands.registry:repos", "List, add or discover the fleet's repositories."),
    "scan": ("orchestrator_assets.commands.scan:scan", "Scan repositories into the catalog, without Dagster."),
    "index": ("orchestrator_assets.commands.catalog:index", "Build a cross-repository index and print it."),
    "check": ("orchestrator_assets.commands.catalog:check", "Print every problem; exit 1 if one is an error."),
    "accept-loss": ("orchestrator_assets.commands.catalog:accept_loss", "Accept that a repository holds less."),
    "problems": ("orchestrator_assets.commands.catalog:problems", "List problems, or the registry of problem codes."),
    "search": ("orchestrator_assets.commands.catalog:search", "Full-text search over all records."),
    "distribute": ("orchestrator_assets.commands.proposals:distribute", "Propose shared files to the repositories."),
    "architecture": ("orchestrator_assets.commands.proposals:architecture", "Promote proposed architecture documents."),
    "publish": ("orchestrator_assets.commands.hub:publish", "Build the indexes and commit what changed to the hub."),
    "hub": ("orchestrator_assets.commands.hub:hub", "Look at the hub's commits, or take one back."),
    "projects": ("orchestrator_assets.commands.projects:projects", "Bring project boards in line with their plans."),
    "report": ("orchestrator_assets.commands.reports:report", "Print the status report of a day, week or month."),
    "activities": ("orchestrator_assets.commands.activities:activities", "List, show and run the model's activities."),
    "playbooks": ("orchestrator_assets.commands.playbooks:playbooks", "List, check and run registered playbooks."),
    "approvals": ("orchestrator_assets.commands.approvals:approvals", "Decide what models ask for."),
    "hooks": ("orchestrator_assets.commands.hooks:hooks", "Receive webhooks, so that pushes are seen at once."),
    "run": ("orchestrator_assets.commands.activities:run_text", "Choose activities for a request and run them."),
    "maintain": ("orchestrator_assets.commands.maintenance:maintain", "Pack mirrors, forget old rows and runs."),
    "backup": ("orchestrator_assets.commands.backup:backup", "Write database and hub into one file."),
    "restore": ("orchestrator_assets.commands.backup:restore", "Put a backup into an empty database."),
    "doctor": (
        "orchestrator_assets.commands.doctor:doctor",
        "Check what all this depends on; findings with cures.",
    ),
    "worker": ("orchestrator_assets.commands.worker:worker", "Execute runs on this machine, fed by a broker."),
    "dev": ("orchestrator_assets.commands.dev:dev", "Start the database, the Dagster UI and the daemon."),
}


class _Commands(click.Group):
    """A group that imports a command when it is called, and knows its one-line help without importing it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), help="State folder  [.orchestrator]")
@click.option("--fleet", type=click.Path(dir_okay=False, path_type=Path), help="Fleet registry  [REPOS.yaml]")
@click.version_option(package_name="orchestrator-assets")
def cli(home: Path | None, fleet: Path | None) -> None:
    """Read a fleet of git repositories by commit, and publish true cross-repository indexes.

    Settings come from ORCHESTRATOR_* variables and a .env file; DATABASE_URL names a PostgreSQL to use instead of the
    embedded one. Exit codes: 0 done, 1 failed or errors found, 2 wrong usage.
    """
    # Through the environment, so that child processes (Dagster's) see the same.
    if home is not None:
        os.environ["ORCHESTRATOR_HOME"] = str(home.resolve())
    if fleet is not None:
        os.environ["ORCHESTRATOR_FLEET"] = str(fleet.resolve())


def main() -> None:
    """Runs the command line. Every failure is one line on stderr; ORCHESTRATOR_DEBUG=1 shows where it came from."""
    try:
        code = cli.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone: `| head`
        sys.exit(1)
    except Exception as error:
        if os.environ.get("ORCHESTRATOR_DEBUG"):
            raise
        click.echo(f"orchestrator: {_one_line(error)}", err=True)
        sys.exit(1)


def _one_line(error: Exception) -> str:
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    if isinstance(error, ValidationError):
        prefix = "LLM_" if error.title == "ModelSettings" else ""
        places = (f"{_variable(item['loc'], prefix)}: {item['msg']}" for item in error.errors())
        return "settings cannot be used: " + "; ".join(places)
    if isinstance(error, SettingsError):
        named = re.search(r'field "(\w+)"', str(error))
        what = _variable((named.group(1),)) if named else "a variable"
        return f'settings cannot be used: {what} (environment or .env): expected JSON, such as ["one", "two"]'
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    text = " ".join(str(error).split()) or "no message"
    known = type(error).__module__.startswith("orchestrator_assets")
    return text if known else f"{type(error).__name__}: {text} (ORCHESTRATOR_DEBUG=1 shows where)"


def _variable(place: tuple[int | str, ...], prefix: str = "") -> str:
    name = ".".join(map(str, place)).upper()
    return name if name.startswith(("ORCHESTRATOR_", "DATABASE_URL")) else f"ORCHESTRATOR_{prefix}{name}"


if __name__ == "__main__":
    main()
