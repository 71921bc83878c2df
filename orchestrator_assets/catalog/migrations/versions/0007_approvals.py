"""What waits for a person's approval."""

from alembic import op

revision = "0007"
down_revision = "0006"

_UP = """
CREATE TABLE catalog.approval (
    id BIGSERIAL NOT NULL,
    sort TEXT NOT NULL,
    name TEXT NOT NULL,
    target TEXT NOT NULL,
    content JSONB NOT NULL,
    request_key TEXT NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT,
    note TEXT,
    result JSONB,
    requested_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    UNIQUE (request_key)
);
COMMENT ON COLUMN catalog.approval.sort IS 'playbook or document';
COMMENT ON COLUMN catalog.approval.target IS 'a repository''s name, or a document''s';
COMMENT ON COLUMN catalog.approval.content IS 'what is asked for: arguments and commits, or the text';
COMMENT ON COLUMN catalog.approval.request_key IS 'asking twice is one request';
COMMENT ON COLUMN catalog.approval.state IS 'waiting, approved, rejected, running, done, failed, interrupted'
"""


def upgrade() -> None:
    op.execute(_UP)


def downgrade() -> None:
    op.execute("DROP TABLE catalog.approval")
