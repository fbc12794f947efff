"""The contract of enrollments that are not completed, many at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from uuid import UUID

from application.catalogue.ports import AuthorsLearning, Modules
from application.evidence.ports import Certificates, Records
from application.kernel.lists import Present
from application.kernel.units import Unit
from application.learning.ports import Enrollments, OpenEnrollments, VersionMove
from contracts import about
from contracts.backend import Backend, change_enrollment, change_module, save
from contracts.evidence.records import a_full_record, a_void, void
from contracts.learning.eligibility import (
    LESSON,
    QUIZ,
    TODAY,
    a_grant,
    begin,
    confirm,
    eligibility,
    keep_grants,
    learn,
    loaded,
    record,
    require,
)
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
from domain.catalogue.module_life import ModuleStatus
from domain.evidence.certificates import Certificate, serial_of
from domain.evidence.record_events import Delivery
from domain.kernel.oversight import OwnLearning
from domain.learning.completion import Eligibility
from domain.learning.enrollment_events import ModuleCompleted
from domain.learning.section_completions import QuizPass


@about(OpenEnrollments)
class TestOpenEnrollments:
    async def test_incomplete_enrollments_are_credited_together(self, backend: Backend) -> None:
        version = await begin(backend)
        await save(backend, a_user(3), a_user(4))
        await save(backend, an_enrollment(1, 2), an_enrollment(1, 3))
        await learn(backend, lambda e: e.complete_section(LESSON, version, Eligibility(), attestation=None, now=T))
        await learn(backend, lambda e: e.credit(uid(70), now=T), user=3)

        async def credit(unit: Unit) -> list[object]:
            open_ones = unit.port(OpenEnrollments)
            found = await open_ones.of(uid(1), [user_id(n) for n in (4, 3, 2, 1, 1)])
            assert [each.user_id for each in found] == [user_id(1), user_id(2)]
            for n, each in enumerate(found):
                each.credit(uid(71 + n), now=later(days=1))
            await open_ones.keep(found)
            return [(event.user_id, event.record_id) for event in unit.take_events() if type(event) is ModuleCompleted]

        told = await backend.units.run(credit)
        assert told == [(user_id(1), uid(71)), (user_id(2), uid(72))]
        first, second = await loaded(backend), await loaded(backend, user=2)
        assert (first.completed_at, first.record_id, first.version) == (later(days=1), uid(71), 3)
        assert (second.completed_at, second.record_id, second.version) == (later(days=1), uid(72), 2)
        assert [done.section_id for done in first.completions] == [LESSON]
        assert (await loaded(backend, user=3)).record_id == uid(70)

    async def test_there_may_be_none(self, backend: Backend) -> None:
        await begin(backend)

        async def nobody(unit: Unit) -> int:
            found = await unit.port(OpenEnrollments).of(uid(1), [user_id(9)])
            await unit.port(OpenEnrollments).keep(found)
            return len(found)

        assert await backend.units.run(nobody) == 0


@about(VersionMove)
class TestFinishing:
    async def test_those_who_have_done_everything_of_a_version(self, backend: Backend) -> None:
        version = await begin(backend, sections_in_order=False)
        await save(backend, an_enrollment(1, 2))
        quiz = QuizPass(uid(77), 1, 90, 80)
        for section in (LESSON, QUIZ):
            await learn(backend, lambda e, at=section: e.pass_quiz(at, version, Eligibility(), quiz, now=T))  # type: ignore[misc]
        await learn(backend, confirm(version), user=2)

        async def work(unit: Unit) -> list[tuple[int, int, list[UUID]]]:
            move = unit.port(VersionMove)
            found = [(number, sections, await move.all_done(uid(1), number, sections)) for number, sections in asked]
            return [(number, sections, [each.user_id for each in done]) for number, sections, done in found]

        asked = [(1, 1), (1, 2), (1, 3), (2, 1)]
        both = [user_id(1), user_id(2)]
        assert await backend.units.run(work) == [(1, 1, both), (1, 2, [user_id(1)]), (1, 3, []), (2, 1, [])]

    async def test_what_keeps_each_from_finishing_is_what_keeps_one(self, backend: Backend) -> None:
        await begin(backend)
        await save(backend, a_user(3), an_enrollment(1, 2), an_enrollment(1, 3))
        await require(backend, 2, 3)
        await record(backend, 1, module=2, user=1)
        await record(backend, 2, module=2, user=2)
        await record(backend, 3, module=3, user=2)
        people = [user_id(n) for n in (1, 2, 3)]
        found = await backend.units.run(lambda unit: unit.port(VersionMove).finishing(uid(1), people, PRESENT))
        assert found == {user_id(n): await eligibility(backend, user=n) for n in (1, 2, 3)}
        assert [found[each].nameless for each in people] == [False, False, True]

    async def test_what_time_has_brought_in_a_module(self, backend: Backend) -> None:
        await begin(backend)
        await save(backend, an_enrollment(1, 2))
        await learn(backend, lambda e: e.expect(later(days=1)))
        due = [
            await backend.units.run(lambda unit, at=at: unit.port(VersionMove).due(uid(1), at))  # type: ignore[misc]
            for at in (T, later(days=1))
        ]
        assert due == [[], [user_id(1)]]

    async def test_whom_a_move_names(self, backend: Backend) -> None:
        await begin(backend)
        await save(backend, an_enrollment(1, 2, version=2))
        moved = await backend.units.run(lambda unit: unit.port(VersionMove).move(uid(1), 1, 3, frozenset(), T))
        assert moved == (user_id(1),)

    async def test_nobody_moves_before_being_enrolled(self, backend: Backend) -> None:
        await begin(backend)
        enrolled = await loaded(backend)
        await backend.units.run(lambda unit: unit.port(VersionMove).move(uid(1), 1, 3, frozenset(), later(days=-9)))
        moved = await loaded(backend)
        assert (moved.version_number, moved.updated_at) == (3, enrolled.updated_at)


@about(AuthorsLearning)
class TestWhatSomebodyIsLearning:
    async def learning(self, backend: Backend, user: int, *modules: int, at: Present = PRESENT) -> OwnLearning:
        ids = [uid(n) for n in modules]
        return await backend.units.run(lambda unit: unit.port(AuthorsLearning).of(user_id(user), ids, at))

    async def test_it_is_what_progress_waits_for(self, backend: Backend) -> None:
        await begin(backend)
        await save(backend, a_user(3), an_enrollment(1, 2), an_enrollment(1, 3))
        await require(backend, 2, 3)
        await save(backend, a_module(5), a_module(6, status=ModuleStatus.ARCHIVED))
        known = dict.fromkeys((uid(n) for n in (2, 3, 5, 6)), ())
        await change_module(backend, uid(1), lambda m: m.require_first(list(known), known, now=T))
        await record(backend, 1, module=2, user=1, valid_until=TODAY)
        await record(backend, 2, module=2, user=2)
        await record(backend, 3, module=3, user=2)
        await record(backend, 4, module=1, user=3)
        for at in (PRESENT, Present(later(days=1))):
            for user in (1, 2, 3):
                lacking = (await eligibility(backend, user=user, at=at)).prerequisites
                found = await self.learning(backend, user, 1, at=at)
                assert found == OwnLearning({uid(1)}, {uid(1): frozenset(lacking)} if lacking else {})

    async def test_only_in_these_modules_and_while_they_are_not_completed(self, backend: Backend) -> None:
        await begin(backend)
        await require(backend, 2, 3)
        await save(backend, an_enrollment(2, 1), an_enrollment(3, 1), an_enrollment(2, 2))
        await change_enrollment(backend, uid(3), user_id(1), lambda e: e.credit(uid(70), now=T))
        lacking = {uid(1): frozenset((uid(2), uid(3)))}
        assert await self.learning(backend, 1, 1, 2, 3, 9) == OwnLearning({uid(1), uid(2)}, lacking)
        assert await self.learning(backend, 1, 2) == OwnLearning({uid(2)})
        assert await self.learning(backend, 1) == OwnLearning()

    async def test_what_comes_before_modules_that_the_user_is_not_in_is_reported_too(self, backend: Backend) -> None:
        await begin(backend)
        await require(backend, 2, 3)
        await save(backend, an_enrollment(2, 2), *a_published_module(4, sections=[a_section(14)]))
        await record(backend, 1, module=3, user=2)
        known = {uid(n): () for n in (3, 4)}
        await change_module(backend, uid(2), lambda module: module.require_first(list(known), known, now=T))
        lacking = {uid(1): frozenset([uid(2)]), uid(2): frozenset([uid(4)])}
        assert await self.learning(backend, 2, 1, 2, 3) == OwnLearning({uid(2)}, lacking)
        assert await self.learning(backend, 9, 2) == OwnLearning(frozenset(), {uid(2): frozenset((uid(3), uid(4)))})

    async def test_as_this_unit_has_left_it(self, backend: Backend) -> None:
        await begin(backend)
        await require(backend, 2, 3)

        async def work(unit: Unit) -> OwnLearning:
            modules, known = unit.port(Modules), {uid(2): (), uid(3): ()}
            await modules.close(uid(3), uid(1))
            (await modules.get(uid(1))).require_first([uid(3)], known, now=T)
            return await unit.port(AuthorsLearning).of(user_id(1), [uid(1)], PRESENT)

        assert await backend.units.run(work) == OwnLearning({uid(1)}, {uid(1): frozenset([uid(3)])})


@about(OpenEnrollments)
class TestNewCycles:
    """Which training belongs to somebody's current cycle is said by `TrainingRecorded.belongs_to`."""

    async def test_the_newest_grants(self, backend: Backend) -> None:
        await begin(backend)
        given = [a_grant(1), replace(a_grant(2), granted_on=TODAY), a_grant(1, user=2), a_grant(3, module=2)]
        await keep_grants(backend, *given)
        people = [user_id(n) for n in (3, 2, 1, 1)]
        found = await backend.units.run(lambda unit: unit.port(OpenEnrollments).grants(uid(1), people))
        assert found == {user_id(1): [given[1]], user_id(2): [given[2]]}
        assert await backend.units.run(lambda unit: unit.port(OpenEnrollments).grants(uid(1), [])) == {}

    async def test_what_proves_a_cycle_is_what_the_domain_says(self, backend: Backend) -> None:
        version = await begin(backend)
        before, at, after = (later(hours=1, seconds=n) for n in (-1, 0, 1))
        days = [TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)]
        cases: list[tuple[Delivery, datetime, date, bool, int, date | None]] = [
            (delivery, moment, day, same, grants, on)
            for delivery, moment, day, same, (grants, on) in product(
                Delivery,
                (before, at, after),
                days,
                (True, False),
                [(0, None), (1, None), (1, days[0]), (1, days[1]), (1, days[2]), (2, days[1])],
            )
            if delivery is Delivery.ONLINE or not same
        ]
        expected: list[bool] = []
        await save(backend, *(a_user(1_000 + n) for n in range(len(cases))))
        await save(backend, *(an_enrollment(1, 1_000 + n) for n in range(len(cases))))

        async def work(unit: Unit) -> None:
            for n, (delivery, moment, day, same, grants, on) in enumerate(cases):
                enrollment = await unit.port(Enrollments).for_learning(uid(1), user_id(1_000 + n))
                enrollment.credit(uid(70), now=later(days=2))
                given = [replace(a_grant(1 + g, user=1_000 + n), granted_on=on) for g in range(grants)]
                if grants == 2:
                    given[0] = replace(given[0], granted_at=later(days=9), granted_on=days[2] + timedelta(days=9))
                for grant in given:
                    grant = replace(grant, cycle_id=uid(1_000_000 + 10 * n + grant.number))
                    await unit.port(Enrollments).keep_grant(grant)
                newest = replace(given[-1], cycle_id=uid(1_000_000 + 10 * n + grants)) if given else None
                record = a_full_record(2_000 + n)
                record = replace(
                    record,
                    person=replace(record.person, user_id=user_id(1_000 + n)),
                    training=replace(record.training, module_id=uid(1), version_number=version.number),
                    delivery=delivery,
                    started_at=moment,
                    completed_at=moment,
                    cycle_id=newest.cycle_id if newest and same else uid(3_000_000 + n),
                    session_id=None,
                    valid_from=day,
                    valid_until=None,
                )
                await unit.port(Records).add(record)
                expected.append(record.recorded.belongs_to(newest))

        await backend.units.run(work)
        proofs = [not (await eligibility(backend, user=1_000 + n)).lapsed for n in range(len(cases))]
        differing = [case for case, proof, wanted in zip(cases, proofs, expected, strict=True) if proof is not wanted]
        assert differing == []
        assert 0 < sum(expected) < len(expected)


@about(OpenEnrollments)
class TestCountingRecords:
    """Which records count is said by `TrainingRecord.counts_on`; everything that asks agrees with it."""

    async def test_what_counts_is_what_the_domain_says(self, backend: Backend) -> None:
        await begin(backend)
        days = [TODAY + timedelta(days=n) for n in (-1, 0, 1, 2)]
        ends: list[date | None] = [*days, None]
        annulled = (None, "revoked", "void")
        cases = [case for case in product(days, ends, annulled) if case[1] is None or case[0] <= case[1]]
        known = {uid(100 + n): () for n in range(len(cases))}
        for n, (valid_from, valid_until, how) in enumerate(cases):
            module, version = a_published_module(100 + n, sections=[a_section(1_000 + n)])
            await save(backend, module, version)
            record = a_full_record(500 + n)
            record = replace(
                record,
                person=replace(record.person, user_id=user_id(1)),
                cycle_id=None,
                session_id=None,
                training=replace(record.training, module_id=module.id),
                valid_from=valid_from,
                valid_until=valid_until,
            )
            certificate = Certificate.issue(serial_of(n), record.recorded, now=T)
            if how == "revoked":
                certificate.revoke("Wrong.", by=None, now=T)

            async def keep(unit: Unit, record=record, certificate=certificate) -> None:  # type: ignore[no-untyped-def]
                await unit.port(Records).add(record)
                await unit.port(Certificates).add_many([certificate])

            await backend.units.run(keep)
            if how == "void":
                await void(backend, a_void(500 + n))
            counts = record.counts_on(TODAY, revoked=how is not None)
            await change_module(backend, uid(1), lambda m, only=module.id: m.require_first([only], known, now=T))  # type: ignore[misc]
            missing = (await eligibility(backend)).prerequisites
            assert (missing == ()) is counts, (valid_from, valid_until, how)
