"""The code location: the rooms' definitions, merged. Reads no repository and opens no connection."""

from importlib import import_module

import dagster as dg

from orchestrator_assets.activities.assets import DEFINITIONS as ACTIVITIES
from orchestrator_assets.activities.jobs import DEFINITIONS as ACTIVITY_JOBS
from orchestrator_assets.activities.sensors import DEFINITIONS as ACTIVITY_SENSORS
from orchestrator_assets.approvals.assets import DEFINITIONS as APPROVALS
from orchestrator_assets.approvals.sensors import DEFINITIONS as APPROVAL_SENSORS
from orchestrator_assets.fleet.assets import DEFINITIONS as FLEET
from orchestrator_assets.fleet.jobs import DEFINITIONS as JOBS
from orchestrator_assets.fleet.sensors import DEFINITIONS as SENSORS
from orchestrator_assets.hub.assets import DEFINITIONS as HUB
from orchestrator_assets.kinds import REGISTERED
from orchestrator_assets.reports.assets import DEFINITIONS as REPORTS
from orchestrator_assets.reports.jobs import DEFINITIONS as REPORT_JOBS
from orchestrator_assets.resources import Catalog


@dg.definitions
def defs() -> dg.Definitions:
    """Everything: the fleet, one index per registered kind, the hub, reports; jobs, sensors and schedules."""
    kinds = [import_module(name.rpartition(".")[0] + ".assets").DEFINITIONS for name in REGISTERED]
    shared = dg.Definitions(resources={"catalog": Catalog()})
    reports = (REPORTS, REPORT_JOBS)
    activities = (ACTIVITIES, ACTIVITY_JOBS, ACTIVITY_SENSORS)
    approvals = (APPROVALS, APPROVAL_SENSORS)
    rooms = (*reports, *activities, *approvals)
    return dg.Definitions.merge(FLEET, *kinds, HUB, JOBS, SENSORS, *rooms, shared)
