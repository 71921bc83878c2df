"""The registered activities: every module of `registered/`."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from orchestrator_assets.activities import registered
from orchestrator_assets.activities.contract import Activity
from orchestrator_assets.activities.ports import ActivityFailed


@cache
def activities() -> dict[str, Activity]:
    """All activities by name, in order."""
    names = sorted(found.name for found in pkgutil.iter_modules(registered.__path__) if not found.name.startswith("_"))
    modules = (import_module(f"{registered.__name__}.{name}") for name in names)
    return {module.ACTIVITY.name: module.ACTIVITY for module in modules}


def activity(name: str) -> Activity:
    """One activity. ActivityFailed names the known ones."""
    found = activities().get(name)
    if found is None:
        raise ActivityFailed(f"there is no activity {name!r}; these are: {', '.join(activities())}")
    return found
