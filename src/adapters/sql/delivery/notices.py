"""Notices in units of work, and reading them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, Uuid, bindparam, delete, func, insert, literal, select, update

from adapters.registry import serves
from adapters.sql.compliance.obligation_reader import only_visible, visible_flags, visible_parameters
from adapters.sql.delivery.notice_tables import notice_settings, notices
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.owned_lists import beside
from adapters.sql.kit.pages import Listing
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.merged import parts_of_person
from adapters.sql.people.tables import users
from application.compliance.obligations.lists import VisiblePeople
from application.delivery.notices.ports import NoticeCount, Notices, NoticeSettingsOfPeople
from application.delivery.notices.preferences import NoticePreferencesView, NoticeSettingsReader
from application.delivery.notices.queries import NoticeReader, NoticeView
from application.kernel.messages import Cursor, Page
from domain.delivery.notices import Notice
from domain.delivery.recipients import NoticeSettings

DECIDING = 0x5544_4E4F
"""The advisory lock for deciding notices; any number that nothing else in the database uses."""
NOTHING = select(literal(1))
NOTICE = columns_of(Notice, notices)
USER_ID = bindparam("user_id", type_=Uuid())
OF_MAIL = (
    select(*NOTICE)
    .where(notices.c.mail_id == bindparam("mail_id", type_=Uuid()))
    .order_by(notices.c.id)
    .with_for_update()
)
WAITING = (
    select(*NOTICE)
    .where(notices.c.user_id == USER_ID, notices.c.settled_at.is_(None))
    .order_by(notices.c.id)
    .with_for_update()
)
SAME = (
    select(literal(1))
    .select_from(notices)
    .where(
        notices.c.user_id == USER_ID,
        notices.c.object_id == bindparam("object_id", type_=Uuid()),
        notices.c.cause == bindparam("cause", type_=String()),
    )
)
OUTCOME = ("state", "reason", "status", "not_before", "settled_at")
SETTLE = (
    update(notices)
    .where(notices.c.id == bindparam("notice_id", type_=Uuid()))
    .values({name: bindparam(f"new_{name}", type_=notices.c[name].type) for name in OUTCOME})
)


@serves(Notices)
class SqlNotices:
    """Implements application.delivery.notices.ports.Notices."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def hold(self) -> None:
        # On SQLite a transaction keeps others away, and begins with its first statement.
        await (await self._unit.session()).execute(NOTHING)
        await self._unit.hold(DECIDING)

    async def has(self, user_id: UUID, object_id: UUID, cause: str) -> bool:
        session = await self._unit.session()
        found = await session.execute(SAME, {"user_id": user_id, "object_id": object_id, "cause": cause})
        return found.first() is not None

    async def add(self, new: Sequence[Notice]) -> None:
        if new:
            rows = [{field.name: getattr(each, field.name) for field in fields(each)} for each in new]
            await self._unit.insert(notices, rows)

    async def of_mail(self, mail_id: UUID) -> list[Notice]:
        session = await self._unit.session()
        return [Notice(*row) for row in await session.execute(OF_MAIL, {"mail_id": mail_id})]

    async def waiting_of(self, user_id: UUID) -> list[Notice]:
        session = await self._unit.session()
        return [Notice(*row) for row in await session.execute(WAITING, {"user_id": user_id})]

    async def settle(self, settled: Sequence[Notice]) -> None:
        session = await self._unit.session()
        for each in settled:
            values = {f"new_{name}": getattr(each, name) for name in OUTCOME}
            await session.execute(SETTLE, {"notice_id": each.id, **values})


SETTINGS = columns_of(NoticeSettings, notice_settings)
OF_USER = select(*SETTINGS).where(notice_settings.c.user_id == USER_ID)
FORGET = delete(notice_settings).where(notice_settings.c.user_id == USER_ID)


@serves(NoticeSettingsOfPeople)
class SqlNoticeSettings:
    """Implements application.delivery.notices.ports.NoticeSettingsOfPeople."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def get(self, user_id: UUID) -> NoticeSettings:
        session = await self._unit.session()
        # Locks the person, since there may be no row of settings yet.
        await session.execute(select(users.c.id).where(users.c.id == user_id).with_for_update())
        row = (await session.execute(OF_USER, {"user_id": user_id})).first()
        return NoticeSettings(user_id) if row is None else NoticeSettings(*row)

    async def keep(self, settings: NoticeSettings) -> None:
        await self.forget(settings.user_id)
        values = {field.name: getattr(settings, field.name) for field in fields(settings)}
        await (await self._unit.session()).execute(insert(notice_settings), [values])

    async def forget(self, user_id: UUID) -> None:
        await (await self._unit.session()).execute(FORGET, {"user_id": user_id})


@serves(NoticeSettingsReader)
class SqlNoticeSettingsReader:
    """What people do not want to be notified, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of_user(self, user_id: UUID) -> NoticePreferencesView:
        rows = await self._reads.rows(OF_USER, user_id=user_id)
        return NoticePreferencesView.of(NoticeSettings(*rows[0]) if rows else NoticeSettings(user_id))


LISTED = Listing(NoticeView, lambda last: Cursor(last.decided_at, last.id))
COUNTS = (
    select(notices.c.kind, notices.c.state, func.count())
    .group_by(notices.c.kind, notices.c.state)
    .order_by(notices.c.kind, notices.c.state)
)


@cache
def _of_user(scoped: bool, responsible: bool, about: bool, after: bool) -> Select[Any]:
    some, parts = select(*columns_of(NoticeView, notices)), parts_of_person(notices.c.user_id, USER_ID)
    if about:
        some = some.where(notices.c.object_id == bindparam("object_id", type_=Uuid()))
    statement = beside(users, users.c.id == USER_ID, some, notices.c.decided_at, notices.c.id, after, parts)
    return only_visible(statement, scoped, responsible)


@serves(NoticeReader)
class SqlNoticeReader:
    """Notices, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of_user(
        self, visible: VisiblePeople, user_id: UUID, object_id: UUID | None, after: Cursor | None, limit: int
    ) -> Page[NoticeView] | None:
        about = {} if object_id is None else {"object_id": object_id}
        statement = _of_user(*visible_flags(visible), bool(about), after is not None)
        return await LISTED.page(
            self._reads, statement, after, limit, user_id=user_id, **about, **visible_parameters(visible)
        )

    async def counts(self) -> list[NoticeCount]:
        return [NoticeCount(*row) for row in await self._reads.rows(COUNTS)]
