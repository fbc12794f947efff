"""What the use cases about people need of the store.

They are bound to a unit of work: what they write appears when the bus commits, or not at all. Each has a memory and
an SQL adapter that pass one contract suite. Readers, which serve queries, are declared beside their queries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from domain.kernel.aggregate import DomainEvent
from domain.kernel.days import DayOf
from domain.people.leavers import Absence
from domain.people.merging import UserMerge
from domain.people.positions import Work
from domain.people.returning import InactivePerson
from domain.people.roster import LineEffect, LineProblem, RosterEntry, RosterImported
from domain.people.roster_effects import DatedLine
from domain.people.roster_matching import ClaimedAddress, Renamed
from domain.people.roster_positions import LineKeys
from domain.people.sign_ins import EndedSignIn
from domain.people.user_events import UserReactivated, UsersDeactivated, UsersEdited, UsersListed, UsersRegistered
from domain.people.users import User


class Users(Protocol):
    """People, one by one.

    Changing somebody's address, employee id or sign-in to that of somebody else raises EmailTaken, EmployeeIdTaken or
    SupabaseIdTaken, at commit.
    """

    async def get(self, user_id: UUID) -> User:
        """Raises UserNotFound, and UserIsMerged for one who was merged into another, whom it names."""

    async def by_email(self, email: str) -> User | None:
        """The user with this address, in lower case, if there is one; of a merged user the one that stays."""

    async def by_employee_id(self, employee_id: str) -> User | None:
        """The user with this id, however it is written (`employee_key`), if there is one; of a merged user the one that
        stays.
        """

    async def by_supabase_id(self, supabase_id: str) -> User | None:
        """The user whom this sign-in is linked to, if there is one."""

    async def by_requested_sign_in(self, supabase_id: str) -> User | None:
        """The user for whom this sign-in waits until an administrator confirms it, if there is one."""

    async def add(self, user: User) -> None:
        """Raises EmailTaken, EmployeeIdTaken or SupabaseIdTaken, here or at commit."""

    async def administrators(self) -> frozenset[UUID]:
        """The active administrators, as this unit has left them.

        Locks the set of administrators until the unit of work ends; call it before removing one.
        """


@dataclass(frozen=True, slots=True)
class PlacedUser:
    """A user, to look at and not to change, and the time zone of the location where the user works, if it is known."""

    user: User
    time_zone: str | None


class Staff(Protocol):
    """People, many at a time, each method one statement."""

    async def departments(self) -> frozenset[str]:
        """Every department in which somebody works."""

    async def many(self, user_ids: Sequence[UUID]) -> dict[UUID, User]:
        """Those of these users who exist, to look at and not to change. Nobody merges them until the unit ends."""

    async def placed(self, user_ids: Sequence[UUID]) -> dict[UUID, PlacedUser]:
        """Those of these users who exist, and where they are today."""

    async def time_zones(self, user_ids: Sequence[UUID]) -> dict[UUID, str]:
        """The time zones of the locations where these users work today. Those whose location is not known are left out:
        their days are those of the organization.
        """

    async def active(self, user_ids: Sequence[UUID]) -> dict[UUID, bool]:
        """For each of these users that exists, whether the user is active."""

    async def deactivate(self, user_ids: Sequence[UUID], now: datetime) -> list[UUID]:
        """Deactivate all of these in one statement, like `User.deactivate`; who was active until now, in order."""

    async def reactivate(self, user_ids: Sequence[UUID], now: datetime) -> list[UUID]:
        """Make all of these active again in one statement; who was not active until now, in order."""

    async def mark_demonstration(self) -> list[UUID]:
        """Mark everyone whose address nobody can have as invented, in one statement; whom this marks, in order."""


class UserMerges(Protocol):
    """Users who are one person: one who stays, and those who point to that one."""

    async def locked(self, user_ids: Sequence[UUID]) -> dict[UUID, User]:
        """Those of these users who exist, merged ones too; nobody else merges, enrolls or records them until the unit
        of work ends.
        """

    async def merged_into(self, user_id: UUID) -> list[User]:
        """The users who were merged into this one, in order of id."""

    async def merged_ids(self, user_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
        """The ids of those who were merged into each of these users who has any, in order, in one statement."""

    async def persons(self, user_ids: Sequence[UUID]) -> dict[UUID, UUID]:
        """For each of these users who was merged into another, the one that stays, in one statement."""

    async def add(self, merge: UserMerge) -> None:
        """Write this, and what the merge has changed of users, at once: what one gives up is free for the other."""

    async def of(self, user_id: UUID) -> list[UserMerge]:
        """What was decided about this user as a duplicate, oldest first."""


class EndedSignIns(Protocol):
    """Sign-ins that were ended and give no access. Only fingerprints of their ids are kept."""

    async def end(self, subject: str, ended: EndedSignIn) -> None:
        """Remember that this sign-in has ended; replaces an earlier entry."""

    async def of(self, subject: str) -> EndedSignIn | None:
        """How this sign-in ended, None when it did not."""

    async def reinstate(self, subject: str) -> None:
        """Forget that this sign-in has ended."""

    async def seal(self, user_id: UUID) -> None:
        """The user's sign-ins never create a new user: the person was erased."""


@dataclass(frozen=True, slots=True)
class RosterMerge:
    """Whom a roster created and whom it changed, each in order, and how many it found as they were.

    `listed` are those who were known, and on a roster for the first time.
    """

    created: tuple[UUID, ...]
    updated: tuple[UUID, ...]
    unchanged: int
    listed: tuple[UUID, ...] = ()

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many people were created, changed, and found as they were."""
        return len(self.created), len(self.updated), self.unchanged

    def events(
        self, import_id: UUID, deactivated: Sequence[UUID] = (), reactivated: Sequence[UUID] = ()
    ) -> list[DomainEvent]:
        """What has happened, that these people were deactivated and reactivated too; none if nothing has."""
        return [
            *([RosterImported(import_id, *self.counts)] if self.created or self.updated else []),
            *UsersRegistered.together(import_id, self.created),
            *UsersEdited.together(import_id, self.updated),
            *UsersListed.together(import_id, self.listed),
            *UsersDeactivated.together(import_id, deactivated),
            *map(UserReactivated, reactivated),
        ]


@dataclass(frozen=True, slots=True)
class RosterPreview:
    """How many people a merge would create and change, and how many it would find as they are, with its lines.

    Lines that change nothing come last where not all lines are asked for. `secondary` is the number of further lines
    about these people, of which at most as many are shown too, as if they changed nothing.
    """

    created: int
    updated: int
    unchanged: int
    lines: tuple[LineEffect, ...]
    secondary: int = 0

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many people would be created, changed, and found as they are."""
        return self.created, self.updated, self.unchanged


class Roster(Protocol):
    """Where the lines of a roster wait, outside the process's memory, until all have been read."""

    async def stage(self, entries: Iterable[tuple[UUID, RosterEntry]]) -> None:
        """Keep these lines; the id is the user's, should the line create one."""

    async def match(self) -> None:
        """Find the person whom each line is about, after all have been staged. Imports follow each other from here on.

        Everything below is about these people.
        """

    async def named(self, employee_ids: Collection[str], addresses: Collection[str]) -> list[LineKeys]:
        """The lines with one of these employee ids (`employee_key`), or one of these addresses, in their order."""

    async def set_apart(self, today: date) -> list[LineProblem]:
        """Set lines about secondary positions apart: those of people who have another, the primary one.

        From here on, the other lines are primary ones; `dated` has secondary lines with them. Lines of people without
        just one primary line are dropped and returned.
        """

    async def secondary(self, after: int, limit: int) -> list[tuple[RosterEntry, RosterEntry]]:
        """The lines set apart after this one, at most so many, each with the primary line of the person, as far as it
        was not dropped; in their order.
        """

    async def without_primary(self) -> list[LineProblem]:
        """The lines set apart whose primary line was dropped; these are dropped too."""

    async def repeated(self) -> list[LineProblem]:
        """The lines that have the address, the employee id or the person of an earlier line; these are dropped."""

    async def overfull(self) -> list[LineProblem]:
        """The lines whose metadata, with those that are known of the person, are too many; these are dropped."""

    async def renamed(self, day_of: DayOf) -> list[Renamed]:
        """The lines whose address somebody here has under another name, with what else they tell of themselves.

        A line whose person is active is only named when it has a day of hire. In the order of the lines.
        """

    async def claims(self, day_of: DayOf) -> list[ClaimedAddress]:
        """The lines with an employee id whose address another person has here. In the order of the lines."""

    async def inactive(self, day_of: DayOf) -> list[InactivePerson]:
        """The lines about people who are deactivated. In the order of the lines."""

    async def dated(self, after: int, limit: int, *, noted: bool = False) -> list[DatedLine]:
        """The dated lines after this one, at most so many; with `noted` only those that were noted. In their order.

        After `set_apart` also lines of people whose secondary positions are not those that the file states.
        """

    async def note(self, lines: Collection[int]) -> None:
        """These lines change the histories of their people: so they count as changes in any case."""

    async def drop(self, lines: Collection[int]) -> None:
        """Forget these lines."""

    async def separate(self, lines: Collection[int]) -> None:
        """These lines are about people who are new here, and not about those who were found for them."""

    async def attach(self, lines: Mapping[int, UUID]) -> None:
        """These lines are about these people."""

    async def keep_hires(self, lines: Collection[int]) -> None:
        """These lines do not change the day of hire to a later one: their people stay deactivated."""

    async def absence(self) -> Absence:
        """The active people whom a merge has listed before and no line is about now, in the order of their ids.

        Changes nothing.
        """

    async def preview(self, most: int) -> RosterPreview:
        """What `merge` would do, and at most so many of the lines, in their order. Changes nothing."""

    async def merge(self, now: datetime) -> RosterMerge:
        """Do to each person what `RosterEntry` says of the line, and create those whom nobody was found for."""

    async def show(self, people: Mapping[UUID, Work]) -> None:
        """These people, who were merged because their lines are noted or new, show this work."""
