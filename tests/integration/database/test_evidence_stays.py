"""Whatever happens after a completion, its evidence stays byte for byte as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from application.catalogue.modules.commands import ArchiveModule, CreateModule, EditModule, NewSection, PublishModule
from application.evidence.certificates.commands import RevokeCertificate
from application.evidence.certificates.queries import VerifyCertificate
from application.evidence.records.commands import RecordExternalTraining
from application.evidence.records.queries import ListRecords, RecordView
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.evidence.sessions.queries import ReadSession
from application.kernel.access import Actor
from application.kernel.messages import Command
from application.learning.enrollments.commands import EnrollUser, WithdrawEnrollment
from application.learning.progress.commands import CompleteSection, RenewEnrollment
from application.people.users.commands import DeactivateUsers, EditUser, RegisterUser
from application.privacy.personal_data import EraseUser
from domain.catalogue.completion_rules import EvidenceTerms
from domain.catalogue.reopening import Reopens
from domain.catalogue.sections import Attestation, Lesson
from domain.evidence.persons import Trainer
from domain.evidence.record_events import Delivery
from domain.kernel.roles import Role
from domain.kernel.validity import CertificateState
from entrypoints.bootstrap import Service, bootstrap
from integration.running import empty_url, settings_for
from kit.surroundings import NOON, FixedClock

STATEMENT = "I have read it."
SYSTEM = Actor.system()


@dataclass
class Practice:
    """The service, with somebody who has completed a module, attended a session and brought a certificate."""

    service: Service
    clock: FixedClock
    ana: UUID
    module: UUID
    session: UUID

    async def does(self, command: Command[Any], actor: Actor = SYSTEM) -> Any:
        return await self.service.bus.execute(command, actor)

    async def records(self) -> list[RecordView]:
        """Ana's, by delivery."""
        page = await self.service.bus.ask(ListRecords(self.ana), SYSTEM)
        return sorted(page.items, key=lambda record: record.delivery)

    async def evidence(self) -> bytes:
        """All that is kept on her training, as the JSON that one would be shown.

        Whether a certificate was revoked since is no part of its record.
        """
        session = await self.service.bus.ask(ReadSession(self.session), SYSTEM)
        return msgspec.json.encode([[replace(each, revoked_at=None) for each in await self.records()], session])


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return empty_url(request, request.param)


@pytest.fixture
async def practice(url: str) -> AsyncIterator[Practice]:
    clock = FixedClock()
    service = bootstrap(settings_for(url), clock=clock)
    try:
        person = RegisterUser("ana@example.com", "Ana Ruiz-Nguyễn", "Hygiene", "Hygienist", "Austin North")
        ana = (await service.bus.execute(person, SYSTEM)).id
        sections = (NewSection("Read", Lesson("Text")), NewSection("Confirm", Attestation(STATEMENT)))
        terms = EvidenceTerms(valid_months=12, retention_years=3, credit_hours=1.5)
        module: Any = await service.bus.execute(
            CreateModule("Bloodborne pathogens", summary="Old.", evidence=terms, sections=sections), SYSTEM
        )
        await service.bus.execute(PublishModule(module.id), SYSTEM)
        await service.bus.execute(EnrollUser(module.id, ana), SYSTEM)
        for section, statement in zip(module.sections, (None, STATEMENT), strict=True):
            clock.advance(timedelta(minutes=10))
            command = CompleteSection(module.id, ana, section.id, statement)
            await service.bus.execute(command, Actor(ana, Role.AUTHENTICATED))
        times = (clock.now() - timedelta(hours=2), clock.now() - timedelta(hours=1))
        trainers = (Trainer("Dana Whitfield, RDH", "OSHA-authorized trainer"),)
        held = RecordSession(module.id, *times, trainers, (NewAttendee(ana),), summary="Sharps.")
        session = await service.bus.execute(held, SYSTEM)
        brought = RecordExternalTraining(ana, "Basic life support", "Red Cross", date(2026, 2, 14))
        await service.bus.execute(brought, SYSTEM)
        yield Practice(service, clock, ana, module.id, session.id)
    finally:
        await service.close()


async def test_a_completion_leaves_one_record_and_one_certificate(practice: Practice) -> None:
    classroom, external, online = await practice.records()
    assert [each.delivery for each in (classroom, external, online)] == sorted(Delivery)
    for record in (classroom, external, online):
        who = (record.full_name, record.job_title, record.department, record.location)
        assert who == ("Ana Ruiz-Nguyễn", "Hygienist", "Hygiene", "Austin North")
    assert (online.title, online.version_number, online.credit_hours) == ("Bloodborne pathogens", 1, 1.5)
    assert online.started_at == NOON + timedelta(minutes=10)
    assert online.completed_at == online.recorded_at == NOON + timedelta(minutes=20)
    assert (online.valid_from, online.valid_until, online.retention_until) == (
        date(2026, 3, 2),
        date(2027, 3, 2),
        date(2029, 3, 2),
    )
    assert (online.content_hash, online.recorded_by) == (classroom.content_hash, practice.ana)
    assert [each.certificate_serial is None for each in (classroom, external, online)] == [False, True, False]
    assert classroom.certificate_serial != online.certificate_serial


async def test_nothing_that_happens_later_changes_it(practice: Practice) -> None:
    before = await practice.evidence()
    classroom, _, online = await practice.records()
    hers: list[Command[Any]] = [
        EditUser(practice.ana, email="ruiz@example.com", full_name="Ana Ruiz", department="Front desk"),
        EditUser(practice.ana, job_title="Office manager", location=None),
        EditModule(practice.module, title="Sharps", summary="New.", evidence=EvidenceTerms(valid_months=1)),
        PublishModule(practice.module, material=True, reopens=Reopens.NOBODY, move_enrollments=True),
        RenewEnrollment(practice.module, practice.ana, "Annual refresher."),
        WithdrawEnrollment(practice.module, practice.ana),
        ArchiveModule(practice.module),
        RevokeCertificate(online.certificate_serial or "", "Issued by mistake."),
        DeactivateUsers((practice.ana,)),
        EraseUser(practice.ana),
    ]
    for command in hers:
        practice.clock.advance(timedelta(days=1))
        await practice.does(command)
        assert await practice.evidence() == before, command
    revocations = [record.revoked_at for record in await practice.records()]
    assert revocations == [None, None, NOON + timedelta(minutes=20, days=8)]
    for serial, state in (
        (online.certificate_serial, CertificateState.REVOKED),
        (classroom.certificate_serial, CertificateState.VALID),
    ):
        shown = await practice.service.bus.ask(VerifyCertificate(serial or ""), SYSTEM)
        assert (shown.full_name, shown.title, shown.state) == ("Ana Ruiz-Nguyễn", "Bloodborne pathogens", state)


async def test_a_new_cycle_adds_a_record_and_leaves_the_old_one(practice: Practice) -> None:
    *_, first = await practice.records()
    practice.clock.advance(timedelta(days=365))
    progress = await practice.does(RenewEnrollment(practice.module, practice.ana, "Annual refresher."))
    for section, statement in zip(progress.sections, (None, STATEMENT), strict=True):
        command = CompleteSection(practice.module, practice.ana, section.section_id, statement)
        await practice.does(command, Actor(practice.ana, Role.AUTHENTICATED))
    *_, old, new = sorted(await practice.records(), key=lambda record: (record.delivery, record.completed_at))
    assert msgspec.json.encode(old) == msgspec.json.encode(first)
    assert (new.completed_at, new.valid_from) == (practice.clock.now(), date(2027, 3, 2))
    assert new.certificate_serial not in (None, old.certificate_serial)


async def test_what_fails_leaves_no_evidence(practice: Practice) -> None:
    before = await practice.evidence()
    times = (practice.clock.now() - timedelta(hours=2), practice.clock.now() - timedelta(hours=1))
    nobody = NewAttendee(UUID(int=404))
    held = RecordSession(practice.module, *times, (Trainer("Dana"),), (NewAttendee(practice.ana), nobody))
    with pytest.raises(ValueError, match="may record"):
        await practice.does(held)
    assert await practice.evidence() == before
