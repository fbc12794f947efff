"""People whom the roster no longer lists are deactivated if that is asked for, and never too many at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from adapters.memory.people.tables import USERS
from application.kernel.access import Actor, KeyRights
from application.people.roster import ImportedRoster, ImportRoster
from application.people.users.commands import DeactivateUsers, RegisterUser
from domain.kernel.key_scopes import KeyScope, PersonRequired
from domain.kernel.roles import Role
from domain.people.leavers import LeaverLimit, TooManyLeavers
from domain.people.roster import RosterRejected
from domain.people.roster_mapping import AS_WRITTEN
from domain.people.roster_plan import NobodyListed
from domain.people.users import User
from kit.about import for_each
from kit.examples import uid
from worlds.front_door import MemoryDoor


@dataclass(frozen=True)
class File:
    rows: tuple[dict[str, str] | str, ...]

    mapping = AS_WRITTEN

    def lines(self) -> Iterator[tuple[int, dict[str, str] | str]]:
        return enumerate(self.rows, start=2)


def line(n: int, **more: str) -> dict[str, str]:
    return {"email": f"p{n}@x.org", "full_name": f"Person {n}", "hired_on": "", **more}


def people(*numbers: int) -> tuple[dict[str, str], ...]:
    return tuple(map(line, numbers))


def without(*rows: dict[str, str] | str, **said: Any) -> ImportRoster:
    """An import that deactivates people who are missing."""
    return ImportRoster(File(rows), deactivate_missing=True, **said)


class Office(MemoryDoor):
    """Twenty people of the roster, and one whom no roster has listed."""

    def person(self, n: int) -> User:
        return next(user for user in self.store.table(USERS).rows() if user.email == f"p{n}@x.org")

    @property
    def left(self) -> set[str]:
        return {str(user.email) for user in self.store.table(USERS).rows() if not user.is_active}


@pytest.fixture
async def office() -> Office:
    office = Office()
    await office.does(ImportRoster(File(people(*range(1, 21)))))
    await office.does(RegisterUser("external@x.org"))
    return office


async def test_people_who_are_missing_are_deactivated_and_nobody_else(office: Office) -> None:
    done = await office.does(without(*people(*range(2, 22))))
    assert (done.created, done.unchanged, done.deactivated, done.never_listed) == (1, 19, 1, 1)
    assert [(each.person, each.kept) for each in done.missing] == [("Person 1", None)]
    assert office.left == {"p1@x.org"}
    assert "UsersDeactivated" in office.written
    again = await office.does(without(*people(*range(2, 22))))
    assert (again.unchanged, again.deactivated, again.missing) == (20, 0, [])


async def test_without_being_asked_nobody_is(office: Office) -> None:
    done = await office.does(ImportRoster(File(people(*range(5, 21)))))
    assert (done.deactivated, done.missing, office.left) == (0, [], set())


async def test_more_than_the_limit_are_refused_and_nothing_is_imported(office: Office) -> None:
    half = (*people(*range(11, 20)), line(20, full_name="Other"))
    with pytest.raises(TooManyLeavers, match=r"10 of 21 active people .* more than 10 percent.*`force`"):
        await office.does(without(*half))
    assert (office.left, office.person(20).full_name) == (set(), "Person 20")
    shown = await office.does(without(*half, dry_run=True))
    assert shown.would_refuse is not None
    assert shown.would_refuse.startswith("10 of 21 active people")
    assert (shown.updated, shown.deactivated, len(shown.missing)) == (1, 10, 10)
    forced = await office.does(without(*half, force=True))
    assert (forced.updated, forced.unchanged, forced.deactivated) == (1, 9, 10)
    assert len(office.left) == 10


@for_each(
    ("percent", "leaving", "active", "refused"),
    [
        (10, 1, 10, False),
        (10, 2, 19, True),
        (10, 0, 0, False),
        (0, 1, 1_000, True),
        (100, 5, 5, False),
        (10, 1, 9, True),
    ],
)
def test_the_limit_is_a_percentage_of_the_active_people(percent: int, leaving: int, active: int, refused: bool) -> None:
    assert (LeaverLimit(percent).refusal(leaving, active) is not None) is refused


async def test_administrators_and_oneself_are_kept_and_named(office: Office) -> None:
    for n in (1, 2):
        office.person(n).role = Role.ADMIN
    done: ImportedRoster = await office.bus.execute(
        without(*people(*range(3, 21))), Actor(office.person(2).id, Role.ADMIN)
    )
    assert done.deactivated == 0
    assert [(each.person, (each.kept or "").split(";")[0]) for each in done.missing] == [
        ("Person 1", "a roster does not deactivate administrators"),
        ("Person 2", "nobody decides about their own access"),
    ]
    assert office.left == set()


async def test_the_person_who_holds_the_key_is_kept_too(office: Office) -> None:
    key = KeyRights(uid(7), frozenset({KeyScope.PEOPLE_WRITE}), made_by=office.person(1).id)
    done: ImportedRoster = await office.bus.execute(without(*people(*range(2, 21))), Actor.machine(key))
    assert (done.deactivated, [each.person for each in done.missing]) == (0, ["Person 1"])
    with pytest.raises(PersonRequired):
        await office.bus.execute(without(*people(*range(2, 21)), force=True), Actor.machine(key))


@pytest.mark.parametrize("bad", ["has 9 cells", line(1, hired_on="soon"), line(2)])
async def test_a_line_that_is_left_out_may_be_about_somebody(office: Office, bad: dict[str, str] | str) -> None:
    with pytest.raises(RosterRejected, match="may be about somebody who would then count as missing"):
        await office.does(without(*people(*range(2, 21)), bad, partial=True))
    assert office.left == set()


async def test_a_file_without_people_ends_nothing(office: Office) -> None:
    with pytest.raises(NobodyListed):
        await office.does(without(force=True))
    shown = await office.does(without(force=True, dry_run=True))
    assert shown.would_refuse == str(NobodyListed())
    assert office.left == set()


async def test_a_dry_run_writes_nothing(office: Office) -> None:
    told = list(office.written)
    shown = await office.does(without(*people(*range(2, 21)), dry_run=True))
    assert (shown.would_refuse, shown.deactivated, office.left) == (None, 1, set())
    assert office.written == told


async def test_who_left_already_is_not_missing(office: Office) -> None:
    await office.does(DeactivateUsers((office.person(1).id,)))
    done = await office.does(without(*people(*range(2, 21))))
    assert (done.deactivated, done.missing) == (0, [])


async def test_who_loses_the_address_is_not_counted_twice(office: Office) -> None:
    other = line(1, full_name="Somebody Else", hired_on="2026-11-01")
    said = {"new_person": ("p1@x.org",)}
    shown = await office.does(without(other, *people(*range(2, 21)), **said, dry_run=True))
    done = await office.does(without(other, *people(*range(2, 21)), **said))
    assert (shown.created, shown.deactivated) == (done.created, done.deactivated) == (1, 0)
