"""The contract of certificates: the repository and the reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from application.evidence.certificates.queries import CertificateFacts, CertificateReader
from application.evidence.ports import Certificates, Records
from application.kernel.access import EVERYONE, Scope
from application.kernel.units import Unit
from contracts import about
from contracts.backend import Backend, pages, save
from contracts.evidence.records import a_full_record, a_record, keep
from contracts.make import NOBODY, UNICODE, a_user, later, uid, user_id
from contracts.people.scopes import DEPARTMENTS, SCOPES, people
from domain.evidence.certificates import Certificate, CertificateNotFound, CertificateRevoked, serial_of
from domain.evidence.records import AlreadyRecorded, TrainingRecord


def facts_of(certificate: Certificate, record: TrainingRecord) -> CertificateFacts:
    return CertificateFacts(
        serial=certificate.serial,
        record_id=record.id,
        user_id=record.person.user_id,
        full_name=record.person.full_name,
        title=record.training.title,
        completed_at=record.completed_at,
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
        issued_at=certificate.issued_at,
        issued_on=certificate.issued_on,
        time_zone=record.time_zone,
        revoked_at=certificate.revoked_at,
        revocation_reason=certificate.revocation_reason,
        citation=record.training.citation,
        credit_hours=record.credit_hours,
        trainers=record.trainers,
        holders_zone=None,
    )


async def issue(backend: Backend, record: TrainingRecord, serial: str = serial_of(1)) -> Certificate:
    """Add the record and its certificate, one by one."""
    certificate = Certificate.issue(serial, record.recorded, now=record.recorded_at)

    async def work(unit: Unit) -> None:
        await unit.port(Records).add(record)
        await unit.port(Certificates).add_many([certificate])

    await backend.units.run(work)
    return certificate


async def change(backend: Backend, serial: str, what: Callable[[Certificate], object]) -> None:
    async def work(unit: Unit) -> None:
        what(await unit.port(Certificates).get(serial))

    await backend.units.run(work)


def revoke(certificate: Certificate) -> None:
    certificate.revoke(UNICODE, by=user_id(9), now=later(days=1, microseconds=1))


async def certified(backend: Backend, serial: str = serial_of(1), scope: Scope = EVERYONE) -> CertificateFacts | None:
    return await backend.reader(CertificateReader).detail(scope, serial)


@about(Certificates)
class TestCertificates:
    @pytest.mark.parametrize("record", [a_record(), a_full_record()], ids=["least", "full"])
    async def test_a_certificate_comes_back_as_added(self, backend: Backend, record: TrainingRecord) -> None:
        added = await issue(backend, record)
        assert await certified(backend) == facts_of(added, record)
        found = await backend.units.run(lambda unit: unit.port(Certificates).get(serial_of(1)))
        assert found is not added
        assert _told(found) == _told(added)

    async def test_it_is_revoked(self, backend: Backend) -> None:
        record = a_record()
        added = await issue(backend, record)
        await change(backend, added.serial, revoke)
        revoke(added)
        assert await certified(backend) == facts_of(added, record)
        found = await backend.units.run(lambda unit: unit.port(Certificates).get(serial_of(1)))
        assert _told(found) == _told(added)
        assert (found.revoked_by, found.version) == (user_id(9), 2)
        with pytest.raises(CertificateRevoked):
            await change(backend, added.serial, revoke)

    @pytest.mark.parametrize("serial", ["", "UD", serial_of(2), serial_of(1).lower(), "UD-0000%", "é" * 40])
    async def test_an_unknown_one_is_not_found(self, backend: Backend, serial: str) -> None:
        await issue(backend, a_record())
        assert await certified(backend, serial) is None
        with pytest.raises(CertificateNotFound):
            await change(backend, serial, revoke)

    async def test_a_record_has_one_certificate(self, backend: Backend) -> None:
        await issue(backend, a_record(1))

        async def another(unit: Unit) -> None:
            await unit.port(Certificates).add_many([Certificate.issue(serial_of(2), a_record(1).recorded, now=later())])

        async def several(unit: Unit) -> None:
            again = Certificate.issue(serial_of(3), a_record(1).recorded, now=later())
            await unit.port(Certificates).add_many(
                [Certificate.issue(serial_of(4), a_record(2).recorded, now=later()), again]
            )

        for work in (another, several):
            with pytest.raises(AlreadyRecorded):
                await backend.units.run(work)
        assert [await certified(backend, serial_of(n)) is None for n in (2, 3, 4)] == [True] * 3

    async def test_events(self, backend: Backend) -> None:
        await issue(backend, a_record(1))
        await keep(backend, a_record(2), a_record(3), certified=True)

        async def both(unit: Unit) -> list[str]:
            revoke(await unit.port(Certificates).get(serial_of(1)))
            await unit.port(Certificates).add_many([Certificate.issue(serial_of(4), a_record(4).recorded, now=later())])
            await unit.port(Records).add(a_record(4))
            await unit.port(Records).add(a_record(5))
            await unit.port(Certificates).add_many([Certificate.issue(serial_of(5), a_record(5).recorded, now=later())])
            return [type(event).__name__ for event in unit.take_events()]

        issued = ["CertificateIssued"] * 2
        assert await backend.units.run(both) == ["CertificateWasRevoked", *issued, *["TrainingRecorded"] * 2]


@about(CertificateReader)
class TestCertificateReader:
    async def test_the_newest_issue_is_first(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        await keep(
            backend,
            a_record(1, at=later(hours=9), recorded_at=later(hours=1)),
            a_record(2, recorded_at=later(hours=3)),
            a_record(3, recorded_at=later(hours=2)),
            a_record(4, recorded_at=later(hours=2)),
            a_record(5, user=2),
            certified=True,
        )
        reader = backend.reader(CertificateReader)
        for size, sizes in {1: [1, 1, 1, 1], 3: [3, 1], 4: [4], 200: [4]}.items():
            found = await pages(lambda after, limit: reader.of_user(EVERYONE, user_id(1), after, limit), size)
            assert [item.record_id.int for page in found for item in page] == [2, 4, 3, 1]
            assert [len(page) for page in found] == sizes

    async def test_lists_show_what_the_certificate_itself_does(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        added = await issue(backend, a_full_record())
        page = await backend.reader(CertificateReader).of_user(EVERYONE, user_id(1), None, 10)
        assert page is not None
        assert page.items == [facts_of(added, a_full_record())]

    async def test_who_has_none_and_who_is_not_there(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        await keep(backend, a_record(1))
        reader = backend.reader(CertificateReader)
        page = await reader.of_user(EVERYONE, user_id(1), None, 10)
        assert page is not None
        assert (page.items, page.next) == ([], None)
        assert await reader.of_user(EVERYONE, NOBODY, None, 10) is None

    @SCOPES
    async def test_what_is_outside_the_scope_is_not_there(
        self, backend: Backend, scope: Scope, within: list[int]
    ) -> None:
        await people(backend)
        await keep(backend, *(a_record(n, user=n) for n in DEPARTMENTS), certified=True)
        reader = backend.reader(CertificateReader)
        seen = {n: await reader.of_user(scope, user_id(n), None, 10) for n in sorted(DEPARTMENTS, reverse=True)}
        assert {n: [each.record_id for each in page.items] for n, page in seen.items() if page} == {
            n: [uid(n)] for n in within
        }
        numbers = sorted(DEPARTMENTS, reverse=True)
        assert [n for n in numbers if await certified(backend, serial_of(n), scope)] == within

    async def test_the_record_outlives_the_person(self, backend: Backend) -> None:
        await keep(backend, replace(a_record(1, user=404)), certified=True)
        assert await certified(backend) is not None


def _told(certificate: Certificate) -> dict[str, Any]:
    return {name: value for name, value in vars(certificate).items() if not name.startswith("_")}
