"""Reading who is under no requirement, in memory."""

from __future__ import annotations

from dataclasses import fields
from uuid import UUID

from adapters.memory.compliance.obligation_reader import MemoryObligationReader
from adapters.memory.kit.store import MemoryStore
from adapters.memory.kit.tables import in_order
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.compliance.obligations.coverage import BY_NAME, CoverageReader, UncoveredPerson
from application.compliance.obligations.lists import AsOf, VisiblePeople
from application.kernel.messages import Cursor, Page
from domain.people.names import name_key
from domain.people.users import User

OF_USER = [each.name for each in fields(UncoveredPerson) if each.name != "user_id"]


@serves(CoverageReader)
class MemoryCoverageReader:
    """Implements application.compliance.obligations.coverage.CoverageReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._obligations = MemoryObligationReader(store)
        self._users = store.table(USERS)

    async def uncovered(
        self, visible: VisiblePeople, as_of: AsOf, after: Cursor | None, limit: int, *, total: bool = False
    ) -> Page[UncoveredPerson]:
        owing = {row.obligation.user_id for row in self._obligations.known(as_of)}
        rows = [
            user
            for user in self._users.rows()
            if user.is_active
            and user.merged_into is None
            and user.id not in owing
            and self._obligations.sees(visible, user.id)
        ]
        return in_order(rows, _place, _person, after=after, limit=limit, sort=BY_NAME, total=total)


def _place(user: User) -> tuple[str, UUID]:
    return name_key(user.full_name, user.email, user.employee_id), user.id


def _person(user: User) -> UncoveredPerson:
    return UncoveredPerson(user_id=user.id, **{name: getattr(user, name) for name in OF_USER})
