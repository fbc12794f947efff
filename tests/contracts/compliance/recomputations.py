"""The contract of marks: what must be computed again, and who takes which."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from application.compliance.obligations.ports import Mark, Recomputations
from application.compliance.requirements.ports import Requirements
from application.kernel.units import Unit
from application.people.histories.ports import Histories
from application.people.job_codes.ports import JobTitles
from application.people.locations.ports import LocationNames
from contracts import about
from contracts.backend import Backend, save
from contracts.compliance.audiences import HR
from contracts.compliance.requirements import a_requirement, approved, drafted
from contracts.evidence.records import a_record, keep
from contracts.make import T, a_user, later, uid, user_id
from contracts.people.locations import a_location, location_id
from contracts.people.merged import merge
from domain.evidence.records import Training
from domain.people.positions import Work
from kit.surroundings import CountingIds

IDS = CountingIds()
EVERYBODY = Mark(uid(1), T)
SOME = Mark(uid(2), later(minutes=1), (user_id(1), user_id(2)), uid(70))
OTHERS = Mark(uid(3), later(minutes=1), (user_id(3),))


async def leave(backend: Backend, *marks: Mark) -> None:
    async def work(unit: Unit) -> None:
        await unit.port(Recomputations).hold_alone()
        await unit.port(Recomputations).leave(marks)

    await backend.units.run(work)


async def claim(backend: Backend, *but: UUID, finish: bool = True) -> Mark | None:
    async def work(unit: Unit) -> Mark | None:
        marks = unit.port(Recomputations)
        mark = await marks.claim(later(minutes=1), but)
        if mark is not None and finish:
            await marks.finish(mark)
        return mark

    return await backend.units.run(work)


@about(Recomputations)
class TestRecomputations:
    async def test_each_mark_is_worked_off_once_in_order(self, backend: Backend) -> None:
        await leave(backend, OTHERS, EVERYBODY, SOME)
        assert [await claim(backend) for _ in range(4)] == [EVERYBODY, SOME, OTHERS, None]
        assert [each.is_about_everybody for each in (EVERYBODY, SOME)] == [True, False]

    async def test_a_mark_that_was_not_finished_stays(self, backend: Backend) -> None:
        await leave(backend, EVERYBODY, SOME)
        assert await claim(backend, finish=False) == EVERYBODY
        assert await claim(backend, EVERYBODY.id, finish=False) == SOME
        assert await claim(backend, EVERYBODY.id, SOME.id) is None
        assert await claim(backend) == EVERYBODY

    async def test_a_mark_is_not_due_before_its_time(self, backend: Backend) -> None:
        await leave(backend, replace(SOME, due_at=later(minutes=1, microseconds=1)))
        assert await claim(backend) is None

    async def test_no_marks(self, backend: Backend) -> None:
        await leave(backend)
        assert await claim(backend) is None

    async def test_they_are_needed_from_the_first_approval_on(self, backend: Backend) -> None:
        async def needed(unit: Unit) -> bool:
            await unit.port(Recomputations).hold_rules()
            return await unit.port(Recomputations).are_needed()

        async def add(unit: Unit) -> None:
            await unit.port(Requirements).add(drafted(a_requirement(1), effective_on=date(2026, 5, 1)))

        await backend.units.run(add)
        assert await backend.units.run(needed) is False

        async def approve(unit: Unit) -> None:
            requirement = await unit.port(Requirements).get(a_requirement(1).id)
            approved(requirement)
            await unit.port(Requirements).save(requirement)

        await backend.units.run(approve)
        assert await backend.units.run(needed) is True

    async def test_everybody(self, backend: Backend) -> None:
        async def everybody(
            unit: Unit, after: UUID | None = None, limit: int | None = None, until: UUID | None = None
        ) -> list[UUID]:
            return await unit.port(Recomputations).everybody(after, limit, until)

        assert await backend.units.run(everybody) == []
        await save(backend, a_user(3), a_user(1), a_user(2))
        await merge(backend)
        people = [user_id(1), user_id(2), user_id(3)]
        assert await backend.units.run(everybody) == people
        assert await backend.units.run(lambda unit: everybody(unit, people[0], 1)) == people[1:2]
        assert await backend.units.run(lambda unit: everybody(unit, people[0], None, people[1])) == people[1:2]
        assert await backend.units.run(lambda unit: everybody(unit, None, None, people[1])) == people[:2]

    async def test_who_has_records_of_modules(self, backend: Backend) -> None:
        of_one, of_other = Training("One", "", module_id=uid(1)), Training("Two", "", module_id=uid(2))
        records = [a_record(n, user=n, training=of_one) for n in (2, 1)]
        await keep(backend, *records, a_record(3, user=1, training=of_other), a_record(4, user=3, training=of_other))

        async def found(unit: Unit, *modules: int) -> list[UUID]:
            return await unit.port(Recomputations).with_records([uid(n) for n in modules])

        assert await backend.units.run(lambda unit: found(unit, 1)) == [user_id(1), user_id(2)]
        assert await backend.units.run(lambda unit: found(unit, 1, 2)) == [user_id(1), user_id(2), user_id(3)]
        assert await backend.units.run(lambda unit: found(unit, 9)) == []

    async def test_who_ever_had_a_text(self, backend: Backend) -> None:
        await save(backend, a_location(1), *map(a_user, (1, 2, 3, 4)))
        names, titles = IDS.new(), IDS.new()
        works = {
            1: Work("Lab", "Technician", "AUSTIN"),
            2: Work(None, None, "Old Austin"),
            3: Work(None, "TECHNICIAN"),
            4: Work("Austin"),
        }

        async def prepare(unit: Unit) -> None:
            for number, work in works.items():
                history = await unit.port(Histories).of(user_id(number), IDS.new)
                history.positions.add(work, HR, starts_on=date(2020, 1, 1), ends_on=date(2020, 12, 31))
                await unit.port(Histories).keep([history])
            await unit.port(LocationNames).record({names: "Austin"}, location_id(1), None)
            await unit.port(LocationNames).record({IDS.new(): "old austin"}, location_id(1), None)
            await unit.port(JobTitles).record({titles: "technician"}, "dentist", None)

        await backend.units.run(prepare)

        async def found(unit: Unit, *about: list[UUID]) -> list[UUID]:
            return await unit.port(Recomputations).with_texts(*about)

        for about_these, people in (
            (([names], [], []), [1]),
            (([], [titles], []), [1, 3]),
            (([], [], [location_id(1)]), [1, 2]),
            (([names], [titles], [location_id(2)]), [1, 3]),
            (([titles], [names], []), []),
        ):
            expected = [user_id(number) for number in people]
            assert await backend.units.run(lambda unit, given=about_these: found(unit, *given)) == expected  # type: ignore[misc]
