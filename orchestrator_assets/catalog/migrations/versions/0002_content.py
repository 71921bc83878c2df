"""What repositories held when it was last accepted, so that content lost since is noticed."""

from alembic import op

revision = "0002"
down_revision = "0001"

_UP = """
CREATE TABLE catalog.content (
    repository TEXT NOT NULL,
    kind TEXT NOT NULL,
    accepted_commit TEXT NOT NULL,
    accepted JSONB NOT NULL,
    seen_commit TEXT NOT NULL,
    seen JSONB NOT NULL,
    PRIMARY KEY (repository, kind),
    FOREIGN KEY(repository) REFERENCES catalog.repository (key) ON DELETE CASCADE ON UPDATE CASCADE
)
"""


def upgrade() -> None:
    op.execute(_UP)


def downgrade() -> None:
    op.execute("DROP TABLE catalog.content")
