"""There is always one active administrator, whichever way one is taken away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from application.kernel.messages import Command
from application.people.roster import ImportRoster
from application.people.sign_ins.accounts import EndAccount, Followed
from application.people.users.commands import DeactivateUsers, EditUser
from application.people.users.roles import GrantRole
from application.privacy.personal_data import EraseUser
from domain.kernel.roles import Role
from domain.people.administrators import LastAdministrator, require_another
from domain.people.roster_mapping import AS_WRITTEN
from kit.about import for_each
from kit.examples import a_user, uid
from worlds.front_door import OTHER_SUBJECT, SUBJECT, MemoryDoor

ANA, BEN, CY = uid(1), uid(2), uid(3)


class Reused:
    """The roster gives Ana's address to somebody else."""

    mapping = AS_WRITTEN

    def lines(self) -> Iterator[tuple[int, dict[str, str]]]:
        yield 2, {"email": "ana@example.com", "full_name": "Somebody Else", "hired_on": "2030-01-01"}


TAKING_ANA_AWAY = [
    EditUser(ANA, role=Role.MANAGER),
    EditUser(ANA, is_active=False),
    DeactivateUsers((CY, ANA)),
    EraseUser(ANA),
    GrantRole("ana@example.com", Role.AUTHENTICATED),
    ImportRoster(Reused(), new_person=("ana@example.com",)),
]


def named(command: Command[Any]) -> str:
    return type(command).__name__


@pytest.fixture
async def door() -> MemoryDoor:
    """Ana and Ben are administrators; Cy, who was one, is deactivated."""
    door = MemoryDoor()
    ana = a_user(1, email="ana@example.com", full_name="Ana Ruiz", role=Role.ADMIN, supabase_id=SUBJECT)
    ben = a_user(2, email="ben@example.com", role=Role.ADMIN, supabase_id=OTHER_SUBJECT)
    left = a_user(3, email="cy@example.com", role=Role.ADMIN)
    left.is_active = False
    await door.holds(ana, ben, left)
    return door


@pytest.mark.parametrize("command", TAKING_ANA_AWAY, ids=named)
async def test_one_of_two_may_go(door: MemoryDoor, command: Command[Any]) -> None:
    await door.does(command)
    assert not (await door.user(ANA)).is_administrator


@pytest.mark.parametrize("command", TAKING_ANA_AWAY, ids=named)
async def test_the_last_one_may_not(door: MemoryDoor, command: Command[Any]) -> None:
    await door.does(EditUser(BEN, is_active=False))
    with pytest.raises(LastAdministrator):
        await door.does(command)
    assert (await door.user(ANA)).is_administrator
    assert door.written == ["UsersEdited", "UsersDeactivated"]


@pytest.mark.parametrize("dry_run", [False, True])
async def test_an_account_that_is_gone_takes_all_but_the_last(door: MemoryDoor, dry_run: bool) -> None:
    assert await door.does(EndAccount(OTHER_SUBJECT)) is Followed.DEACTIVATED
    assert await door.does(EndAccount(SUBJECT, dry_run)) is Followed.KEPT
    assert (await door.user(ANA)).is_administrator


async def test_all_of_them_at_once_may_not_go(door: MemoryDoor) -> None:
    with pytest.raises(LastAdministrator):
        await door.does(DeactivateUsers((ANA, BEN)))
    assert [(await door.user(each)).is_administrator for each in (ANA, BEN)] == [True, True]


async def test_other_changes_of_the_last_one_are_free(door: MemoryDoor) -> None:
    await door.does(EditUser(BEN, role=Role.MANAGER))
    await door.does(EditUser(ANA, department="Lab", role=Role.ADMIN))
    await door.does(EditUser(BEN, is_active=False))
    await door.does(GrantRole("ana@example.com", Role.ADMIN, ("Lab",)))
    assert (await door.user(ANA)).managed_departments == ("Lab",)


@for_each(
    ("administrators", "leaving", "refused"),
    [
        ({ANA}, [ANA], True),
        ({ANA, BEN}, [BEN, ANA, CY], True),
        ({ANA, BEN}, [ANA, CY], False),
        ({ANA}, [BEN], False),
        ({ANA}, [], False),
        (set(), [ANA], False),
    ],
)
def test_who_is_the_last(administrators: set[Any], leaving: list[Any], refused: bool) -> None:
    if refused:
        with pytest.raises(LastAdministrator):
            require_another(administrators, leaving)
    else:
        require_another(administrators, leaving)
