"""Signing in: who becomes a user, who is taken for whom, and how long what one may do is remembered."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from adapters.memory.people.tables import USERS
from application.kernel.messages import Command
from application.people.roster import ImportRoster
from application.people.sign_ins.accounts import EndAccount
from application.people.sign_ins.linking import EndSignIn
from application.people.users.commands import DeactivateUsers, EditUser, RegisterUser
from application.people.users.roles import GrantRole
from application.privacy.personal_data import EraseUser
from domain.kernel.roles import Role
from domain.people.roster_mapping import AS_WRITTEN
from domain.people.sign_in_errors import (
    EmailUnverified,
    LinkedElsewhere,
    NotAdmitted,
    SecondFactorRequired,
    SignInEnded,
    SignInUnconfirmed,
    UserDeactivated,
)
from domain.people.sign_ins import LinkReason
from kit.examples import a_user, uid
from kit.surroundings import NOON
from worlds.front_door import OTHER_SUBJECT, SUBJECT, MemoryDoor, an_identity

ANA = uid(1)
EMAIL, COMPROMISED = "ana@example.com", LinkReason.COMPROMISED
HOUR = timedelta(hours=1)
MOMENT = timedelta(seconds=1.5)


class Lines:
    """A roster of one line."""

    mapping = AS_WRITTEN

    def __init__(self, cells: dict[str, str]) -> None:
        self._cells = cells

    def lines(self) -> Any:
        yield 2, self._cells


@pytest.fixture
def door() -> MemoryDoor:
    return MemoryDoor()


@pytest.fixture
async def known(door: MemoryDoor) -> MemoryDoor:
    """Ana has signed in a while ago, and is not remembered."""
    ana = a_user(1, email="ana@example.com", supabase_id=SUBJECT, email_confirmed=True)
    ana.last_sign_in = ana.email_as_of = NOON
    await door.holds(ana, a_user(2, email="ben@example.com"))
    return door


class TestWhoComesIn:
    async def test_the_first_request_of_someone_new_makes_a_user(self, door: MemoryDoor) -> None:
        actor = await door.enters()
        user = await door.user(actor.user_id)
        assert (user.email, user.supabase_id, user.full_name) == ("ana@example.com", SUBJECT, "Ana Ruiz")
        assert (user.role, user.email_confirmed, user.last_sign_in) == (Role.AUTHENTICATED, True, NOON)
        assert (actor.role, actor.departments) == (Role.AUTHENTICATED, ())
        assert (actor.request_id, actor.client_ip) == ("request-1", "192.0.2.1")
        assert door.written == ["UsersRegistered", "UserLinked", "SignInFollowed"]

    async def test_someone_on_the_roster_is_linked_by_verified_address(self, door: MemoryDoor) -> None:
        await door.holds(a_user(1, email="ana@example.com"))
        actor = await door.enters(full_name="Somebody Else")
        assert (actor.user_id, actor.role) == (ANA, Role.AUTHENTICATED)
        user = await door.user(ANA)
        assert (user.supabase_id, user.email_confirmed, user.full_name) == (SUBJECT, True, None)
        assert door.written == ["UserLinked", "SignInFollowed"]

    @pytest.mark.parametrize("email", ["ana@example.com", "new@example.com", None])
    async def test_an_unverified_address_makes_and_links_nobody(self, door: MemoryDoor, email: str | None) -> None:
        await door.holds(a_user(1, email="ana@example.com", role=Role.ADMIN))
        with pytest.raises(EmailUnverified):
            await door.enters(email=email, email_verified=False)
        assert (await door.user(ANA)).supabase_id is None
        assert (len(door.store.table(USERS).by_key), door.written) == (1, [])

    async def test_someone_without_an_address_is_nobody_new(self, door: MemoryDoor) -> None:
        with pytest.raises(EmailUnverified):
            await door.enters(email=None)

    async def test_the_address_of_someone_with_another_sign_in_opens_nothing(self, known: MemoryDoor) -> None:
        with pytest.raises(LinkedElsewhere):
            await known.enters(subject=OTHER_SUBJECT)
        assert (await known.user(ANA)).supabase_id == SUBJECT
        assert known.written == []

    @pytest.mark.parametrize("email", [None, "ana@example.com"])
    async def test_a_known_sign_in_is_proven_each_time(self, known: MemoryDoor, email: str | None) -> None:
        # Somebody may have set a password for the address before its owner proved it.
        with pytest.raises(EmailUnverified):
            await known.enters(email=email, email_verified=False)
        assert (await known.enters(email="ana@example.com", email_verified=True)).user_id == ANA
        with pytest.raises(EmailUnverified):
            await known.enters(email=email, email_verified=False)

    async def test_first_requests_at_once_make_one_user(self, door: MemoryDoor) -> None:
        token = door.tokens.token(an_identity())
        actors = await asyncio.gather(*(door.brings(token) for _ in range(20)))
        assert len({actor.user_id for actor in actors}) == len(door.store.table(USERS).by_key) == 1
        assert door.written == ["UsersRegistered", "UserLinked", "SignInFollowed"]

    async def test_someone_deactivated_stays_outside(self, known: MemoryDoor) -> None:
        await known.does(DeactivateUsers((ANA,)))
        begun = known.units.begun
        with pytest.raises(UserDeactivated):
            await known.enters(email="new@example.com", issued_at=NOON + 5 * HOUR)
        assert (known.units.begun, (await known.user(ANA)).email) == (begun, "ana@example.com")

    async def test_someone_deactivated_on_the_roster_stays_outside_too(self, door: MemoryDoor) -> None:
        left = a_user(1, email="ana@example.com")
        left.is_active = False
        await door.holds(left)
        for _ in range(2):
            with pytest.raises(UserDeactivated):
                await door.enters()
        assert not (await door.user(ANA)).is_active

    async def test_who_was_erased_comes_back_with_another_account_only(self, known: MemoryDoor) -> None:
        await known.does(EraseUser(ANA))
        with pytest.raises(SignInEnded):
            await known.enters()
        actor = await known.enters(subject=OTHER_SUBJECT)
        assert actor.user_id != ANA
        assert not (await known.user(ANA)).is_active


class TestSecondFactor:
    @pytest.fixture
    async def careful(self) -> MemoryDoor:
        """Ana has signed in before, and needs a second factor as an administrator."""
        door = MemoryDoor(second_factor_for=frozenset({Role.ADMIN, Role.COMPLIANCE}))
        await door.holds(a_user(1, email="ana@example.com", supabase_id=SUBJECT, email_confirmed=True))
        return door

    async def test_some_roles_come_in_with_a_second_factor_only(self, careful: MemoryDoor) -> None:
        assert (await careful.enters()).role is Role.AUTHENTICATED
        await careful.does(EditUser(ANA, role=Role.COMPLIANCE))
        with pytest.raises(SecondFactorRequired):
            await careful.enters()
        assert (await careful.enters(second_factor=True)).role is Role.COMPLIANCE
        with pytest.raises(SecondFactorRequired):
            await careful.enters()

    async def test_other_roles_do_not_need_it(self, careful: MemoryDoor) -> None:
        await careful.does(EditUser(ANA, role=Role.MANAGER))
        assert (await careful.enters()).role is Role.MANAGER


class TestFollowing:
    async def test_a_new_verified_address_is_taken_over(self, known: MemoryDoor) -> None:
        await known.enters(email="ana.new@example.com", issued_at=NOON + HOUR)
        user = await known.user(ANA)
        assert (user.email, user.email_confirmed, user.version) == ("ana.new@example.com", True, 2)
        assert known.written == ["UsersEdited", "SignInFollowed"]

    async def test_an_unverified_one_is_not(self, known: MemoryDoor) -> None:
        with pytest.raises(EmailUnverified):
            await known.enters(email="ana.new@example.com", email_verified=False, issued_at=NOON + HOUR)
        assert (await known.user(ANA)).email == "ana@example.com"

    async def test_nor_is_someone_elses(self, known: MemoryDoor) -> None:
        taken = {"email": "ben@example.com", "issued_at": NOON + HOUR}
        assert (await known.enters(**taken)).user_id == ANA
        assert ((await known.user(ANA)).email, known.written) == ("ana@example.com", ["SignInFollowed"])
        # Nor is it tried again with each request.
        known.units.begun = 0
        known.clock.advance(MOMENT)
        await known.enters(**taken)
        assert known.units.begun == 0

    async def test_a_token_from_before_the_change_does_not_undo_it(self, known: MemoryDoor) -> None:
        await known.enters(email="ana.new@example.com", issued_at=NOON + 2 * HOUR)
        for minutes in (0, 60, 120):
            known.clock.advance(MOMENT)
            await known.enters(issued_at=NOON + timedelta(minutes=minutes))
        assert (await known.user(ANA)).email == "ana.new@example.com"
        assert known.written == ["UsersEdited", "SignInFollowed"]

    async def test_the_last_sign_in_is_written_at_most_hourly(self, known: MemoryDoor) -> None:
        for minutes in (0, 30, 59, 60, 90, 119, 121):
            known.clock.advance(MOMENT)
            await known.enters(issued_at=NOON + timedelta(minutes=minutes))
        assert known.units.begun == 2
        user = await known.user(ANA)
        assert (user.last_sign_in, user.version) == (NOON + timedelta(minutes=121), 1)
        assert known.written == ["SignInFollowed"] * 2

    async def test_an_ordinary_request_writes_nothing(self, known: MemoryDoor) -> None:
        for _ in range(3):
            known.clock.advance(MOMENT)
            await known.enters()
        assert (known.units.begun, known.people.reads) == (0, 3)


class TestMemory:
    async def test_what_one_may_do_is_read_once_in_a_moment(self, known: MemoryDoor) -> None:
        for _ in range(5):
            await known.enters()
        known.clock.advance(MOMENT - timedelta(microseconds=1))
        await known.enters()
        assert known.people.reads == 1
        known.clock.advance(timedelta(microseconds=1))
        await known.enters()
        assert known.people.reads == 2

    async def test_what_others_change_is_known_after_that_moment(self, known: MemoryDoor) -> None:
        await known.enters()
        # As another process does: this one hears nothing of it.
        known.store.table(USERS).by_key[ANA].role = Role.ADMIN
        assert (await known.enters()).role is Role.AUTHENTICATED
        known.clock.advance(MOMENT)
        assert (await known.enters()).role is Role.ADMIN

    async def test_a_clock_that_was_set_back_makes_nothing_last_longer(self, known: MemoryDoor) -> None:
        await known.enters()
        known.clock.advance(-HOUR)
        await known.enters()
        assert known.people.reads == 2

    @pytest.mark.parametrize(
        "change",
        [
            EditUser(ANA, role=Role.ADMIN),
            EditUser(ANA, managed_departments=("Lab",)),
            GrantRole("ana@example.com", Role.MANAGER, ("Lab",)),
        ],
    )
    async def test_a_change_here_is_known_at_once(self, known: MemoryDoor, change: Command[Any]) -> None:
        before = await known.enters()
        await known.does(change)
        after = await known.enters()
        assert (before.role, before.departments) == (Role.AUTHENTICATED, ())
        assert (after.role, after.departments) != (before.role, before.departments)

    @pytest.mark.parametrize(
        "change",
        [DeactivateUsers((ANA,)), EditUser(ANA, is_active=False), EndAccount(SUBJECT), EndSignIn(EMAIL, COMPROMISED)],
        ids=lambda change: type(change).__name__,
    )
    async def test_who_is_deactivated_here_is_out_at_once(self, known: MemoryDoor, change: Command[Any]) -> None:
        await known.enters()
        await known.does(change)
        with pytest.raises((UserDeactivated, SignInEnded)):
            await known.enters()

    async def test_a_refusal_is_remembered_for_that_moment_too(self, known: MemoryDoor) -> None:
        waits = a_user(3, email="cy@example.com", role=Role.ADMIN)
        await known.holds(waits)
        subjects = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(3)]
        for subject, email, refusal in (
            (subjects[0], "ana@example.com", LinkedElsewhere),
            (subjects[1], "nobody@elsewhere.example", NotAdmitted),
            (subjects[2], "cy@example.com", SignInUnconfirmed),
        ):
            known.units.begun = known.people.reads = 0
            for _ in range(5):
                with pytest.raises(refusal):
                    await known.enters(subject=subject, email=email)
            assert (known.units.begun, known.people.reads) == (1, 1)
            known.clock.advance(MOMENT)
            with pytest.raises(refusal):
                await known.enters(subject=subject, email=email)
            assert known.units.begun == 2

    async def test_with_another_address_one_is_not_refused_for_the_last(self, known: MemoryDoor) -> None:
        with pytest.raises(LinkedElsewhere):
            await known.enters(subject=OTHER_SUBJECT)
        assert (await known.enters(subject=OTHER_SUBJECT, email="ben@example.com")).user_id == uid(2)

    @pytest.mark.parametrize(
        "change",
        [
            RegisterUser("cy@elsewhere.example"),
            EditUser(uid(2), email="cy@elsewhere.example"),
            ImportRoster(Lines({"email": "cy@elsewhere.example"})),
        ],
        ids=lambda change: type(change).__name__,
    )
    async def test_who_is_let_in_here_is_in_at_once(self, known: MemoryDoor, change: Command[Any]) -> None:
        new = {"subject": OTHER_SUBJECT, "email": "cy@elsewhere.example"}
        with pytest.raises(NotAdmitted):
            await known.enters(**new)
        await known.does(change)
        assert (await known.enters(**new)).role is Role.AUTHENTICATED

    async def test_importing_the_roster_takes_nothing_from_anyone(self, known: MemoryDoor) -> None:
        await known.does(EditUser(ANA, role=Role.MANAGER, managed_departments=("Lab",)))
        before = await known.enters()
        await known.does(ImportRoster(Lines({"email": "ana@example.com", "department": "Lab"})))
        assert await known.enters() == before
        assert (await known.user(ANA)).department == "Lab"

    async def test_a_newcomer_does_not_make_us_forget_the_others(self, known: MemoryDoor) -> None:
        await known.enters()
        await known.enters(subject=OTHER_SUBJECT, email="cy@example.com")
        reads = known.people.reads
        await known.enters()
        assert known.people.reads == reads

    async def test_a_look_that_a_change_overtakes_is_not_remembered(self, known: MemoryDoor) -> None:
        known.people.held.clear()
        overtaken = asyncio.create_task(known.enters())
        await known.people.waiting.wait()
        await known.does(DeactivateUsers((ANA,)))
        known.people.held.set()
        assert (await overtaken).user_id == ANA
        with pytest.raises(UserDeactivated):
            await known.enters()

    async def test_after_linking_what_one_may_do_is_read_again(self, door: MemoryDoor) -> None:
        await door.holds(a_user(1, email="ana@example.com"))
        await door.enters()
        assert door.written == ["UserLinked", "SignInFollowed"]
        door.store.table(USERS).by_key[ANA].is_active = False
        with pytest.raises(UserDeactivated):
            await door.enters()

    async def test_no_more_people_are_remembered_than_there_is_room_for(self) -> None:
        door = MemoryDoor(most_remembered=3)
        subjects = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(5)]
        for number, subject in enumerate(subjects):
            await door.enters(subject=subject, email=f"user{number}@example.com")
        door.people.reads = 0
        for number, subject in reversed(list(enumerate(subjects))):
            await door.enters(subject=subject, email=f"user{number}@example.com")
        assert door.people.reads == 2
