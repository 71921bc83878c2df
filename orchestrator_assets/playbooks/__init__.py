"""Playbooks: registered, typed actions of repositories, run in a sandbox."""
