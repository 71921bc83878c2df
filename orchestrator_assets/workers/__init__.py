"""Runs on several machines: Celery workers fed by Redis (`ORCHESTRATOR_BROKER`), all on one PostgreSQL."""
