"""Classroom sessions in memory."""

from __future__ import annotations

from uuid import UUID

from adapters.memory.evidence.tables import SESSIONS
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import newest_first
from adapters.registry import serves
from application.evidence.ports import Sessions
from application.evidence.sessions.queries import SessionReader, SessionSummary, SessionView
from application.kernel.messages import Cursor, Page
from domain.evidence.sessions import ClassroomSession, SessionNotFound


@serves(Sessions)
class MemorySessions:
    """Implements application.evidence.ports.Sessions."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._sessions = unit.draft(SESSIONS)
        self._unit = unit

    async def add(self, session: ClassroomSession) -> None:
        self._sessions.put(session.id, session)
        self._unit.events.append(session.held)

    async def get(self, session_id: UUID) -> ClassroomSession:
        session = self._sessions.peek(session_id)
        if session is None:
            raise SessionNotFound
        return session


@serves(SessionReader)
class MemorySessionReader:
    """Implements application.evidence.sessions.queries.SessionReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._sessions = store.table(SESSIONS)

    async def page(self, after: Cursor | None, limit: int) -> Page[SessionSummary]:
        rows = self._sessions.rows()
        return newest_first(rows, lambda s: (s.recorded_at, s.id), SessionSummary.of, after=after, limit=limit)

    async def detail(self, session_id: UUID) -> SessionView | None:
        session = self._sessions.peek(session_id)
        return None if session is None else SessionView.of(session)
