"""The orchestration registry: states that add up, rows against plugin sequences, and its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orchestrator_assets.diagrams.mermaid import mermaid
from orchestrator_assets.documents.published import jinja_environment, published_json
from orchestrator_assets.domains import problems as codes
from orchestrator_assets.domains.model import Domain, DomainState
from orchestrator_assets.domains.pictures import diagrams
from orchestrator_assets.kinds import Index, IndexedRecord, IndexInput
from orchestrator_assets.problems import LocatedProblem
from orchestrator_assets.sequences.model import Sequence as PluginSequence
from orchestrator_assets.sequences.model import Tier

_PLUGIN = "plugin"


def index_of(found: IndexInput) -> tuple[Iterable[LocatedProblem], dict[str, Any]]:
    """Problems: rows of plugin sequences that are not there (placeholders are told already), and plugin sequences
    without a row, in repositories whose registry has both. Extras: `registries` (rows by state, category and status,
    per registry file), `layers` (how many there are of registry rows, domain sequences and plugin sequences) and the
    two lists of differences."""
    plugin_ids = _plugin_ids(found.others.get("sequences", ()))
    groups: dict[tuple[str, str], list[Domain]] = {}
    for record in found.records:
        groups.setdefault((record.repository, record.path), []).append(domain_of(record))
    commits = {(record.repository, record.path): record.commit for record in found.records}
    problems: list[LocatedProblem] = []
    without_sequence: list[dict[str, str]] = []
    without_row: list[dict[str, str]] = []
    for (repository, path), domains in groups.items():
        ids = plugin_ids.get(repository, {})
        rows = [item for item in domains if item.category == _PLUGIN and item.sequence_file is None]
        missing = [item.id for item in rows if item.id not in ids]
        told = [item.id for item in rows if item.id not in ids and item.state is not DomainState.PLACEHOLDER]
        unregistered = sorted(set(ids) - {item.id for item in domains}) if rows else []
        without_sequence += [{"repo": repository, "path": path, "id": name} for name in missing]
        without_row += [{"repo": repository, "path": ids[name], "id": name} for name in unregistered]
        commit = commits[repository, path]
        problems += [LocatedProblem(codes.ROW_WITHOUT_SEQUENCE.at(path, id=n), repository, commit) for n in told]
        problems += [
            LocatedProblem(codes.SEQUENCE_WITHOUT_ROW.at(path, id=n), repository, commit) for n in unregistered
        ]
    extras = {
        "registries": [_registry(repository, path, domains) for (repository, path), domains in groups.items()],
        "rows_without_sequence": without_sequence,
        "sequences_without_row": without_row,
        "layers": _layers(found.records, plugin_ids),
    }
    return problems, extras


def render(index: Index) -> dict[str, str]:
    """`ORCHESTRATION_REGISTRY.md` and `orchestration_registry.json`."""
    template = jinja_environment(__package__ or "").get_template("ORCHESTRATION_REGISTRY.md.jinja")
    pictures = {name: mermaid(picture) for name, picture in diagrams(index).items()}
    return {
        "ORCHESTRATION_REGISTRY.md": template.render(index=index, pictures=pictures),
        "orchestration_registry.json": published_json(index),
    }


def domain_of(record: IndexedRecord) -> Domain:
    """A record's payload."""
    assert isinstance(record.payload, Domain)
    return record.payload


def _plugin_ids(records: Sequence[IndexedRecord]) -> dict[str, dict[str, str]]:
    """Repository -> id -> path of the plugin sequences that are no copies."""
    found: dict[str, dict[str, str]] = {}
    for record in records:
        assert isinstance(record.payload, PluginSequence)
        if record.payload.tier is not Tier.COPY and record.payload.id:
            found.setdefault(record.repository, {}).setdefault(record.payload.id, record.path)
    return found


def _registry(repository: str, path: str, domains: Sequence[Domain]) -> dict[str, Any]:
    states = Counter(item.state.value for item in domains)
    return {
        "repo": repository,
        "path": path,
        "form": domains[0].form,
        "domains": len(domains),
        "by_state": {state.value: states.get(state.value, 0) for state in DomainState},
        "by_category": dict(sorted(Counter(item.category or "none" for item in domains).items())),
        "by_status": dict(sorted(Counter(item.status or "none" for item in domains).items())),
        "drifted": sorted(item.id for item in domains if item.drift),
    }


def _layers(records: Sequence[IndexedRecord], plugin_ids: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    layers = []
    for repository in sorted({record.repository for record in records}):
        domains = [domain_of(record) for record in records if record.repository == repository]
        ids = plugin_ids.get(repository, {})
        layers.append(
            {
                "repo": repository,
                "registry_rows": len(domains),
                "domain_sequences": sum(item.state is DomainState.IMPLEMENTED for item in domains),
                "plugin_sequences": len(ids),
                "rows_of_plugin_sequences": sum(item.id in ids for item in domains),
            }
        )
    return layers
