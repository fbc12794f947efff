"""Aggregates: each has a version, which every change increments, and records events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import ClassVar
from uuid import UUID

from domain.kernel.errors import StaleVersion

ExpectedVersions = frozenset[int] | None
"""The versions that the caller's decision is based on; None when any will do."""

MOST_NAMED = 5_000
"""The most ids in one event. A larger set is split into several events, so that none is too large."""

EVENTS_STAY = timedelta(days=90)
"""How long events are kept at least. Nobody can delete a younger one."""

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """Something that happened, in the past tense, with the ids and facts that a listener needs and no personal data.

    `schema_version` is the version of its fields. It increases when a consumer that knows the one before could
    misunderstand the event; a field that is added does not increase it.
    """

    schema_version: ClassVar[int] = 1

    @property
    def subject_id(self) -> UUID:
        """The id of what it happened to."""
        raise NotImplementedError

    @property
    def learner_id(self) -> UUID | None:
        """The one user that it is about; None for several users, or none. Such events are delivered in order."""
        user_id: UUID | None = getattr(self, "user_id", None)
        user_ids: tuple[UUID, ...] = getattr(self, "user_ids", ())
        return user_ids[0] if user_id is None and len(user_ids) == 1 else user_id


def in_sets(ids: Sequence[UUID]) -> Iterator[tuple[UUID, ...]]:
    """The ids in as few sets as events may name; no set for none."""
    rest = iter(ids)
    while some := tuple(islice(rest, MOST_NAMED)):
        yield some


def not_before(now: datetime, *earlier: datetime | None) -> datetime:
    """The latest of now and these earlier moments; None stands for one that has not happened.

    Clocks of machines differ and may be set back; a later event must not get an earlier time.
    """
    return max([now, *(moment for moment in earlier if moment is not None)])


def next_moment(now: datetime, newest: datetime | None) -> datetime:
    """Now, or an instant after the newest moment of such facts, so that the newest fact is the one recorded last.

    Clocks are set back, and SQLite's counts milliseconds. None stands for no such fact.
    """
    return now if newest is None else max(now, newest + _INSTANT)


class Aggregate:
    """A consistency boundary. `version` counts its changes, those of its children included, from 1."""

    version: int
    updated_at: datetime

    def require_version(self, expected: ExpectedVersions) -> None:
        """Raises StaleVersion unless the caller has seen the current version."""
        if expected is not None and self.version not in expected:
            raise StaleVersion

    def take_events(self) -> list[DomainEvent]:
        """The events since the last call, oldest first."""
        events: list[DomainEvent] = self.__dict__.pop("_events", [])
        return events

    def _changed(self, now: datetime, *events: DomainEvent) -> None:
        self.version += 1
        self.updated_at = not_before(now, self.updated_at)
        self._happened(*events)

    def _happened(self, *events: DomainEvent) -> None:
        # Not set in __init__: an object-relational mapper loads an aggregate without calling it.
        self.__dict__.setdefault("_events", []).extend(events)
