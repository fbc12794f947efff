"""The contract of enrollments that are not completed, many at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

from application.ports import Certificates, Records, UnderWay
from application.units import Unit
from contracts.backend import Backend, change_module, save
from contracts.learning import LESSON, TODAY, begin, hurdles, learn, loaded
from contracts.make import T, a_published_module, a_section, a_user, an_enrollment, later, uid, user_id
from contracts.records import a_full_record
from domain.certificates import Certificate, serial_of
from domain.completion import Hurdles
from domain.enrollments import ModuleCompleted


class TestUnderWay:
    async def test_those_who_are_under_way_are_credited_together(self, backend: Backend) -> None:
        version = await begin(backend)
        await save(backend, a_user(3), a_user(4))
        await save(backend, an_enrollment(1, 2), an_enrollment(1, 3))
        await learn(backend, lambda e: e.complete_section(LESSON, version, Hurdles(), attestation=None, now=T))
        await learn(backend, lambda e: e.credit(uid(70), now=T), user=3)

        async def credit(unit: Unit) -> list[object]:
            under_way = unit.port(UnderWay)
            found = await under_way.of(uid(1), [user_id(n) for n in (4, 3, 2, 1, 1)])
            assert [each.user_id for each in found] == [user_id(1), user_id(2)]
            for n, each in enumerate(found):
                each.credit(uid(71 + n), now=later(days=1))
            await under_way.keep(found)
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
            found = await unit.port(UnderWay).of(uid(1), [user_id(9)])
            await unit.port(UnderWay).keep(found)
            return len(found)

        assert await backend.units.run(nobody) == 0


class TestCountingRecords:
    """Which records count is said by `TrainingRecord.counts_on`; everything that asks agrees with it."""

    async def test_what_counts_is_what_the_domain_says(self, backend: Backend) -> None:
        await begin(backend)
        days = [TODAY + timedelta(days=n) for n in (-1, 0, 1)]
        ends: list[date | None] = [*days, None]
        cases = [case for case in product(days, ends, (False, True)) if case[1] is None or case[0] <= case[1]]
        known = {uid(100 + n): () for n in range(len(cases))}
        for n, (valid_from, valid_until, revoked) in enumerate(cases):
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
            if revoked:
                certificate.revoke("Wrong.", by=None, now=T)

            async def keep(unit: Unit, record=record, certificate=certificate) -> None:  # type: ignore[no-untyped-def]
                await unit.port(Records).add(record)
                await unit.port(Certificates).add_many([certificate])

            await backend.units.run(keep)
            counts = record.counts_on(TODAY, revoked=revoked)
            await change_module(backend, uid(1), lambda m, only=module.id: m.require_first([only], known, now=T))  # type: ignore[misc]
            missing = (await hurdles(backend)).prerequisites
            assert (missing == ()) is counts, (valid_from, valid_until, revoked)
