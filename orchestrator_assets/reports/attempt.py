"""One attempt at one delivery, as a process: `python -m orchestrator_assets.reports.attempt REPORT TARGET`."""

from __future__ import annotations

import sys

from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.reports.delivery import attempt
from orchestrator_assets.settings import settings

if __name__ == "__main__":
    attempt(open_database(), settings(), sys.argv[1], sys.argv[2])
