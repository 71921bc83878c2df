"""Delivery to a folder and to the hub. Both may be written to twice without harm."""

from __future__ import annotations

from orchestrator_assets.documents.files import write_file
from orchestrator_assets.hub.indexes import hub_repository
from orchestrator_assets.hub.problems import HubError
from orchestrator_assets.hub.publish import Publication, publish
from orchestrator_assets.reports.targets.contract import Committing, NotDelivered, Parcel
from orchestrator_assets.settings import Settings


def send_to_folder(parcel: Parcel, settings: Settings, committing: Committing) -> None:
    """Puts the files below `FOLDER/PERIOD/`. NotDelivered if they cannot be written."""
    assert settings.report_folder is not None
    folder = settings.report_folder.expanduser() / parcel.period.key
    try:
        for name, content in sorted(parcel.files.items()):
            write_file(folder / name, content)
    except OSError as error:
        raise NotDelivered(f"{folder}: {error.strerror or error}") from None


def send_to_hub(parcel: Parcel, settings: Settings, committing: Committing) -> None:
    """Commits the files below `reports/PERIOD/` at the hub. NotDelivered if the hub does not take them."""
    key = parcel.period.key
    files = {f"reports/{key}/{name}": content for name, content in parcel.files.items()}
    sources = {repo: commit for repo, commit in parcel.report.commits.items() if commit}
    try:
        publish(hub_repository(settings), Publication(f"report-{key}", files, sources, parcel.report.to))
    except HubError as error:
        raise NotDelivered(str(error)) from None
