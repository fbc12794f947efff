"""How far people are, as lists show it: every store says what the domain's rules say of one enrollment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from typing import Any

from application.kernel.access import EVERYONE, Scope
from application.kernel.lists import Present, Span
from application.kernel.units import Unit
from application.learning.enrollments.lists import (
    EnrolledModuleFilter,
    EnrolledModuleSort,
    Participant,
    ParticipantFilter,
    ParticipantSort,
)
from application.learning.enrollments.queries import EnrollmentReader
from application.learning.ports import Enrollments
from contracts import about
from contracts.backend import Backend, change_enrollment, change_user, pages, save
from contracts.evidence.certificates import change
from contracts.evidence.records import a_record, keep
from contracts.learning.eligibility import LESSON, QUIZ, STATEMENT, a_grant, attempt, begin, keep_grants, require
from contracts.make import (
    PRESENT,
    T,
    a_module,
    a_published_module,
    a_user,
    an_enrollment,
    cycle_id,
    later,
    uid,
    user_id,
)
from contracts.people.meanings import TITLES
from domain.catalogue.completion_rules import CompletionRules
from domain.catalogue.versions import BLOODBORNE_PATHOGENS, ModuleVersion
from domain.evidence.certificates import serial_of
from domain.kernel.roles import Role
from domain.kernel.validity import state_on
from domain.learning.completion import Eligibility, EnrollmentStatus
from domain.learning.section_completions import QuizPass
from domain.people.names import name_key

UNFINISHED = Eligibility(prerequisites=(uid(9),))
"""With a prerequisite missing, the last section does not complete the module."""
PASSED = QuizPass(uid(77), 1, 90, 80)
RULES: dict[str, dict[str, Any]] = {
    "usual": {},
    "two attempts": {"attempts_allowed": 2},
    "ten minutes between": {"wait_minutes": 10, "attempts_allowed": 3},
    "half an hour": {"minimum_minutes": 30},
    "everything": {"wait_minutes": 20, "attempts_allowed": 2, "minimum_minutes": 45, "sections_in_order": False},
}


@dataclass(frozen=True)
class History:
    """What somebody did: sections completed, failed attempts at the quiz, and whether the end was reached."""

    done: tuple[Any, ...] = ()
    attempts: int = 0
    started: bool = False
    completed: bool = False
    grants: int = 0


HISTORIES = (
    History(),
    History(started=True),
    History((LESSON,)),
    History((LESSON,), attempts=1),
    History((LESSON,), attempts=2),
    History((LESSON,), attempts=2, grants=1),
    History((LESSON, QUIZ), attempts=2),
    History((STATEMENT,), attempts=3),
    History((LESSON, QUIZ, STATEMENT)),
    History((LESSON, QUIZ, STATEMENT), completed=True),
    History(completed=True),
)
MOMENTS = [Present(later(minutes=minutes)) for minutes in (0, 1, 11, 21, 29, 30, 31, 46)]


async def prepare(backend: Backend) -> dict[int, ModuleVersion]:
    """Each history under each version's rules, by people with a name and without; the version of each person."""
    first = await begin(backend)
    people: dict[int, ModuleVersion] = {}
    cited = (None, f"29 CFR {BLOODBORNE_PATHOGENS}")
    for number, (rules, citation) in enumerate(product(RULES.values(), cited), start=2):
        settings = replace(first.settings, rules=CompletionRules(**rules), citation=citation)
        version = replace(first, number=number, settings=settings)
        await save(backend, version)
        cases = {100 * number + index: history for index, history in enumerate(HISTORIES)}
        named: dict[str, Any] = {"full_name": "Ana", "job_title": "Hygienist"}
        await save(backend, *(a_user(n, **({} if n % 2 else named)) for n in cases))
        await save(backend, *(an_enrollment(1, n, version=number) for n in cases))
        await learn_as(backend, version, cases)
        people |= dict.fromkeys(cases, version)
        for index, history in enumerate(HISTORIES):
            n = 100 * number + index
            if history.grants:
                await keep_grants(backend, a_grant(1, user=n))
            for one in range(1, history.attempts + 1):
                await attempt(backend, version, one, user=n, graded=30 * one)
    return people


async def learn_as(backend: Backend, version: ModuleVersion, cases: dict[int, History]) -> None:
    """Do in one unit of work what the histories say."""

    async def work(unit: Unit) -> None:
        for n, history in cases.items():
            enrollment = await unit.port(Enrollments).for_learning(uid(1), user_id(n))
            if history.started:
                enrollment.start(now=T)
            for section in history.done:
                last = history.completed and section is history.done[-1]
                enrollment.pass_quiz(section, version, Eligibility() if last else UNFINISHED, PASSED, now=T)
            if history.completed and not history.done:
                enrollment.credit(uid(5_000 + n), now=T)

    await backend.units.run(work)


async def by_the_domain(
    backend: Backend, people: dict[int, ModuleVersion], at: Present
) -> dict[int, tuple[EnrollmentStatus, int]]:
    async def work(unit: Unit) -> dict[int, tuple[EnrollmentStatus, int]]:
        port, found = unit.port(Enrollments), {}
        for n, version in people.items():
            enrollment = await port.get(uid(1), user_id(n))
            standing = enrollment.standing(version, await port.eligibility(enrollment, at))
            completed = enrollment.completed_at is not None
            found[n] = (standing.status(completed=completed, now=at.now), 100 if completed else standing.percent)
        return found

    return await backend.units.run(work)


async def participants(
    backend: Backend, at: Present = PRESENT, scope: Scope = EVERYONE, **options: Any
) -> dict[int, Participant]:
    page = await backend.reader(EnrollmentReader).of_module(scope, uid(1), None, 200, at, **options)
    assert page is not None
    return {item.user_id.int - user_id(0).int: item for item in page.items}


@about(EnrollmentReader)
class TestStatesOfEnrollments:
    async def test_every_store_shows_what_the_domain_says(self, backend: Backend) -> None:
        people = await prepare(backend)
        seen = set()
        for at in MOMENTS:
            expected = await by_the_domain(backend, people, at)
            shown = await participants(backend, at)
            assert {n: (shown[n].enrollment_status, shown[n].percent) for n in people} == expected, at
            seen |= {status for status, _ in expected.values()}
            for status in EnrollmentStatus:
                found = await participants(backend, at, where=ParticipantFilter(statuses=(status,)), total=True)
                assert {n for n in found if n in people} == {n for n in people if expected[n][0] is status}
        assert seen == {*EnrollmentStatus}
        for n in (n for n in people if n % 7 == 0):
            page = await backend.reader(EnrollmentReader).of_user(EVERYONE, user_id(n), None, 5, MOMENTS[-1])
            assert page is not None
            assert [(item.enrollment_status, item.percent) for item in page.items] == [expected[n]]

    async def test_a_missing_prerequisite_blocks_until_a_record_counts(self, backend: Backend) -> None:
        version = await begin(backend)
        await require(backend, 20, 21)
        await save(backend, a_user(3), a_user(4))
        await save(backend, an_enrollment(1, 3), an_enrollment(1, 4))
        await learn_as(backend, version, {3: History((LESSON,))})
        people = {1: version, 3: version, 4: version}

        def of_module(n: int, module: int, user: int, **changes: Any) -> Any:
            record = a_record(n, user=user, **changes)
            return replace(record, training=replace(record.training, module_id=uid(module)))

        blocked, open_ = EnrollmentStatus.BLOCKED, EnrollmentStatus.IN_PROGRESS
        last, over = (Present(later(days=days)) for days in (9, 10))
        steps: list[tuple[Callable[[], Any], Present, EnrollmentStatus]] = [
            (lambda: keep(backend, of_module(1, 20, 3), certified=True), PRESENT, blocked),
            (
                lambda: keep(backend, of_module(2, 21, 3, valid_until=T.date() + timedelta(days=9)), certified=True),
                PRESENT,
                open_,
            ),
            (lambda: keep(backend, of_module(3, 21, 4)), last, open_),
            (lambda: keep(backend, of_module(4, 20, 1)), over, blocked),
            (
                lambda: change(backend, serial_of(1), lambda c: c.revoke("R", by=None, now=later(days=1))),
                PRESENT,
                blocked,
            ),
        ]
        for act, at, expected in steps:
            await act()
            shown = await participants(backend, at)
            domain = await by_the_domain(backend, people, at)
            assert {n: (shown[n].enrollment_status, shown[n].percent) for n in people} == domain
            assert domain[3] == (expected, 33)

    async def test_the_certificate_is_that_of_the_record_that_completed_it(self, backend: Backend) -> None:
        version = await begin(backend)
        ends = [None, T.date(), T.date() - timedelta(days=1), T.date() + timedelta(days=1)]
        every = list(enumerate(product(ends, (False, True), (False, True)), start=10))
        for n, (until, credited, revoked) in every:
            record = a_record(n, user=n, valid_until=until, cycle_id=None if credited else cycle_id(1, n))
            await save(backend, a_user(n))
            await save(backend, an_enrollment(1, n))
            done = History((LESSON, QUIZ, STATEMENT), completed=not credited)
            await learn_as(backend, version, {n: done})
            if credited:
                await change_enrollment(backend, uid(1), user_id(n), lambda e, id=record.id: e.credit(id, now=T))  # type: ignore[misc]
            await keep(backend, record, certified=True)
            if revoked:
                await change(backend, serial_of(n), lambda each: each.revoke("R", by=None, now=T))
        await keep(backend, a_record(99, user=10), certified=True)
        for days in (-1, 0, 1, 2):
            today = T.date() + timedelta(days=days)
            shown = await participants(backend, Present(later(days=days)))
            assert shown[1].certificate_state is None
            for n, (until, _, revoked) in every:
                item = shown[n]
                expected = state_on(today, valid_until=until, revoked_at=T if revoked else None)
                assert (item.certificate_state, item.certificate_serial) == (expected, serial_of(n))
                assert (item.certificate_valid_from, item.certificate_valid_until) == (T.date(), until)
                assert (item.enrollment_status, item.percent) == (EnrollmentStatus.COMPLETED, 100)

    async def test_a_completion_whose_record_has_no_certificate_shows_none(self, backend: Backend) -> None:
        await begin(backend)
        enrollment = an_enrollment(1, 2)
        enrollment.credit(uid(40), now=T)
        await save(backend, enrollment)
        await keep(backend, a_record(40, user=2, cycle_id=None))
        shown = (await participants(backend))[2]
        assert (shown.enrollment_status, shown.certificate_serial, shown.certificate_state) == (
            EnrollmentStatus.COMPLETED,
            None,
            None,
        )


@about(EnrollmentReader)
class TestListsOfEnrollments:
    async def _people(self, backend: Backend) -> None:
        await save(backend, *a_published_module(1), *a_published_module(2, tags=("osha",), title="Älpha"))
        await save(backend, *a_published_module(3, tags=("hipaa", "annual"), title="beta", summary="Private data"))
        details: list[dict[str, Any]] = [
            {"full_name": "Zoë Ruiz", "department": "Hygiene", "location": "Austin", "job_title": "Hygienist"},
            {"full_name": "ana Ruiz", "department": "hygiène", "location": "Dallas", "role": Role.MANAGER},
            {"department": "Lab", "location": "austin", "is_active": False},
            {"full_name": "Ángel Díaz", "department": "Hygiene", "job_title": "Clerk"},
        ]
        await save(backend, *(a_user(n, **each) for n, each in enumerate(details, start=1)))
        await TITLES.say(backend, 1, "Hygienist", "hygienist")
        await TITLES.say(backend, 2, "Clerk", "billing")
        await save(backend, *(an_enrollment(1, n, now=later(hours=n)) for n in range(1, 5)))
        completed = an_enrollment(2, 1, now=later(days=1))
        completed.credit(uid(50), now=later(days=2))
        await save(backend, completed, an_enrollment(3, 1, now=later(days=3)))

    async def test_participants_are_filtered(self, backend: Backend) -> None:
        await self._people(backend)
        for where, expected in (
            (ParticipantFilter(departments=("hygiene",)), {1, 2, 4}),
            (ParticipantFilter(departments=("Lab", "x"), locations=("Austin",)), {3}),
            (ParticipantFilter(locations=("AUSTIN",)), {1, 3}),
            (ParticipantFilter(roles=(Role.MANAGER, Role.ADMIN)), {2}),
            (ParticipantFilter(job_codes=("hygienist",)), {1}),
            (ParticipantFilter(job_codes=("billing", "hygienist", "dentist")), {1, 4}),
            (ParticipantFilter(job_codes=("dentist",)), set()),
            (ParticipantFilter(is_active=True), {1, 2, 4}),
            (ParticipantFilter(q="ruiz hygienist"), {1}),
            (ParticipantFilter(q="clerk angel"), {4}),
            (ParticipantFilter(user_ids=(user_id(1), user_id(3), user_id(77))), {1, 3}),
            (ParticipantFilter(enrolled=Span(later(hours=1), later(hours=3))), {2, 3}),
            (ParticipantFilter(completed=Span(T, None)), set()),
            (ParticipantFilter(statuses=(EnrollmentStatus.NOT_STARTED,), q="ruiz"), {1, 2}),
        ):
            page = await backend.reader(EnrollmentReader).of_module(
                EVERYONE, uid(1), None, 50, PRESENT, where=where, total=True
            )
            assert page is not None
            assert ({item.user_id.int - user_id(0).int for item in page.items}, page.total) == (expected, len(expected))

    async def test_a_persons_modules_are_filtered(self, backend: Backend) -> None:
        await self._people(backend)
        completed = Span(later(days=1), later(days=2))
        for where, expected in (
            (EnrolledModuleFilter(tags=("osha", "annual")), [3, 2]),
            (EnrolledModuleFilter(q="data private"), [3]),
            (EnrolledModuleFilter(module_ids=(uid(1), uid(2))), [2, 1]),
            (EnrolledModuleFilter(statuses=(EnrollmentStatus.COMPLETED,)), [2]),
            (EnrolledModuleFilter(completed=completed), [2]),
            (EnrolledModuleFilter(completed=Span(later(days=2), None)), []),
            (EnrolledModuleFilter(enrolled=Span(None, later(days=1)), statuses=(EnrollmentStatus.COMPLETED,)), [2]),
        ):
            page = await backend.reader(EnrollmentReader).of_user(
                EVERYONE, user_id(1), None, 50, PRESENT, where=where, total=True
            )
            assert page is not None
            assert ([item.module_id.int for item in page.items], page.total) == (expected, len(expected))

    async def test_every_order_is_complete_page_by_page(self, backend: Backend) -> None:
        await self._people(backend)
        reader = backend.reader(EnrollmentReader)
        names = {1: "Zoë Ruiz", 2: "ana Ruiz", 3: None, 4: "Ángel Díaz"}
        for sort, limit in product(ParticipantSort, (1, 3, 9)):
            found = await pages(
                lambda after, size, sort=sort: reader.of_module(EVERYONE, uid(1), after, size, PRESENT, sort=sort),  # type: ignore[misc]
                limit,
            )
            keys = {
                n: name_key(name, f"user{n}@example.com", None) if sort.field == "name" else n
                for n, name in names.items()
            }
            expected = sorted(names, key=lambda n: keys[n], reverse=sort.descending)
            assert [item.user_id.int - user_id(0).int for page in found for item in page] == expected
        titles = {EnrolledModuleSort.BY_TITLE: [2, 3, 1], EnrolledModuleSort.BY_TITLE_BACKWARDS: [1, 3, 2]}
        times = {EnrolledModuleSort.NEWEST: [3, 2, 1], EnrolledModuleSort.OLDEST: [1, 2, 3]}
        for (order, modules), limit in product((titles | times).items(), (1, 2, 9)):
            listed = await pages(
                lambda after, size, order=order: reader.of_user(  # type: ignore[misc]
                    EVERYONE, user_id(1), after, size, PRESENT, sort=order
                ),
                limit,
            )
            assert [item.module_id.int for page in listed for item in page] == modules

    async def test_filters_and_totals_tell_nothing_of_people_out_of_scope(self, backend: Backend) -> None:
        await self._people(backend)
        hygiene = Scope(everyone=False, user_id=user_id(99), departments=("Hygiene",))
        reader = backend.reader(EnrollmentReader)
        for where, expected in (
            (ParticipantFilter(), {1, 4}),
            (ParticipantFilter(departments=("Lab",)), set()),
            (ParticipantFilter(user_ids=(user_id(3),)), set()),
            (ParticipantFilter(locations=("Austin",)), {1}),
        ):
            page = await reader.of_module(hygiene, uid(1), None, 1, PRESENT, where=where, total=True)
            assert page is not None
            assert page.total == len(expected)
        assert await reader.of_user(hygiene, user_id(3), None, 1, PRESENT, total=True) is None
        own = Scope(everyone=False, user_id=user_id(3))
        mine = await reader.of_user(own, user_id(3), None, 1, PRESENT, total=True)
        assert mine is not None
        assert mine.total == 1

    async def test_totals_are_given_with_empty_pages_too(self, backend: Backend) -> None:
        await self._people(backend)
        await save(backend, a_user(9), a_module(9))
        reader = backend.reader(EnrollmentReader)
        nobody = await reader.of_module(EVERYONE, uid(9), None, 5, PRESENT, total=True)
        nothing = await reader.of_user(EVERYONE, user_id(9), None, 5, PRESENT, total=True)
        assert nobody is not None
        assert nothing is not None
        assert ((nobody.items, nobody.total), (nothing.items, nothing.total)) == (([], 0), ([], 0))
        assert await reader.of_module(EVERYONE, uid(77), None, 5, PRESENT, total=True) is None

    async def test_a_page_follows_changes_of_people_and_modules(self, backend: Backend) -> None:
        await self._people(backend)
        before = await participants(backend, sort=ParticipantSort.BY_NAME)

        def marry(user: Any) -> None:
            user.full_name, user.location = "Aaron", "Houston"

        await change_user(backend, user_id(1), marry)
        after = await participants(backend, sort=ParticipantSort.BY_NAME)
        assert ([*before], [*after]) == ([2, 4, 3, 1], [1, 2, 4, 3])
        assert after[1].location == "Houston"
        assert [*await participants(backend, where=ParticipantFilter(locations=("houston",)))] == [1]
