"""Dates as git keeps them: seconds and a zone, shown as ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pygit2


def commit_date(commit: pygit2.Commit) -> str:
    """The committer date with its own zone, e.g. 2025-11-08T10:00:00+01:00. A time no calendar holds is clamped."""
    return _iso(commit.commit_time, commit.commit_time_offset)


def utc_day(commit: pygit2.Commit) -> str:
    """The day (UTC) of the committer date, YYYY-MM-DD."""
    return _iso(commit.commit_time, 0)[:10]


def _iso(seconds: int, offset_minutes: int) -> str:
    bounded = max(-62135596800 + 86400, min(seconds, 253402300799 - 86400))
    offset = max(-1439, min(offset_minutes, 1439))
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=bounded)
    return moment.astimezone(timezone(timedelta(minutes=offset))).isoformat()
