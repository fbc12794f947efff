"""Events as they were stored, and their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the order of events: that of an event, or the one after which reading goes on.

    Events are ordered by the transaction that wrote them, then by position (decision 19).
    """

    transaction_id: int
    position: int


BEGINNING = Place(0, 0)
"""Before the first event."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it was stored.

    `name` and the fields of `payload` are those of docs/events.md, ids in the payload as text; `schema_version` is the
    version of the payload's form. `learner_id` is the one user that the event is about; None for events about several
    users, or about none. `occurred_at` is in UTC.
    """

    place: Place
    id: UUID
    name: str
    schema_version: int
    subject_id: UUID
    learner_id: UUID | None
    payload: Mapping[str, Any]
    occurred_at: datetime
    actor_id: UUID | None
    actor_kind: str | None

    @property
    def ordered_by(self) -> UUID:
        """Events with the same value are delivered in order: the learner, or else the changed object."""
        return self.learner_id or self.subject_id
