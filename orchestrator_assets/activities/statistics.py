"""How the activities go: success, latency, tokens and cost, by activity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Engine

from orchestrator_assets.catalog import activity_store, model_store
from orchestrator_assets.catalog.model_store import Call

_NEWEST = 5_000


@dataclass(frozen=True, slots=True)
class Statistics:
    """One activity's figures over its newest model calls. Latencies are seconds of calls that were made (cached ones
    took none); tokens and cost are sums of what endpoints told; `rate` counts runs by evidence, None without any."""

    activity: str
    runs: int
    rate: float | None
    calls: int
    cached: int
    failed: int
    p50: float | None
    p95: float | None
    p99: float | None
    tokens: int
    cost: Decimal


def statistics(engine: Engine) -> list[Statistics]:
    """Figures by activity, of whatever asked a model or ran."""
    calls = model_store.calls(engine, limit=_NEWEST)
    figures = activity_store.figures(engine)
    names = sorted({call.purpose for call in calls} | {item.activity for item in figures})
    return [_of(name, [call for call in calls if call.purpose == name], figures) for name in names]


def percentile(values: Sequence[float], part: float) -> float | None:
    """The value that this part (0 to 1) of all is not above: the nearest rank. None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[max(math.ceil(part * len(ordered)), 1) - 1], 3)


def _of(name: str, calls: Sequence[Call], figures: Sequence[activity_store.Figures]) -> Statistics:
    runs = sum(item.runs for item in figures if item.activity == name)
    succeeded = sum(item.succeeded for item in figures if item.activity == name)
    seconds = [call.seconds for call in calls if call.attempts and call.seconds is not None]
    return Statistics(
        activity=name,
        runs=runs,
        rate=round(succeeded / runs, 4) if runs else None,
        calls=len(calls),
        cached=sum(call.outcome == "cached" for call in calls),
        failed=sum(call.outcome not in ("ok", "cached") for call in calls),
        p50=percentile(seconds, 0.5),
        p95=percentile(seconds, 0.95),
        p99=percentile(seconds, 0.99),
        tokens=sum((call.prompt_tokens or 0) + (call.completion_tokens or 0) for call in calls),
        cost=sum((call.cost for call in calls if call.cost is not None), Decimal(0)),
    )
