"""Knowing how it goes: health, metrics, and what is wrong with this machine."""
