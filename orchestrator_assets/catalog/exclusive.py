"""One process at a time for a named piece of work, as long as it lives."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, func, select


@contextmanager
def exclusive(engine: Engine, name: str) -> Iterator[bool]:
    """Whether this process alone does what the name stands for, for as long as the block lasts. The server lets go of
    it when the process dies."""
    digest = hashlib.sha256(name.encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    with engine.connect() as connection:
        held = bool(connection.execute(select(func.pg_try_advisory_lock(number))).scalar_one())
        connection.commit()
        try:
            yield held
        finally:
            if held:
                connection.execute(select(func.pg_advisory_unlock(number)))
                connection.commit()
