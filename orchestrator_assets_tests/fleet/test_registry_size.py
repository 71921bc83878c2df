"""Registries of large fleets."""

from __future__ import annotations

from orchestrator_assets.fleet.registry import read_registry


def test_a_registry_of_ten_thousand_entries_is_read() -> None:
    rows = "".join(
        f"  - name: r{n}\n    url: repos/r{n}\n    role: x\n    layer: y\n    depends_on: []\n" for n in range(10_000)
    )
    reading = read_registry(f"repos:\n{rows}".encode(), "REPOS.yaml")
    assert reading.registry is not None and len(reading.registry.repos) == 10_000
