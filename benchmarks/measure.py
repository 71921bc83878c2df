"""Measuring fairly on a noisy machine: interleaved, several times, medians and ratios within one run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the report: what was measured, what came out, what was aimed at."""

    topic: str
    what: str
    result: str
    aim: str = ""


def median(what: Callable[[], object], times: int = 5) -> float:
    """Median seconds of several calls."""
    return statistics.median(_once(what) for _ in range(times))


def ratio(ours: Callable[[], object], floor: Callable[[], object], times: int = 5) -> tuple[float, float, float]:
    """Median seconds of two things called in turn, and the median of their ratios pair by pair."""
    ours(), floor()
    pairs = [(_once(ours), _once(floor)) for _ in range(times)]
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )


def _once(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began
