"""The books of the models (calls, answers kept) and of the activities (runs, specifications, documents)."""

from alembic import op

revision = "0005"
down_revision = "0004"

_UP = """
CREATE TABLE catalog.model_call (
    id BIGSERIAL NOT NULL,
    run_id TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    repository_name TEXT,
    prompt_version TEXT NOT NULL,
    cache_key TEXT NOT NULL,
    model_asked TEXT NOT NULL,
    model TEXT,
    reserved_tokens BIGINT NOT NULL,
    reserved_cost NUMERIC NOT NULL,
    requests INTEGER DEFAULT 0 NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    prompt_tokens BIGINT,
    completion_tokens BIGINT,
    cost NUMERIC,
    seconds DOUBLE PRECISION,
    outcome TEXT,
    detail TEXT,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX model_call_run ON catalog.model_call (run_id);
CREATE INDEX model_call_started ON catalog.model_call (started_at);
CREATE TABLE catalog.model_cache (
    key TEXT NOT NULL,
    output JSONB NOT NULL,
    model TEXT,
    answered_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (key)
);
CREATE TABLE catalog.activity_run (
    id BIGSERIAL NOT NULL,
    run_id TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    activity TEXT NOT NULL,
    target TEXT NOT NULL,
    commit TEXT,
    prompt_version TEXT,
    evidence TEXT,
    input JSONB NOT NULL,
    outcome TEXT,
    detail TEXT,
    output JSONB,
    gates JSONB DEFAULT '{}'::jsonb NOT NULL,
    citations JSONB DEFAULT '{}'::jsonb NOT NULL,
    cut JSONB DEFAULT '[]'::jsonb NOT NULL,
    playbook TEXT,
    succeeded BOOLEAN,
    source TEXT,
    extra JSONB DEFAULT '{}'::jsonb NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    seconds DOUBLE PRECISION,
    PRIMARY KEY (id)
);
CREATE INDEX activity_run_target ON catalog.activity_run (target, activity, id);
CREATE TABLE catalog.specification (
    service TEXT NOT NULL,
    content JSONB NOT NULL,
    source TEXT,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (service)
);
CREATE TABLE catalog.activity_document (
    name TEXT NOT NULL,
    activity TEXT NOT NULL,
    target TEXT NOT NULL,
    evidence TEXT NOT NULL,
    content TEXT NOT NULL,
    run_id TEXT NOT NULL,
    refused TEXT,
    refused_evidence TEXT,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (name)
);
"""
_TABLES = ("model_call", "model_cache", "activity_run", "specification", "activity_document")


def upgrade() -> None:
    op.execute(_UP)


def downgrade() -> None:
    op.execute("DROP TABLE " + ", ".join(f"catalog.{name}" for name in _TABLES))
