"""The inbox of webhooks."""

from alembic import op

revision = "0006"
down_revision = "0005"

_UP = """
CREATE TABLE catalog.inbox (
    id BIGSERIAL NOT NULL,
    provider TEXT NOT NULL,
    delivery TEXT NOT NULL,
    repositories TEXT[] NOT NULL,
    ref TEXT,
    commit TEXT,
    looked_at TIMESTAMP WITH TIME ZONE,
    moved BOOLEAN,
    runs TEXT[] DEFAULT '{}'::text[] NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (provider, delivery)
);
COMMENT ON COLUMN catalog.inbox.delivery IS 'the provider''s id; a digest of the body where it sent none';
COMMENT ON COLUMN catalog.inbox.repositories IS 'partition keys';
COMMENT ON COLUMN catalog.inbox.looked_at IS 'null: its repositories are to be looked at';
COMMENT ON COLUMN catalog.inbox.moved IS 'whether one had moved then';
COMMENT ON COLUMN catalog.inbox.runs IS 'keys of runs asked for';
CREATE INDEX inbox_waiting ON catalog.inbox (received_at) WHERE looked_at IS NULL
"""


def upgrade() -> None:
    op.execute(_UP)


def downgrade() -> None:
    op.execute("DROP TABLE catalog.inbox")
