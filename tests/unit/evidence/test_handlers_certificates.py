"""Showing, printing, verifying and revoking certificates."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from application.evidence.certificates.commands import Revocation, RevokeCertificate
from application.evidence.certificates.queries import (
    CertificateReader,
    CertificateSheet,
    CertificateView,
    Issuer,
    ListCertificates,
    PrintCertificate,
    ReadCertificate,
    Verification,
    VerifyCertificate,
    print_certificate,
)
from application.evidence.ports import Certificates, Records
from application.kernel.access import Actor
from application.kernel.messages import Query
from application.kernel.units import Unit
from domain.catalogue.completion_rules import EvidenceTerms
from domain.evidence.certificates import (
    Certificate,
    CertificateNameless,
    CertificateNotFound,
    CertificateRevoked,
    serial_of,
)
from domain.evidence.persons import Trainer
from domain.evidence.records import TrainingRecord
from domain.kernel.errors import Forbidden, InvalidValue
from domain.kernel.roles import Role
from domain.kernel.validity import CertificateState
from domain.people.user_errors import UserNotFound
from kit.examples import LATER, NOW, UTC_DAYS, a_user, a_version, an_enrollment, uid
from worlds.memory import ADMIN, ANA, BEN, World

SERIAL = serial_of(7)
COMPLIANCE = Actor(uid(8), Role.COMPLIANCE)
MANAGER, OTHER_MANAGER = (Actor(uid(9), Role.MANAGER, (department,)) for department in ("Hygiene", "Front desk"))
LEARNER, AUTHOR = Actor(ANA, Role.AUTHENTICATED), Actor(uid(7), Role.AUTHOR)
WHO_SEES = pytest.mark.parametrize("actor", [LEARNER, MANAGER, COMPLIANCE, ADMIN], ids=lambda actor: actor.role)
WHO_DOES_NOT = pytest.mark.parametrize(
    "actor", [Actor(BEN, Role.AUTHENTICATED), AUTHOR, OTHER_MANAGER], ids=lambda actor: actor.role
)
WHOLE = CertificateView(
    serial=SERIAL,
    record_id=uid(70),
    user_id=ANA,
    full_name="Ana Ruiz",
    title="Bloodborne pathogens",
    completed_at=NOW,
    valid_from=date(2026, 3, 2),
    valid_until=date(2027, 3, 2),
    state=CertificateState.VALID,
    issued_at=LATER,
    issued_on=date(2026, 3, 2),
    time_zone="UTC",
    revoked_at=None,
    revocation_reason=None,
)


class Calendar(World):
    """A world whose day one can choose."""

    moment = LATER

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
async def world() -> Calendar:
    """Holds ANA of Hygiene, who has a certificate that is valid for a year, and BEN of the front desk."""
    world = Calendar()
    ana = a_user(1, full_name="Ana Ruiz", department="Hygiene")
    await world.holds(ana, a_user(2, department="Front desk"))
    record = TrainingRecord.online(
        uid(70),
        days=UTC_DAYS,
        user=ana,
        version=a_version(evidence=EvidenceTerms(12, 6, 1.5)),
        enrollment=an_enrollment(),
        recorded_by=ANA,
        now=NOW,
    )
    await certify(world, replace(record, trainers=(Trainer("Dana", "OSHA"), Trainer("Kim"))), SERIAL)
    return world


async def certify(world: World, record: TrainingRecord, serial: str, now: datetime = LATER) -> None:
    async def work(unit: Unit) -> None:
        await unit.port(Records).add(record)
        await unit.port(Certificates).add_many([Certificate.issue(serial, record.recorded, now=now)])

    await world.units.run(work)


async def revoked(world: World, reason: str = "Issued for the wrong person.", actor: Actor = ADMIN) -> Revocation:
    return await world.bus().execute(RevokeCertificate(SERIAL, reason), actor)


class TestShowing:
    @WHO_SEES
    async def test_it_is_shown_to_those_who_see_the_person(self, world: Calendar, actor: Actor) -> None:
        assert await world.bus().ask(ReadCertificate(SERIAL), actor) == WHOLE
        page = await world.bus().ask(ListCertificates(ANA), actor)
        assert (page.items, page.next) == ([WHOLE], None)

    @WHO_DOES_NOT
    async def test_for_others_it_is_not_there(self, world: Calendar, actor: Actor) -> None:
        queries: list[Query[Any]] = [ReadCertificate(SERIAL), PrintCertificate(SERIAL)]
        for query in queries:
            with pytest.raises(CertificateNotFound):
                await world.bus().ask(query, actor)
        with pytest.raises(UserNotFound):
            await world.bus().ask(ListCertificates(ANA), actor)

    async def test_the_newest_is_first(self, world: Calendar) -> None:
        record = TrainingRecord.online(
            uid(71),
            days=UTC_DAYS,
            user=a_user(),
            version=a_version(),
            enrollment=an_enrollment(),
            recorded_by=None,
            now=NOW,
        )
        await certify(world, replace(record, cycle_id=uid(72)), serial_of(8), LATER + timedelta(days=1))
        page = await world.bus().ask(ListCertificates(ANA, limit=1), ADMIN)
        assert [each.serial for each in page.items] == [serial_of(8)]
        rest = await world.bus().ask(ListCertificates(ANA, page.next), ADMIN)
        assert (rest.items, rest.next) == ([WHOLE], None)

    async def test_the_state_is_that_of_today(self, world: Calendar) -> None:
        world.moment = datetime.combine(date(2027, 3, 2), NOW.timetz())
        assert (await world.bus().ask(ReadCertificate(SERIAL), ADMIN)).state == CertificateState.VALID
        world.moment += timedelta(days=1)
        assert (await world.bus().ask(ReadCertificate(SERIAL), ADMIN)).state == CertificateState.EXPIRED
        (listed,) = (await world.bus().ask(ListCertificates(ANA), ADMIN)).items
        assert listed.state == CertificateState.EXPIRED

    @pytest.mark.parametrize("serial", [serial_of(8), "UD", "nonsense"])
    async def test_an_unknown_one(self, world: Calendar, serial: str) -> None:
        queries: list[Query[Any]] = [ReadCertificate(serial), PrintCertificate(serial), VerifyCertificate(serial)]
        for query in queries:
            with pytest.raises(CertificateNotFound):
                await world.bus().ask(query, ADMIN)
        with pytest.raises(CertificateNotFound):
            await world.bus().execute(RevokeCertificate(serial, "Why not?"), ADMIN)


class TestVerifying:
    async def test_it_shows_no_more_than_the_certificate(self, world: Calendar) -> None:
        shown = await world.bus().ask(VerifyCertificate(SERIAL), Actor(BEN, Role.AUTHENTICATED))
        assert shown == Verification(
            serial=SERIAL,
            state=CertificateState.VALID,
            full_name="Ana Ruiz",
            title="Bloodborne pathogens",
            completed_on=date(2026, 3, 2),
            valid_from=date(2026, 3, 2),
            valid_until=date(2027, 3, 2),
            issued_by="Unified Dental",
        )
        printed = {field.name for field in fields(CertificateSheet)}
        assert {field.name for field in fields(Verification)} - printed == {"state"}

    @pytest.mark.parametrize("spelled", [SERIAL.lower(), SERIAL.replace("-", " "), SERIAL[3:].replace("0", "O")])
    async def test_it_is_found_as_people_type_it(self, world: Calendar, spelled: str) -> None:
        assert (await world.bus().ask(VerifyCertificate(spelled), ADMIN)).serial == SERIAL

    async def test_it_tells_what_has_expired_and_what_is_revoked(self, world: Calendar) -> None:
        world.moment += timedelta(days=366)
        assert (await world.bus().ask(VerifyCertificate(SERIAL), LEARNER)).state == CertificateState.EXPIRED
        await revoked(world)
        assert (await world.bus().ask(VerifyCertificate(SERIAL), LEARNER)).state == CertificateState.REVOKED


class TestRevoking:
    @pytest.mark.parametrize("actor", [COMPLIANCE, ADMIN], ids=lambda actor: actor.role)
    async def test_it_stays_void(self, world: Calendar, actor: Actor) -> None:
        assert await revoked(world, actor=actor) == Revocation(SERIAL, uid(70), "Issued for the wrong person.")
        view = await world.bus().ask(ReadCertificate(SERIAL), LEARNER)
        assert (view.state, view.revoked_at, view.revocation_reason) == (
            CertificateState.REVOKED,
            LATER,
            "Issued for the wrong person.",
        )
        with pytest.raises(CertificateRevoked):
            await revoked(world, "Another reason.")
        assert await world.bus().ask(ReadCertificate(SERIAL), LEARNER) == view

    async def test_a_reason_is_given(self, world: Calendar) -> None:
        with pytest.raises(InvalidValue) as refusal:
            await revoked(world, " ")
        assert refusal.value.field == ("revocation_reason",)
        assert await world.bus().ask(ReadCertificate(SERIAL), ADMIN) == WHOLE

    @pytest.mark.parametrize("actor", [LEARNER, AUTHOR, MANAGER], ids=lambda actor: actor.role)
    async def test_it_is_for_compliance(self, world: Calendar, actor: Actor) -> None:
        with pytest.raises(Forbidden):
            await revoked(world, actor=actor)


class TestPrinting:
    @WHO_SEES
    async def test_it_is_printed_for_those_who_see_the_person(self, world: Calendar, actor: Actor) -> None:
        assert (await world.bus().ask(PrintCertificate(SERIAL), actor)).startswith(b"%PDF-")

    async def test_the_sheet_says_what_the_record_does(self, world: Calendar) -> None:
        """Also where the organization has moved since: what is printed does not change."""
        printer = Printer()
        world.move_to("Pacific/Kiritimati")
        issuer = Issuer("Unified Dental", "https://training.example.com")

        async def handler(query: PrintCertificate, actor: Actor, certificates: CertificateReader) -> bytes:
            return await print_certificate(query, actor, certificates, printer, issuer)

        assert await world.call(handler, PrintCertificate(SERIAL)) == b"sheet"
        assert printer.sheets == [
            CertificateSheet(
                serial=SERIAL,
                full_name="Ana Ruiz",
                title="Bloodborne pathogens",
                completed_on=date(2026, 3, 2),
                valid_from=date(2026, 3, 2),
                valid_until=date(2027, 3, 2),
                issued_at=LATER,
                issued_on=date(2026, 3, 2),
                time_zone="UTC",
                issued_by="Unified Dental",
                citation=None,
                credit_hours=1.5,
                trainers=("Dana", "Kim"),
                verify_url=f"https://training.example.com/v1/verify/{SERIAL}",
            )
        ]

    async def test_what_is_revoked_is_not_printed(self, world: Calendar) -> None:
        await revoked(world)
        with pytest.raises(CertificateRevoked):
            await world.bus().ask(PrintCertificate(SERIAL), ADMIN)

    async def test_without_a_name_there_is_nothing_to_print(self, world: Calendar) -> None:
        record = TrainingRecord.online(
            uid(71),
            days=UTC_DAYS,
            user=a_user(2),
            version=a_version(),
            enrollment=an_enrollment(2),
            recorded_by=None,
            now=NOW,
        )
        await certify(world, record, serial_of(8))
        with pytest.raises(CertificateNameless):
            await world.bus().ask(PrintCertificate(serial_of(8)), ADMIN)
        assert (await world.bus().ask(VerifyCertificate(serial_of(8)), ADMIN)).full_name is None

    async def test_what_has_expired_says_so_itself(self, world: Calendar) -> None:
        world.moment += timedelta(days=366)
        assert (await world.bus().ask(PrintCertificate(SERIAL), ADMIN)).startswith(b"%PDF-")


class Printer:
    """Implements application.evidence.certificates.queries.CertificatePrinter; keeps what it is to print."""

    def __init__(self) -> None:
        self.sheets: list[CertificateSheet] = []

    async def print(self, certificate: CertificateSheet) -> bytes:
        self.sheets.append(certificate)
        return b"sheet"
