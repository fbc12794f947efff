"""Deciding about many people at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.people.bulk import Deactivation, Refusal, refuse
from domain.people.user_errors import UserInactive
from kit.examples import uid


def test_a_refusal_repeats_the_error_that_one_person_would_meet() -> None:
    assert refuse(uid(1), UserInactive) == Refusal(
        uid(1), "user-inactive", "The user is deactivated. Activate the user first."
    )


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
