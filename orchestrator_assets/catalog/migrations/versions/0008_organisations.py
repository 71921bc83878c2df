"""What organisations have at their forges."""

from alembic import op

revision = "0008"
down_revision = "0007"

_UP = """
CREATE TABLE catalog.listed_repository (
    organisation TEXT NOT NULL,
    forge_id TEXT NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    state TEXT NOT NULL,
    former_name TEXT,
    first_seen_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (organisation, forge_id)
);
COMMENT ON COLUMN catalog.listed_repository.organisation IS 'as the setting names it';
COMMENT ON COLUMN catalog.listed_repository.forge_id IS 'stays when the repository is renamed';
COMMENT ON COLUMN catalog.listed_repository.state IS 'present, archived or gone';
COMMENT ON COLUMN catalog.listed_repository.former_name IS 'before it was renamed last'
"""


def upgrade() -> None:
    op.execute(_UP)


def downgrade() -> None:
    op.execute("DROP TABLE catalog.listed_repository")
