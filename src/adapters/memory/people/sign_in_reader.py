"""What signing in reads of people, in memory."""

from __future__ import annotations

from adapters.memory.kit.store import MemoryStore
from adapters.memory.people.tables import EMAIL, SUPABASE_ID, USERS
from adapters.registry import serves
from application.people.sign_ins.signing_in import Census, Known, People
from domain.people.sign_ins import is_development


@serves(People)
class MemoryPeople:
    """Implements application.people.sign_ins.signing_in.People."""

    def __init__(self, store: MemoryStore) -> None:
        self._users = store.table(USERS)

    async def by_supabase_id(self, supabase_id: str) -> Known | None:
        user = self._users.holder(SUPABASE_ID, supabase_id)
        return None if user is None else Known.of(user)

    async def linked(self, after: str, limit: int) -> list[str]:
        linked = (user.supabase_id for user in self._users.rows() if user.is_active)
        waiting = (user.requested_sign_in for user in self._users.rows())
        subjects = {*linked, *waiting}
        return sorted(each for each in subjects if each and each > after and not is_development(each))[:limit]

    async def has_email(self, email: str) -> bool:
        return self._users.holder(EMAIL, email) is not None

    async def census(self) -> Census:
        invented = sum(user.demonstration for user in self._users.rows())
        return Census(len(self._users.by_key) - invented, invented)
