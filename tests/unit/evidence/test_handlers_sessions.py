"""Recording classroom sessions, and looking at them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from application.catalogue.ports import Modules, Versions
from application.evidence.certificates.queries import CertificateView, ListCertificates
from application.evidence.records.queries import ListRecords, RecordView
from application.evidence.records.voiding import VoidRecord
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.evidence.sessions.queries import ListSessions, ReadSession, SessionSummary, SessionView
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.units import Unit
from application.people.ports import Users
from domain.catalogue.completion_rules import EvidenceTerms
from domain.catalogue.module_life import ModuleNotFound, ModuleNotPublished
from domain.evidence.certificates import serial_of
from domain.evidence.persons import Person, Trainer
from domain.evidence.record_events import Delivery, TrainingRecorded
from domain.evidence.records import RecordedBefore
from domain.evidence.sessions import SessionHeld, SessionIncomplete, SessionNotFound
from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import Forbidden, InvalidValue
from domain.kernel.roles import Role
from domain.kernel.validity import CertificateState
from kit.examples import LATER, NOW, a_draft, a_lesson, a_user, fingerprint, uid
from worlds.memory import ADMIN, ADMIN_ID, ANA, BEN, World

M, CLAIMS, DRAFT = uid(900), uid(901), uid(902)
MO = uid(9)
MANAGER = Actor(MO, Role.MANAGER, ("Hygiene",))
COMPLIANCE = Actor(uid(8), Role.COMPLIANCE)
DANA = Trainer("Dana Whitfield, RDH", "OSHA-authorized trainer")
SESSION = RecordSession(
    M,
    NOW - timedelta(hours=1),
    NOW,
    (DANA,),
    (NewAttendee(ANA), NewAttendee(BEN)),
    location="Austin North",
    summary="Exposure control plan, sharps.",
)


@pytest.fixture
async def world() -> World:
    """Holds a module on bloodborne pathogens, one that cites nothing, and a draft; ANA, BEN and MO."""
    world = World()
    cited = a_draft(a_lesson(), citation="29 CFR 1910.1030(g)(2)", evidence=EvidenceTerms(12, 3, 1.5))
    claims = a_draft(a_lesson(2), number=901, title="Claims")
    versions = [each.publish(fingerprint, by=None, now=NOW) for each in (cited, claims)]
    await world.holds(cited, claims, *versions, a_draft(number=902, title="Radiation"))
    await world.holds(
        a_user(1, full_name="Ana Ruiz", department="Hygiene", job_title="Hygienist", location="Austin"),
        a_user(2, full_name="Ben Ode", department="Front desk", job_title="Scheduler"),
        a_user(3, department="Hygiene"),
        a_user(9, full_name="Mo Lind", department="Office", role=Role.MANAGER),
    )
    return world


async def held(on: World | Bus, session: RecordSession = SESSION, actor: Actor = ADMIN) -> SessionView:
    return await (on.bus() if isinstance(on, World) else on).execute(session, actor)


async def records_of(world: World, user_id: UUID) -> list[RecordView]:
    return list((await world.bus().ask(ListRecords(user_id), ADMIN)).items)


async def certificates_of(world: World, user_id: UUID) -> list[CertificateView]:
    return list((await world.bus().ask(ListCertificates(user_id), ADMIN)).items)


class TestRecordingSessions:
    async def test_a_session_is_recorded_as_it_was_held(self, world: World) -> None:
        view = await held(world)
        assert (view.module_id, view.version_number, view.title) == (M, 1, "Bloodborne pathogens")
        assert (view.starts_at, view.ends_at, view.location) == (SESSION.starts_at, SESSION.ends_at, "Austin North")
        assert (view.summary, view.trainers) == ("Exposure control plan, sharps.", (DANA,))
        assert (view.recorded_at, view.recorded_by) == (LATER, ADMIN_ID)
        assert view.attendees == (
            Person(ANA, "Ana Ruiz", "Hygienist", "Hygiene", "Austin"),
            Person(BEN, "Ben Ode", "Scheduler", "Front desk", None),
        )
        assert await world.bus().ask(ReadSession(view.id), COMPLIANCE) == view

    async def test_each_who_was_there_has_a_record(self, world: World) -> None:
        session = await held(world)
        (record,) = await records_of(world, ANA)
        assert (record.full_name, record.job_title, record.department, record.location) == (
            "Ana Ruiz",
            "Hygienist",
            "Hygiene",
            "Austin",
        )
        assert (record.module_id, record.title, record.summary) == (M, "Bloodborne pathogens", SESSION.summary)
        assert (record.version_number, record.citation) == (1, "29 CFR 1910.1030(g)(2)")
        assert (record.delivery, record.session_id, record.trainers) == (Delivery.CLASSROOM, session.id, (DANA,))
        assert (record.started_at, record.completed_at) == (SESSION.starts_at, SESSION.ends_at)
        assert (record.valid_from, record.valid_until) == (date(2026, 3, 2), date(2027, 3, 2))
        assert (record.retention_until, record.credit_hours) == (date(2029, 3, 2), 1.5)
        (other,) = await records_of(world, BEN)
        assert (other.full_name, other.session_id) == ("Ben Ode", session.id)
        assert other.id != record.id

    async def test_each_who_was_there_has_a_certificate(self, world: World) -> None:
        await held(world)
        for user_id, serial in ((ANA, serial_of(1)), (BEN, serial_of(2))):
            (record,) = await records_of(world, user_id)
            (certificate,) = await certificates_of(world, user_id)
            assert (certificate.serial, certificate.record_id) == (serial, record.id)
            assert (certificate.issued_at, certificate.valid_until) == (LATER, date(2027, 3, 2))
            assert (record.certificate_serial, certificate.state) == (serial, CertificateState.VALID)

    async def test_it_tells_of_the_session_and_of_each_record_and_certificate(self, world: World) -> None:
        bus, heard = world.bus(), list[DomainEvent]()
        bus.listen(heard.extend)
        session = await held(bus)
        names = ["SessionHeld", *["TrainingRecorded"] * 2, *["CertificateIssued"] * 2]
        assert [type(event).__name__ for event in heard] == names
        assert SessionHeld(session.id, M, (ANA, BEN)) in heard
        assert {event.subject_id for event in heard if isinstance(event, TrainingRecorded)} == {ANA, BEN}

    async def test_name_and_job_title_may_be_given(self, world: World) -> None:
        there = NewAttendee(uid(3), full_name="Kim Oh", job_title="Assistant")
        view = await held(world, replace(SESSION, attendees=(there,)))
        assert view.attendees == (Person(uid(3), "Kim Oh", "Assistant", "Hygiene", None),)
        (record,) = await records_of(world, uid(3))
        assert (record.full_name, record.job_title) == ("Kim Oh", "Assistant")

    async def test_where_the_rule_is_cited_nothing_may_be_missing(self, world: World) -> None:
        bare = replace(SESSION, summary="", trainers=(Trainer("Dana"),), attendees=(NewAttendee(uid(3)),))
        with pytest.raises(SessionIncomplete) as refusal:
            await held(world, bare)
        assert refusal.value.missing == (
            ("summary",),
            ("trainers", 0, "qualifications"),
            ("attendees", 0, "full_name"),
            ("attendees", 0, "job_title"),
        )
        view = await held(world, replace(bare, module_id=CLAIMS))
        assert view.attendees == (Person(uid(3), None, None, "Hygiene", None),)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"attendees": (NewAttendee(ANA), NewAttendee(uid(404)))}, ("attendees", 1, "user_id")),
            ({"attendees": (NewAttendee(ANA), NewAttendee(BEN), NewAttendee(ANA))}, ("attendees", 2, "user_id")),
            ({"ends_at": LATER + timedelta(seconds=1)}, ("ends_at",)),
            ({"ends_at": SESSION.starts_at}, ("ends_at",)),
        ],
    )
    async def test_it_is_all_or_nothing(
        self, world: World, wrong: dict[str, Any], field: tuple[str | int, ...]
    ) -> None:
        with pytest.raises(InvalidValue) as refusal:
            await held(world, replace(SESSION, **wrong))
        assert refusal.value.field == field
        assert (await world.bus().ask(ListSessions(), ADMIN)).items == []
        assert [await records_of(world, user_id) for user_id in (ANA, BEN)] == [[], []]

    async def test_the_module_must_have_been_published(self, world: World) -> None:
        with pytest.raises(ModuleNotFound):
            await held(world, replace(SESSION, module_id=uid(404)))
        with pytest.raises(ModuleNotPublished):
            await held(world, replace(SESSION, module_id=DRAFT))


class TestWhoRecords:
    async def test_managers_record_their_own_people(self, world: World) -> None:
        view = await held(world, replace(SESSION, attendees=(NewAttendee(ANA),)), MANAGER)
        assert view.recorded_by == MO
        for other in (BEN, uid(404)):
            with pytest.raises(InvalidValue, match="whose attendance you may record") as refusal:
                await held(world, replace(SESSION, attendees=(NewAttendee(ANA), NewAttendee(other))), MANAGER)
            assert refusal.value.field == ("attendees", 1, "user_id")
        assert len(await records_of(world, ANA)) == 1

    @pytest.mark.parametrize(
        "actor", [Actor(MO, Role.MANAGER, ("Office", "Hygiene")), Actor(MO, Role.COMPLIANCE), Actor(MO, Role.ADMIN)]
    )
    async def test_nobody_records_the_own_attendance(self, world: World, actor: Actor) -> None:
        with pytest.raises(InvalidValue) as refusal:
            await held(world, replace(SESSION, attendees=(NewAttendee(ANA), NewAttendee(MO))), actor)
        assert refusal.value.field == ("attendees", 1, "user_id")
        assert (await records_of(world, MO), await records_of(world, ANA)) == ([], [])

    async def test_others_do_not(self, world: World) -> None:
        for role in (Role.AUTHENTICATED, Role.AUTHOR):
            with pytest.raises(Forbidden):
                await held(world, SESSION, Actor(ANA, role))


class TestEvidenceOfThatDay:
    async def test_what_was_taught_is_the_version_on_offer_then(self, world: World) -> None:
        async def publish_again(unit: Unit) -> None:
            module = await unit.port(Modules).get(M)
            module.edit_section(module.sections[0].id, now=LATER, title="Newer")
            await unit.port(Versions).add(module.publish(fingerprint, by=None, now=NOW + timedelta(minutes=10)))

        await world.units.run(publish_again)
        assert (await held(world)).version_number == 1
        later = replace(SESSION, starts_at=NOW + timedelta(minutes=5), ends_at=NOW + timedelta(minutes=15))
        assert (await held(world, later)).version_number == 2

    async def test_before_the_first_version_there_is_nothing_to_record(self, world: World) -> None:
        then = NOW - timedelta(days=2_500)
        years_ago = replace(SESSION, starts_at=then - timedelta(hours=1), ends_at=then)
        with pytest.raises(InvalidValue, match="training given elsewhere") as refusal:
            await held(world, years_ago)
        assert refusal.value.field == ("ends_at",)

    async def test_after_it_was_archived_there_is_nothing_to_record_either(self, world: World) -> None:
        async def archive(unit: Unit) -> None:
            (await unit.port(Modules).get(M)).archive(now=NOW + timedelta(minutes=10))

        await world.units.run(archive)
        assert await held(world)
        later = replace(SESSION, starts_at=NOW + timedelta(minutes=5), ends_at=NOW + timedelta(minutes=15))
        with pytest.raises(InvalidValue, match="when the module was archived") as refusal:
            await held(world, later)
        assert refusal.value.field == ("ends_at",)

    async def test_who_had_left_was_not_there(self, world: World) -> None:
        async def leave(unit: Unit) -> None:
            (await unit.port(Users).get(ANA)).deactivate(now=NOW + timedelta(minutes=1))

        await world.units.run(leave)
        assert await held(world)
        after = replace(SESSION, starts_at=NOW + timedelta(minutes=5), ends_at=NOW + timedelta(minutes=15))
        with pytest.raises(InvalidValue) as refusal:
            await held(world, after)
        assert refusal.value.field == ("attendees", 0, "user_id")

    async def test_where_somebody_worked_that_day_can_be_said(self, world: World) -> None:
        there = NewAttendee(ANA, department="Front desk", location="Dallas", job_title="Scheduler")
        view = await held(world, replace(SESSION, attendees=(there,)))
        assert view.attendees == (Person(ANA, "Ana Ruiz", "Scheduler", "Front desk", "Dallas"),)
        assert (await records_of(world, ANA))[0].department == "Front desk"

    async def test_the_same_session_is_recorded_once_and_the_first_is_named(self, world: World) -> None:
        first = await held(world)
        for again in (SESSION, replace(SESSION, attendees=(NewAttendee(BEN), NewAttendee(uid(3), "Kim Oh", "Aide")))):
            with pytest.raises(RecordedBefore, match=str(first.id)):
                await held(world, again)
        assert await records_of(world, uid(3)) == []
        missed = replace(SESSION, attendees=(NewAttendee(uid(3), "Kim Oh", "Aide"),))
        assert await held(world, missed)

    async def test_with_its_record_a_certificate_is_revoked(self, world: World) -> None:
        await held(world)
        (record,) = await records_of(world, ANA)
        await world.bus().execute(VoidRecord(record.id, "She was on leave that day."), COMPLIANCE)
        (certificate,) = await certificates_of(world, ANA)
        assert (certificate.state, certificate.revoked_at) == (CertificateState.REVOKED, LATER)
        (others,) = await certificates_of(world, BEN)
        assert others.state == CertificateState.VALID


class TestLookingAtSessions:
    async def test_the_last_recorded_is_first(self, world: World) -> None:
        views = [await held(world, replace(SESSION, attendees=(NewAttendee(n),))) for n in (ANA, BEN)]
        page = await world.bus().ask(ListSessions(limit=1), COMPLIANCE)
        assert [each.id for each in page.items] == [views[1].id]
        rest = await world.bus().ask(ListSessions(page.next), COMPLIANCE)
        assert rest.items == [SessionSummary(*(getattr(views[0], name) for name in SessionSummary.__slots__))]
        assert rest.next is None

    async def test_an_unknown_one(self, world: World) -> None:
        with pytest.raises(SessionNotFound):
            await world.bus().ask(ReadSession(uid(404)), ADMIN)

    @pytest.mark.parametrize("query", [ListSessions(), ReadSession(uid(404))])
    async def test_they_are_for_compliance(self, world: World, query: Any) -> None:
        for actor in (MANAGER, Actor(ANA, Role.AUTHENTICATED), Actor(ANA, Role.AUTHOR)):
            with pytest.raises(Forbidden):
                await world.bus().ask(query, actor)
