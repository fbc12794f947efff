"""Reading classroom sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Protocol, Self
from uuid import UUID

from application.kernel.access import Actor, compliance_officers
from application.kernel.handlers import handles
from application.kernel.messages import Cursor, Page, PageSize, Query, RawJson
from application.kernel.views import view_of
from domain.evidence.persons import Person, Trainer
from domain.evidence.sessions import ClassroomSession, SessionNotFound


@dataclass(slots=True)
class SessionSummary:
    """A classroom session as lists show it. `held_on` is the day on which it ended, at the place where it was held.

    It is a day in `time_zone`, the IANA name of the zone or an offset from UTC. Both are null in what was recorded
    before they were kept.
    """

    id: UUID
    module_id: UUID
    version_number: int
    title: str
    starts_at: datetime
    ends_at: datetime
    location: str
    recorded_at: datetime
    recorded_by: UUID | None
    held_on: date | None
    location_id: UUID | None
    time_zone: str | None

    @classmethod
    def of(cls, session: ClassroomSession) -> Self:
        return view_of(cls, session)


@dataclass(slots=True)
class SessionView(SessionSummary):
    """A classroom session with its contents, trainers and attendees."""

    summary: str
    trainers: Annotated[object, RawJson(tuple[Trainer, ...])]
    attendees: Annotated[object, RawJson(tuple[Person, ...])]


class SessionReader(Protocol):
    """Reads classroom sessions with one statement per call."""

    async def page(self, after: Cursor | None, limit: int) -> Page[SessionSummary]:
        """By recording, newest first."""

    async def detail(self, session_id: UUID) -> SessionView | None:
        """The session, None when there is no such one."""


@dataclass(frozen=True, slots=True)
class ListSessions(Query[Page[SessionSummary]]):
    """The classroom sessions, by recording, newest first."""

    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListSessions, allow=compliance_officers)
async def list_sessions(query: ListSessions, actor: Actor, sessions: SessionReader) -> Page[SessionSummary]:
    """Show compliance officers and administrators which sessions were held."""
    return await sessions.page(query.cursor, query.limit)


@dataclass(frozen=True, slots=True)
class ReadSession(Query[SessionView]):
    """One classroom session."""

    session_id: UUID


@handles(ReadSession, allow=compliance_officers, raises=(SessionNotFound,))
async def read_session(query: ReadSession, actor: Actor, sessions: SessionReader) -> SessionView:
    """Show compliance officers and administrators a session with its trainers and attendees."""
    session = await sessions.detail(query.session_id)
    if session is None:
        raise SessionNotFound
    return session
