"""The catalog's first tables."""

from alembic import op

revision = "0001"
down_revision = None

_UP = """
CREATE TABLE catalog.index_state (
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    totals JSONB NOT NULL,
    sources JSONB NOT NULL,
    as_of TEXT,
    places JSONB NOT NULL,
    integrity JSONB NOT NULL,
    built_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE catalog.parsed_blob (
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    blob TEXT NOT NULL,
    suffix TEXT NOT NULL,
    payload JSONB,
    problems JSONB NOT NULL,
    counted BOOLEAN NOT NULL,
    PRIMARY KEY (kind, version, blob, suffix)
);

CREATE TABLE catalog.registry_version (
    id BIGSERIAL NOT NULL,
    file TEXT NOT NULL,
    digest TEXT NOT NULL,
    content TEXT NOT NULL,
    valid BOOLEAN NOT NULL,
    problems JSONB NOT NULL,
    read_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE catalog.repository (
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    ref TEXT,
    position INTEGER NOT NULL,
    retired BOOLEAN DEFAULT false NOT NULL,
    settings JSONB DEFAULT '{}'::jsonb NOT NULL,
    entry JSONB NOT NULL,
    PRIMARY KEY (key),
    UNIQUE (name)
);

CREATE TABLE catalog.artifact (
    index_name TEXT NOT NULL,
    path TEXT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (index_name, path),
    FOREIGN KEY(index_name) REFERENCES catalog.index_state (name) ON DELETE CASCADE
);

CREATE TABLE catalog.document (
    repository TEXT NOT NULL,
    kind TEXT NOT NULL,
    path TEXT NOT NULL,
    blob TEXT NOT NULL,
    counted BOOLEAN NOT NULL,
    refused BOOLEAN NOT NULL,
    first_commit TEXT,
    first_date TEXT,
    last_commit TEXT,
    last_date TEXT,
    PRIMARY KEY (repository, kind, path),
    FOREIGN KEY(repository) REFERENCES catalog.repository (key) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE catalog.observation (
    seq BIGSERIAL NOT NULL,
    repository TEXT NOT NULL,
    ref TEXT NOT NULL,
    commit TEXT NOT NULL,
    source TEXT NOT NULL,
    observed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (seq),
    FOREIGN KEY(repository) REFERENCES catalog.repository (key) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX observation_repository_seq ON catalog.observation (repository, seq);

CREATE TABLE catalog.problem (
    id BIGSERIAL NOT NULL,
    repository TEXT,
    scope TEXT NOT NULL,
    code TEXT NOT NULL,
    severity TEXT NOT NULL,
    sort TEXT NOT NULL,
    message TEXT NOT NULL,
    commit TEXT,
    path TEXT,
    line INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(repository) REFERENCES catalog.repository (key) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX problem_scope ON catalog.problem (scope, repository);

CREATE TABLE catalog.record (
    repository TEXT NOT NULL,
    kind TEXT NOT NULL,
    path TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    line INTEGER NOT NULL,
    commit TEXT NOT NULL,
    blob TEXT NOT NULL,
    payload JSONB NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    search TSVECTOR GENERATED ALWAYS AS (
        setweight(to_tsvector('english', left(title, 2000)), 'A') ||
        setweight(to_tsvector('english', left(body, 200000)), 'B')
    ) STORED,
    PRIMARY KEY (repository, kind, path, ordinal),
    FOREIGN KEY(repository) REFERENCES catalog.repository (key) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX record_kind ON catalog.record (kind, repository);

CREATE INDEX record_search ON catalog.record USING gin (search);

CREATE TABLE catalog.repository_state (
    repository TEXT NOT NULL,
    seen_seq BIGINT,
    seen_ref TEXT,
    seen_commit TEXT,
    scanned_seq BIGINT,
    scanned_commit TEXT,
    scanned_ref TEXT,
    scanned_with TEXT,
    status TEXT,
    detail TEXT,
    failures INTEGER DEFAULT 0 NOT NULL,
    next_attempt_at TIMESTAMP WITH TIME ZONE,
    failing_since TIMESTAMP WITH TIME ZONE,
    looked_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (repository),
    FOREIGN KEY(repository) REFERENCES catalog.repository (key) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE catalog.scan_request (
    repository TEXT NOT NULL,
    seq BIGINT NOT NULL,
    attempt INTEGER NOT NULL,
    run_key TEXT NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (repository, seq, attempt),
    FOREIGN KEY(repository) REFERENCES catalog.repository (key) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX scan_request_run_key ON catalog.scan_request (run_key);

CREATE TABLE catalog.snapshot (
    repository TEXT NOT NULL,
    seq BIGINT NOT NULL,
    ref TEXT NOT NULL,
    commit TEXT NOT NULL,
    tree TEXT NOT NULL,
    facts JSONB NOT NULL,
    history JSONB NOT NULL,
    scanned_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (repository),
    FOREIGN KEY(repository) REFERENCES catalog.repository (key) ON DELETE CASCADE ON UPDATE CASCADE
)
"""

_DOWN = """
DROP TABLE catalog.snapshot;
DROP TABLE catalog.scan_request;
DROP TABLE catalog.repository_state;
DROP TABLE catalog.record;
DROP TABLE catalog.problem;
DROP TABLE catalog.observation;
DROP TABLE catalog.document;
DROP TABLE catalog.artifact;
DROP TABLE catalog.repository;
DROP TABLE catalog.registry_version;
DROP TABLE catalog.parsed_blob;
DROP TABLE catalog.index_state;
"""


def upgrade() -> None:
    op.execute(_UP)


def downgrade() -> None:
    op.execute(_DOWN)
