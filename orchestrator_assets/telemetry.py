"""OpenTelemetry spans, where an exporter is configured (`OTEL_EXPORTER_OTLP_ENDPOINT`), and log lines as JSON.

A push is followed through several processes by one correlation id: the key of the run that it led to. All spans with
the same id are one trace, whichever process sends them.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

_VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_LOG = logging.getLogger(__name__)


@cache
def set_up() -> bool:
    """Sends spans to the configured exporter from now on, once per process. False if none is configured, somebody else
    has set a provider already, or the packages for it are missing (which is logged)."""
    if not any(os.environ.get(name) for name in _VARIABLES):
        return False
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        _LOG.warning("no spans are sent: %s; pip install 'orchestrator-assets[tracing]'", error)
        return False
    if isinstance(trace.get_tracer_provider(), TracerProvider):
        return False
    name = os.environ.get("OTEL_SERVICE_NAME", "orchestrator_assets")
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return True


def span(name: str, correlation_id: str, seconds: float, **attributes: str | int | float | bool) -> None:
    """Tells the exporter, if there is one, of a step that took `seconds` and has just ended."""
    if not set_up() and not _is_set_up():
        return
    from opentelemetry import trace

    digest = hashlib.sha256(correlation_id.encode()).digest()
    parent = trace.SpanContext(
        trace_id=int.from_bytes(digest[:16], "big"),
        span_id=int.from_bytes(digest[16:24], "big"),
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    ended = time.time_ns()
    made = trace.get_tracer(__name__).start_span(
        name,
        trace.set_span_in_context(trace.NonRecordingSpan(parent)),
        start_time=ended - int(seconds * 1e9),
        attributes={"correlation_id": correlation_id, **attributes},
    )
    made.end(ended)


def _is_set_up() -> bool:
    trace = sys.modules.get("opentelemetry.sdk.trace")
    if trace is None:
        return False
    from opentelemetry import trace as api

    return isinstance(api.get_tracer_provider(), trace.TracerProvider)


class JsonLines(logging.Formatter):
    """A record as one line of JSON, with whatever it was given as `extra`."""

    _OWN = frozenset(vars(logging.makeLogRecord({})))

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        said |= {name: value for name, value in vars(record).items() if name not in self._OWN}
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said, default=str, ensure_ascii=False)


def log_to_stderr(as_json: bool) -> None:
    """Sends this project's own log lines to stderr from now on."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if as_json else logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("orchestrator_assets")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
