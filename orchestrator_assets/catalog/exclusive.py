"""One process at a time for a named piece of work, as long as it lives: who comes second does without, or waits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, func, select


@contextmanager
def exclusive(engine: Engine, name: str) -> Iterator[bool]:
    """Whether this process alone does what the name stands for, for as long as the block lasts. The server lets go of
    it when the process dies."""
    number = _number(name)
    with engine.connect() as connection:
        held = bool(connection.execute(select(func.pg_try_advisory_lock(number))).scalar_one())
        connection.commit()
        try:
            yield held
        finally:
            if held:
                connection.execute(select(func.pg_advisory_unlock(number)))
                connection.commit()


@contextmanager
def one_by_one(connection: Connection, name: str) -> Iterator[None]:
    """Waits until nobody else does what the name stands for, and keeps others waiting as long as the block lasts. The
    connection must commit by itself."""
    connection.execute(select(func.pg_advisory_lock(_number(name))))
    try:
        yield
    finally:
        connection.execute(select(func.pg_advisory_unlock(_number(name))))


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
