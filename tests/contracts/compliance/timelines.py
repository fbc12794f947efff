"""The contract of timelines and proofs: what rules know of people, the same on every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from adapters.system import ZonedCalendar
from application.compliance.ports import Audiences
from application.compliance.proofs import KnownProofs, Proofs
from application.compliance.timelines import KnownTimelines, Timelines
from application.evidence.ports import Certificates, Records
from application.kernel.units import Unit
from application.people.histories.ports import Histories
from application.people.job_codes.ports import JobTitles
from application.people.locations.ports import LocationNames
from contracts import about
from contracts.backend import Backend, save
from contracts.compliance.audiences import HR, a_group
from contracts.evidence.records import a_record, keep
from contracts.make import NOBODY, T, a_module, a_user, uid, user_id
from contracts.people.location_histories import begun, hold
from contracts.people.locations import a_location, location_id
from contracts.people.merged import merge
from domain.compliance.audience_documents import parsed
from domain.compliance.audience_facts import EmploymentStatus
from domain.compliance.facts import Proof
from domain.compliance.timelines import Timeline
from domain.compliance.under_rule import under_rule
from domain.evidence.certificates import serial_of
from domain.evidence.persons import Trainer
from domain.evidence.record_events import Delivery, TrainingFormat
from domain.evidence.records import Training
from domain.evidence.voiding import RecordVoid
from domain.kernel.states import State
from domain.people.employment import EmploymentState
from domain.people.positions import Work
from kit.compliance import rule
from kit.random_audiences import DAY, DAYS, a_rule
from kit.surroundings import CountingIds

CALENDAR = ZonedCalendar("America/Chicago")
IDS = CountingIds()
ANA = user_id(1)
TODAY = T.date()
AUSTIN = Work("Lab", "Technician", "Austin")


async def timelines(backend: Backend, *who: UUID) -> dict[UUID, Timeline]:
    """As readers and units of work find them, which must agree."""
    found = await backend.reader(KnownTimelines).of(who, CALENDAR.at)
    assert await backend.units.run(lambda unit: unit.port(Timelines).of(who, CALENDAR.at)) == found
    return found


async def write(backend: Backend, *steps: Any, who: UUID = ANA) -> None:
    async def work(unit: Unit) -> None:
        history = await unit.port(Histories).of(who, IDS.new)
        for step in steps:
            step(history)
        await unit.port(Histories).keep([history])

    await backend.units.run(work)


async def say(backend: Backend, port: Any, text: str, target: Any) -> None:
    await backend.units.run(lambda unit: unit.port(port).record({IDS.new(): text}, target, None))


def of_audience(document: dict[str, Any], timeline: Timeline) -> list[tuple[date, date | None, date | None]]:
    """The days under a rule for this audience since long ago, and when they became known."""
    version = rule(since="2000-01-01")
    version = replace(version, terms=replace(version.terms, audience=parsed(document)))
    return [(each.from_day, each.until, each.known_on) for each in under_rule([version], timeline)]


@about(Timelines, KnownTimelines)
class TestTimelines:
    @pytest.mark.parametrize("seed", [1, 2])
    async def test_on_each_day_they_say_what_audiences_say(self, backend: Backend, seed: int) -> None:
        chance = Random(seed)
        group = a_group(chance, CountingIds(), 12)
        await group.store(backend)
        found = await timelines(backend, *(each.id for each in group.users))
        assert found.keys() == {each.id for each in group.users if each.merged_into is None}
        audiences = backend.reader(Audiences)
        for day in (DAY, *DAYS, DAY + timedelta(days=40)):
            for person_id, timeline in found.items():
                told = timeline.on(day)
                assert replace(told, positions=tuple(filter(None, told.held))) == await audiences.person(person_id, day)
        compared = 0
        for document in (a_rule(chance) for _ in range(40)):
            version = rule(since="2000-01-01")
            version = replace(version, terms=replace(version.terms, audience=parsed(document)))
            under = {each: under_rule([version], timeline) for each, timeline in found.items()}
            for day in (DAY, *DAYS[2:], DAY + timedelta(days=40)):
                known = {each for each, of in found.items() if of.begins_on <= day or of.is_hired_first}
                members = {
                    (each.user_id, each.position_id)
                    for each in await audiences.members(parsed(document), day)
                    if each.user_id in known
                }
                causes = {(each, span.cause.position_id) for each in known for span in under[each] if span.covers(day)}
                assert causes == members, (document, day)
                compared += len(members)
        assert compared > 100

    async def test_nobody(self, backend: Backend) -> None:
        assert await timelines(backend) == {}
        assert await timelines(backend, NOBODY) == {}

    async def test_somebody_without_any_record(self, backend: Backend) -> None:
        user = a_user(1, metadata={"license_expires": "2027-01-31"})
        # In Chicago it is still the day before.
        user.first_sign_in = datetime(2026, 4, 2, 3, tzinfo=UTC)
        await save(backend, user)
        found = (await timelines(backend, ANA))[ANA]
        assert found == Timeline(
            ANA, TODAY, TODAY, metadata={"license_expires": "2027-01-31"}, signed_in_on=date(2026, 4, 1)
        )
        assert found.facts.dates == (("license_expires", date(2027, 1, 31)),)

    async def test_merged_users_have_none(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        await merge(backend)
        assert list(await timelines(backend, ANA, user_id(2))) == [ANA]

    async def test_a_unit_of_work_finds_its_own_changes(self, backend: Backend) -> None:
        await save(backend, a_user(1))

        async def work(unit: Unit) -> Timeline:
            history = await unit.port(Histories).of(ANA, IDS.new)
            history.employment.add(EmploymentState.HIRED, date(2026, 3, 1), HR)
            history.positions.add(AUSTIN, HR, starts_on=date(2026, 3, 1))
            await unit.port(Histories).keep([history])
            return (await unit.port(Timelines).of([ANA], CALENDAR.at))[ANA]

        told = await backend.units.run(work)
        assert [each.position.department for each in told.held] == ["Lab"]
        assert told.facts.hires == (date(2026, 3, 1),)
        assert told == (await timelines(backend, ANA))[ANA]

    async def test_what_texts_mean_holds_for_all_days_and_became_known_late(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        await begun(backend, a_location(1, city="Austin", state=State.TEXAS, time_zone="America/Chicago"))
        hired = TODAY - timedelta(days=400)
        await write(backend, lambda each: each.positions.add(AUSTIN, HR, starts_on=hired))
        before = (await timelines(backend, ANA))[ANA]
        assert of_audience({"field": "state", "is": "TX"}, before) == []
        await say(backend, LocationNames, "AUSTIN", location_id(1))
        await say(backend, JobTitles, "technician", "dental_assistant")
        (held,) = (await timelines(backend, ANA))[ANA].held
        assert held.position.place is not None
        assert (held.position.place.city, held.position.job_code) == ("Austin", "dental_assistant")
        assert held.place_known_on >= held.known_on > hired
        told = (await timelines(backend, ANA))[ANA]
        for document in ({"field": "state", "is": "TX"}, {"field": "job_code", "is": "dental_assistant"}):
            ((first, until, known_on),) = of_audience(document, told)
            assert (first, until) == (hired, None)
            assert known_on is not None
            assert known_on > hired

    async def test_a_corrected_day_is_known_late_and_the_others_are_not(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        moved, planned = date(2101, 2, 1), date(2101, 3, 1)
        await write(backend, lambda each: each.positions.add(AUSTIN, HR, starts_on=planned))
        (before,) = (await timelines(backend, ANA))[ANA].held
        (position,) = (await backend.units.run(lambda unit: unit.port(Histories).of(ANA, IDS.new))).positions.facts

        def correct(history: Any) -> None:
            history.positions.correct(
                position.position_id, position.work, HR, starts_on=moved, ends_on=None, is_primary=True
            )

        await write(backend, correct)
        first, rest = (await timelines(backend, ANA))[ANA].held
        assert (first.from_day, first.until) == (moved, planned - timedelta(days=1))
        assert (rest.from_day, rest.until, rest.known_on) == (planned, None, before.known_on)

    async def test_where_an_office_was_on_each_day(self, backend: Backend) -> None:
        hired, moved, planned = date(2019, 3, 1), date(2020, 2, 1), date(2101, 3, 1)
        await save(backend, a_user(1))
        await begun(backend, a_location(1, name="Austin", city="Austin", state=State.TEXAS))
        await say(backend, LocationNames, "Austin", location_id(1))
        await write(backend, lambda each: each.positions.add(AUSTIN, HR, starts_on=hired))
        (before,) = (await timelines(backend, ANA))[ANA].held
        assert (before.city_known_on, before.state_known_on) == (None, None)
        await hold(backend, moved, city="Reno", state=State.NEVADA)
        await hold(backend, moved, name="West", address="1 Main St")
        await hold(backend, planned, city="Elko")
        told = (await timelines(backend, ANA))[ANA]
        assert [(each.from_day, each.until, str(each.position.place)) for each in told.held] == [
            (hired, date(2020, 1, 31), "Austin"),
            (moved, date(2101, 2, 28), "West"),
            (planned, None, "West"),
        ]
        assert [each.place_known_on for each in told.held] == [before.place_known_on] * 3
        assert told.held[0] == replace(before, until=date(2020, 1, 31))
        assert of_audience({"field": "state", "is": "TX"}, told)[0][:2] == (hired, date(2020, 1, 31))
        ((first, until, known_on),) = of_audience({"field": "state", "is": "NV"}, told)
        assert (first, until) == (moved, None)
        assert known_on is not None
        assert known_on > moved
        assert of_audience({"field": "city", "is": "elko"}, told) == [(planned, None, None)]
        assert of_audience({"field": "location", "is": str(location_id(1))}, told)[0][:2] == (hired, None)

    async def test_leaves_and_returns(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        days = [date(2025, month, 1) for month in (1, 3, 6, 9, 12)]
        states = [
            *(EmploymentState.HIRED, EmploymentState.ON_LEAVE, EmploymentState.RETURNED, EmploymentState.LEFT),
            EmploymentState.REHIRED,
        ]
        for state, day in zip(states, days, strict=True):
            await write(backend, lambda each, state=state, day=day: each.employment.add(state, day, HR))
        told = (await timelines(backend, ANA))[ANA]
        assert told.begins_on == days[0]
        assert told.facts.hires == (days[0], days[4])
        assert [(each.from_day, each.until) for each in told.facts.leaves] == [(days[1], date(2025, 5, 31))]
        assert [each.status for each in told.employed] == [EmploymentStatus(each.value) for each in states]
        spans = [(first, until) for first, until, _ in of_audience({"all": []}, told)]
        assert spans == [(days[0], date(2025, 8, 31)), (days[4], None)]


@about(Proofs, KnownProofs)
class TestProofs:
    async def test_records_count_unless_they_are_void_or_revoked(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2), a_user(3))
        records = [
            replace(a_record(1, user=1), credit_hours=1.1, valid_from=date(2026, 3, 2)),
            replace(a_record(2, user=1), delivery=Delivery.CLASSROOM, valid_from=date(2026, 3, 1)),
            a_record(3, user=1),
            a_record(4, user=3),
        ]
        await keep(backend, *records)
        await keep(backend, a_record(5, user=2), a_record(6, user=1), certified=True)

        async def take_back(unit: Unit) -> None:
            await unit.port(Records).void(RecordVoid(records[2].id, ANA, None, "Twice.", None, T))
            for n in (5, 6):
                certificate = await unit.port(Certificates).get(serial_of(n))
                certificate.revoke("Wrong person.", by=user_id(9), now=T)

        await backend.units.run(take_back)
        found = await proofs(backend, ANA, user_id(2), user_id(3), NOBODY)
        assert found.keys() == {ANA, user_id(3)}
        assert [(each.id, each.day, str(each.hours), each.live) for each in found[ANA]] == [
            (records[1].id, date(2026, 3, 1), "None", True),
            (records[0].id, date(2026, 3, 2), "1.10", False),
        ]

    async def test_the_tags_of_a_module_are_the_categories_of_its_hours(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_module(1, tags=("infection-control", "annual")), a_module(2))
        trained = (Training("One", "", module_id=uid(1)), Training("Two", "", module_id=uid(2)), Training("None", ""))
        await keep(backend, *(a_record(n, training=each) for n, each in enumerate(trained, start=11)))
        found = await proofs(backend, ANA)
        assert [each.categories for each in found[ANA]] == [("infection-control", "annual"), (), ()]

    async def test_a_record_has_categories_and_a_format_of_its_own(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_module(1, tags=("annual",)))
        bare = replace(a_record(2), delivery=Delivery.EXTERNAL)
        video = replace(bare, id=uid(3), cycle_id=None, stated_format=TrainingFormat.LIVE_ONLINE, categories=("bls",))
        alone = replace(bare, id=uid(4), cycle_id=None, stated_format=TrainingFormat.SELF_PACED)
        await keep(backend, a_record(1), bare, replace(video, training=Training("One", "", module_id=uid(1))), alone)
        found = sorted((await proofs(backend, ANA))[ANA], key=lambda each: each.id)
        assert [each.live for each in found] == [False, False, True, False]
        assert [each.categories for each in found] == [(), (), ("bls", "annual"), ()]

    async def test_a_proof_says_which_fields_its_record_lacks(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        whole = replace(
            a_record(1, user=1, training=Training("One", "Sharps.")),
            delivery=Delivery.CLASSROOM,
            trainers=(Trainer("Dana", "RDH"),),
            credit_hours=1.5,
        )
        bare = replace(a_record(2, user=1, training=Training("Two", "")), delivery=Delivery.CLASSROOM, result=None)
        await keep(backend, whole, replace(bare, trainers=(Trainer("Dana"),), credit_hours=None))
        found = {each.id: each.lacks for each in (await proofs(backend, ANA))[ANA]}
        assert found[bare.id] - found[whole.id] == {"content", "trainer_qualification", "credit_hours", "score"} - (
            {"score"} if whole.result is None else set()
        )


async def proofs(backend: Backend, *who: UUID) -> dict[UUID, tuple[Proof, ...]]:
    """As readers and units of work find them, which must agree."""
    found = await backend.reader(KnownProofs).of(who)
    assert await backend.units.run(lambda unit: unit.port(Proofs).of(who)) == found
    return found
