"""Whose sign-in it is: what an address opens, what waits for an administrator, and what opens nothing any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.people.tables import ENDED_SIGN_INS, USERS
from application.kernel.access import Actor
from application.kernel.messages import Command
from application.people.sign_ins.accounts import Account, EndAccount, FollowAccount, Followed, LinkedAccounts
from application.people.sign_ins.linking import ConfirmSignIn, EndSignIn, LinkSignIn, UnlinkSignIn
from application.people.users.commands import EditUser
from application.people.users.queries import ListUsers
from application.people.users.roles import GrantRole
from application.privacy.personal_data import EraseUser
from domain.kernel.errors import StaleVersion
from domain.kernel.roles import Role
from domain.people.sign_in_errors import (
    LinkedElsewhere,
    NotAdmitted,
    SignInEnded,
    SignInNotLinked,
    SignInUnconfirmed,
    UserDeactivated,
)
from domain.people.sign_ins import DEVELOPMENT, Admission, EndReason, LinkReason, fingerprint_of
from domain.people.user_errors import OwnAccess, SupabaseIdTaken, UserInactive, UserNotFound
from kit.about import for_each
from kit.examples import a_user, uid
from kit.surroundings import NOON
from worlds.front_door import OTHER_SUBJECT, SUBJECT, MemoryDoor

ANA, BEN = uid(1), uid(2)
EMAIL = "ana@example.com"
HOUR = timedelta(hours=1)


def linked(user_id: UUID = ANA, subject: str = OTHER_SUBJECT) -> LinkSignIn:
    return LinkSignIn(user_id, UUID(subject), LinkReason.NEW_ACCOUNT)


@pytest.fixture
async def door() -> MemoryDoor:
    """Ana learns and has signed in; Ben is an administrator."""
    door = MemoryDoor()
    ben = a_user(2, email="ben@example.com", role=Role.ADMIN, supabase_id=f"{DEVELOPMENT}{uid(2)}")
    await door.holds(a_user(1, email=EMAIL, supabase_id=SUBJECT, email_confirmed=True), ben)
    return door


@pytest.fixture
async def manager() -> MemoryDoor:
    """Ana manages and has never signed in."""
    door = MemoryDoor()
    await door.holds(a_user(1, email=EMAIL, role=Role.MANAGER, managed_departments=("Hygiene",)), a_user(2))
    return door


class TestAnAccountMadeAnew:
    """The account was deleted in Supabase, and its owner has another one with the same address."""

    async def test_its_owner_has_her_own_records_again(self, door: MemoryDoor) -> None:
        assert (await door.enters()).user_id == ANA
        assert await door.does(EndAccount(SUBJECT)) is Followed.DEACTIVATED
        with pytest.raises(UserDeactivated):
            await door.enters(subject=OTHER_SUBJECT)
        await door.does(EditUser(ANA, is_active=True))
        assert (await door.enters(subject=OTHER_SUBJECT)).user_id == ANA

    async def test_the_token_of_the_old_one_opens_nothing(self, door: MemoryDoor) -> None:
        await door.does(EndAccount(SUBJECT))
        await door.does(EditUser(ANA, is_active=True))
        with pytest.raises(SignInEnded):
            await door.enters()
        assert (await door.user(ANA)).supabase_id is None

    async def test_one_that_was_restored_is_followed_again(self, door: MemoryDoor) -> None:
        await door.does(EndAccount(SUBJECT))
        await door.does(EditUser(ANA, is_active=True))
        late = Account(SUBJECT, EMAIL, email_confirmed=True, as_of=NOON - HOUR)
        restored = Account(SUBJECT, EMAIL, email_confirmed=True, as_of=NOON + HOUR)
        assert await door.does(FollowAccount(late)) is Followed.IGNORED
        assert await door.does(FollowAccount(restored, dry_run=True)) is Followed.LINKED
        assert await door.does(FollowAccount(restored)) is Followed.LINKED
        assert (await door.enters()).user_id == ANA

    async def test_an_administrator_may_link_it_too(self, door: MemoryDoor) -> None:
        view = await door.does(linked())
        assert (view.supabase_id, view.version) == (OTHER_SUBJECT, 2)
        assert (await door.enters(subject=OTHER_SUBJECT)).user_id == ANA
        with pytest.raises(SignInEnded):
            await door.enters()
        assert door.written == ["UserLinked", "SignInFollowed"]

    async def test_and_back(self, door: MemoryDoor) -> None:
        await door.does(linked())
        await door.does(linked(subject=SUBJECT))
        assert (await door.enters()).user_id == ANA
        with pytest.raises(SignInEnded):
            await door.enters(subject=OTHER_SUBJECT)


class TestWhoeverMayDoMore:
    async def test_the_address_alone_opens_nothing_and_says_so(self, manager: MemoryDoor) -> None:
        for _ in range(3):
            with pytest.raises(SignInUnconfirmed, match="Ask an administrator to confirm your sign-in"):
                await manager.enters()
        user = await manager.user(ANA)
        assert (user.supabase_id, user.requested_sign_in, user.version) == (None, SUBJECT, 2)
        assert manager.written == ["SignInRequested"]

    async def test_administrators_see_it_and_confirm_it(self, manager: MemoryDoor) -> None:
        with pytest.raises(SignInUnconfirmed):
            await manager.enters()
        (waiting,) = (await manager.bus.ask(ListUsers(sign_in_requested=True), Actor.system())).items
        assert (waiting.id, waiting.requested_sign_in) == (ANA, SUBJECT)
        command = LinkSignIn(ANA, UUID(SUBJECT), LinkReason.CONFIRMED, "I have seen her.", frozenset({2}))
        view = await manager.does(command)
        assert (view.supabase_id, view.requested_sign_in, view.sign_in_note) == (SUBJECT, None, "I have seen her.")
        actor = await manager.enters()
        assert (actor.user_id, actor.role, actor.departments) == (ANA, Role.MANAGER, ("Hygiene",))

    async def test_what_was_decided_on_is_what_is_linked(self, manager: MemoryDoor) -> None:
        for subject in (SUBJECT, OTHER_SUBJECT):
            with pytest.raises(SignInUnconfirmed):
                await manager.enters(subject=subject)
        with pytest.raises(StaleVersion):
            await manager.does(LinkSignIn(ANA, UUID(SUBJECT), LinkReason.CONFIRMED, None, frozenset({2})))

    async def test_one_that_is_declined_does_not_wait_again(self, manager: MemoryDoor) -> None:
        with pytest.raises(SignInUnconfirmed):
            await manager.enters()
        assert (await manager.does(UnlinkSignIn(ANA, LinkReason.WRONG_PERSON))).requested_sign_in is None
        with pytest.raises(SignInEnded):
            await manager.enters()

    async def test_the_first_administrator_comes_in_by_the_command_line(self) -> None:
        door = MemoryDoor()
        await door.holds(a_user(1, email=EMAIL, role=Role.ADMIN))
        with pytest.raises(SignInNotLinked, match="let the person sign in first"):
            await door.does(ConfirmSignIn(EMAIL))
        with pytest.raises(SignInUnconfirmed):
            await door.enters()
        assert await door.does(ConfirmSignIn(EMAIL.upper())) == SUBJECT
        assert (await door.enters()).role is Role.ADMIN

    async def test_or_without_having_tried_by_the_accounts_id(self) -> None:
        door = MemoryDoor()
        await door.holds(a_user(1, email=EMAIL, role=Role.ADMIN))
        await door.does(ConfirmSignIn(EMAIL, UUID(SUBJECT)))
        assert (await door.enters()).role is Role.ADMIN

    async def test_a_role_given_later_needs_no_other_sign_in_than_the_confirmed_one(self, door: MemoryDoor) -> None:
        await door.does(EditUser(ANA, role=Role.COMPLIANCE))
        assert (await door.enters()).role is Role.COMPLIANCE


PROMOTIONS = [
    EditUser(ANA, role=Role.COMPLIANCE),
    EditUser(ANA, managed_departments=("Hygiene",)),
    GrantRole(EMAIL, Role.ADMIN),
    GrantRole(EMAIL, Role.AUTHENTICATED, ("Hygiene",)),
]


class TestWhoeverMayDoMoreLater:
    """Ana learned, and nothing but her address spoke for her sign-in."""

    @pytest.fixture
    async def learner(self) -> MemoryDoor:
        door = MemoryDoor()
        await door.holds(a_user(1, email=EMAIL), a_user(2, email="ben@example.com", role=Role.ADMIN))
        await door.enters()
        return door

    @pytest.mark.parametrize("promotion", PROMOTIONS)
    async def test_waits_until_the_sign_in_is_confirmed(self, learner: MemoryDoor, promotion: Command[Any]) -> None:
        await learner.does(promotion)
        assert [name for name in learner.written if name != "UsersEdited"] == [
            *("UserLinked", "SignInFollowed", "RoleChanged", "UserUnlinked", "SignInRequested")
        ]
        for _ in range(2):
            with pytest.raises(SignInUnconfirmed):
                await learner.enters()
        (waiting,) = (await learner.bus.ask(ListUsers(sign_in_requested=True), Actor.system())).items
        assert (waiting.id, waiting.supabase_id, waiting.requested_sign_in, waiting.version) == (ANA, None, SUBJECT, 3)
        await learner.does(LinkSignIn(ANA, UUID(SUBJECT), LinkReason.CONFIRMED, expected_versions=frozenset({3})))
        assert (await learner.enters()).user_id == ANA

    @pytest.mark.parametrize("promotion", PROMOTIONS)
    async def test_what_was_confirmed_is_not_asked_again(self, learner: MemoryDoor, promotion: Command[Any]) -> None:
        await learner.does(LinkSignIn(ANA, UUID(SUBJECT), LinkReason.CONFIRMED))
        for command in (promotion, GrantRole(EMAIL, Role.AUTHENTICATED), promotion):
            await learner.does(command)
            assert (await learner.enters()).user_id == ANA

    async def test_somebody_new_with_an_admitted_domain_waits_as_well(self) -> None:
        for begin in ("token", "webhook"):
            door = MemoryDoor()
            if begin == "token":
                await door.enters()
            else:
                assert await door.does(FollowAccount(Account(SUBJECT, EMAIL, True))) is Followed.CREATED
            await door.does(GrantRole(EMAIL, Role.MANAGER))
            with pytest.raises(SignInUnconfirmed):
                await door.enters()
            assert await door.does(ConfirmSignIn(EMAIL)) == SUBJECT
            assert (await door.enters()).role is Role.MANAGER

    async def test_a_new_address_makes_nobody_else_of_it(self, learner: MemoryDoor) -> None:
        await learner.does(EditUser(ANA, email="ana.new@example.com", role=Role.MANAGER))
        with pytest.raises(SignInUnconfirmed):
            await learner.enters()
        assert await learner.does(FollowAccount(Account(SUBJECT, EMAIL, True))) is Followed.WAITING
        assert len(learner.store.table(USERS).by_key) == 2

    async def test_what_changes_nothing_of_what_one_may_do_leaves_the_sign_in(self, learner: MemoryDoor) -> None:
        await learner.does(EditUser(ANA, full_name="Ana Ruiz Cano"))
        assert (await learner.enters()).user_id == ANA

    async def test_the_operator_confirms_with_the_role(self, learner: MemoryDoor) -> None:
        await learner.does(GrantRole(EMAIL, Role.ADMIN, subject=UUID(SUBJECT)))
        assert (await learner.enters()).role is Role.ADMIN
        with pytest.raises(SupabaseIdTaken):
            await learner.does(GrantRole("new@example.com", Role.ADMIN, subject=UUID(SUBJECT)))
        assert len(learner.store.table(USERS).by_key) == 2
        await learner.does(GrantRole("new@example.com", Role.AUTHOR, subject=UUID(OTHER_SUBJECT)))
        assert (await learner.enters(subject=OTHER_SUBJECT, email="new@example.com")).role is Role.AUTHOR

    async def test_the_development_issuer_confirms_its_own(self) -> None:
        door = MemoryDoor()
        pilot = f"{DEVELOPMENT}{SUBJECT}"
        await door.holds(a_user(1, email=EMAIL))
        for subject, email in ((pilot, EMAIL), (f"{DEVELOPMENT}{OTHER_SUBJECT}", "new@example.com")):
            await door.enters(subject=subject, email=email)
            await door.does(GrantRole(email, Role.ADMIN))
            assert (await door.enters(subject=subject, email=email)).role is Role.ADMIN


class TestWithoutAnAddress:
    @pytest.fixture
    async def office(self) -> MemoryDoor:
        """Ana has an employee id and no address; Ben's address is Ana's employee id in Carla's company."""
        door = MemoryDoor()
        people = [a_user(1, employee_id="E-7"), a_user(2, email="ben@example.com"), a_user(3)]
        people[0].email, people[2].employee_id = None, "ben@example.com"
        await door.holds(*people)
        return door

    async def test_nobody_signs_in_until_an_account_is_linked_by_hand(self, office: MemoryDoor) -> None:
        assert (await office.enters()).user_id not in (ANA, BEN)
        assert await office.does(ConfirmSignIn(" e-7", UUID(OTHER_SUBJECT))) == OTHER_SUBJECT
        assert (await office.enters(subject=OTHER_SUBJECT, email="ana.new@example.com")).user_id == ANA
        assert (await office.user(ANA)).email == "ana.new@example.com"

    async def test_an_address_that_somebody_else_has_is_not_taken_over(self, office: MemoryDoor) -> None:
        await office.does(GrantRole("E-7", Role.ADMIN, subject=UUID(SUBJECT)))
        assert (await office.enters(email="ben@example.com")).role is Role.ADMIN
        assert [(await office.user(each)).email for each in (ANA, BEN)] == [None, "ben@example.com"]

    async def test_operators_name_people_by_address_or_else_by_employee_id(self, office: MemoryDoor) -> None:
        await office.does(GrantRole("ben@example.com", Role.AUTHOR))
        assert (await office.user(BEN)).role is Role.AUTHOR
        await office.does(EditUser(BEN, email=None, full_name="Ben"))
        await office.does(GrantRole("ben@example.com", Role.COMPLIANCE))
        assert [(await office.user(uid(n))).role for n in (2, 3)] == [Role.AUTHOR, Role.COMPLIANCE]

    async def test_an_employee_id_that_nobody_has_registers_nobody(self, office: MemoryDoor) -> None:
        commands: list[Command[Any]] = [GrantRole("E-8", Role.ADMIN), ConfirmSignIn("E-8")]
        for command in (*commands, EndSignIn("E-8", LinkReason.OTHER)):
            with pytest.raises(UserNotFound, match="employee id"):
                await office.does(command)


class TestUnlinking:
    async def test_the_sign_in_opens_nothing_any_more_and_another_one_does(self, door: MemoryDoor) -> None:
        view = await door.does(UnlinkSignIn(ANA, LinkReason.COMPROMISED, "Her phone was stolen."))
        assert (view.supabase_id, view.sign_in_note) == (None, "Her phone was stolen.")
        with pytest.raises(SignInEnded):
            await door.enters()
        assert await door.does(FollowAccount(Account(SUBJECT, EMAIL, True, as_of=NOON + HOUR))) is Followed.IGNORED
        assert (await door.enters(subject=OTHER_SUBJECT)).user_id == ANA
        assert door.written == ["UserUnlinked", "UserLinked", "SignInFollowed"]

    async def test_by_the_command_line(self, door: MemoryDoor) -> None:
        await door.does(EndSignIn(EMAIL, LinkReason.COMPROMISED))
        with pytest.raises(SignInNotLinked):
            await door.does(EndSignIn(EMAIL, LinkReason.COMPROMISED))
        with pytest.raises(UserNotFound, match="e-mail"):
            await door.does(EndSignIn("nobody@example.com", LinkReason.OTHER))

    async def test_nobody_decides_about_their_own(self, door: MemoryDoor) -> None:
        for command in (linked(BEN), UnlinkSignIn(BEN, LinkReason.OTHER)):
            with pytest.raises(OwnAccess):
                await door.bus.execute(command, Actor(BEN, Role.ADMIN))

    async def test_a_sign_in_belongs_to_one_person(self, door: MemoryDoor) -> None:
        with pytest.raises(SupabaseIdTaken):
            await door.does(linked(BEN, SUBJECT))
        assert (await door.user(ANA)).supabase_id == SUBJECT

    async def test_who_was_deactivated_gets_none(self, door: MemoryDoor) -> None:
        await door.does(EditUser(ANA, is_active=False))
        with pytest.raises(UserInactive):
            await door.does(linked())


class TestAfterAPilot:
    async def test_a_learner_comes_in_by_supabase_with_the_same_address(self) -> None:
        door = MemoryDoor()
        pilot = f"{DEVELOPMENT}{SUBJECT}"
        await door.enters(subject=pilot)
        (user,) = door.store.table(USERS).rows()
        assert (await door.enters(subject=OTHER_SUBJECT)).user_id == user.id
        with pytest.raises(LinkedElsewhere):
            await door.enters(subject=pilot)

    async def test_the_account_is_followed_and_nobody_is_missed(self, door: MemoryDoor) -> None:
        assert await door.bus.ask(LinkedAccounts(), Actor.system()) == [SUBJECT]
        account = Account(OTHER_SUBJECT, "ben@example.com", True)
        assert await door.does(FollowAccount(account)) is Followed.WAITING
        await door.does(ConfirmSignIn("ben@example.com"))
        assert (await door.enters(subject=OTHER_SUBJECT, email="ben@example.com")).role is Role.ADMIN


class TestErasure:
    async def test_no_token_and_no_account_begins_a_new_person(self, door: MemoryDoor) -> None:
        await door.does(EraseUser(ANA))
        with pytest.raises(SignInEnded):
            await door.enters()
        account = Account(SUBJECT, EMAIL, True, as_of=NOON + HOUR)
        assert await door.does(FollowAccount(account)) is Followed.IGNORED
        assert len(door.store.table(USERS).by_key) == 2

    async def test_nor_of_somebody_whose_account_was_deleted_before(self, door: MemoryDoor) -> None:
        await door.does(EndAccount(SUBJECT))
        await door.does(EraseUser(ANA))
        with pytest.raises(SignInEnded):
            await door.enters()
        restored = Account(SUBJECT, EMAIL, True, as_of=NOON + HOUR)
        assert await door.does(FollowAccount(restored)) is Followed.IGNORED

    async def test_nor_one_that_waited(self, manager: MemoryDoor) -> None:
        with pytest.raises(SignInUnconfirmed):
            await manager.enters()
        await manager.does(EraseUser(ANA))
        with pytest.raises(SignInEnded):
            await manager.enters()

    async def test_neither_id_nor_address_is_kept(self, door: MemoryDoor) -> None:
        await door.does(EraseUser(ANA))
        kept = repr(door.store.table(ENDED_SIGN_INS).by_key) + repr(
            [vars(user) for user in door.store.table(USERS).rows()]
        )
        assert SUBJECT not in kept
        assert EMAIL not in kept
        assert fingerprint_of(SUBJECT) in kept
        assert [ended.reason for _, ended in door.store.table(ENDED_SIGN_INS).rows()] == [EndReason.ERASED]


class TestAdmission:
    async def test_who_is_not_on_the_roster_needs_an_admitted_domain(self, door: MemoryDoor) -> None:
        for email in ("cy@other.example", "cy@sub.example.com", "cy@example.com.other.example"):
            with pytest.raises(NotAdmitted):
                await door.enters(subject=OTHER_SUBJECT, email=email)
        assert (await door.enters(subject=OTHER_SUBJECT, email="cy@example.com")).role is Role.AUTHENTICATED

    async def test_the_roster_admits_whatever_the_domain(self) -> None:
        door = MemoryDoor()
        await door.holds(a_user(1, email="ana@other.example"))
        assert (await door.enters(email="ana@other.example")).user_id == ANA

    @for_each(
        ("email", "admitted"),
        [
            ("ana@example.com", True),
            (" Ana@EXAMPLE.com ", True),
            ("ana@sub.example.com", False),
            ("ana@example.com.", False),
            ("ana@notexample.com", False),
            ("ana@other.example@example.com", True),
            ("example.com", False),
            ("@", False),
            ("", False),
        ],
    )
    def test_a_domain_is_meant_to_the_letter(self, email: str, admitted: bool) -> None:
        assert Admission(frozenset({"example.com"})).admits(email) is admitted

    def test_without_domains_nobody_is_admitted(self) -> None:
        assert not Admission().admits("ana@example.com")
        assert not Admission().admits("ana@")
