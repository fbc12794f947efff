"""People in memory, and the roster that is merged into them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import mentions, newest_first
from adapters.memory.people.tables import ENDED_SIGN_INS, USERS
from adapters.registry import serves
from application.kernel.access import Scope
from application.kernel.messages import Cursor, Page
from application.people.ports import EndedSignIns, Roster, RosterMerge, Staff, Users
from application.people.queries import UserFilter, UserReader, UserView
from application.people.signing_in import Census, Known, People
from domain.kernel.days import DayOf
from domain.kernel.typography import folded
from domain.people.roster import AddressHolder, LineProblem, Renamed, RosterEntry
from domain.people.sign_ins import EndedSignIn, EndReason, fingerprint_of, is_development
from domain.people.users import User, UserNotFound


@serves(Users)
@serves(Staff)
class MemoryUsers:
    """Implements application.people.ports.Users."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._users = unit.draft(USERS)

    async def get(self, user_id: UUID) -> User:
        user = self._users.load(user_id)
        if user is None:
            raise UserNotFound
        return user

    async def by_email(self, email: str) -> User | None:
        for user in self._users.rows():
            if user.email == email:
                return self._users.load(user.id)
        return None

    async def by_supabase_id(self, supabase_id: str) -> User | None:
        for user in self._users.rows():
            if user.supabase_id == supabase_id:
                return self._users.load(user.id)
        return None

    async def by_requested_sign_in(self, supabase_id: str) -> User | None:
        for user in self._users.rows():
            if user.requested_sign_in == supabase_id:
                return self._users.load(user.id)
        return None

    async def add(self, user: User) -> None:
        self._users.put(user.id, user)

    async def administrators(self) -> frozenset[UUID]:
        return frozenset(user.id for user in self._users.rows() if user.is_administrator)

    async def departments(self) -> frozenset[str]:
        return frozenset(user.department for user in self._users.rows() if user.department)

    async def many(self, user_ids: Sequence[UUID]) -> dict[UUID, User]:
        found = (self._users.peek(user_id) for user_id in user_ids)
        return {user.id: user for user in found if user}

    async def active(self, user_ids: Sequence[UUID]) -> dict[UUID, bool]:
        found = (self._users.peek(user_id) for user_id in user_ids)
        return {user.id: user.is_active for user in found if user}

    async def mark_demonstration(self) -> list[UUID]:
        found = [each.id for each in self._users.rows() if each.is_invented and not each.demonstration]
        for user in map(self._users.load, found):
            if user:
                user.demonstration = True
        return sorted(found)

    async def deactivate(self, user_ids: Sequence[UUID], now: datetime) -> list[UUID]:
        found = [user for user_id in set(user_ids) if (user := self._users.load(user_id)) and user.is_active]
        for user in found:
            user.deactivate(now=now)
            user.take_events()  # One event for all of them follows.
        return sorted(user.id for user in found)


@serves(EndedSignIns)
class MemoryEndedSignIns:
    """Implements application.people.ports.EndedSignIns."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._ended = unit.draft(ENDED_SIGN_INS)

    async def end(self, subject: str, ended: EndedSignIn) -> None:
        self._ended.put(fingerprint_of(subject), (fingerprint_of(subject), ended))

    async def of(self, subject: str) -> EndedSignIn | None:
        found = self._ended.peek(fingerprint_of(subject))
        return found and found[1]

    async def begin_anew(self, subject: str) -> None:
        self._ended.remove(fingerprint_of(subject))

    async def seal(self, user_id: UUID) -> None:
        for fingerprint, ended in list(self._ended.rows()):
            if ended.user_id == user_id:
                self._ended.put(fingerprint, (fingerprint, replace(ended, reason=EndReason.ERASED)))


@serves(Roster)
class MemoryRoster:
    """Implements application.people.ports.Roster. The lines are staged in memory."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._users = unit.draft(USERS)
        self._staged: list[tuple[UUID, RosterEntry]] = []

    async def stage(self, entries: Iterable[tuple[UUID, RosterEntry]]) -> None:
        self._staged += entries

    async def repeated(self) -> list[LineProblem]:
        first: dict[str, tuple[UUID, RosterEntry]] = {}
        problems = []
        for user_id, entry in sorted(self._staged, key=lambda staged: staged[1].line):
            if entry.email in first:
                line = first[entry.email][1].line
                problems.append(LineProblem(entry.line, "email", f"repeats the e-mail address of line {line}"))
            else:
                first[entry.email] = (user_id, entry)
        self._staged = list(first.values())
        return problems

    async def overfull(self) -> list[LineProblem]:
        known = {user.email: user.profile_metadata for user in self._users.rows()}
        found = (entry.overfills(known.get(entry.email, {})) for _, entry in self._staged)
        problems = sorted(filter(None, found), key=lambda problem: problem.line)
        await self.drop([problem.line for problem in problems])
        return problems

    async def renamed(self, day_of: DayOf) -> list[Renamed]:
        known = {user.email: user for user in self._users.rows()}
        found = []
        for _, entry in sorted(self._staged, key=lambda staged: staged[1].line):
            user = known.get(entry.email)
            if user is None or None in (user.full_name, entry.full_name) or user.full_name == entry.full_name:
                continue
            if entry.hired_on is None and user.is_active:
                continue
            name = user.full_name or ""
            holder = AddressHolder(user.id, name, user.hired_on, day_of(user.created_at), user.is_active)
            found.append(
                Renamed(RosterEntry(entry.line, entry.email, entry.full_name, hired_on=entry.hired_on), holder)
            )
        return found

    async def drop(self, lines: Collection[int]) -> None:
        self._staged = [staged for staged in self._staged if staged[1].line not in lines]

    async def merge(self, now: datetime) -> RosterMerge:
        known = {user.email: user.id for user in self._users.rows()}
        created, updated = list[UUID](), list[UUID]()
        for user_id, entry in self._staged:
            user = self._users.load(known.get(entry.email, user_id))
            if user is None:
                self._users.put(user_id, user := entry.newcomer(user_id, now=now))
                created.append(user.id)
            elif entry.bring_up_to_date(user, now=now):
                updated.append(user.id)
            user.take_events()  # One event for the whole import follows.
        unchanged = len(self._staged) - len(created) - len(updated)
        return RosterMerge(tuple(sorted(created)), tuple(sorted(updated)), unchanged)


@serves(UserReader)
class MemoryUserReader:
    """Implements application.people.queries.UserReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._users = store.table(USERS)

    async def page(self, scope: Scope, where: UserFilter, after: Cursor | None, limit: int) -> Page[UserView]:
        rows = (user for user in self._users.rows.values() if _within(user, scope) and _fits(user, where))
        return newest_first(rows, _place, _show, after=after, limit=limit)

    async def detail(self, scope: Scope, user_id: UUID) -> UserView | None:
        user = self._users.rows.get(user_id)
        return _show(user) if user and _within(user, scope) else None


@serves(People)
class MemoryPeople:
    """Implements application.people.signing_in.People."""

    def __init__(self, store: MemoryStore) -> None:
        self._users = store.table(USERS)

    async def by_supabase_id(self, supabase_id: str) -> Known | None:
        for user in self._users.rows.values():
            if user.supabase_id == supabase_id:
                return Known.of(user)
        return None

    async def linked(self, after: str, limit: int) -> list[str]:
        linked = (user.supabase_id for user in self._users.rows.values() if user.is_active)
        waiting = (user.requested_sign_in for user in self._users.rows.values())
        subjects = {*linked, *waiting}
        return sorted(each for each in subjects if each and each > after and not is_development(each))[:limit]

    async def has_email(self, email: str) -> bool:
        return any(user.email == email for user in self._users.rows.values())

    async def census(self) -> Census:
        invented = sum(user.demonstration for user in self._users.rows.values())
        return Census(len(self._users.rows) - invented, invented)


def _show(user: User) -> UserView:
    view = UserView.of(user)
    view.profile_metadata = deepcopy(user.profile_metadata)
    return view


def _within(user: User, scope: Scope) -> bool:
    return scope.covers(user.id, user.department)


def _fits(user: User, where: UserFilter) -> bool:
    return (
        (where.is_active is None or user.is_active is where.is_active)
        and (not where.departments or folded(user.department or "") in map(folded, where.departments))
        and (where.sign_in_requested is None or (user.requested_sign_in is not None) is where.sign_in_requested)
        and (where.q is None or mentions(where.q, user.full_name, user.email))
        and (where.metadata is None or _at(user.profile_metadata, where.metadata[0]) == where.metadata[1])
    )


def _at(document: Any, path: Sequence[str]) -> Any:
    """The value at the path in the document; None if there is none."""
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _place(user: User) -> tuple[datetime, UUID]:
    return user.created_at, user.id
