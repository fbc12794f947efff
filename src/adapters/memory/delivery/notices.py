"""Notices in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from adapters.memory.compliance.obligation_reader import MemoryObligationReader
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import MemoryTable, Unique, newest_first
from adapters.memory.people.merged import ids_of
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.compliance.obligations.lists import VisiblePeople
from application.delivery.notices.ports import NoticeCount, Notices, NoticeSettingsOfPeople
from application.delivery.notices.preferences import NoticePreferencesView, NoticeSettingsReader
from application.delivery.notices.queries import NoticeReader, NoticeView
from application.kernel.messages import Cursor, Page
from application.kernel.views import view_of
from domain.delivery.notices import Notice, NoticeDecidedBefore
from domain.delivery.recipients import NoticeSettings

NOTICES = MemoryTable[UUID, Notice]("notices", Unique(lambda each: each.key, NoticeDecidedBefore))
NOTICE_SETTINGS = MemoryTable[UUID, NoticeSettings]("notice_settings")


@serves(Notices)
class MemoryNotices:
    """Implements application.delivery.notices.ports.Notices."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._notices = unit.draft(NOTICES)

    async def hold(self) -> None:
        """Nothing to do: units of work are serialized."""

    async def has(self, user_id: UUID, object_id: UUID, cause: str) -> bool:
        return any(each.key == (user_id, object_id, cause) for each in self._notices.rows())

    async def add(self, notices: Sequence[Notice]) -> None:
        for each in notices:
            self._notices.put(each.id, each)

    async def of_mail(self, mail_id: UUID) -> list[Notice]:
        return sorted((each for each in self._notices.rows() if each.mail_id == mail_id), key=lambda each: each.id)

    async def waiting_of(self, user_id: UUID) -> list[Notice]:
        own = (each for each in self._notices.rows() if each.user_id == user_id and each.settled_at is None)
        return sorted(own, key=lambda each: each.id)

    async def settle(self, notices: Sequence[Notice]) -> None:
        for each in notices:
            self._notices.put(each.id, each)


@serves(NoticeSettingsOfPeople)
class MemoryNoticeSettings:
    """Implements application.delivery.notices.ports.NoticeSettingsOfPeople."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._settings = unit.draft(NOTICE_SETTINGS)

    async def get(self, user_id: UUID) -> NoticeSettings:
        return self._settings.peek(user_id) or NoticeSettings(user_id)

    async def keep(self, settings: NoticeSettings) -> None:
        self._settings.put(settings.user_id, settings)

    async def forget(self, user_id: UUID) -> None:
        self._settings.remove(user_id)


@serves(NoticeSettingsReader)
class MemoryNoticeSettingsReader:
    """Implements application.delivery.notices.preferences.NoticeSettingsReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._settings = store.table(NOTICE_SETTINGS)

    async def of_user(self, user_id: UUID) -> NoticePreferencesView:
        return NoticePreferencesView.of(self._settings.peek(user_id) or NoticeSettings(user_id))


@serves(NoticeReader)
class MemoryNoticeReader:
    """Implements application.delivery.notices.queries.NoticeReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._notices = store.table(NOTICES)
        self._users = store.table(USERS)
        self._sees = MemoryObligationReader(store).sees

    async def of_user(
        self, visible: VisiblePeople, user_id: UUID, object_id: UUID | None, after: Cursor | None, limit: int
    ) -> Page[NoticeView] | None:
        if not self._sees(visible, user_id):
            return None
        own = ids_of(self._users, user_id)
        rows = (each for each in self._notices.rows() if each.user_id in own and object_id in (None, each.object_id))
        return newest_first(
            rows,
            lambda each: (each.decided_at, each.id),
            lambda each: view_of(NoticeView, each),
            after=after,
            limit=limit,
        )

    async def counts(self) -> list[NoticeCount]:
        counted = Counter((each.kind, each.state) for each in self._notices.rows())
        return [NoticeCount(kind, state, number) for (kind, state), number in sorted(counted.items())]
