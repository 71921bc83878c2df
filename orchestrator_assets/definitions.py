"""The code location: the rooms' definitions, merged. Reads no repository and opens no connection."""

from importlib import import_module

import dagster as dg

from orchestrator_assets.fleet import assets as fleet
from orchestrator_assets.fleet import jobs, sensors
from orchestrator_assets.hub import assets as hub
from orchestrator_assets.kinds import REGISTERED
from orchestrator_assets.resources import Catalog


@dg.definitions
def defs() -> dg.Definitions:
    """Everything: the fleet, one index per registered kind, the hub; jobs, the sensor and the schedule."""
    kinds = [import_module(name.rpartition(".")[0] + ".assets").DEFINITIONS for name in REGISTERED]
    shared = dg.Definitions(resources={"catalog": Catalog()})
    return dg.Definitions.merge(
        fleet.DEFINITIONS, *kinds, hub.DEFINITIONS, jobs.DEFINITIONS, sensors.DEFINITIONS, shared
    )
