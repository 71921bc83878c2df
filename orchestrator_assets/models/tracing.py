"""OpenTelemetry spans of model calls, where an exporter is configured (`OTEL_EXPORTER_OTLP_ENDPOINT`)."""

from __future__ import annotations

import logging
import os
from functools import cache

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
