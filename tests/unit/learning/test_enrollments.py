"""Enrolling people in modules, one by one and many at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.module_life import ModuleNotFound, ModuleNotPublished, ModuleOffer, ModuleStatus, offered_version
from domain.kernel.errors import DomainError, StaleVersion
from domain.learning.bulk_enrollment import BulkEnrollment, Candidate
from domain.learning.enrollment_events import (
    AlreadyEnrolled,
    EnrollmentNotFound,
    EnrollmentWithdrawn,
    UsersEnrolled,
)
from domain.learning.enrollments import Enrollment, EnrollmentFacts
from domain.people.bulk import Refusal
from domain.people.user_errors import UserInactive, UserNotFound
from kit.about import for_each
from kit.examples import NOW, an_enrollment, uid

MODULE, USER, MANAGER, CYCLE = uid(900), uid(1), uid(50), uid(70)
DRAFT, PUBLISHED, ARCHIVED = ModuleStatus

NOT_FOUND = ("user-not-found", "There is no user with this id.")
INACTIVE = ("user-inactive", "The user is deactivated. Activate the user first.")


def opened(facts: EnrollmentFacts) -> Enrollment:
    return Enrollment.open(MODULE, USER, facts, cycle_id=CYCLE, enrolled_by=MANAGER, now=NOW)


def test_an_active_user_is_enrolled_in_a_published_module() -> None:
    enrollment = opened(EnrollmentFacts(ModuleOffer(PUBLISHED, 3), user_is_active=True, already_enrolled=False))
    assert (enrollment.module_id, enrollment.user_id, enrollment.enrolled_by) == (MODULE, USER, MANAGER)
    assert (enrollment.version, enrollment.enrolled_at, enrollment.updated_at) == (1, NOW, NOW)
    assert (enrollment.version_number, enrollment.cycle_id) == (3, CYCLE)
    assert (enrollment.started_at, enrollment.completed_at, enrollment.completions) == (None, None, [])
    assert enrollment.take_events() == [UsersEnrolled(MODULE, (USER,))]


def test_the_service_itself_may_enroll_someone() -> None:
    facts = EnrollmentFacts(ModuleOffer(PUBLISHED, 3), user_is_active=True, already_enrolled=False)
    assert Enrollment.open(MODULE, USER, facts, cycle_id=CYCLE, enrolled_by=None, now=NOW).enrolled_by is None


@for_each(
    ("facts", "error"),
    [
        (EnrollmentFacts(None, user_is_active=None, already_enrolled=False), ModuleNotFound),
        (EnrollmentFacts(ModuleOffer(DRAFT, None), user_is_active=None, already_enrolled=False), ModuleNotPublished),
        (EnrollmentFacts(ModuleOffer(DRAFT, None), user_is_active=True, already_enrolled=False), ModuleNotPublished),
        (EnrollmentFacts(ModuleOffer(ARCHIVED, 3), user_is_active=True, already_enrolled=True), ModuleNotPublished),
        (EnrollmentFacts(ModuleOffer(PUBLISHED, 3), user_is_active=None, already_enrolled=False), UserNotFound),
        (EnrollmentFacts(ModuleOffer(PUBLISHED, 3), user_is_active=False, already_enrolled=False), UserInactive),
        (EnrollmentFacts(ModuleOffer(PUBLISHED, 3), user_is_active=False, already_enrolled=True), UserInactive),
        (EnrollmentFacts(ModuleOffer(PUBLISHED, 3), user_is_active=True, already_enrolled=True), AlreadyEnrolled),
    ],
)
def test_whatever_stands_against_it_is_said(facts: EnrollmentFacts, error: type[DomainError]) -> None:
    with pytest.raises(error):
        opened(facts)


def test_an_enrollment_is_taken_back() -> None:
    enrollment = an_enrollment(enrolled_by=MANAGER)
    enrollment.withdraw()
    assert enrollment.take_events() == [EnrollmentWithdrawn(MODULE, USER)]


def test_an_enrollment_has_a_version() -> None:
    enrollment = an_enrollment(enrolled_by=MANAGER)
    enrollment.require_version(frozenset({1}))
    with pytest.raises(StaleVersion):
        enrollment.require_version(frozenset({2}))


def test_the_subject_of_enrollment_events_is_the_module() -> None:
    events = [UsersEnrolled(MODULE, (USER,)), UsersEnrolled(MODULE, (USER,)), EnrollmentWithdrawn(MODULE, USER)]
    assert {event.subject_id for event in events} == {MODULE}


@pytest.mark.parametrize(
    ("error", "slug", "message"),
    [
        (EnrollmentNotFound, "enrollment-not-found", "The user is not enrolled in this module."),
        (AlreadyEnrolled, "already-enrolled", "The user is already enrolled in this module."),
        (ModuleNotPublished, "module-not-published", "Only a published module can do this."),
    ],
)
def test_errors_say_what_is_wrong(error: type[DomainError], slug: str, message: str) -> None:
    assert (error.slug, str(error())) == (slug, message)


def test_people_enroll_only_in_what_is_offered() -> None:
    assert offered_version(ModuleOffer(PUBLISHED, 3)) == 3
    for offer in (ModuleOffer(DRAFT, None), ModuleOffer(ARCHIVED, 3), ModuleOffer(PUBLISHED, None)):
        with pytest.raises(ModuleNotPublished):
            offered_version(offer)
    with pytest.raises(ModuleNotFound):
        offered_version(None)


def test_many_people_are_sorted_by_what_is_to_be_done() -> None:
    decision = BulkEnrollment.decide(
        [uid(9), uid(1), uid(2), uid(9)],
        [
            Candidate(uid(1), is_active=True, already_enrolled=False),
            Candidate(uid(2), is_active=True, already_enrolled=True),
            Candidate(uid(3), is_active=False, already_enrolled=False),
            Candidate(uid(4), is_active=False, already_enrolled=True),
            Candidate(uid(5), is_active=True, already_enrolled=False),
        ],
    )
    assert decision == BulkEnrollment(
        enroll=(uid(1), uid(5)),
        already_enrolled=(uid(2), uid(4)),
        refused=(Refusal(uid(9), *NOT_FOUND), Refusal(uid(3), *INACTIVE)),
    )


def test_an_empty_department_enrolls_nobody() -> None:
    assert BulkEnrollment.decide([], []) == BulkEnrollment((), (), ())


@given(
    asked=st.lists(st.integers(1, 9), max_size=20),
    candidates=st.dictionaries(st.integers(1, 9), st.tuples(st.booleans(), st.booleans())),
)
def test_each_person_is_in_exactly_one_list(asked: list[int], candidates: dict[int, tuple[bool, bool]]) -> None:
    decision = BulkEnrollment.decide(
        [uid(n) for n in asked],
        [Candidate(uid(n), is_active=a, already_enrolled=e) for n, (a, e) in candidates.items()],
    )
    refused = [refusal.user_id for refusal in decision.refused]
    everyone = [*decision.enroll, *decision.already_enrolled, *refused]
    assert sorted(everyone) == sorted({uid(n) for n in {*asked, *candidates}})
    assert all(candidates[user_id.int] == (True, False) for user_id in decision.enroll)
    assert all(candidates[user_id.int][1] for user_id in decision.already_enrolled)
