"""Reports of periods, and their delivery, once to each target."""

from alembic import op

revision = "0004"
down_revision = "0003"

_UP = """
CREATE TABLE catalog.report (
    key TEXT NOT NULL,
    content TEXT NOT NULL,
    account TEXT,
    finished BOOLEAN NOT NULL,
    collected_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (key)
);
COMMENT ON COLUMN catalog.report.key IS 'length, first day and time zone of its period';
COMMENT ON COLUMN catalog.report.content IS 'the report as JSON, byte for byte';
COMMENT ON COLUMN catalog.report.account IS 'what a model said of it, as JSON; null: it was not asked';
COMMENT ON COLUMN catalog.report.finished IS 'whether the period was over when it was collected';
CREATE TABLE catalog.delivery (
    report TEXT NOT NULL,
    target TEXT NOT NULL,
    digest TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    error TEXT,
    next_attempt_at TIMESTAMP WITH TIME ZONE,
    delivered_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (report, target),
    FOREIGN KEY(report) REFERENCES catalog.report (key) ON DELETE CASCADE
);
COMMENT ON COLUMN catalog.delivery.digest IS 'of the report that is delivered';
COMMENT ON COLUMN catalog.delivery.state IS 'waiting, sending, delivered, unconfirmed or given_up';
"""


def upgrade() -> None:
    op.execute(_UP)


def downgrade() -> None:
    op.execute("DROP TABLE catalog.delivery; DROP TABLE catalog.report")
