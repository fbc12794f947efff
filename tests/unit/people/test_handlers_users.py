"""The handlers of users and of the roster, called as plain functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import pytest

from application.kernel.access import Actor
from application.kernel.messages import Message
from application.people.roster import ImportedRoster, ImportRoster, import_roster
from application.people.roster_lines import BATCH
from application.people.users.commands import (
    DeactivatedUsers,
    DeactivateUsers,
    EditUser,
    RegisterUser,
    deactivate_users,
    edit_user,
    register_user,
)
from application.people.users.queries import ListUsers, ReadUser, list_users, read_user
from application.people.users.roles import Granted, GrantRole, grant_role
from domain.kernel.errors import DomainError, InvalidValue, StaleVersion
from domain.kernel.roles import Role
from domain.people.bulk import Refusal
from domain.people.departments import UnknownDepartment
from domain.people.roster import LineProblem, RosterImported, RosterRejected
from domain.people.roster_mapping import AS_WRITTEN
from domain.people.user_errors import EmailTaken, OwnAccess, UserNotFound
from domain.people.user_events import RoleChanged, UsersDeactivated, UsersEdited, UsersListed, UsersRegistered
from domain.people.users import User
from kit.examples import LATER, NOW, a_user, uid
from worlds.memory import ADMIN_ID, ANA, BEN, LEFT, World, world_of_people

NOBODY = uid(404)
UNKNOWN = Refusal(NOBODY, "user-not-found", "There is no user with this id.")


@pytest.fixture
async def world() -> World:
    return await world_of_people()


class TestUsers:
    async def test_register(self, world: World) -> None:
        command = RegisterUser(
            "New@Example.com",
            full_name="New",
            role=Role.MANAGER,
            profile_metadata={"badge": 7},
            managed_departments=("Hygiene",),
        )
        user = await world.call(register_user, command)
        assert (user.email, user.full_name, user.role) == ("new@example.com", "New", Role.MANAGER)
        assert (user.profile_metadata, user.managed_departments) == ({"badge": 7}, ["Hygiene"])
        assert (user.is_active, user.version, user.created_at) == (True, 1, LATER)
        assert world.events == [UsersRegistered.alone(user.id), RoleChanged(user.id, Role.MANAGER)]
        read = await world.call(read_user, ReadUser(user.id))
        assert asdict(user) == {**asdict(read), "unprintable": [], "unknown_departments": []}

    async def test_what_is_perhaps_not_meant_is_reported_when_it_is_entered(self, world: World) -> None:
        command = RegisterUser("wei@example.com", full_name="李 Wei", managed_departments=("Hygeine", "Hygiene"))
        user = await world.call(register_user, command)
        unknown = [UnknownDepartment("Hygeine", "Hygiene")]
        assert (user.full_name, user.unprintable) == ("李 Wei", ["李"])
        assert (user.managed_departments, user.unknown_departments) == (["Hygeine", "Hygiene"], unknown)

        edited = await world.call(edit_user, EditUser(user.id, department="Lab"))
        assert (edited.unprintable, edited.unknown_departments) == ([], [])
        edit = EditUser(user.id, full_name="王 Wei", managed_departments=("Lab", "Surgery"))
        edited = await world.call(edit_user, edit)
        assert edited.unprintable == ["王"]
        assert edited.unknown_departments == [UnknownDepartment("Surgery", None)]

    async def test_register_with_an_address_that_is_taken(self, world: World) -> None:
        with pytest.raises(EmailTaken):
            await world.call(register_user, RegisterUser("USER1@example.com"))

    async def test_edit_changes_what_is_mentioned(self, world: World) -> None:
        command = EditUser(ANA, frozenset({1}), department=None, role=Role.MANAGER, managed_departments=("Hygiene",))
        user = await world.call(edit_user, command)
        assert (user.department, user.role, user.full_name, user.email) == (
            None,
            Role.MANAGER,
            "Ana",
            "user1@example.com",
        )
        assert (user.is_active, user.managed_departments) == (True, ["Hygiene"])
        assert (user.version, user.updated_at) == (2, LATER)
        assert world.events == [UsersEdited.alone(ANA), RoleChanged(ANA, Role.MANAGER)]

    async def test_deactivate(self, world: World) -> None:
        command = DeactivateUsers((ANA, LEFT, NOBODY, ANA))
        result = await world.call(deactivate_users, command)
        assert result == DeactivatedUsers(deactivated=1, already_inactive=1, refused=[UNKNOWN])
        assert world.events == [UsersDeactivated(uid(1001), (ANA,))]
        ana = await world.call(read_user, ReadUser(ANA))
        assert (ana.is_active, ana.version, ana.updated_at) == (False, 2, LATER)

    async def test_deactivating_nobody_is_not_reported(self, world: World) -> None:
        await world.call(deactivate_users, DeactivateUsers((LEFT,)))
        assert world.events == []

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            (ListUsers(), [LEFT, BEN, ANA]),
            (ListUsers(is_active=True), [BEN, ANA]),
            (ListUsers(department=("Hygiene", "Billing")), [LEFT, ANA]),
            (ListUsers(q="ana"), [ANA]),
            (ListUsers(metadata="license.state:TX"), [ANA]),
            (ListUsers(metadata="license.state:CA"), []),
        ],
    )
    async def test_list(self, world: World, query: ListUsers, found: list[Any]) -> None:
        page = await world.call(list_users, query)
        assert [user.id for user in page.items] == found


@dataclass(frozen=True)
class File:
    """A roster of these lines, the first of them line 2."""

    rows: tuple[dict[str, str] | str, ...]

    mapping = AS_WRITTEN

    def lines(self) -> Iterator[tuple[int, dict[str, str] | str]]:
        return enumerate(self.rows, start=2)


class TestRoster:
    async def load(self, world: World, *rows: dict[str, str] | str, partial: bool = False) -> ImportedRoster:
        return await world.call(import_roster, ImportRoster(File(rows), partial))

    async def test_people_are_created_updated_or_left_as_they_are(self, world: World) -> None:
        new, moved, same = {"email": "new@example.com"}, {"email": "user1@example.com", "department": "Recall"}, "user2"
        result = await self.load(world, new, moved, {"email": f"{same}@example.com"})
        assert result == ImportedRoster(created=1, updated=1, unchanged=1, problems=[])
        assert [(type(event), event.subject_id.int > 1000) for event in world.events] == [
            (RosterImported, True),
            (UsersRegistered, True),
            (UsersEdited, True),
            (UsersListed, True),
        ]
        registered, edited, listed = world.events[1:]
        assert isinstance(listed, UsersListed)
        assert len(listed.user_ids) == 2
        assert isinstance(registered, UsersRegistered)
        assert registered.user_ids != edited.user_ids == (ANA,)  # type: ignore[attr-defined]  # told as UsersEdited

    async def test_what_changes_nothing_is_not_reported(self, world: World) -> None:
        await self.load(world, {"email": "user2@example.com"})
        world.events.clear()
        assert await self.load(world, {"email": "user2@example.com"}) == ImportedRoster(0, 0, 1, [])
        assert world.events == []

    BAD = ({"email": "new@example.com"}, {"email": "New@example.com"}, "has 9 cells", {"email": "x"}, {"badge": "1"})
    PROBLEMS = (
        LineProblem(3, "email", "repeats the e-mail address of line 2"),
        LineProblem(4, None, "has 9 cells"),
        LineProblem(5, "email", "must be an e-mail address such as ana@example.com"),
        LineProblem(6, "email", "is missing, and so is 'employee_id'; a line needs one of them"),
    )

    async def test_one_bad_line_stops_everything(self, world: World) -> None:
        with pytest.raises(RosterRejected) as refusal:
            await self.load(world, *self.BAD)
        assert refusal.value.problems == self.PROBLEMS
        assert len((await world.call(list_users, ListUsers())).items) == 3

    async def test_good_lines_are_taken_if_asked_for(self, world: World) -> None:
        result = await self.load(world, *self.BAD, partial=True)
        assert result == ImportedRoster(1, 0, 0, list(self.PROBLEMS))

    async def test_a_roster_may_be_longer_than_a_batch(self, world: World) -> None:
        rows = [{"email": f"person{n}@example.com"} for n in range(BATCH + 1)]
        assert (await self.load(world, *rows)).created == BATCH + 1


class TestOwnAccess:
    """Nobody decides about their own rights."""

    @pytest.fixture
    async def world(self) -> World:
        """Contains the caller too."""
        world = await world_of_people()
        await world.holds(User(ADMIN_ID, email="admin@example.com", role=Role.ADMIN, now=NOW))
        return world

    @pytest.mark.parametrize(
        "changes",
        [
            {"role": Role.ADMIN},
            {"role": Role.COMPLIANCE},
            {"is_active": True},
            {"is_active": False},
            {"managed_departments": ()},
            {"managed_departments": ("Hygiene",), "full_name": "Ada"},
        ],
        ids=str,
    )
    async def test_one_cannot_edit_ones_own(self, world: World, changes: dict[str, Any]) -> None:
        before = await world.call(read_user, ReadUser(ADMIN_ID))
        with pytest.raises(OwnAccess):
            await world.call(edit_user, EditUser(ADMIN_ID, **changes))
        assert await world.call(read_user, ReadUser(ADMIN_ID)) == before

    async def test_ones_data_one_may_edit(self, world: World) -> None:
        user = await world.call(edit_user, EditUser(ADMIN_ID, full_name="Ada", department="Lab"))
        assert (user.full_name, user.department, user.role, user.is_active) == ("Ada", "Lab", Role.ADMIN, True)

    async def test_one_cannot_deactivate_oneself_even_among_others(self, world: World) -> None:
        with pytest.raises(OwnAccess):
            await world.call(deactivate_users, DeactivateUsers((ANA, ADMIN_ID)))
        assert (await world.call(read_user, ReadUser(ANA))).is_active

    async def test_the_system_is_nobody(self, world: World) -> None:
        await world.holds(a_user(501, role=Role.ADMIN))
        command = DeactivateUsers((ADMIN_ID,))
        done = await world.call(deactivate_users, command, actor=Actor.system())
        assert done.deactivated == 1


class TestGrantRole:
    async def grant(self, world: World, *command: Any) -> Granted:
        return await world.call(grant_role, GrantRole(*command), actor=Actor.system())

    async def test_somebody_new_is_registered(self, world: World) -> None:
        assert await self.grant(world, "New@example.com", Role.MANAGER, ("Hygiene", "Lab")) == Granted(
            True, [UnknownDepartment("Lab", None)]
        )
        assert world.events == [UsersRegistered.alone(uid(1001)), RoleChanged(uid(1001), Role.MANAGER)]
        user = await world.call(read_user, ReadUser(uid(1001)))
        assert (user.email, user.role, user.managed_departments) == (
            "new@example.com",
            Role.MANAGER,
            ["Hygiene", "Lab"],
        )

    async def test_somebody_known_gets_another_role(self, world: World) -> None:
        assert await self.grant(world, "USER1@example.com", Role.ADMIN) == Granted(False, [])
        assert world.events == [RoleChanged(ANA, Role.ADMIN)]
        assert (await world.call(read_user, ReadUser(ANA))).role is Role.ADMIN

    async def test_the_same_again_is_nothing(self, world: World) -> None:
        await self.grant(world, "user1@example.com", Role.ADMIN)
        assert await self.grant(world, "user1@example.com", Role.ADMIN) == Granted(False, [])
        assert world.events == []


@pytest.mark.parametrize(
    ("handler", "message", "error"),
    [
        (edit_user, EditUser(NOBODY), UserNotFound),
        (edit_user, EditUser(ANA, frozenset({2})), StaleVersion),
        (edit_user, EditUser(ANA, email="user2@example.com"), EmailTaken),
        (edit_user, EditUser(ANA, email="ana"), InvalidValue),
        (read_user, ReadUser(NOBODY), UserNotFound),
    ],
)
async def test_what_cannot_be_done(world: World, handler: Any, message: Message[Any], error: type[DomainError]) -> None:
    with pytest.raises(error):
        await world.call(handler, message)
    assert world.events == []
