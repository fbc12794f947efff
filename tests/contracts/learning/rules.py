"""Where a store decides about many at a time, it decides as the domain does about one."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations, product
from typing import Any
from uuid import UUID

from application.catalogue.ports import AuthorsLearning
from application.kernel.access import EVERYONE
from application.kernel.units import Unit
from application.learning.ports import EnrollmentBasis, Enrollments, GroupEnrollments, OpenEnrollments, VersionMove
from application.learning.progress.queries import ProgressReader
from contracts import about
from contracts.backend import Backend, change_module, save
from contracts.learning.eligibility import LESSON, QUIZ, STATEMENT, TODAY, begin, eligibility, learn, loaded, record
from contracts.make import (
    PRESENT,
    T,
    a_module,
    a_published_module,
    a_section,
    a_user,
    an_enrollment,
    later,
    uid,
    user_id,
)
from domain.catalogue.module_life import ModuleOffer, ModuleStatus
from domain.catalogue.prerequisites import still_required
from domain.kernel.errors import DomainError
from domain.kernel.oversight import OwnLearning
from domain.learning.bulk_enrollment import BulkEnrollment
from domain.learning.completion import Eligibility
from domain.learning.enrollments import Enrollment
from domain.learning.section_completions import QuizPass


def columns_of(enrollment: Enrollment, *left_out: str) -> dict[str, Any]:
    """What is stored of the enrollment."""
    names = [name for name in vars(an_enrollment(1, 1)) if not name.startswith("_") and name not in left_out]
    done = sorted((each.section_id, each.completed_at) for each in enrollment.completions)
    return {name: getattr(enrollment, name) for name in names} | {"completions": done}


@about(Enrollments, OpenEnrollments, AuthorsLearning, ProgressReader)
class TestWhatComesFirst:
    """What a learner must still complete first is said by `still_required`."""

    async def test_everything_that_asks_agrees_with_the_domain(self, backend: Backend) -> None:
        await begin(backend)
        ends: list[date | None] = [None, TODAY, TODAY - timedelta(days=1)]
        cases = list(product(ModuleStatus, [*ends, "no record"]))
        first, offers, held = [uid(999)], dict[UUID, ModuleOffer](), set[UUID]()
        for n, (status, until) in enumerate(cases, start=100):
            module = a_module(n, status=status, sections=[a_section(n)])
            await save(backend, module)
            first.append(module.id)
            offers[module.id] = ModuleOffer(module.status, module.version_number)
            if not isinstance(until, str):
                await record(backend, n, module=n, valid_until=until)
                if until is None or until >= TODAY:
                    held.add(module.id)
        known = dict.fromkeys(first, ())
        await change_module(backend, uid(1), lambda module: module.require_first(first, known, now=T))
        expected = still_required(first, offers, held)
        assert 0 < len(expected) < len(cases)

        async def ask(unit: Unit) -> tuple[tuple[UUID, ...], OwnLearning]:
            finishing = await unit.port(VersionMove).finishing(uid(1), [user_id(1)], PRESENT)
            own = await unit.port(AuthorsLearning).of(user_id(1), [uid(1)], PRESENT)
            return finishing[user_id(1)].prerequisites, own

        assert (await eligibility(backend)).prerequisites == expected
        assert await backend.units.run(ask) == (
            expected,
            OwnLearning(frozenset({uid(1)}), {uid(1): frozenset(expected)}),
        )
        progress = await backend.reader(ProgressReader).of(EVERYONE, uid(1), user_id(1), PRESENT)
        assert progress is not None
        assert progress.standing.eligibility.prerequisites == expected


@about(OpenEnrollments)
class TestWhatMovingDoes:
    """What moving to another version does to an enrollment is said by `Enrollment.move_to`."""

    async def test_each_is_moved_as_the_domain_moves_one(self, backend: Backend) -> None:
        version = await begin(backend, sections_in_order=False)
        sections = (LESSON, QUIZ, STATEMENT)
        subsets = [each for size in range(4) for each in combinations(sections, size)]
        cases = list(enumerate(product(subsets, (1, 2), (T, later(days=20))), start=10))
        keep, now = frozenset((LESSON, STATEMENT, uid(77))), later(days=9)
        quiz = QuizPass(uid(77), 1, 90, 80)
        for n, (done, number, moment) in cases:
            await save(backend, a_user(n), an_enrollment(1, n, version=number, now=moment))
            for at in done:
                await learn(backend, lambda e, at=at: e.pass_quiz(at, version, Eligibility(), quiz, now=T), user=n)  # type: ignore[misc]
        expected, moved = [], []
        for n, _ in cases:
            enrollment = await loaded(backend, user=n)
            if enrollment.version_number == 1 and enrollment.completed_at is None:
                moved.append(user_id(n))
                enrollment.move_to(3, keep, now=now)
            expected.append(columns_of(enrollment))
        told = await backend.units.run(lambda unit: unit.port(VersionMove).move(uid(1), 1, 3, keep, now))
        assert told == (user_id(1), *moved)
        assert [columns_of(await loaded(backend, user=n)) for n, _ in cases] == expected
        assert 0 < len(moved) < len(cases)


@about(EnrollmentBasis, GroupEnrollments)
class TestEnrollingMany:
    """Who can be enrolled, and as what, is the same for many as for one: `Enrollment.open` says it."""

    async def test_many_are_enrolled_like_one(self, backend: Backend) -> None:
        module, version = a_published_module(1, sections=[a_section(1)])
        await save(backend, module, version)
        cases = list(enumerate(product((True, False, None), (True, False)), start=10))
        for n, (is_active, enrolled) in cases:
            if is_active is not None:
                await save(backend, a_user(n, is_active=is_active))
                if enrolled:
                    await save(backend, an_enrollment(1, n))
        ids = [user_id(n) for n, _ in cases]
        now = later(days=1)

        async def work(unit: Unit) -> tuple[dict[UUID, str], dict[UUID, Any]]:
            basis, group = unit.port(EnrollmentBasis), unit.port(GroupEnrollments)
            alone, opened = dict[UUID, str](), dict[UUID, Any]()
            for each in ids:
                facts = await basis.facts(uid(1), each)
                try:
                    one = Enrollment.open(uid(1), each, facts, cycle_id=uid(9), enrolled_by=user_id(5), now=now)
                    alone[each], opened[each] = "enrolled", columns_of(one, "cycle_id")
                except DomainError as error:
                    alone[each] = error.slug
            decision = BulkEnrollment.decide(ids, await group.candidates(uid(1), ids, []))
            together = {each.user_id: each.code for each in decision.refused}
            together |= dict.fromkeys(decision.already_enrolled, "already-enrolled")
            added = await group.add_many(uid(1), decision.enroll, version_number=1, enrolled_by=user_id(5), now=now)
            assert together | dict.fromkeys(added, "enrolled") == {**alone, **_first_said(alone, decision)}
            return alone, opened

        alone, opened = await backend.units.run(work)
        assert set(alone.values()) == {"enrolled", "already-enrolled", "user-inactive", "user-not-found"}
        for each, expected in opened.items():
            found = await backend.units.run(lambda unit, who=each: unit.port(Enrollments).get(uid(1), who))  # type: ignore[misc]
            assert columns_of(found, "cycle_id") == expected


def _first_said(alone: dict[UUID, str], decision: BulkEnrollment) -> dict[UUID, str]:
    """Of somebody inactive who is enrolled, alone the one is said first, and together the other."""
    return {each: "already-enrolled" for each in decision.already_enrolled if alone[each] == "user-inactive"}
