"""A Dagster code location that reads a fleet of git repositories and publishes true cross-repository indexes."""

__version__ = "0.1.0"
