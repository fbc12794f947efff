"""People: registering, editing, signing in, losing access and being forgotten."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.kernel.errors import Conflict, DomainError, Forbidden, InvalidValue, NotFound
from domain.kernel.roles import Role
from domain.people.names import name_key
from domain.people.sign_in_errors import EmailUnverified, LinkedElsewhere, SignInNotLinked, UserDeactivated
from domain.people.sign_ins import DEVELOPMENT, LinkReason
from domain.people.user_errors import EmailTaken, OwnAccess, SupabaseIdTaken, UserInactive, UserNotFound
from domain.people.user_events import (
    AccessEvent,
    RoleChanged,
    SignInFollowed,
    SignInRequested,
    UserErased,
    UserLinked,
    UserReactivated,
    UsersDeactivated,
    UsersEdited,
    UsersRegistered,
    UserUnlinked,
)
from domain.people.users import User
from kit.about import for_each
from kit.examples import LATER, NOW, a_user, uid

PROFILE: dict[str, Any] = {
    "email": "ana@example.com",
    "employee_id": "E-00123",
    "full_name": "Ana Nováková",
    "department": "Hygiene",
    "job_title": "Hygienist",
    "location": "Austin",
    "hired_on": date(2024, 2, 29),
    "role": Role.MANAGER,
    "profile_metadata": {"license": {"state": "TX"}},
    "managed_departments": ("Hygiene", "Recall"),
}
SUBJECT = "8f14e45f-ceea-467f-9c1b-6a2f5d6e0b11"
DAY = timedelta(days=1)


def profile_of(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in PROFILE}


def test_registering_needs_only_an_email_address() -> None:
    user = User(uid(1), email="ana@example.com", now=NOW)
    assert profile_of(user) == {
        "email": "ana@example.com",
        "employee_id": None,
        "full_name": None,
        "department": None,
        "job_title": None,
        "location": None,
        "hired_on": None,
        "role": Role.AUTHENTICATED,
        "profile_metadata": {},
        "managed_departments": (),
    }
    assert user.erased_at is None
    assert (user.is_active, user.email_confirmed, user.last_sign_in, user.supabase_id) == (True, False, None, None)
    assert (user.version, user.created_at, user.updated_at) == (1, NOW, NOW)
    assert user.take_events() == [UsersRegistered.alone(uid(1))]


def test_a_person_may_be_described_in_full() -> None:
    user = User(uid(1), now=NOW, supabase_id=SUBJECT, email_confirmed=True, **PROFILE)
    assert profile_of(user) == PROFILE
    assert (user.supabase_id, user.email_confirmed) == (SUBJECT, True)


def test_email_addresses_are_kept_in_lower_case() -> None:
    assert a_user(email="Ana@Example.COM").email == "ana@example.com"


BEYOND_LIMITS = [
    ({"email": "ana"}, "email"),
    ({"email": "a" * 64 + "@" + "b" * 190 + ".com"}, "email"),
    ({"employee_id": " - "}, "employee_id"),
    ({"employee_id": "1" * 65}, "employee_id"),
    ({"full_name": ""}, "full_name"),
    ({"full_name": "x" * 201}, "full_name"),
    ({"department": " "}, "department"),
    ({"department": "x" * 121}, "department"),
    ({"job_title": "x" * 121}, "job_title"),
    ({"location": "x" * 121}, "location"),
    ({"profile_metadata": {str(n): n for n in range(101)}}, "profile_metadata"),
    ({"managed_departments": [str(n) for n in range(51)]}, "managed_departments"),
    ({"managed_departments": ["Hygiene", "Hygiene"]}, "managed_departments"),
]


@for_each(("changes", "field"), [*BEYOND_LIMITS, ({"supabase_id": "x" * 65}, "supabase_id")])
def test_a_new_person_keeps_the_limits(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        User(uid(1), now=NOW, **{**PROFILE, **changes})
    assert refusal.value.field == (field,)


@for_each(("changes", "field"), BEYOND_LIMITS)
def test_an_edited_person_keeps_the_limits(changes: dict[str, Any], field: str) -> None:
    user = a_user()
    with pytest.raises(InvalidValue) as refusal:
        user.edit(now=LATER, is_active=True, **{**PROFILE, **changes})
    assert refusal.value.field == (field,)
    assert (user.version, user.updated_at, user.take_events()) == (1, NOW, [])


class TestWithoutAnAddress:
    @pytest.mark.parametrize("known", [{"employee_id": "E-1"}, {"full_name": "Ana"}])
    def test_a_name_or_an_employee_id_is_enough(self, known: dict[str, Any]) -> None:
        user = User(uid(1), now=NOW, **known)
        assert (user.email, user.email_confirmed, user.is_invented) == (None, False, False)

    def test_somebody_unknown_is_refused(self) -> None:
        with pytest.raises(InvalidValue, match="employee_id or a full_name") as refusal:
            User(uid(1), job_title="Hygienist", now=NOW)
        assert refusal.value.field == ("email",)

    def test_an_address_that_is_taken_away_is_no_longer_confirmed(self) -> None:
        user = User(uid(1), now=NOW, email_confirmed=True, **PROFILE)
        user.edit(now=LATER, is_active=True, **{**PROFILE, "email": None})
        assert (user.email, user.email_confirmed) == (None, False)

    def test_the_last_that_tells_who_it_is_cannot_be_taken_away(self) -> None:
        user = User(uid(1), now=NOW, **PROFILE)
        nothing = {**PROFILE, "email": None, "full_name": None, "employee_id": None}
        with pytest.raises(InvalidValue, match="is needed"):
            user.edit(now=LATER, is_active=True, **nothing)
        user = User(uid(1), now=NOW, **PROFILE)
        user.erase(now=LATER)
        user.edit(now=LATER, is_active=True, **nothing)
        assert user.is_active

    def test_an_account_that_an_administrator_has_linked_brings_its_address(self) -> None:
        user = User(uid(1), employee_id="E-1", now=NOW)
        user.link(SUBJECT, LinkReason.CONFIRMED, now=LATER)
        user.follow(email="Ana@example.com", email_verified=True, signed_in_at=NOW, now=LATER)
        assert (user.email, user.email_confirmed) == ("ana@example.com", True)


@for_each(
    ("full_name", "email", "employee_id", "key"),
    [
        ("Zoë", "ana@example.com", "E-1", "zoe"),
        (None, "ana@example.com", "E-1", "ana@example.com"),
        (None, None, "É-1", "e-1"),
        (None, None, None, ""),
    ],
)
def test_people_are_sorted_by_the_best_that_is_known(
    full_name: str | None, email: str | None, employee_id: str | None, key: str
) -> None:
    assert name_key(full_name, email, employee_id) == key


def test_editing_replaces_what_is_kept_of_a_person() -> None:
    user = a_user()
    user.edit(now=LATER, is_active=False, **PROFILE)
    assert (profile_of(user), user.is_active) == (PROFILE, False)
    assert (user.version, user.created_at, user.updated_at) == (2, NOW, LATER)
    assert user.take_events() == [
        UsersEdited.alone(uid(1)),
        RoleChanged(uid(1), Role.MANAGER),
        UsersDeactivated.alone(uid(1)),
    ]
    user.edit(now=LATER, is_active=True, **PROFILE)
    assert user.take_events() == [UsersEdited.alone(uid(1)), UserReactivated(uid(1))]


@pytest.mark.parametrize(("given", "managed"), [({}, ("Hygiene",)), ({"managed_departments": ()}, ())])
def test_the_departments_managed_stay_unless_they_are_given(given: dict[str, Any], managed: tuple[str, ...]) -> None:
    user = a_user(managed_departments=("Hygiene",))
    others = {name: value for name, value in PROFILE.items() if name != "managed_departments"}
    user.edit(now=LATER, is_active=True, **others, **given)
    assert user.managed_departments == managed


def test_a_blank_department_cannot_be_managed() -> None:
    with pytest.raises(InvalidValue) as refusal:
        a_user(managed_departments=("Hygiene", " "))
    assert refusal.value.field == ("managed_departments", 1)


@pytest.mark.parametrize(("email", "confirmed"), [("ANA@example.com", True), ("ana.n@example.com", False)])
def test_a_new_email_address_is_unconfirmed(email: str, confirmed: bool) -> None:
    user = a_user(email="ana@example.com")
    user.email_confirmed = True
    user.edit(now=LATER, is_active=True, **{**PROFILE, "email": email})
    assert (user.email, user.email_confirmed) == (email.lower(), confirmed)


class TestGranting:
    def test_a_role_replaces_the_one_before(self) -> None:
        user = a_user(role=Role.AUTHOR)
        user.grant(Role.MANAGER, ["Hygiene", "Recall"], now=LATER)
        assert (user.role, user.managed_departments) == (Role.MANAGER, ("Hygiene", "Recall"))
        assert (user.version, user.updated_at) == (2, LATER)
        assert user.take_events() == [RoleChanged(uid(1), Role.MANAGER)]

    def test_departments_alone_are_a_change(self) -> None:
        user = a_user(role=Role.MANAGER, managed_departments=("Hygiene",))
        user.grant(Role.MANAGER, (), now=LATER)
        assert (user.managed_departments, user.take_events()) == ((), [RoleChanged(uid(1), Role.MANAGER)])

    def test_the_same_again_is_nothing(self) -> None:
        user = a_user(role=Role.MANAGER, managed_departments=("Hygiene",))
        user.grant(Role.MANAGER, ["Hygiene"], now=LATER)
        assert (user.version, user.updated_at, user.take_events()) == (1, NOW, [])

    def test_the_limits_hold(self) -> None:
        user = a_user()
        with pytest.raises(InvalidValue):
            user.grant(Role.MANAGER, ["Hygiene", "Hygiene"], now=LATER)
        assert (user.version, user.take_events()) == (1, [])


class TestLinking:
    def test_a_sign_in_with_the_address_is_the_persons(self) -> None:
        user = a_user()
        assert user.link_by_address(SUBJECT, now=LATER)
        assert (user.supabase_id, user.email_confirmed) == (SUBJECT, True)
        assert (user.version, user.updated_at) == (2, LATER)
        assert user.take_events() == [UserLinked(uid(1))]

    @pytest.mark.parametrize("link", [User.link, User.link_by_address])
    def test_linking_the_same_again_changes_nothing(self, link: Any) -> None:
        user = a_user(supabase_id=SUBJECT, role=Role.ADMIN)
        link(user, SUBJECT, now=LATER)
        assert (user.supabase_id, user.version, user.take_events()) == (SUBJECT, 1, [])

    def test_a_person_has_one_sign_in(self) -> None:
        user = a_user(supabase_id=SUBJECT)
        with pytest.raises(LinkedElsewhere):
            user.link_by_address("another", now=LATER)
        assert (user.supabase_id, user.version, user.take_events()) == (SUBJECT, 1, [])

    def test_who_was_deactivated_gets_none(self) -> None:
        user = a_user()
        user.is_active = False
        with pytest.raises(UserDeactivated):
            user.link_by_address(SUBJECT, now=LATER)
        assert (user.supabase_id, user.take_events()) == (None, [])

    @for_each(
        ("more", "waits"),
        [
            ({}, False),
            *(({"role": role}, True) for role in Role if role is not Role.AUTHENTICATED),
            ({"managed_departments": ("Lab",)}, True),
        ],
    )
    def test_an_address_alone_does_not_open_more_than_learning(self, more: dict[str, Any], waits: bool) -> None:
        user = a_user(**more)
        assert user.link_by_address(SUBJECT, now=LATER) is not waits
        assert (user.supabase_id, user.requested_sign_in) == ((None, SUBJECT) if waits else (SUBJECT, None))
        assert user.take_events() == [SignInRequested(uid(1)) if waits else UserLinked(uid(1))]
        assert user.link_by_address(SUBJECT, now=LATER) is not waits
        assert (user.version, user.take_events()) == (2, [])

    def test_the_last_sign_in_that_waits_counts(self) -> None:
        user = a_user(role=Role.ADMIN)
        for subject in ("first", "second"):
            assert not user.link_by_address(subject, now=LATER)
        assert user.requested_sign_in == "second"

    def test_a_pilots_development_sign_in_gives_way_to_supabases_and_not_the_other_way_round(self) -> None:
        pilot = f"{DEVELOPMENT}{SUBJECT}"
        user = a_user(supabase_id=pilot)
        assert user.link_by_address(SUBJECT, now=LATER)
        assert user.supabase_id == SUBJECT
        with pytest.raises(LinkedElsewhere):
            user.link_by_address(pilot, now=LATER)
        with pytest.raises(LinkedElsewhere):
            a_user(supabase_id=pilot).link_by_address(f"{DEVELOPMENT}another", now=LATER)

    def test_a_pilots_administrator_waits_too_before_coming_in_by_supabase(self) -> None:
        user = a_user(supabase_id=f"{DEVELOPMENT}{SUBJECT}", role=Role.ADMIN)
        assert not user.link_by_address(SUBJECT, now=LATER)
        assert (user.supabase_id, user.requested_sign_in) == (f"{DEVELOPMENT}{SUBJECT}", SUBJECT)

    def test_the_development_issuer_confirms_everybody(self) -> None:
        assert a_user(role=Role.ADMIN).link_by_address(f"{DEVELOPMENT}{SUBJECT}", now=LATER)

    def test_an_administrator_replaces_one_by_another(self) -> None:
        user = a_user(supabase_id=SUBJECT, role=Role.ADMIN)
        user.requested_sign_in = "waiting"
        user.link("another", LinkReason.NEW_ACCOUNT, "She lost the old one.", now=LATER)
        seen = vars(user)
        assert (seen["supabase_id"], seen["requested_sign_in"]) == ("another", None)
        assert (seen["sign_in_note"], seen["email_confirmed"]) == ("She lost the old one.", False)
        assert user.take_events() == [UserLinked(uid(1), LinkReason.NEW_ACCOUNT)]

    def test_unlinking_ends_what_is_linked_and_what_waits(self) -> None:
        user = a_user(supabase_id=SUBJECT)
        user.requested_sign_in = "waiting"
        assert user.unlink(LinkReason.COMPROMISED, now=LATER) == [SUBJECT, "waiting"]
        assert (vars(user)["supabase_id"], vars(user)["requested_sign_in"]) == (None, None)
        assert user.take_events() == [UserUnlinked(uid(1), LinkReason.COMPROMISED)]
        with pytest.raises(SignInNotLinked):
            user.unlink(LinkReason.OTHER, now=LATER)

    def test_the_limits_hold(self) -> None:
        user = a_user()
        with pytest.raises(InvalidValue):
            user.link("x" * 65, now=LATER)
        with pytest.raises(InvalidValue):
            user.link("x", LinkReason.OTHER, "x" * 501, now=LATER)
        assert user.take_events() == []


class TestFollowing:
    def user(self) -> User:
        user = a_user(email="ana@example.com", email_confirmed=True)
        user.last_sign_in = user.first_sign_in = NOW
        return user

    def test_a_verified_address_is_taken_over(self) -> None:
        user = self.user()
        user.follow(email="Ana.New@Example.com", email_verified=True, signed_in_at=None, now=LATER)
        assert (user.email, user.email_confirmed, user.last_sign_in) == ("ana.new@example.com", True, NOW)
        assert (user.version, user.updated_at) == (2, LATER)
        assert user.take_events() == [UsersEdited.alone(uid(1))]

    def test_older_word_does_not_bring_an_address_back(self) -> None:
        user = self.user()
        user.follow(email="new@example.com", email_verified=True, signed_in_at=None, as_of=NOW, now=LATER)
        for as_of in (NOW - DAY, NOW):
            user.follow(email="ana@example.com", email_verified=True, signed_in_at=None, as_of=as_of, now=LATER)
        assert (user.email, user.email_as_of, user.version) == ("new@example.com", NOW, 2)
        user.follow(email="ana@example.com", email_verified=True, signed_in_at=None, as_of=NOW + DAY, now=LATER)
        assert (user.email, user.email_as_of, user.version) == ("ana@example.com", NOW + DAY, 3)

    def test_word_of_an_unverified_address_does_not_outdate_any_other(self) -> None:
        user = self.user()
        user.follow(email="new@example.com", email_verified=False, signed_in_at=None, as_of=NOW + DAY, now=LATER)
        user.follow(email="new@example.com", email_verified=True, signed_in_at=None, as_of=NOW, now=LATER)
        assert (user.email, user.email_as_of) == ("new@example.com", NOW)

    def test_an_address_that_was_not_confirmed_is(self) -> None:
        user = a_user(email="ana@example.com")
        user.follow(email="ana@example.com", email_verified=True, signed_in_at=None, now=LATER)
        assert (user.email_confirmed, user.version) == (True, 2)

    @pytest.mark.parametrize(("email", "verified"), [("new@example.com", False), (None, True)])
    def test_anything_else_leaves_the_address_alone(self, email: str | None, verified: bool) -> None:
        user = self.user()
        user.follow(email=email, email_verified=verified, signed_in_at=NOW, now=LATER)
        assert (user.email, user.email_confirmed, user.version) == ("ana@example.com", True, 1)
        assert user.take_events() == []

    def test_an_address_that_we_cannot_keep_is_refused(self) -> None:
        user = self.user()
        with pytest.raises(InvalidValue):
            user.follow(email="what", email_verified=True, signed_in_at=None, now=LATER)

    def test_a_sign_in_is_no_change_that_anybody_decided_on(self) -> None:
        user = self.user()
        user.follow(email="ana@example.com", email_verified=True, signed_in_at=NOW + DAY, now=LATER)
        assert user.last_sign_in == NOW + DAY
        assert (user.version, user.updated_at, user.take_events()) == (1, NOW, [SignInFollowed(uid(1))])

    def test_the_first_sign_in_stays(self) -> None:
        user = a_user()
        user.take_events()
        for at in (NOW, NOW + DAY):
            user.follow(email=None, email_verified=False, signed_in_at=at, now=LATER)
        assert (user.first_sign_in, user.last_sign_in) == (NOW, NOW + DAY)
        assert user.take_events() == [SignInFollowed(user.id, is_first=True), SignInFollowed(user.id)]

    @pytest.mark.parametrize("signed_in_at", [NOW - DAY, NOW + timedelta(minutes=59)])
    def test_a_sign_in_that_is_hardly_news_is_passed_over(self, signed_in_at: datetime) -> None:
        user = self.user()
        user.follow(email=None, email_verified=False, signed_in_at=signed_in_at, now=LATER)
        assert user.last_sign_in == NOW


class TestLosingAccess:
    def test_deactivating_ends_what_one_may_do(self) -> None:
        user = a_user()
        user.deactivate(now=LATER)
        assert (user.is_active, user.version, user.updated_at) == (False, 2, LATER)
        assert user.take_events() == [UsersDeactivated(uid(1), (uid(1),))]

    def test_deactivating_again_is_nothing(self) -> None:
        user = a_user()
        user.is_active = False
        user.deactivate(now=LATER)
        assert (user.version, user.updated_at, user.take_events()) == (1, NOW, [])

    def test_erasing_leaves_nothing_that_tells_who_it_was(self) -> None:
        user = User(uid(1), now=NOW, supabase_id=SUBJECT, email_confirmed=True, **PROFILE)
        user.last_sign_in = user.first_sign_in = user.email_as_of = NOW
        user.shown_on = NOW.date()
        user.linked_by_address, user.location_id, user.job_code = True, uid(7), "hygienist"
        user.requested_sign_in, user.sign_in_note = "another", "Asked her."
        user.take_events()
        user.erase(now=LATER)
        left = {name: value for name, value in vars(user).items() if not name.startswith("_")}
        assert left == {
            "id": uid(1),
            "email": None,
            "employee_id": None,
            "supabase_id": None,
            "linked_by_address": False,
            "requested_sign_in": None,
            "sign_in_note": None,
            "demonstration": False,
            "full_name": None,
            "department": None,
            "job_title": None,
            "location": None,
            "location_id": None,
            "job_code": None,
            "merged_into": None,
            "hired_on": None,
            "shown_on": None,
            "role": Role.AUTHENTICATED,
            "managed_departments": (),
            "is_active": False,
            "deactivated_at": LATER,
            "email_confirmed": False,
            "email_as_of": None,
            "erased_at": LATER,
            "last_sign_in": None,
            "first_sign_in": None,
            "profile_metadata": {},
            "version": 2,
            "created_at": NOW,
            "updated_at": LATER,
        }
        assert user.take_events() == [
            UserErased(uid(1)),
            UserUnlinked(uid(1)),
            RoleChanged(uid(1), Role.AUTHENTICATED),
            UsersDeactivated.alone(uid(1)),
        ]


@for_each(
    ("error", "nature", "slug", "message"),
    [
        (UserNotFound, NotFound, "user-not-found", "There is no user with this id."),
        (EmailTaken, Conflict, "email-taken", "Another user has this e-mail address."),
        (SupabaseIdTaken, Conflict, "supabase-id-taken", "Another user has this Supabase id."),
        (UserInactive, Conflict, "user-inactive", "The user is deactivated. Activate the user first."),
        (
            UserDeactivated,
            Forbidden,
            "user-deactivated",
            "Your account here is deactivated. Ask an administrator.",
        ),
        (
            EmailUnverified,
            Forbidden,
            "email-unverified",
            "Verify your e-mail address with the sign-in provider, then sign in again.",
        ),
        (
            LinkedElsewhere,
            Forbidden,
            "linked-elsewhere",
            "Another sign-in is linked to your e-mail address here. Ask an administrator.",
        ),
        (
            OwnAccess,
            Forbidden,
            "own-access",
            "Ask another administrator to change your role, departments, sign-in or whether you are active.",
        ),
    ],
)
def test_errors_say_what_is_wrong(error: type[DomainError], nature: type[DomainError], slug: str, message: str) -> None:
    assert (error.slug, str(error())) == (slug, message)
    assert issubclass(error, nature)


def test_events_name_their_subject() -> None:
    events = [
        UsersRegistered.alone(uid(1)),
        UsersEdited.alone(uid(2)),
        UsersDeactivated(uid(3), (uid(1), uid(2))),
        UserLinked(uid(4)),
        UserErased(uid(5)),
    ]
    assert [event.subject_id for event in events] == [uid(1), uid(2), uid(3), uid(4), uid(5)]
    assert all(isinstance(event, AccessEvent) for event in events)
