"""Figures of the running system in the Prometheus format, each read from the catalog when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import ColumnElement, Connection, Engine, func, select

from orchestrator_assets.catalog.tables import (
    approval,
    delivery,
    inbox,
    index_state,
    model_call,
    observation,
    problem,
    repository,
    scan_request,
)
from orchestrator_assets.catalog.tables import repository_state as state


class Figures(Collector):
    """The collector over one catalog."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        """Every figure, as of one moment."""
        with self._engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            yield from _scans(connection)
            yield from _problems(connection)
            yield from _work(connection)


def metrics(engine: Engine) -> bytes:
    """The page that Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(Figures(engine))
    return generate_latest(registry)


def _scans(connection: Connection) -> Iterator[Metric]:
    statuses = GaugeMetricFamily("orchestrator_repositories", "Repositories by their newest scan.", labels=["status"])
    query = (
        select(func.coalesce(state.c.status, "not_scanned").label("status"), func.count().label("number"))
        .select_from(repository.outerjoin(state, state.c.repository == repository.c.key))
        .where(~repository.c.retired)
        .group_by("status")
    )
    for row in connection.execute(query):
        statuses.add_metric([row.status], row.number)
    yield statuses
    pending = select(func.count(), func.coalesce(func.max(_age(observation.c.observed_at)), 0)).select_from(
        state.join(observation, observation.c.seq == state.c.seen_seq)
    )
    waits = state.c.scanned_seq.is_distinct_from(state.c.seen_seq)
    number, oldest = connection.execute(pending.where(waits)).one()
    yield _gauge("orchestrator_changes_pending", "Changes that were seen and not scanned yet.", number)
    yield _gauge("orchestrator_scan_lag_seconds", "How long the oldest of them waits.", oldest)
    failing = select(func.count(), func.coalesce(func.max(_age(state.c.failing_since)), 0))
    number, longest = connection.execute(failing.where(state.c.failing_since.is_not(None))).one()
    yield _gauge("orchestrator_repositories_failing", "Repositories that cannot be scanned.", number)
    yield _gauge("orchestrator_failing_longest_seconds", "For how long the worst of them cannot.", longest)
    asked = connection.execute(select(func.count(func.distinct(scan_request.c.run_key)))).scalar_one()
    yield _gauge("orchestrator_requests_open", "Runs that were asked for by the newest changes.", asked)


def _problems(connection: Connection) -> Iterator[Metric]:
    found = GaugeMetricFamily("orchestrator_problems", "Problems of repositories.", labels=["severity", "scope"])
    query = select(problem.c.severity, problem.c.scope, func.count().label("number")).group_by(
        problem.c.severity, problem.c.scope
    )
    for row in connection.execute(query):
        found.add_metric([row.severity, row.scope], row.number)
    yield found
    age = GaugeMetricFamily("orchestrator_index_age_seconds", "Since an index was built.", labels=["index"])
    held = GaugeMetricFamily("orchestrator_index_held_back", "1 if an index may not be published.", labels=["index"])
    query_indexes = select(
        index_state.c.name,
        _age(index_state.c.built_at).label("age"),
        (func.jsonb_array_length(index_state.c.integrity) > 0).label("held"),
    )
    for row in connection.execute(query_indexes):
        age.add_metric([row.name], row.age)
        held.add_metric([row.name], int(row.held))
    yield from (age, held)


def _work(connection: Connection) -> Iterator[Metric]:
    for table, name, words in (
        (delivery, "orchestrator_deliveries", "Deliveries of reports by state."),
        (approval, "orchestrator_approvals", "Requests for approval by state."),
    ):
        found = GaugeMetricFamily(name, words, labels=["state"])
        for row in connection.execute(select(table.c.state, func.count().label("number")).group_by(table.c.state)):
            found.add_metric([row.state], row.number)
        yield found
    waiting = select(func.count(), func.coalesce(func.max(_age(inbox.c.received_at)), 0))
    number, oldest = connection.execute(waiting.where(inbox.c.looked_at.is_(None))).one()
    yield _gauge("orchestrator_inbox_waiting", "Webhooks that wait to be looked into.", number)
    yield _gauge("orchestrator_inbox_oldest_seconds", "How long the oldest of them waits.", oldest)
    calls = GaugeMetricFamily("orchestrator_model_calls", "Model calls in the books, by outcome.", labels=["outcome"])
    outcome = func.coalesce(model_call.c.outcome, "open").label("outcome")
    for row in connection.execute(select(outcome, func.count().label("number")).group_by(outcome)):
        calls.add_metric([row.outcome], row.number)
    yield calls


def _gauge(name: str, words: str, value: float) -> Metric:
    found = GaugeMetricFamily(name, words)
    found.add_metric([], float(value))
    return found


def _age(moment: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.extract("epoch", func.clock_timestamp() - moment)
