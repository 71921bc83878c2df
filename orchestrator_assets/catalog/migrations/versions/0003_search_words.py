"""Search over words alone: PostgreSQL's own tokenizer needs minutes for some texts made of markup."""

from alembic import op

revision = "0003"
down_revision = "0002"

_OLD = """
ALTER TABLE catalog.record ADD COLUMN search TSVECTOR GENERATED ALWAYS AS (
    setweight(to_tsvector('english', left(title, 2000)), 'A') ||
    setweight(to_tsvector('english', left(body, 200000)), 'B')) STORED;
CREATE INDEX record_search ON catalog.record USING gin (search);
"""
_NEW = """
ALTER TABLE catalog.record ADD COLUMN title_words TEXT NOT NULL DEFAULT '';
ALTER TABLE catalog.record ADD COLUMN body_words TEXT NOT NULL DEFAULT '';
ALTER TABLE catalog.record ALTER COLUMN title_words DROP DEFAULT;
ALTER TABLE catalog.record ALTER COLUMN body_words DROP DEFAULT;
ALTER TABLE catalog.record ADD COLUMN search TSVECTOR GENERATED ALWAYS AS (
    setweight(to_tsvector('english', title_words), 'A') || setweight(to_tsvector('english', body_words), 'B')) STORED;
CREATE INDEX record_search ON catalog.record USING gin (search);
UPDATE catalog.repository_state SET scanned_with = NULL;
"""


def upgrade() -> None:
    """Every repository is scanned once more, from parse results that are there: that fills the words."""
    op.execute("ALTER TABLE catalog.record DROP COLUMN search;" + _NEW)


def downgrade() -> None:
    columns = "DROP COLUMN search, DROP COLUMN title_words, DROP COLUMN body_words"
    op.execute(f"ALTER TABLE catalog.record {columns};" + _OLD)
