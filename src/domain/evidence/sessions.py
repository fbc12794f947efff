"""Classroom sessions: training given in person, with its trainers and attendees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Self
from uuid import UUID

from domain.catalogue.module_life import ModuleNotPublished, ModuleOffer
from domain.catalogue.versions import ModuleVersion, Publication, number_on_offer
from domain.evidence.persons import Person, Trainer
from domain.kernel.aggregate import DomainEvent
from domain.kernel.days import DayOf, LocalDays, offset_of
from domain.kernel.errors import DomainError, InvalidValue, NotFound
from domain.kernel.values import EARLIEST, Items, Notes, Text, enforce

LONGEST = timedelta(days=7)
WESTMOST, EASTMOST = timedelta(hours=-12), timedelta(hours=14)
"""The least and the greatest offset from UTC in use: Baker Island and the Line Islands."""

Trainers = Annotated[tuple[Trainer, ...], Items(20, min=1)]


class SessionNotFound(NotFound):
    slug = "session-not-found"
    title = "No such session"
    sentence = "There is no classroom session with this id."


class SessionIncomplete(DomainError):
    """The session lacks what the module's cited rule requires; `missing` has the path of each missing field."""

    slug = "session-incomplete"
    title = "The session lacks what the regulation requires"

    def __init__(self, missing: Sequence[tuple[str | int, ...]]) -> None:
        super().__init__("29 CFR 1910.1030(h)(2)(i) requires what `errors` names.")
        self.missing = tuple(missing)


@dataclass(frozen=True, slots=True)
class SessionHeld(DomainEvent):
    """A classroom session was recorded."""

    session_id: UUID
    """The session."""
    module_id: UUID
    """The module that was taught."""
    user_ids: tuple[UUID, ...]
    """Who was there."""

    @property
    def subject_id(self) -> UUID:
        return self.session_id


def days_of(ends_at: datetime, zone: str | None) -> LocalDays:
    """The days of a session: those of the time zone of its place, otherwise those that the offset of its end tells."""
    return LocalDays(zone or offset_of(ends_at))


def version_taught(offer: ModuleOffer, publications: Sequence[Publication], ends_at: datetime, day_of: DayOf) -> int:
    """The number of the version that a session teaches: the one on offer when the session ended.

    Raises ModuleNotPublished, and InvalidValue for a session after the module was archived or before its first version.
    """
    if not offer.was_published:
        raise ModuleNotPublished
    if offer.archived_at is not None and ends_at > offer.archived_at:
        raise InvalidValue(f"is after {day_of(offer.archived_at).isoformat()}, when the module was archived", "ends_at")
    number = number_on_offer(publications, ends_at)
    if number is None:
        first = day_of(publications[0].published_at).isoformat()
        message = f"is before {first}, when the module was first published. Record it as training given elsewhere."
        raise InvalidValue(message, "ends_at")
    return number


@dataclass(frozen=True, slots=True)
class ClassroomSession:
    """A session as it was held. It never changes.

    Times are in UTC; `held_on` is the local day on which it ended, in `time_zone`: that of its place, or an offset from
    UTC such as `-06:00`. Both are None in older sessions, whose day is that of UTC; later ones have only the day.
    """

    id: UUID
    module_id: UUID
    version_number: int
    title: str
    starts_at: datetime
    ends_at: datetime
    location: Annotated[str, Text(200, min=0)]
    summary: Notes
    trainers: Trainers
    attendees: Annotated[tuple[Person, ...], Items(500, min=1)]
    recorded_at: datetime
    recorded_by: UUID | None
    held_on: date | None = None
    location_id: UUID | None = None
    time_zone: str | None = None

    @property
    def day(self) -> date:
        """The day of the training, from which its validity counts."""
        return self.held_on or self.ends_at.date()

    @property
    def held(self) -> SessionHeld:
        """The event of recording it."""
        return SessionHeld(self.id, self.module_id, tuple(person.user_id for person in self.attendees))

    @classmethod
    def hold(
        cls,
        id: UUID,
        version: ModuleVersion,
        *,
        starts_at: datetime,
        ends_at: datetime,
        location: str,
        summary: str,
        trainers: Sequence[Trainer],
        attendees: Sequence[Person],
        recorded_by: UUID | None,
        now: datetime,
        location_id: UUID | None = None,
        days: LocalDays | None = None,
    ) -> Self:
        """Record a session that was held. `days` are those of its place; otherwise the offset of its end tells its day.

        Raises InvalidValue, or SessionIncomplete where a rule requires more.
        """
        for name, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
            offset = moment.utcoffset()
            if offset is None or not WESTMOST <= offset <= EASTMOST:
                raise InvalidValue("must have an offset from UTC between -12:00 and +14:00", name)
        if starts_at.date() < EARLIEST:
            raise InvalidValue(f"must not be before {EARLIEST.isoformat()}", "starts_at")
        if ends_at <= starts_at:
            raise InvalidValue("must be after `starts_at`", "ends_at")
        if ends_at - starts_at > LONGEST:
            raise InvalidValue(f"must be within {LONGEST.days} days of `starts_at`", "ends_at")
        if ends_at > now:
            raise InvalidValue("must not be in the future", "ends_at")
        days = days or days_of(ends_at, None)
        session = cls(
            id=id,
            module_id=version.module_id,
            version_number=version.number,
            title=version.settings.title,
            starts_at=starts_at.astimezone(UTC),
            ends_at=ends_at.astimezone(UTC),
            location=location,
            summary=summary,
            trainers=tuple(trainers),
            attendees=tuple(attendees),
            recorded_at=now,
            recorded_by=recorded_by,
            held_on=days.day_of(ends_at),
            location_id=location_id,
            time_zone=days.zone,
        )
        enforce(session)
        session._require_each_once()
        if version.settings.asks_for_names and (missing := list(session._missing())):
            raise SessionIncomplete(missing)
        return session

    def _require_each_once(self) -> None:
        seen = set[UUID]()
        for index, attendee in enumerate(self.attendees):
            if attendee.user_id in seen:
                raise InvalidValue("is named twice", "attendees", index, "user_id")
            seen.add(attendee.user_id)

    def _missing(self) -> Iterator[tuple[str | int, ...]]:
        if not self.summary.strip():
            yield ("summary",)
        for index, trainer in enumerate(self.trainers):
            if not trainer.qualifications.strip():
                yield ("trainers", index, "qualifications")
        for index, attendee in enumerate(self.attendees):
            for field in attendee.unnamed:
                yield ("attendees", index, field)
