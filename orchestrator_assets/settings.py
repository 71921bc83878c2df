"""Settings: environment variables and an optional `.env` file, read once into one typed object.

Everything is `ORCHESTRATOR_*`, except `DATABASE_URL`, which other tools share.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where things are and how far they may go. Sizes are bytes, times are seconds."""

    model_config = SettingsConfigDict(
        env_prefix="ORCHESTRATOR_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Field(Path(".orchestrator"), description="state: embedded database, mirrors, hub, Dagster's files")
    fleet: Path | None = Field(None, description="the fleet registry; default ./REPOS.yaml, then HOME/REPOS.yaml")
    database_url: str | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", "ORCHESTRATOR_DATABASE_URL"),
        description="PostgreSQL to use instead of the embedded server, postgresql://user:password@host/database",
        repr=False,
    )
    postgres_bin: Path | None = Field(None, description="folder of initdb and pg_ctl for the embedded server")
    hub_url: str | None = Field(None, description="git URL to publish to; default a bare repository HOME/hub.git")
    hub_branch: str = Field("main", description="branch of the hub that is published to")
    local_roots: list[Path] = Field([], description="folders from which file:// URLs may be fetched")
    blob_limit: int = Field(1024 * 1024, gt=0, description="larger files are refused, unread")
    tree_limit: int = Field(200_000, gt=0, description="files in one commit; more: the repository is too_large")
    tree_depth: int = Field(64, gt=0, description="folders below one another")
    git_timeout: float = Field(120, gt=0, description="for one git child process")
    scan_workers: int = Field(4, gt=0, description="repositories scanned at once")
    nightly_cron: str = Field("0 2 * * *", description="when the nightly run starts")
    nightly_timezone: str = Field("UTC", description="in which time zone, e.g. Europe/Berlin")
    sensor_interval: int = Field(1, gt=0, description="between two looks at local refs; Dagster's own loop takes 5")
    sensor_watch: float = Field(4, ge=0, le=30, description="for how long a look goes on while nothing has moved")
    remote_interval: float = Field(45, gt=0, description="shortest wait between two questions to a remote for its refs")
    remote_longest: float = Field(8 * 3600, gt=0, description="longest; between them, half the time since a change")
    remote_workers: int = Field(8, gt=0, description="remotes asked at once")
    host_concurrency: int = Field(4, gt=0, description="of these, at one host")
    service_catalogue: str | None = Field(None, description="REPOSITORY:PATH of the catalogue of running services")
    issues_url: str = Field("https://api.github.com", description="where issues are fetched, in GitHub's API")
    issues_token: SecretStr | None = Field(None, description="token for it; sent nowhere else, never logged")
    retry_base: float = Field(30, gt=0, description="first wait before a failed repository is tried again; doubles")
    retry_limit: float = Field(3600, gt=0, description="longest such wait")
    history_days: int = Field(90, gt=0, description="for how long observations and model calls are kept")
    run_days: int = Field(90, gt=0, description="for how long ended runs are kept that are the newest of nothing")
    organisations: list[str] = Field([], description="listed hourly: github:ORG, gitlab:GROUP, gitea:https://HOST/ORG")
    gitea_token: str | None = Field(None, repr=False, description="token to list organisations at Gitea")
    sandbox: Literal["bubblewrap", "none"] = Field("bubblewrap", description="none: only for repositories you trust")
    playbook_timeout: float = Field(600, gt=0, description="for one playbook")
    playbooks_unattended: list[str] = Field([], description="playbooks that models may have run without approval")
    approved_activities: list[str] = Field([], description="activities whose documents wait for approval")
    playbook_network: list[str] = Field([], description="host:port that playbooks may be given, if they name it")
    export_limit: int = Field(256 * 1024 * 1024, gt=0, description="bytes of one repository in a sandbox")
    hook_secret_github: str | None = Field(None, repr=False, description="secrets of GitHub's webhooks, comma between")
    hook_secret_gitlab: str | None = Field(None, repr=False, description="secret tokens or signing keys of GitLab's")
    hook_secret_gitea: str | None = Field(None, repr=False, description="secrets of Gitea's or Forgejo's webhooks")
    hook_secret_bitbucket: str | None = Field(None, repr=False, description="secrets of Bitbucket's webhooks")
    hook_secret_standard: str | None = Field(None, repr=False, description="secrets of `orchestrator hooks install`")
    hook_token: str | None = Field(None, repr=False, description="bearer token to read the inbox from elsewhere")
    hook_limit: int | None = Field(None, gt=0, description="largest webhook; default 25 MiB for github, else 1 MiB")
    hook_seconds: float = Field(30, gt=0, description="for the whole body of a webhook to come")
    hook_inbox_limit: int = Field(10_000, gt=0, description="deliveries that may wait; more are answered with 503")
    hook_inbox_keep: float = Field(7 * 86_400, gt=0, description="for how long a delivery is listed")
    ui_hosts: list[str] = Field([], description="host names under which browsers reach the Dagster UI, e.g. a proxy's")
    report_timezone: str = Field("UTC", description="whose midnights begin days, weeks and months, e.g. Europe/Berlin")
    report_since: str = Field("2025-01-01", description="first day that the UI offers reports of, YYYY-MM-DD")
    report_deliver: list[str] = Field(["week"], description="which reports are delivered: day, week, month")
    report_schedule: str = Field("0 7 * * 1", description="when the weekly report is made, in REPORT_TIMEZONE")
    report_folder: Path | None = Field(None, description="deliver to this folder")
    report_calendar: Path | None = Field(None, description="deliver next steps and reviews to this .ics file")
    report_hub: bool = Field(True, description="deliver to the hub, below reports/")
    mail_server: str | None = Field(None, description="deliver by mail: host or host:port of the SMTP server")
    mail_security: Literal["starttls", "tls", "none"] = Field("starttls", description="none only on this machine")
    mail_ca: Path | None = Field(None, description="certificates to trust, PEM; default the system's")
    mail_user: str | None = Field(None, description="user at the SMTP server")
    mail_password: str | None = Field(None, repr=False, description="and password")
    mail_from: str | None = Field(None, description="sender's address")
    mail_to: list[str] = Field([], description="receivers' addresses")
    chat_webhook: str | None = Field(None, repr=False, description="deliver by JSON POST to this https URL")
    delivery_timeout: float = Field(30, gt=0, description="for one delivery to answer")
    delivery_attempts: int = Field(12, gt=0, description="before a delivery is given up")
    github_api: str = Field("https://api.github.com", description="GitHub's API; of an own server https://HOST/api/v3")
    github_host: str = Field("github.com", description="whose repositories are looked up there")
    github_token: str | None = Field(None, repr=False, description="token to read issues and requests, write boards")
    boards: list[str] = Field([], description="GitHub project boards that reports count: OWNER/NUMBER")
    gitlab_api: str = Field("https://gitlab.com/api/v4", description="GitLab's API")
    gitlab_host: str = Field("gitlab.com", description="whose repositories are looked up there")
    gitlab_token: str | None = Field(None, repr=False, description="token to read issues and merge requests")
    log_format: Literal["text", "json"] = Field("text", description="of the lines that runs and webhooks log")
    broker: str | None = Field(None, repr=False, description="Redis that feeds `orchestrator worker`s, redis://host/0")
    nightly_shard: int = Field(0, ge=0, description="repositories in one of the nightly's runs; 0: all in one run")
    report_bots: list[str] = Field([], description="more authors that are machines: regular expressions, lower case")

    @property
    def home_path(self) -> Path:
        """The home folder, absolute."""
        return self.home.expanduser().resolve()

    @property
    def fleet_path(self) -> Path:
        """The fleet registry's file, absolute; it may not exist."""
        if self.fleet is not None:
            return self.fleet.expanduser().resolve()
        here = Path("REPOS.yaml").resolve()
        return here if here.exists() else self.home_path / "REPOS.yaml"

    @property
    def hub(self) -> str:
        """Git URL or path of the hub repository."""
        return self.hub_url or str(self.home_path / "hub.git")

    @property
    def hub_shown(self) -> str:
        """The hub as it may be shown: without user and password."""
        return re.sub(r"(?<=://)[^/@]*@", "***@", self.hub)

    @property
    def mirrors_path(self) -> Path:
        """Folder of the bare mirrors of remote repositories."""
        return self.home_path / "mirrors"


@cache
def settings() -> Settings:
    """The process's settings. Errors name the variable (pydantic ValidationError)."""
    return Settings()
