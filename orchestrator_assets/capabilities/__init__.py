"""Registries of patterns and capabilities that people keep by hand, in YAML."""
