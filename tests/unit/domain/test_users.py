"""People, and deactivating several of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Conflict, DomainError, InvalidValue, NotFound
from domain.users import (
    Deactivation,
    EmailTaken,
    Refusal,
    Role,
    SupabaseIdTaken,
    User,
    UserEdited,
    UserInactive,
    UserNotFound,
    UserRegistered,
    UsersDeactivated,
    refuse,
)
from examples import LATER, NOW, a_user, uid

PROFILE: dict[str, Any] = {
    "email": "ana@example.com",
    "full_name": "Ana Nováková",
    "department": "Hygiene",
    "job_title": "Hygienist",
    "location": "Austin",
    "hired_on": date(2024, 2, 29),
    "role": Role.MANAGER,
    "profile_metadata": {"license": {"state": "TX"}},
}


def profile_of(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in PROFILE}


def test_registering_needs_only_an_email_address() -> None:
    user = User(uid(1), email="ana@example.com", now=NOW)
    assert profile_of(user) == {
        "email": "ana@example.com",
        "full_name": None,
        "department": None,
        "job_title": None,
        "location": None,
        "hired_on": None,
        "role": Role.AUTHENTICATED,
        "profile_metadata": {},
    }
    assert (user.is_active, user.email_confirmed, user.last_sign_in, user.supabase_id) == (True, False, None, None)
    assert (user.version, user.created_at, user.updated_at) == (1, NOW, NOW)
    assert user.take_events() == [UserRegistered(uid(1))]


def test_a_person_may_be_described_in_full() -> None:
    user = User(uid(1), now=NOW, supabase_id="8f14e45f", **PROFILE)
    assert profile_of(user) == PROFILE
    assert user.supabase_id == "8f14e45f"


def test_email_addresses_are_kept_in_lower_case() -> None:
    assert a_user(email="Ana@Example.COM").email == "ana@example.com"


BEYOND_LIMITS = [
    ({"email": "ana"}, "email"),
    ({"email": "a" * 64 + "@" + "b" * 190 + ".com"}, "email"),
    ({"full_name": ""}, "full_name"),
    ({"full_name": "x" * 201}, "full_name"),
    ({"department": " "}, "department"),
    ({"department": "x" * 121}, "department"),
    ({"job_title": "x" * 121}, "job_title"),
    ({"location": "x" * 121}, "location"),
    ({"profile_metadata": {str(n): n for n in range(101)}}, "profile_metadata"),
]


@pytest.mark.parametrize(("changes", "field"), [*BEYOND_LIMITS, ({"supabase_id": "x" * 65}, "supabase_id")])
def test_a_new_person_keeps_the_limits(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        User(uid(1), now=NOW, **{**PROFILE, **changes})
    assert refusal.value.field == (field,)


@pytest.mark.parametrize(("changes", "field"), BEYOND_LIMITS)
def test_an_edited_person_keeps_the_limits(changes: dict[str, Any], field: str) -> None:
    user = a_user()
    with pytest.raises(InvalidValue) as refusal:
        user.edit(now=LATER, is_active=True, **{**PROFILE, **changes})
    assert refusal.value.field == (field,)
    assert (user.version, user.updated_at, user.take_events()) == (1, NOW, [])


def test_editing_replaces_what_is_kept_of_a_person() -> None:
    user = a_user()
    user.edit(now=LATER, is_active=False, **PROFILE)
    assert (profile_of(user), user.is_active) == (PROFILE, False)
    assert (user.version, user.created_at, user.updated_at) == (2, NOW, LATER)
    assert user.take_events() == [UserEdited(uid(1), 2)]


@pytest.mark.parametrize(("email", "confirmed"), [("ANA@example.com", True), ("ana.n@example.com", False)])
def test_a_new_email_address_is_unconfirmed(email: str, confirmed: bool) -> None:
    user = a_user(email="ana@example.com")
    user.email_confirmed = True
    user.edit(now=LATER, is_active=True, **{**PROFILE, "email": email})
    assert (user.email, user.email_confirmed) == (email.lower(), confirmed)


@pytest.mark.parametrize(
    ("error", "nature", "slug", "message"),
    [
        (UserNotFound, NotFound, "user-not-found", "There is no user with this id."),
        (EmailTaken, Conflict, "email-taken", "Another user has this e-mail address."),
        (SupabaseIdTaken, Conflict, "supabase-id-taken", "Another user has this Supabase id."),
        (UserInactive, Conflict, "user-inactive", "The user is deactivated. Activate the user first."),
    ],
)
def test_errors_say_what_is_wrong(error: type[DomainError], nature: type[DomainError], slug: str, message: str) -> None:
    assert (error.slug, str(error())) == (slug, message)
    assert issubclass(error, nature)


def test_a_refusal_repeats_the_error_that_one_person_would_meet() -> None:
    assert refuse(uid(1), UserInactive) == Refusal(
        uid(1), "user-inactive", "The user is deactivated. Activate the user first."
    )


def test_events_name_their_subject() -> None:
    events = [UserRegistered(uid(1)), UserEdited(uid(2), 5), UsersDeactivated(uid(3), (uid(1), uid(2)))]
    assert [event.subject_id for event in events] == [uid(1), uid(2), uid(3)]


def test_deactivating_sorts_people_by_what_is_to_be_done() -> None:
    decision = Deactivation.decide(
        [uid(3), uid(1), uid(2), uid(3), uid(4)], {uid(1): True, uid(2): False, uid(3): True}
    )
    assert decision == Deactivation(
        deactivate=(uid(3), uid(1)),
        already_inactive=(uid(2),),
        refused=(Refusal(uid(4), "user-not-found", "There is no user with this id."),),
    )


def test_deactivating_nobody_comes_to_nothing() -> None:
    assert Deactivation.decide([], {uid(1): True}) == Deactivation((), (), ())


@given(
    asked=st.lists(st.integers(1, 9), max_size=20),
    active=st.dictionaries(st.integers(1, 9), st.booleans()),
)
def test_each_person_asked_for_is_in_exactly_one_list(asked: list[int], active: dict[int, bool]) -> None:
    decision = Deactivation.decide([uid(n) for n in asked], {uid(n): is_active for n, is_active in active.items()})
    refused = [refusal.user_id for refusal in decision.refused]
    everyone = [*decision.deactivate, *decision.already_inactive, *refused]
    assert sorted(everyone) == sorted({uid(n) for n in asked})
    assert all(active[user_id.int] for user_id in decision.deactivate)
    assert not any(active[user_id.int] for user_id in decision.already_inactive)
    assert not any(user_id.int in active for user_id in refused)
