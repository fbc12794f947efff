"""Classroom sessions: repository and reader."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, select

from adapters.registry import serves
from adapters.sql.evidence.tables import sessions
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.pages import Listing, at_most, before
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.units import SqlUnit
from application.evidence.ports import Sessions
from application.evidence.sessions.queries import SessionReader, SessionSummary, SessionView
from application.kernel.messages import Cursor, Page
from domain.evidence.sessions import ClassroomSession, SessionNotFound

ONE = sessions.c.id == bindparam("session_id", type_=Uuid())
WHOLE = select(*columns_of(ClassroomSession, sessions)).where(ONE)
DETAIL = select(*columns_of(SessionView, sessions)).where(ONE)


@serves(Sessions)
class SqlSessions:
    """Sessions in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit
        self._known: dict[UUID, ClassroomSession] = {}

    async def add(self, session: ClassroomSession) -> None:
        await self._unit.insert(sessions, [{column.name: getattr(session, column.name) for column in sessions.c}])
        self._unit.events.append(session.held)
        self._known[session.id] = session

    async def get(self, session_id: UUID) -> ClassroomSession:
        if session_id not in self._known:
            rows = await self._unit.fetch(WHOLE, session_id=session_id)
            if not rows:
                raise SessionNotFound
            self._known[session_id] = ClassroomSession(*rows[0])
        return self._known[session_id]


@cache
def _page(after: bool) -> Select[Any]:
    statement = select(*columns_of(SessionSummary, sessions))
    if after:
        statement = statement.where(before(sessions.c.recorded_at, sessions.c.id))
    return statement.order_by(sessions.c.recorded_at.desc(), sessions.c.id.desc()).limit(at_most())


LISTED = Listing(SessionSummary, lambda last: Cursor(last.recorded_at, last.id))


@serves(SessionReader)
class SqlSessionReader:
    """Sessions, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def page(self, after: Cursor | None, limit: int) -> Page[SessionSummary]:
        page = await LISTED.page(self._reads, _page(after is not None), after, limit)
        return page or Page([], None)

    async def detail(self, session_id: UUID) -> SessionView | None:
        rows = await self._reads.rows(DETAIL, session_id=session_id)
        return SessionView(*rows[0]) if rows else None
