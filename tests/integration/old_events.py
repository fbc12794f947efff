"""Events in databases of before, which no command of now can leave."""

from __future__ import annotations

from contracts.make import uid
from integration.backends import SqlBackend


async def happened_before(backend: SqlBackend, n: int, name: str = "UserRegistered") -> None:
    """Store the event with id n, about the user with id 9, as it was stored before events had a version."""
    id, user = (str(each) if backend.on_postgresql else each.hex for each in (uid(n), uid(9)))
    await backend.sql(
        "INSERT INTO outbox_events (id, name, subject_id, payload, occurred_at) VALUES"  # noqa: S608  # our own words
        f" ('{id}', '{name}', '{user}', '{{\"user_id\"\\: \"{uid(9)}\"}}', '2026-03-04 05\\:30\\:00.000000')"
    )
