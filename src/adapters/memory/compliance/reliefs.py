"""Relief in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import MemoryTable, Rows, Unique, copied, newest_first
from adapters.memory.people.merged import covers_row, ids_of, person_of
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.compliance.relief.ports import Reliefs
from application.compliance.relief.queries import DecreeView, ReliefDetail, ReliefFilter, ReliefReader, ReliefView
from application.kernel.access import Scope
from application.kernel.messages import Cursor, Page
from domain.compliance.facts import GrantedRelief, in_order
from domain.compliance.relief import Relief, ReliefNotFound, ReliefRequestedBefore
from domain.compliance.relief_decrees import DecreeNotFound, ReliefDecree
from domain.people.users import User

RELIEFS = MemoryTable[UUID, Relief](
    "reliefs",
    Unique(lambda each: (each.user_id, each.requirement_id, each.number), ReliefRequestedBefore),
)
DECREES = MemoryTable[UUID, ReliefDecree]("relief_decrees")


def loaded(relief: Relief, users: Rows[UUID, User]) -> Relief:
    """A copy with the users who stand now for the person and for who has requested it."""
    found = copied(relief)
    found.person_id = person_of(users, relief.user_id)
    found.requester_id = relief.requested_by and person_of(users, relief.requested_by)
    return found


@serves(Reliefs)
class MemoryReliefs:
    """Implements application.compliance.relief.ports.Reliefs."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._unit = unit
        self._reliefs = unit.draft(RELIEFS)
        self._decrees = unit.draft(DECREES)
        self._users = unit.draft(USERS)

    async def get(self, relief_id: UUID) -> Relief:
        relief = self._reliefs.peek(relief_id)
        if relief is None:
            raise ReliefNotFound
        return loaded(relief, self._users)

    async def decree(self, decree_id: UUID) -> ReliefDecree:
        decree = self._decrees.peek(decree_id)
        if decree is None:
            raise DecreeNotFound
        return decree

    async def of_decree(self, decree_id: UUID) -> list[Relief]:
        return self._found(each for each in self._reliefs.rows() if each.decree_id == decree_id)

    async def of_users(self, user_ids: Sequence[UUID]) -> list[Relief]:
        asked = set(user_ids)
        return self._found(each for each in self._reliefs.rows() if each.user_id in asked)

    async def earlier(self, requirement_id: UUID, user_ids: Sequence[UUID]) -> Mapping[UUID, list[Relief]]:
        asked, found = set(user_ids), defaultdict[UUID, list[Relief]](list)
        for each in self._found(each for each in self._reliefs.rows() if each.requirement_id == requirement_id):
            if each.person_id in asked:
                found[each.person_id].append(each)
        return found

    async def add(self, many: Sequence[Relief]) -> None:
        self._keep(many)

    async def add_decree(self, decree: ReliefDecree) -> None:
        self._decrees.put(decree.id, decree)

    async def save(self, many: Sequence[Relief]) -> None:
        for each in many:
            each.written.clear()
        self._keep(many)

    async def granted(self, user_ids: Sequence[UUID]) -> Mapping[tuple[UUID, UUID], tuple[GrantedRelief, ...]]:
        found: dict[tuple[UUID, UUID], list[GrantedRelief]] = defaultdict(list)
        for person_id in user_ids:
            ids = ids_of(self._users, person_id)
            for each in self._reliefs.rows():
                if each.user_id in ids and each.granted is not None:
                    found[person_id, each.requirement_id].append(each.granted)
        return {whose: tuple(in_order(some)) for whose, some in found.items()}

    async def forget_notes(self, user_ids: Sequence[UUID]) -> list[Relief]:
        noted = [each for each in await self.of_users(user_ids) if each.has_notes]
        for each in noted:
            each.note = ""
            each.decisions = tuple(replace(decision, note="") for decision in each.decisions)
        self._keep(noted)
        return noted

    def _found(self, rows: Iterable[Relief]) -> list[Relief]:
        return sorted((loaded(each, self._users) for each in rows), key=lambda each: each.id)

    def _keep(self, many: Sequence[Relief]) -> None:
        for each in many:
            # Whom it is about after a merge is looked up each time.
            row = copied(each)
            row.person_id, row.requester_id = each.user_id, each.requested_by
            self._reliefs.put(each.id, row)
        if many:
            # Recorded at the moment of the unit, which the watermark covers.
            _ = self._unit.moment


@serves(ReliefReader)
class MemoryReliefReader:
    """Implements application.compliance.relief.queries.ReliefReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._reliefs = store.table(RELIEFS)
        self._decrees = store.table(DECREES)
        self._users = store.table(USERS)

    async def page(self, scope: Scope, where: ReliefFilter, after: Cursor | None, limit: int) -> Page[ReliefView]:
        rows = (each for each in self._reliefs.rows() if self._is_seen(each, scope) and self._fits(each, where))

        def shown(each: Relief) -> ReliefView:
            view = ReliefView.of(each)
            if not scope.everyone and not loaded(each, self._users).shows_notes_to(scope.user_id):
                view.hide_notes()
            return view

        return newest_first(rows, lambda each: (each.requested_at, each.id), shown, after=after, limit=limit)

    async def detail(self, scope: Scope, relief_id: UUID) -> ReliefDetail | None:
        relief = self._reliefs.peek(relief_id)
        if relief is None or not self._is_seen(relief, scope):
            return None
        return ReliefDetail.within(scope, loaded(relief, self._users))

    async def decree(self, decree_id: UUID) -> DecreeView | None:
        decree = self._decrees.peek(decree_id)
        of_decree = [each for each in self._reliefs.rows() if each.decree_id == decree_id]
        return None if decree is None else DecreeView.of(decree, of_decree)

    def _is_seen(self, relief: Relief, scope: Scope) -> bool:
        return covers_row(self._users, scope, relief.user_id)

    def _fits(self, relief: Relief, where: ReliefFilter) -> bool:
        return (
            (not where.statuses or relief.status in where.statuses)
            and (where.user_id is None or relief.user_id in ids_of(self._users, where.user_id))
            and where.requirement_id in (None, relief.requirement_id)
            and where.decree_id in (None, relief.decree_id)
        )
