"""The catalog's tables, in the schema `catalog`. The migrations make them; a test keeps both equal.

fleet      registry_version, repository, listed_repository
change     observation (a ref was seen to move), repository_state, scan_request, inbox
snapshot   snapshot, document, record, problem, parsed_blob, content
indexes    index_state, artifact
reports    report, delivery
activities approval, model_call, model_cache, activity_run, specification, activity_document
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

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
    Column("account", Text, comment="what a model said of it, as JSON; null: it was not asked"),
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

model_call = Table(
    "model_call",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("correlation_id", Text, nullable=False, comment="run id/step"),
    Column("purpose", Text, nullable=False, comment="the activity, or what else asked"),
    Column("repository_name", Text, comment="by name: a call stays in the books when its repository goes"),
    Column("prompt_version", Text, nullable=False),
    Column("cache_key", Text, nullable=False),
    Column("model_asked", Text, nullable=False),
    Column("model", Text, comment="as the endpoint calls it"),
    Column("reserved_tokens", BigInteger, nullable=False, comment="counted against the limits until it has ended"),
    Column("reserved_cost", Numeric, nullable=False),
    Column("requests", Integer, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("prompt_tokens", BigInteger),
    Column("completion_tokens", BigInteger),
    Column("cost", Numeric),
    Column("seconds", Double),
    Column("outcome", Text, comment="null: under way, or its process was killed"),
    Column("detail", Text),
    _now("started_at"),
)
Index("model_call_run", model_call.c.run_id)
Index("model_call_started", model_call.c.started_at)

model_cache = Table(
    "model_cache",
    metadata,
    Column("key", Text, primary_key=True),
    Column("output", JSONB, nullable=False),
    Column("model", Text),
    _now("answered_at"),
)

activity_run = Table(
    "activity_run",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("activity", Text, nullable=False),
    Column("target", Text, nullable=False, comment="a repository's or a service's name"),
    Column("commit", Text),
    Column("prompt_version", Text),
    Column("evidence", Text, comment="digest of everything the prompt was made from"),
    Column("input", JSONB, nullable=False),
    Column("outcome", Text, comment="null: under way, or its process was killed"),
    Column("detail", Text),
    Column("output", JSONB),
    Column("gates", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("citations", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("cut", JSONB, nullable=False, server_default=text("'[]'::jsonb"), comment="what the budget left out"),
    Column("playbook", Text),
    Column("succeeded", Boolean, comment="by evidence: answered, and every gate passed"),
    Column("source", Text, comment="the file it was loaded from; null: run here"),
    Column(
        "extra", JSONB, nullable=False, server_default=text("'{}'::jsonb"), comment="keys of that file we have none for"
    ),
    Column("started_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("ended_at", DateTime(timezone=True)),
    Column("seconds", Double),
)
Index("activity_run_target", activity_run.c.target, activity_run.c.activity, activity_run.c.id)

specification = Table(
    "specification",
    metadata,
    Column("service", Text, primary_key=True),
    Column("content", JSONB, nullable=False, comment="the whole file, keys we do not know included"),
    Column("source", Text, comment="the file it was loaded from"),
    _now("updated_at"),
)

activity_document = Table(
    "activity_document",
    metadata,
    Column("name", Text, primary_key=True, comment="activity:target"),
    Column("activity", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("evidence", Text, nullable=False, comment="digest of what it was made from"),
    Column("content", Text, nullable=False, comment="Markdown, the last good version"),
    Column("run_id", Text, nullable=False),
    Column("refused", Text, comment="why a newer draft was not taken"),
    Column("refused_evidence", Text, comment="digest that the refused draft was made from"),
    _now("updated_at"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("delivery", Text, nullable=False, comment="the provider's id; a digest of the body where it sent none"),
    Column("repositories", ARRAY(Text), nullable=False, comment="partition keys"),
    Column("ref", Text),
    Column("commit", Text),
    Column("looked_at", DateTime(timezone=True), comment="null: its repositories are to be looked at"),
    Column("moved", Boolean, comment="whether one had moved then"),
    Column("runs", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]"), comment="keys of runs asked for"),
    _now("received_at"),
    UniqueConstraint("provider", "delivery"),
)
Index("inbox_waiting", inbox.c.received_at, postgresql_where=inbox.c.looked_at.is_(None))

approval = Table(
    "approval",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("sort", Text, nullable=False, comment="playbook or document"),
    Column("name", Text, nullable=False),
    Column("target", Text, nullable=False, comment="a repository's name, or a document's"),
    Column("content", JSONB, nullable=False, comment="what is asked for: arguments and commits, or the text"),
    Column("request_key", Text, nullable=False, unique=True, comment="asking twice is one request"),
    Column("state", Text, nullable=False, comment="waiting, approved, rejected, running, done, failed, interrupted"),
    Column("decided_by", Text),
    Column("note", Text),
    Column("result", JSONB),
    _now("requested_at"),
    Column("decided_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
)

listed_repository = Table(
    "listed_repository",
    metadata,
    Column("organisation", Text, primary_key=True, comment="as the setting names it"),
    Column("forge_id", Text, primary_key=True, comment="stays when the repository is renamed"),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("state", Text, nullable=False, comment="present, archived or gone"),
    Column("former_name", Text, comment="before it was renamed last"),
    _now("first_seen_at"),
    _now("changed_at"),
)
