"""The contract of every port that is asked about a user: what it says of somebody with evidence under two ids.

The duplicate, user 2, was merged into user 1. Each method that takes a user has its place in `TELLS`, so that the next
one cannot forget it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import product
from typing import Any, TypeVar
from uuid import UUID

import pytest

from application.assessment.ports import Attempts, OpenAttempts, UngradedAttempts
from application.assessment.queries import AttemptReader
from application.catalogue.ports import AuthorsLearning
from application.compliance.proofs import KnownProofs, Proofs
from application.compliance.relief.ports import Reliefs
from application.evidence.certificates.queries import CertificateReader
from application.evidence.credentials.ports import Credentials
from application.evidence.credentials.queries import CredentialReader
from application.evidence.ports import HeldRecords, Records
from application.evidence.records.queries import RecordReader
from application.kernel.access import EVERYONE, Scope
from application.kernel.units import Unit
from application.learning.enrollments.queries import EnrollmentReader
from application.learning.ports import (
    EnrollmentBasis,
    Enrollments,
    GroupEnrollments,
    OpenEnrollments,
    PersonalEnrollments,
    VersionMove,
)
from application.learning.progress.queries import ProgressReader
from application.people.ports import Staff, UserMerges, Users
from application.people.users.queries import UserFilter, UserReader
from application.reporting.ports import Reporting
from application.reporting.queries import ParticipationReader
from contracts import about
from contracts.assessment.attempts import keep as keep_attempts
from contracts.backend import Backend, save
from contracts.compliance.reliefs import SHARPS, a_relief, relief_id
from contracts.compliance.reliefs import approved as give_relief
from contracts.evidence.credentials import a_credential, change, verify
from contracts.evidence.records import a_full_record, a_record, keep
from contracts.learning.eligibility import QUIZ, STATEMENT, a_grant, attempt, begin, keep_grants, learn, require
from contracts.make import (
    PRESENT,
    T,
    a_module,
    a_user,
    an_enrollment,
    later,
    uid,
    user_id,
)
from domain.assessment.attempts import QuizAttempt
from domain.catalogue.versions import ModuleVersion
from domain.evidence.certificates import serial_of
from domain.evidence.merging import HeldRecord
from domain.evidence.records import Training
from domain.learning.completion import AttemptCounts
from domain.learning.cycles import CycleGrant, is_current
from domain.learning.section_completions import SectionCompletion
from domain.people.merging import UserMerge
from domain.people.user_errors import UserIsMerged

R = TypeVar("R")
Tells = Callable[[Backend], Awaitable[object]]

STAYS, DUPLICATE = user_id(1), user_id(2)
ONESELF = Scope(everyone=False, user_id=STAYS)
MANAGER = Scope(everyone=False, user_id=user_id(9), departments=("Lab",))
"""Of the department of the duplicate."""
MERGE = UserMerge(uid(60), DUPLICATE, STAYS, "Hired twice.", user_id(9), later(days=1), (uid(5), uid(6)))


async def merge(backend: Backend, duplicate: int = 2, stays: int = 1) -> None:
    """Let the one user be merged into the other."""

    async def work(unit: Unit) -> None:
        pair = await unit.port(UserMerges).locked([user_id(duplicate), user_id(stays)])
        pair[user_id(duplicate)].merge_into(pair[user_id(stays)], uid(62), now=later(days=1))

    await backend.units.run(work)


async def two_ids(backend: Backend) -> ModuleVersion:
    """User 1 in module 1, which requires 2 and 3; a record of each under another id; attempts, grants, statements."""
    version = await begin(backend, attempts_allowed=3)
    await require(backend, 2, 3)
    for n in (1, 2):
        of_module = Training(f"Module {n + 1}", "", module_id=uid(n + 1))
        await keep(backend, a_record(n, user=n, at=later(hours=n), training=of_module), certified=True)
        await attempt(backend, version, n, user=n)
        await keep_grants(backend, a_grant(1, user=n, module=2))
        await save(backend, a_credential(n, user=n), a_credential(n + 2, user=n))
        await change(backend, n + 2, verify)
    await attempt(backend, version, 3, user=2, graded=None, cycle=uid(777))
    await save(backend, an_enrollment(2, 2))
    await learn(backend, lambda each: each.start(now=T))
    await _confirm(backend, 1, 1)
    await _confirm(backend, 2, 2)
    await give_relief(backend, *(a_relief(n, user=n) for n in (1, 2)))
    await merge(backend)
    return version


async def _confirm(backend: Backend, module: int, user: int) -> None:
    """A confirmed statement in the enrollment."""

    async def work(unit: Unit) -> None:
        enrollment = await unit.port(Enrollments).for_learning(uid(module), user_id(user))
        enrollment.completions.append(SectionCompletion(STATEMENT, T, attestation="I have read it."))

    await backend.units.run(work)


async def asked(backend: Backend, ask: Callable[[Unit], Awaitable[R]]) -> R:
    return await backend.units.run(ask)


async def records_of(backend: Backend) -> object:
    page = await backend.reader(RecordReader).of_user(ONESELF, STAYS, None, 10)
    return page and [(each.id, each.user_id) for each in page.items]


async def certificates_of(backend: Backend) -> object:
    page = await backend.reader(CertificateReader).of_user(ONESELF, STAYS, None, 10)
    return page and [each.record_id for each in page.items]


async def credentials_of(backend: Backend) -> object:
    page = await backend.reader(CredentialReader).of_user(ONESELF, STAYS, None, 10)
    return page and [each.id for each in page.items]


async def attempts_of_enrollment(backend: Backend) -> object:
    page = await backend.reader(AttemptReader).of_enrollment(ONESELF, uid(1), STAYS, None, 10)
    return page and sorted(each.id for each in page.items)


async def attempts_of_person(backend: Backend) -> object:
    page = await backend.reader(AttemptReader).of_person(STAYS, None, 10)
    return sorted(each.id for each in page.items)


async def confirmed(backend: Backend) -> object:
    return sorted(each.module_id for each in await backend.reader(ProgressReader).confirmed_by(STAYS))


async def progress(backend: Backend) -> object:
    facts = await backend.reader(ProgressReader).of(ONESELF, uid(1), STAYS, PRESENT)
    return facts and (facts.standing.eligibility.prerequisites, facts.standing.eligibility.attempt_counts)


async def eligible(backend: Backend) -> object:
    async def work(unit: Unit) -> object:
        enrollments = unit.port(Enrollments)
        found = await enrollments.eligibility(await enrollments.for_learning(uid(1), STAYS), PRESENT)
        return found.prerequisites, found.attempt_counts

    return await asked(backend, work)


async def finishing(backend: Backend) -> object:
    found = await asked(backend, lambda unit: unit.port(VersionMove).finishing(uid(1), [STAYS], PRESENT))
    return found[STAYS].prerequisites


async def enrolled_in(backend: Backend) -> object:
    """Enrollments are handed over, so that a former one is shown nowhere."""
    page = await backend.reader(EnrollmentReader).of_user(ONESELF, STAYS, None, 10, PRESENT)
    return page and [each.module_id for each in page.items]


async def refused(backend: Backend) -> object:
    with pytest.raises(UserIsMerged, match=str(STAYS)):
        await asked(backend, lambda unit: unit.port(Users).get(DUPLICATE))
    return (await asked(backend, lambda unit: unit.port(Users).get(STAYS))).id


async def facts(backend: Backend) -> object:
    found = await asked(backend, lambda unit: unit.port(EnrollmentBasis).facts(uid(3), DUPLICATE))
    return found.user_is_active, found.user_department, found.user_merged_into


async def candidates(backend: Backend) -> object:
    named = await asked(backend, lambda unit: unit.port(GroupEnrollments).candidates(uid(3), [DUPLICATE], ["Lab"]))
    meant = await asked(backend, lambda unit: unit.port(GroupEnrollments).candidates(uid(3), [], ["Lab"]))
    return [(each.user_id, each.department, each.merged_into) for each in named], meant


async def enrolled(backend: Backend) -> object:
    people = [STAYS, DUPLICATE]
    return await asked(
        backend,
        lambda unit: unit.port(GroupEnrollments).add_many(uid(3), people, version_number=1, enrolled_by=None, now=T),
    )


async def grants(backend: Backend) -> object:
    found = await asked(backend, lambda unit: unit.port(OpenEnrollments).grants(uid(2), [STAYS]))
    return {user: [grant.user_id for grant in newest] for user, newest in found.items()}


async def granted(backend: Backend) -> object:
    found = await asked(backend, lambda unit: unit.port(Reliefs).granted([STAYS]))
    return {whose: [each.id for each in some] for whose, some in found.items()}


def of_unit(port: type, method: str, *given: Any, show: Callable[[Any], object] = lambda found: found) -> Tells:
    """What the port's method returns in a unit of work, or a part of it."""

    async def tell(backend: Backend) -> object:
        async def work(unit: Unit) -> object:
            return show(await getattr(unit.port(port), method)(*given))

        return await asked(backend, work)

    return tell


def ids(found: Any) -> list[UUID]:
    return sorted(each.id for each in found)


COUNTS = ((), {QUIZ: AttemptCounts(2, later(seconds=60))})
ATTEMPTS = [uid(80_101), uid(80_202), uid(80_203)]
TELLS: dict[str, tuple[Tells, object]] = {
    "RecordReader.of_user": (records_of, [(uid(2), DUPLICATE), (uid(1), STAYS)]),
    "CertificateReader.of_user": (certificates_of, [uid(2), uid(1)]),
    "HeldRecords.of": (of_unit(HeldRecords, "of", STAYS, show=lambda x: [e.record.id for e in x]), [uid(1), uid(2)]),
    "Proofs.of": (of_unit(Proofs, "of", [STAYS, DUPLICATE], show=lambda x: ids(x[STAYS])), [uid(1), uid(2)]),
    "KnownProofs.of": (lambda backend: _proofs(backend), [uid(1), uid(2)]),
    "CredentialReader.of_user": (credentials_of, [uid(4), uid(3), uid(2), uid(1)]),
    "Credentials.waiting_of": (of_unit(Credentials, "waiting_of", STAYS, show=ids), [uid(1), uid(2)]),
    "Credentials.number_of": (of_unit(Credentials, "number_of", STAYS), 4),
    "Credentials.verified": (
        of_unit(Credentials, "verified", [STAYS], show=lambda found: ids(found[STAYS])),
        [uid(3), uid(4)],
    ),
    "AttemptReader.of_enrollment": (attempts_of_enrollment, ATTEMPTS),
    "AttemptReader.of_person": (attempts_of_person, ATTEMPTS),
    "Attempts.count": (of_unit(Attempts, "count", uid(1), STAYS, QUIZ), 3),
    "UngradedAttempts.ungraded_of": (of_unit(UngradedAttempts, "ungraded_of", STAYS, show=ids), ATTEMPTS[2:]),
    "UngradedAttempts.number_of": (of_unit(UngradedAttempts, "number_of", STAYS), 3),
    "OpenAttempts.open_at": (of_unit(OpenAttempts, "open_at", uid(1), STAYS, show=ids), ATTEMPTS[2:]),
    "ProgressReader.confirmed_by": (confirmed, [uid(1), uid(2)]),
    "ProgressReader.of": (progress, COUNTS),
    "Enrollments.eligibility": (eligible, COUNTS),
    "VersionMove.finishing": (finishing, ()),
    "AuthorsLearning.of": (of_unit(AuthorsLearning, "of", STAYS, [uid(1)], PRESENT, show=lambda x: x.lacking), {}),
    "OpenEnrollments.grants": (grants, {STAYS: [STAYS, DUPLICATE]}),
    "Reliefs.granted": (granted, {(STAYS, SHARPS): [relief_id(1), relief_id(2)]}),
    "UserMerges.merged_into": (of_unit(UserMerges, "merged_into", STAYS, show=ids), [DUPLICATE]),
    "UserMerges.merged_ids": (of_unit(UserMerges, "merged_ids", [STAYS, DUPLICATE]), {STAYS: [DUPLICATE]}),
    "UserMerges.persons": (of_unit(UserMerges, "persons", [STAYS, DUPLICATE]), {DUPLICATE: STAYS}),
    "UserMerges.locked": (of_unit(UserMerges, "locked", [STAYS, DUPLICATE], show=sorted), [STAYS, DUPLICATE]),
    "UserMerges.of": (of_unit(UserMerges, "of", DUPLICATE), []),
    # Enrollments are handed over by a merge, so that they are those of one id.
    "EnrollmentReader.of_user": (enrolled_in, [uid(1)]),
    "PersonalEnrollments.of": (
        of_unit(PersonalEnrollments, "of", [STAYS, DUPLICATE], show=lambda x: [e.module_id for e in x]),
        [uid(1), uid(2)],
    ),
    # Nothing is decided for the duplicate.
    "Users.get": (refused, STAYS),
    "EnrollmentBasis.facts": (facts, (False, None, STAYS)),
    "GroupEnrollments.candidates": (candidates, ([(DUPLICATE, None, STAYS)], [])),
    "Staff.many": (
        of_unit(Staff, "many", [DUPLICATE], show=lambda found: [each.merged_into for each in found.values()]),
        [STAYS],
    ),
    "Staff.active": (of_unit(Staff, "active", [STAYS, DUPLICATE]), {STAYS: True, DUPLICATE: False}),
    "UserReader.merged_into": (
        lambda backend: _ids_of(backend.reader(UserReader).merged_into(STAYS)),
        [DUPLICATE],
    ),
    "GroupEnrollments.add_many": (enrolled, frozenset({STAYS})),
}
OF_ONE_ID = {
    "UserReader.detail": "tested below",
    "Users.add": "a new user",
    "Audiences.person": "positions and employment are those of the id, and the duplicate is under no rule",
    "ObligationStates.lock": "locks the rows of the ids",
    "ObligationStates.current": "obligations are computed for the person, and those of the duplicate end",
    "ObligationStates.of_requirement": "as above",
    "ObligationStates.recorded": "as above",
    "Timelines.of": "positions and employment are those of the id, and the duplicate is under no rule",
    "KnownTimelines.of": "as above",
    "NoticeFacts.announced_at": "notices go to the person, and those of the duplicate were about its own obligations",
    "ObligationReader.of_user": "as above",
    "ToDoReader.to_do": "as above",
    "ToDoReader.owed": "as above",
    "ModuleDueDays.of": "computed for the person, like obligations",
    "Reliefs.of_users": "called for each id that is erased",
    "Reliefs.earlier": "a request for the person who stays is another one",
    "Reliefs.forget_notes": "called for each id that is erased",
    "JobTitles.settle": "what is written in the user",
    "LocationNames.settle": "what is written in the user",
    "Staff.reactivate": "the roster finds the person by the duplicate's address, and never the duplicate",
    "Histories.of": "positions and employment are those of the id; the export shows those of each",
    "Histories.many": "as above",
    "Histories.after": "as above",
    "Histories.begin": "as above",
    "Histories.note_shown": "as above",
    "Histories.forget_reasons": "called for each id that is erased",
    "HistoryReader.recorded": "says itself under which id what was recorded",
    "Staff.placed": "where the user works; commands refuse the duplicate",
    "Staff.time_zones": "where the user works; commands refuse the duplicate",
    "Staff.deactivate": "the duplicate is inactive",
    "EndedSignIns.seal": "called for each id that is erased",
    "Enrollments.get": "enrollments are handed over",
    "Enrollments.for_learning": "enrollments are handed over",
    "Enrollments.add": "of the enrollment",
    "Enrollments.remove": "of the enrollment",
    "EnrollmentReader.detail": "enrollments are handed over",
    "GroupEnrollments.many": "enrollments are handed over",
    "OpenEnrollments.of": "enrollments are handed over",
    "NoticeFacts.recipient": "of the duplicate it is the person; tested with notices",
    "NoticeFacts.subjects": "of the id under which the notice was decided, which is the person's",
    "NoticeReader.of_user": "tested with notices",
    "NoticeSettingsOfPeople.get": "what the person has chosen; the duplicate gets no mail",
    "NoticeSettingsOfPeople.forget": "called for each id that is erased",
    "NoticeSettingsReader.of_user": "what the person has chosen; the duplicate gets no mail",
    "Notices.has": "notices are decided for the person",
    "Notices.waiting_of": "called for each id that is erased",
    "OpenAttempts.supersede": "a merge ends the open attempts of the duplicate",
}
"""Methods that take a user and are about this id alone, and why."""
WHO = {"user_id", "user_ids", "user", "enrollment"}


async def _proofs(backend: Backend) -> list[UUID]:
    return ids((await backend.reader(KnownProofs).of([STAYS]))[STAYS])


async def _ids_of(found: Awaitable[Any]) -> list[UUID]:
    return ids(await found)


@about(
    UserMerges,
    HeldRecords,
    Credentials,
    CredentialReader,
    PersonalEnrollments,
    AttemptReader,
    CertificateReader,
    RecordReader,
    ProgressReader,
    OpenEnrollments,
    Reliefs,
)
class TestOnePersonWithTwoIds:
    async def test_each_tells_of_both(self, backend: Backend) -> None:
        await two_ids(backend)
        # What changes something comes last.
        found = {method: await tell(backend) for method, (tell, _) in TELLS.items()}
        assert found == {method: expected for method, (_, expected) in TELLS.items()}

    async def test_one_may_see_what_is_under_the_other_id(self, backend: Backend) -> None:
        await two_ids(backend)
        records, certificates = backend.reader(RecordReader), backend.reader(CertificateReader)
        attempts, credentials = backend.reader(AttemptReader), backend.reader(CredentialReader)
        for scope, sees in ((EVERYONE, True), (ONESELF, True), (MANAGER, False)):
            assert (await records.detail(scope, uid(2)) is not None) is sees
            assert (await credentials.detail(scope, uid(2)) is not None) is sees
            assert (await certificates.detail(scope, serial_of(2)) is not None) is sees
            assert (await attempts.detail(scope, uid(80_202)) is not None) is sees

    async def test_the_duplicate_is_shown_to_those_who_see_everyone(self, backend: Backend) -> None:
        await two_ids(backend)
        users = backend.reader(UserReader)
        found = await users.detail(EVERYONE, DUPLICATE)
        assert found is not None
        assert (found.merged_into, found.is_active) == (STAYS, False)
        for scope in (MANAGER, Scope(everyone=False, user_id=DUPLICATE)):
            assert await users.detail(scope, DUPLICATE) is None
            assert (await users.page(scope, UserFilter(), None, 10)).items == []
        active = await users.page(EVERYONE, UserFilter(is_active=True), None, 10)
        assert [each.id for each in active.items] == [STAYS]
        assert "Lab" not in await asked(backend, lambda unit: unit.port(Staff).departments())

    async def test_former_enrollments_are_shown_and_counted_nowhere(self, backend: Backend) -> None:
        await two_ids(backend)
        page = await backend.reader(EnrollmentReader).of_module(EVERYONE, uid(2), None, 10, PRESENT, total=True)
        assert page is not None
        assert (page.items, page.total) == ([], 0)
        await backend.units.run(lambda unit: unit.port(Reporting).refresh(T))
        report = await backend.reader(ParticipationReader).report(EVERYONE)
        assert [each.module_id for each in report.items] == [uid(1)]

    async def test_addresses_and_employee_ids_are_those_of_the_person(self, backend: Backend) -> None:
        await two_ids(backend)
        found = await asked(backend, lambda unit: unit.port(Users).by_email("user2@example.com"))
        assert found is not None
        assert found.id == STAYS
        one, other = a_user(11), a_user(12)
        one.employee_id, other.employee_id = "E-11", "E-12"
        await save(backend, one, other)
        await merge(backend, 12, 11)
        found = await asked(backend, lambda unit: unit.port(Users).by_employee_id("e-12"))
        assert found is not None
        assert found.id == user_id(11)

    async def test_whose_record_it_is_now(self, backend: Backend) -> None:
        await two_ids(backend)
        standing = await asked(backend, lambda unit: unit.port(Records).standing(uid(2)))
        assert (standing.user_id, standing.person_id) == (DUPLICATE, STAYS)

    async def test_somebody_else_is_not_touched(self, backend: Backend) -> None:
        await two_ids(backend)
        await save(backend, a_user(3))
        await keep(backend, a_record(9, user=3))
        page = await backend.reader(RecordReader).of_user(EVERYONE, user_id(3), None, 10)
        assert page is not None
        assert [each.id for each in page.items] == [uid(9)]
        page = await backend.reader(RecordReader).of_user(EVERYONE, DUPLICATE, None, 10)
        assert page is not None
        assert [each.id for each in page.items] == [uid(2)]


@about(UserMerges)
class TestUserMerges:
    async def test_what_was_decided_is_kept(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        ended = replace(MERGE, id=uid(61), into_id=None, decided_by=None, decided_at=later(days=2), module_ids=())

        async def work(unit: Unit) -> None:
            await unit.port(UserMerges).add(ended)
            await unit.port(UserMerges).add(MERGE)

        await backend.units.run(work)
        assert await asked(backend, lambda unit: unit.port(UserMerges).of(DUPLICATE)) == [MERGE, ended]
        assert await asked(backend, lambda unit: unit.port(UserMerges).of(STAYS)) == []

    async def test_a_sign_in_is_free_for_the_other_once_it_was_given_up(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2, supabase_id="abc"))

        async def work(unit: Unit) -> None:
            pair = await unit.port(UserMerges).locked([STAYS, DUPLICATE])
            pair[DUPLICATE].merge_into(pair[STAYS], MERGE.id, now=T)
            await unit.port(UserMerges).add(MERGE)
            pair[STAYS].supabase_id = "abc"

        await backend.units.run(work)
        found = await asked(backend, lambda unit: unit.port(Users).by_supabase_id("abc"))
        assert found is not None
        assert found.id == STAYS


@about(HeldRecords)
class TestHeldRecords:
    async def test_they_come_back_as_written(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        full = replace(a_full_record(1), natural_key="1" * 64, cycle_id=None)
        await keep(backend, full, a_record(2))
        found = await asked(backend, lambda unit: unit.port(HeldRecords).of(STAYS))
        assert found == [HeldRecord(full, False, False), HeldRecord(a_record(2), False, False)]


@about(PersonalEnrollments)
class TestExchange:
    async def test_they_change_hands_with_all_that_belongs_to_them(self, backend: Backend) -> None:
        await begin(backend)
        await save(backend, a_module(2), an_enrollment(1, 2, version=1), an_enrollment(2, 2))
        await learn(backend, lambda each: each.start(now=T))
        await _confirm(backend, 1, 2)
        now = later(days=3)
        await asked(
            backend, lambda unit: unit.port(PersonalEnrollments).exchange([uid(1), uid(2)], DUPLICATE, STAYS, now)
        )

        async def work(unit: Unit) -> list[tuple[Any, ...]]:
            found = await unit.port(PersonalEnrollments).of([STAYS, DUPLICATE])
            return [(each.module_id, each.user_id, each.cycle_id, each.version, each.updated_at) for each in found]

        begun, other = uid(1_000_001), uid(1_000_002)
        assert await asked(backend, work) == [
            (uid(1), STAYS, other, 2, now),
            (uid(1), DUPLICATE, begun, 3, now),
            (uid(2), STAYS, uid(2_000_002), 2, now),
        ]
        of_one = await asked(backend, lambda unit: unit.port(Enrollments).get(uid(1), STAYS))
        of_other = await asked(backend, lambda unit: unit.port(Enrollments).get(uid(1), DUPLICATE))
        assert [each.attestation for each in of_one.completions] == ["I have read it."]
        assert (of_one.started_at, of_other.started_at, list(of_other.completions)) == (None, T, [])


@about(OpenEnrollments)
class TestAttemptsUnderTwoIds:
    """Which attempts count since the newest grant of somebody with two ids is said by `cycles.is_current`."""

    async def test_each_counts_as_the_domain_says(self, backend: Backend) -> None:
        version = await begin(backend)
        cases = list(product((0, 1), (None, -1, 1), (False, True)))
        expected: list[int] = []
        for n, (number, granted, under_duplicate) in enumerate(cases):
            one, other = 100 + 2 * n, 101 + 2 * n
            await save(backend, a_user(one), a_user(other), an_enrollment(1, one))
            newest: list[CycleGrant] = []
            if number:
                newest.append(replace(a_grant(1, user=other), cycle_id=uid(5_000 + n), granted_at=later(hours=-2)))
            if granted is not None:
                at = later(hours=granted)
                newest.append(replace(a_grant(1, user=one), cycle_id=uid(6_000 + n), granted_at=at))
            await keep_grants(backend, *newest)
            who = other if under_duplicate else one
            made = an_enrollment(1, who)
            tried = QuizAttempt.start(
                uid(70_000 + n),
                made,
                version,
                QUIZ,
                number=1,
                seed=1,
                now=T,
                grant_number=number if under_duplicate else 0,
            )
            tried.submit({}, now=later(seconds=5))
            await keep_attempts(backend, tried)
            await merge(backend, other, one)
            expected.append(int(is_current(newest, tried.user_id, tried.grant_number, tried.started_at)))

        async def counted(unit: Unit, user: int) -> int:
            enrollments = unit.port(Enrollments)
            found = await enrollments.eligibility(await enrollments.get(uid(1), user_id(user)), PRESENT)
            return sum(each.graded for each in found.attempt_counts.values())

        found = [
            await asked(backend, lambda unit, user=100 + 2 * n: counted(unit, user))  # type: ignore[misc]
            for n in range(len(cases))
        ]
        assert found == expected
        assert {*found} == {0, 1}
