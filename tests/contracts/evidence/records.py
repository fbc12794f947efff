"""The contract of training records: the repository, which only adds, and the reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from application.evidence.ports import Certificates, Records
from application.evidence.records.queries import RecordReader, RecordView
from application.kernel.access import EVERYONE, Scope
from application.kernel.units import Unit
from contracts import about
from contracts.backend import Backend, change_user, pages, plain, save
from contracts.make import NOBODY, UNICODE, T, a_full_version, a_user, later, uid, user_id
from contracts.people.scopes import DEPARTMENTS, SCOPES, people
from domain.evidence.certificates import Certificate, serial_of
from domain.evidence.persons import Person, Trainer
from domain.evidence.record_events import Delivery, TrainingFormat
from domain.evidence.records import AlreadyRecorded, RecordedBefore, RecordNotFound, Result, Training, TrainingRecord
from domain.evidence.voiding import RecordIsVoid, RecordStanding, RecordVoid, RecordVoided
from domain.kernel.aggregate import DomainEvent
from domain.people.users import User

TRAINERS = (Trainer("Dana Whitfield, RDH", UNICODE), Trainer("Kim 日本語"))


def a_record(n: int = 1, *, user: int = 1, at: datetime = T, **changes: Any) -> TrainingRecord:
    """The record with id n, in a cycle of its own, of `a_user(user)`; with as little in it as there may be."""
    return replace(
        TrainingRecord(
            id=uid(n),
            person=Person(user_id(user), None, None, None, None),
            training=Training(f"Training {n}", ""),
            delivery=Delivery.ONLINE,
            started_at=at,
            completed_at=at,
            valid_from=at.date(),
            valid_until=None,
            retention_until=date(2032, 3, 31),
            recorded_at=at,
            recorded_by=None,
            cycle_id=uid(700 + n),
        ),
        **changes,
    )


def a_full_record(n: int = 1) -> TrainingRecord:
    """A record with a value in every field, which no record of one kind has."""
    return a_record(
        n,
        person=Person(user_id(1), "Ana Müller-Núñez 🦷", "Dental hygienist", "Hygiene & Recall", "Austin, TX"),
        training=Training.of(a_full_version(3)[1], summary=UNICODE),
        delivery=Delivery.CLASSROOM,
        completed_at=later(hours=1, microseconds=7),
        valid_until=date(2027, 3, 31),
        recorded_at=later(hours=2),
        recorded_by=user_id(9),
        credit_hours=1.25,
        result=Result(99.99, 80, uid(40), 3),
        attestations=(UNICODE, "I have read it."),
        trainers=TRAINERS,
        session_id=uid(50),
        issuer="Red Cross",
        reference="eCard 2260 1234 5678",
        time_zone="America/Argentina/ComodRivadavia",
        stated_format=TrainingFormat.LIVE_ONLINE,
        categories=("infection-control", "basic_life_support"),
    )


async def keep(backend: Backend, *records: TrainingRecord, certified: bool = False) -> None:
    """Add these in one unit of work; with `certified`, each with a certificate whose serial is made of its id."""

    async def work(unit: Unit) -> None:
        await unit.port(Records).add_many(records)
        if certified:
            made = [Certificate.issue(serial_of(each.id.int), each.recorded, now=each.recorded_at) for each in records]
            await unit.port(Certificates).add_many(made)

    await backend.units.run(work)


async def recorded(backend: Backend, n: int, scope: Scope = EVERYONE) -> RecordView | None:
    return await backend.reader(RecordReader).detail(scope, uid(n))


@about(Records)
class TestRecords:
    @pytest.mark.parametrize("record", [a_record(), a_full_record()], ids=["least", "full"])
    async def test_a_record_comes_back_as_added(self, backend: Backend, record: TrainingRecord) -> None:
        await save(backend, a_user(1))

        async def work(unit: Unit) -> None:
            await unit.port(Records).add(record)

        await backend.units.run(work)
        found = await recorded(backend, 1)
        assert found is not None
        assert plain(found) == plain(RecordView.of(record, None))

    @pytest.mark.parametrize("delivery", Delivery)
    async def test_every_delivery_is_known(self, backend: Backend, delivery: Delivery) -> None:
        await keep(backend, a_record(delivery=delivery))
        found = await recorded(backend, 1)
        assert found is not None
        assert found.delivery is delivery

    async def test_many_are_added_at_once(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        await keep(backend, *(a_record(n, at=later(minutes=n)) for n in range(1, 151)))
        page = await backend.reader(RecordReader).of_user(EVERYONE, user_id(1), None, 200)
        assert page is not None
        assert [item.id.int for item in page.items] == list(range(150, 0, -1))

    async def test_a_cycle_has_one_record(self, backend: Backend) -> None:
        await keep(backend, a_record(1))
        with pytest.raises(AlreadyRecorded):
            await keep(backend, a_record(2, cycle_id=uid(701), user=2))
        with pytest.raises(AlreadyRecorded):
            await keep(backend, a_record(3), a_record(4, cycle_id=uid(703)))
        assert [await recorded(backend, n) is not None for n in (1, 2, 3, 4)] == [True, False, False, False]

    async def test_a_session_has_one_record_for_each_who_was_there(self, backend: Backend) -> None:
        there: dict[str, Any] = {"session_id": uid(50), "cycle_id": None}
        await keep(backend, a_record(1, **there), a_record(2, user=2, **there))
        await keep(backend, a_record(3, session_id=uid(51), cycle_id=None))
        with pytest.raises(AlreadyRecorded):
            await keep(backend, a_record(4, **there))
        assert await recorded(backend, 4) is None

    async def test_records_of_neither_are_without_limit(self, backend: Backend) -> None:
        await keep(backend, *(a_record(n, cycle_id=None) for n in (1, 2, 3)))
        assert all([await recorded(backend, n) for n in (1, 2, 3)])

    async def test_a_unit_that_fails_leaves_none(self, backend: Backend) -> None:
        async def work(unit: Unit) -> None:
            await unit.port(Records).add(a_record())
            raise RuntimeError

        with pytest.raises(RuntimeError):
            await backend.units.run(work)
        assert await recorded(backend, 1) is None

    async def test_later_changes_of_the_user_do_not_touch_it(self, backend: Backend) -> None:
        def change(user: User) -> None:
            user.erase(now=later(days=1))

        await save(backend, a_user(1, full_name="Ana", department="Hygiene"))
        await keep(backend, a_full_record())
        before = plain(await recorded(backend, 1))
        await change_user(backend, user_id(1), change)
        assert plain(await recorded(backend, 1)) == before


@about(RecordReader)
class TestRecordReader:
    async def test_the_newest_completion_is_first(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        await keep(
            backend,
            a_record(1, at=later(hours=1)),
            a_record(2, at=later(hours=3), recorded_at=T),
            a_record(3, at=later(hours=2), recorded_at=later(days=9)),
            a_record(4, at=later(hours=2)),
            a_record(5, user=2, at=later(hours=9)),
        )
        reader = backend.reader(RecordReader)
        for size, sizes in {1: [1, 1, 1, 1], 3: [3, 1], 4: [4], 200: [4]}.items():
            found = await pages(lambda after, limit: reader.of_user(EVERYONE, user_id(1), after, limit), size)
            assert [item.id.int for page in found for item in page] == [2, 4, 3, 1]
            assert [len(page) for page in found] == sizes

    async def test_lists_show_what_the_record_itself_does(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        await keep(backend, a_full_record(), certified=True)
        page = await backend.reader(RecordReader).of_user(EVERYONE, user_id(1), None, 10)
        assert page is not None
        detail = await recorded(backend, 1)
        assert plain(page.items) == [plain(detail)]
        assert plain(detail) == plain(RecordView.of(a_full_record(), serial_of(1)))

    async def test_who_has_none_and_who_is_not_there(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        reader = backend.reader(RecordReader)
        page = await reader.of_user(EVERYONE, user_id(1), None, 10)
        assert page is not None
        assert (page.items, page.next) == ([], None)
        assert await reader.of_user(EVERYONE, NOBODY, None, 10) is None
        assert await reader.detail(EVERYONE, NOBODY) is None

    @SCOPES
    async def test_what_is_outside_the_scope_is_not_there(
        self, backend: Backend, scope: Scope, within: list[int]
    ) -> None:
        await people(backend)
        await keep(backend, *(a_record(n, user=n) for n in DEPARTMENTS), certified=True)
        reader = backend.reader(RecordReader)
        seen = {n: await reader.of_user(scope, user_id(n), None, 10) for n in sorted(DEPARTMENTS, reverse=True)}
        assert {n: _ids(page) for n, page in seen.items() if page} == {n: [uid(n)] for n in within}
        assert [n for n in sorted(DEPARTMENTS, reverse=True) if await recorded(backend, n, scope)] == within

    async def test_the_department_that_counts_is_that_of_today(self, backend: Backend) -> None:
        def move(user: User) -> None:
            user.department = "Lab"

        await save(backend, a_user(1, department="Hygiene"))
        await keep(backend, a_record(person=Person(user_id(1), None, None, "Hygiene", None)))
        await change_user(backend, user_id(1), move)
        assert await recorded(backend, 1, Scope(everyone=False, departments=("Hygiene",))) is None
        found = await recorded(backend, 1, Scope(everyone=False, departments=("Lab",)))
        assert found is not None
        assert found.department == "Hygiene"


def _ids(page: Any) -> list[UUID]:
    return [item.id for item in page.items]


def a_void(n: int = 1, **changes: Any) -> RecordVoid:
    """Of the record n of `a_user(1)`."""
    why = "Entered for the wrong person: 日本語 🦷."
    return replace(RecordVoid(uid(n), user_id(1), None, why, user_id(9), later(days=1, microseconds=1)), **changes)


async def void(backend: Backend, *voids: RecordVoid) -> None:
    async def work(unit: Unit) -> None:
        for each in voids:
            await unit.port(Records).void(each)

    await backend.units.run(work)


@about(Records)
class TestVoids:
    async def test_a_void_is_shown_with_its_record_which_stays(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        await keep(backend, a_full_record(1), a_record(2))
        before = await recorded(backend, 1)
        await void(backend, a_void(1))
        after = await recorded(backend, 1)
        assert before is not None
        assert after is not None
        assert (after.voided_at, after.voided_by, after.void_reason) == (
            later(days=1, microseconds=1),
            user_id(9),
            a_void(1).reason,
        )
        unchanged = {**plain(after), "voided_at": None, "voided_by": None, "void_reason": None}
        assert plain(before) == unchanged
        page = await backend.reader(RecordReader).of_user(EVERYONE, user_id(1), None, 50)
        assert page is not None
        assert {item.id: item.voided_at is not None for item in page.items} == {uid(1): True, uid(2): False}

    async def test_whether_it_counts(self, backend: Backend) -> None:
        await keep(backend, a_full_record(1), a_record(2))
        await void(backend, a_void(2))

        async def standings(unit: Unit) -> list[RecordStanding]:
            return [await unit.port(Records).standing(uid(n)) for n in (1, 2)]

        assert await backend.units.run(standings) == [
            RecordStanding(uid(1), user_id(1), uid(3), uid(50), False, user_id(1)),
            RecordStanding(uid(2), user_id(1), None, None, True, user_id(1)),
        ]
        with pytest.raises(RecordNotFound):
            await backend.units.run(lambda unit: unit.port(Records).standing(uid(3)))

    async def test_nothing_is_voided_twice(self, backend: Backend) -> None:
        await keep(backend, a_record(1))
        await void(backend, a_void(1))
        with pytest.raises(RecordIsVoid):
            await void(backend, a_void(1, reason="Another reason."))

    async def test_it_is_reported(self, backend: Backend) -> None:
        await keep(backend, a_record(1))

        async def work(unit: Unit) -> list[DomainEvent]:
            await unit.port(Records).void(a_void(1, module_id=uid(3)))
            return list(unit.take_events())

        assert await backend.units.run(work) == [RecordVoided(uid(1), user_id(1), uid(3))]

    async def test_records_are_found_by_their_natural_keys(self, backend: Backend) -> None:
        one, other = (a_record(n, natural_key=str(n) * 64) for n in (1, 2))
        await keep(backend, one, other, a_record(3))
        await void(backend, a_void(2))

        async def work(unit: Unit) -> dict[str, RecordStanding]:
            return await unit.port(Records).with_keys(["1" * 64, "2" * 64, "9" * 64])

        found = await backend.units.run(work)
        assert {key: (each.record_id, each.is_void) for key, each in found.items()} == {
            "1" * 64: (uid(1), False),
            "2" * 64: (uid(2), True),
        }

    async def test_no_two_records_have_the_same(self, backend: Backend) -> None:
        await keep(backend, a_record(1, natural_key="1" * 64))
        with pytest.raises(RecordedBefore):
            await keep(backend, a_record(2, natural_key="1" * 64))
        await keep(backend, a_record(3), a_record(4))

    async def test_the_certificate_of_a_record(self, backend: Backend) -> None:
        await keep(backend, a_record(1), certified=True)
        await keep(backend, a_record(2))

        async def work(unit: Unit) -> list[str | None]:
            found = [await unit.port(Certificates).of_record(uid(n)) for n in (1, 2, 3)]
            return [None if each is None else each.serial for each in found]

        assert await backend.units.run(work) == [serial_of(1), None, None]
