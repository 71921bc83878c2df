"""The catalog's tables, in the schema `catalog`. The migrations make them; a test keeps both equal.

fleet      registry_version, repository
change     observation (a ref was seen to move), repository_state, scan_request
snapshot   snapshot, document, record, problem, parsed_blob, content
indexes    index_state, artifact
reports    report, delivery
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

SCHEMA = "catalog"
metadata = MetaData(schema=SCHEMA)


def _repository(primary_key: bool = False, nullable: bool = False) -> Column[str]:
    """A reference that follows a repository when it is renamed and goes when it is deleted."""
    target = ForeignKey(f"{SCHEMA}.repository.key", onupdate="CASCADE", ondelete="CASCADE")
    return Column("repository", Text, target, primary_key=primary_key, nullable=nullable)


def _now(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp())


registry_version = Table(
    "registry_version",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("file", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("valid", Boolean, nullable=False),
    Column("problems", JSONB, nullable=False),
    _now("read_at"),
)

repository = Table(
    "repository",
    metadata,
    Column("key", Text, primary_key=True, comment="partition key; equals the name where that is safe"),
    Column("name", Text, nullable=False, unique=True),
    Column("url", Text, nullable=False),
    Column("ref", Text),
    Column("position", Integer, nullable=False),
    Column("retired", Boolean, nullable=False, server_default=text("false")),
    Column("settings", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("entry", JSONB, nullable=False),
)

observation = Table(
    "observation",
    metadata,
    Column("seq", BigInteger, primary_key=True),
    _repository(),
    Column("ref", Text, nullable=False),
    Column("commit", Text, nullable=False),
    Column("source", Text, nullable=False),
    _now("observed_at"),
)
Index("observation_repository_seq", observation.c.repository, observation.c.seq)

repository_state = Table(
    "repository_state",
    metadata,
    _repository(primary_key=True),
    Column("seen_seq", BigInteger, comment="newest observation"),
    Column("seen_ref", Text),
    Column("seen_commit", Text),
    Column("scanned_seq", BigInteger, comment="observation the records are of"),
    Column("scanned_commit", Text),
    Column("scanned_ref", Text),
    Column("scanned_with", Text, comment="digest of parser versions, settings and limits"),
    Column("status", Text, comment="of the newest attempt; null before the first"),
    Column("detail", Text),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt_at", DateTime(timezone=True)),
    Column("failing_since", DateTime(timezone=True)),
    Column("looked_at", DateTime(timezone=True), comment="when a remote was asked for its refs last"),
)

scan_request = Table(
    "scan_request",
    metadata,
    _repository(primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("run_key", Text, nullable=False),
    _now("requested_at"),
)
Index("scan_request_run_key", scan_request.c.run_key)

snapshot = Table(
    "snapshot",
    metadata,
    _repository(primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("ref", Text, nullable=False),
    Column("commit", Text, nullable=False),
    Column("tree", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("history", JSONB, nullable=False, comment="what the next scan builds its history facts on"),
    _now("scanned_at"),
)

parsed_blob = Table(
    "parsed_blob",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("blob", Text, primary_key=True),
    Column("suffix", Text, primary_key=True),
    Column("payload", JSONB, comment="null: refused, or not of the kind"),
    Column("problems", JSONB, nullable=False),
    Column("counted", Boolean, nullable=False),
)

document = Table(
    "document",
    metadata,
    _repository(primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("blob", Text, nullable=False),
    Column("counted", Boolean, nullable=False),
    Column("refused", Boolean, nullable=False),
    Column("first_commit", Text),
    Column("first_date", Text),
    Column("last_commit", Text),
    Column("last_date", Text),
)

record = Table(
    "record",
    metadata,
    _repository(primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("line", Integer, nullable=False),
    Column("commit", Text, nullable=False),
    Column("blob", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("title_words", Text, nullable=False),
    Column("body_words", Text, nullable=False),
    Column(
        "search",
        TSVECTOR,
        Computed(
            "setweight(to_tsvector('english', title_words), 'A') || setweight(to_tsvector('english', body_words), 'B')",
            persisted=True,
        ),
    ),
)
Index("record_kind", record.c.kind, record.c.repository)
Index("record_search", record.c.search, postgresql_using="gin")

problem = Table(
    "problem",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _repository(nullable=True),
    Column("scope", Text, nullable=False, comment="a kind's name, 'repository' or 'fleet'"),
    Column("code", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("sort", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("commit", Text),
    Column("path", Text),
    Column("line", Integer),
)
Index("problem_scope", problem.c.scope, problem.c.repository)

content = Table(
    "content",
    metadata,
    _repository(primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("accepted_commit", Text, nullable=False),
    Column("accepted", JSONB, nullable=False, comment="item -> amount that must not silently fall"),
    Column("seen_commit", Text, nullable=False),
    Column("seen", JSONB, nullable=False, comment="the same, as the newest good scan found it"),
)

index_state = Table(
    "index_state",
    metadata,
    Column("name", Text, primary_key=True),
    Column("digest", Text, nullable=False, comment="of the rendered files"),
    Column("totals", JSONB, nullable=False),
    Column("sources", JSONB, nullable=False, comment="repository -> commit it was built from"),
    Column("as_of", Text, comment="date of the newest source commit"),
    Column("places", JSONB, nullable=False, comment="place of each record -> what identifies its content"),
    Column("integrity", JSONB, nullable=False, comment="integrity problems; not empty: not published"),
    _now("built_at"),
)

artifact = Table(
    "artifact",
    metadata,
    Column("index_name", Text, ForeignKey(f"{SCHEMA}.index_state.name", ondelete="CASCADE"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

report = Table(
    "report",
    metadata,
    Column("key", Text, primary_key=True, comment="length, first day and time zone of its period"),
    Column("content", Text, nullable=False, comment="the report as JSON, byte for byte"),
    Column("finished", Boolean, nullable=False, comment="whether the period was over when it was collected"),
    _now("collected_at"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("report", Text, ForeignKey(f"{SCHEMA}.report.key", ondelete="CASCADE"), primary_key=True),
    Column("target", Text, primary_key=True),
    Column("digest", Text, nullable=False, comment="of the report that is delivered"),
    Column("state", Text, nullable=False, comment="waiting, sending, delivered, unconfirmed or given_up"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("error", Text),
    Column("next_attempt_at", DateTime(timezone=True)),
    Column("delivered_at", DateTime(timezone=True)),
    _now("created_at"),
)
