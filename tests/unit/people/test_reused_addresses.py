"""An address that the roster has under another name: it may have been given to somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from adapters.memory.people.tables import USERS
from application.kernel.access import Actor
from application.people.roster import ImportedRoster, ImportRoster
from domain.kernel.errors import InvalidValue
from domain.kernel.roles import Role
from domain.kernel.text import same_name
from domain.people.roster import RosterEntry, RosterRejected
from domain.people.roster_mapping import AS_WRITTEN
from domain.people.roster_matching import AddressHolder, Renamed
from domain.people.sign_in_errors import SignInEnded
from domain.people.user_errors import OwnAccess
from kit.about import for_each
from kit.examples import a_user, uid
from worlds.front_door import MemoryDoor

DESK = "frontdesk@example.com"


@dataclass(frozen=True)
class File:
    rows: tuple[dict[str, str], ...]

    mapping = AS_WRITTEN

    def lines(self) -> Iterator[tuple[int, dict[str, str] | str]]:
        return enumerate(self.rows, start=2)


BEFORE = {"email": DESK, "full_name": "Old Person", "hired_on": "2019-01-01"}
AFTER = {"email": DESK, "full_name": "New Person", "hired_on": "2026-11-01"}


def the_import(*rows: dict[str, str], **more: Any) -> ImportRoster:
    return ImportRoster(File(rows), **more)


@pytest.fixture
async def door() -> MemoryDoor:
    """The roster has been imported once."""
    door = MemoryDoor()
    await door.does(the_import(BEFORE))
    return door


def people(door: MemoryDoor) -> list[tuple[str | None, str | None, bool]]:
    return [(user.full_name, user.email, user.is_active) for user in door.store.table(USERS).rows()]


async def test_it_is_refused_with_both_names(door: MemoryDoor) -> None:
    with pytest.raises(RosterRejected) as refusal:
        await door.does(the_import(AFTER))
    (problem,) = refusal.value.problems
    assert (problem.line, problem.column) == (2, "email")
    assert "Old Person (hired 2019-01-01)" in problem.message
    assert "New Person (hired 2026-11-01)" in problem.message
    assert people(door) == [("Old Person", DESK, True)]


async def test_the_other_lines_are_taken_if_asked_for(door: MemoryDoor) -> None:
    result = await door.does(the_import(AFTER, {"email": "ana@example.com"}, partial=True))
    assert (result.created, result.updated, len(result.problems)) == (1, 0, 1)
    assert people(door)[0] == ("Old Person", DESK, True)


async def test_the_same_person_takes_the_new_name(door: MemoryDoor) -> None:
    result = await door.does(the_import(AFTER, same_person=(DESK.upper(),)))
    assert result == ImportedRoster(0, 1, 0, [])
    assert people(door) == [("New Person", DESK, True)]


async def test_a_new_person_has_no_records_and_the_other_keeps_everything_but_the_address(door: MemoryDoor) -> None:
    (old,) = door.store.table(USERS).rows()
    assert (await door.enters(email=DESK)).user_id == old.id
    await door.does(the_import(AFTER, new_person=(DESK,)))
    assert people(door) == [
        ("Old Person", None, False),
        ("New Person", DESK, True),
    ]
    assert "UsersDeactivated" in door.written
    # The account may be the newcomer's now: an administrator says whose it is.
    with pytest.raises(SignInEnded):
        await door.enters(email=DESK)
    assert await door.does(the_import(AFTER)) == ImportedRoster(0, 0, 1, [])


async def test_an_address_cannot_be_both(door: MemoryDoor) -> None:
    with pytest.raises(InvalidValue, match="same_person"):
        await door.does(the_import(AFTER, new_person=(DESK,), same_person=(DESK,)))


async def test_nobody_gives_away_their_own_address(door: MemoryDoor) -> None:
    (old,) = door.store.table(USERS).rows()
    with pytest.raises(OwnAccess):
        await door.bus.execute(the_import(AFTER, new_person=(DESK,)), Actor(old.id, Role.ADMIN))
    assert people(door) == [("Old Person", DESK, True)]


async def test_somebody_deactivated_does_not_get_a_new_name_by_the_roster() -> None:
    door = MemoryDoor()
    left = a_user(1, email=DESK, full_name="Old Person")
    left.is_active = False
    await door.holds(left)
    with pytest.raises(RosterRejected):
        await door.does(the_import({"email": DESK, "full_name": "New Person"}))
    assert people(door) == [("Old Person", DESK, False)]


HIRED, SINCE, LATER = date(2020, 1, 1), date(2019, 12, 1), date(2026, 11, 1)


@for_each(
    ("full_name", "hired_on", "known_hired_on", "is_active", "somebody_else"),
    [
        ("New Person", LATER, HIRED, True, True),
        ("New Person", HIRED, HIRED, True, False),  # married
        ("New Person", date(2018, 1, 1), HIRED, True, False),
        ("New Person", None, HIRED, True, False),
        ("Person, OLD", LATER, HIRED, True, False),  # came back
        ("New Person", LATER, None, True, True),
        ("New Person", SINCE, None, True, False),
        (None, LATER, HIRED, True, False),
        ("New Person", None, None, False, True),
        ("old person", None, None, False, False),
    ],
)
def test_who_is_taken_for_somebody_else(
    full_name: str | None, hired_on: date | None, known_hired_on: date | None, is_active: bool, somebody_else: bool
) -> None:
    holder = AddressHolder(uid(1), "Old Person", known_hired_on, SINCE, is_active)
    assert Renamed(RosterEntry(2, DESK, full_name, hired_on=hired_on), holder).is_somebody_else is somebody_else


@for_each(
    ("one", "other", "same"),
    [
        ("José Núñez", "Jose\u0301 nunez", True),
        ("Ruiz, Ana", "Ana  Ruiz", True),
        ("O'Brien", "O\u2019Brien", True),
        ("Ana Ruiz", "Ana Ruiz Jr.", False),
        ("Ana Ruiz", "Eva Ruiz", False),
    ],
)
def test_spellings_of_one_name(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same


def test_the_day_of_hire_need_not_be_known() -> None:
    holder = AddressHolder(uid(1), "Old Person", None, SINCE, True)
    assert (
        "Old Person (hire date unknown)"
        in Renamed(RosterEntry(2, DESK, "New", hired_on=LATER), holder).problem().message
    )
