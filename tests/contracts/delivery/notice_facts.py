"""The contract of what people may have to be notified of, and of what is true when they are notified."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from application.compliance.ports import ObligationKey
from application.delivery.notices.ports import NoticeCandidates, NoticeFacts, SubjectFacts, Window
from application.kernel.units import Unit
from application.people.histories.ports import Histories
from contracts import about
from contracts.backend import Backend, change_enrollment, change_user, save
from contracts.compliance.obligation_states import DAY, MET, OVERDUE, OWED, say
from contracts.compliance.requirements import a_requirement, approved, drafted, requirement_id
from contracts.delivery.notices import a_notice, decide, keep
from contracts.evidence.credentials import a_credential, change, reject, verify
from contracts.evidence.records import a_record
from contracts.evidence.records import keep as keep_records
from contracts.make import NOBODY, UNICODE, T, a_published_module, a_user, an_enrollment, later, uid, user_id
from contracts.people.locations import a_location, location_id
from contracts.people.meanings import LOCATIONS
from contracts.people.merged import merge
from domain.compliance.due_days import ReliefAxis
from domain.delivery.notices import Notice, NoticeKind, NoticeReason, SubjectKind
from domain.delivery.recipients import NoticeSettings, Recipient, fingerprint
from domain.delivery.reminders import Candidate
from domain.evidence.certificates import serial_of
from domain.evidence.records import Training
from domain.kernel.roles import Role
from domain.people.employment import EmploymentState
from domain.people.facts import FactSource, Origin

ANA, BEN, EVA, MAX = (user_id(n) for n in (1, 2, 3, 4))
CHICAGO, ANCHORAGE = "America/Chicago", "America/Anchorage"
SHARPS, PRIVACY = requirement_id(1), requirement_id(2)
WINDOW = Window(DAY - timedelta(days=97), DAY + timedelta(days=30), DAY - timedelta(days=14))


async def group(backend: Backend) -> None:
    """Ana works in Chicago's zone, Ben in Anchorage's, and nobody knows where Eva and Max do. Max has left."""
    await save(backend, a_location(1, name="Austin"), a_location(2, name="Nome", time_zone=ANCHORAGE))
    await save(backend, a_user(1, location="Austin"), a_user(2, location="Nome"), a_user(3), a_user(4))
    await LOCATIONS.say(backend, 1, "Austin", location_id(1))
    await LOCATIONS.say(backend, 2, "Nome", location_id(2))
    await change_user(backend, MAX, lambda user: user.deactivate(now=later(hours=1)))


async def owed(
    backend: Backend, zone: str | None = None, after: UUID | None = None, limit: int = 50
) -> list[Candidate]:
    return await backend.reader(NoticeCandidates).obligations(zone, DAY, WINDOW, after, limit)


def about_of(found: list[Candidate]) -> list[tuple[UUID, UUID]]:
    return [(each.user_id, each.object_id) for each in found]


def _announced(n: int, module_id: UUID, day: date, **changes: Any) -> Notice:
    about: dict[str, Any] = {
        "kind": NoticeKind.ASSIGNED,
        "subject": SubjectKind.ENROLLMENT,
        "object_id": module_id,
        "day": day,
    }
    return a_notice(n, **{**about, **changes})


@about(NoticeCandidates)
class TestNoticeCandidates:
    async def test_an_obligation_with_the_causes_that_there_are(self, backend: Backend) -> None:
        await group(backend)
        await say(backend, {ObligationKey(ANA, SHARPS): (OWED,)})
        await decide(
            backend,
            a_notice(1, object_id=SHARPS),
            a_notice(2, object_id=SHARPS),
            a_notice(3, object_id=PRIVACY),
            a_notice(4, user=2, object_id=SHARPS),
        )
        assert await owed(backend, CHICAGO) == [
            Candidate(
                *(ANA, SubjectKind.OBLIGATION, SHARPS, 1, OWED.opened_on, OWED.due_on),
                causes=frozenset({a_notice(1).cause, a_notice(2).cause}),
            )
        ]

    async def test_an_obligation_whose_module_the_person_knows(self, backend: Backend) -> None:
        await group(backend)
        asking = replace(OWED, modules=(uid(21), uid(22)))
        await say(backend, {ObligationKey(ANA, SHARPS): (asking,)})

        async def announced() -> date | None:
            return (await owed(backend, CHICAGO))[0].enrollment_on

        assert await announced() is None
        sent = _announced(1, uid(21), DAY).sent(T)
        later_one = _announced(2, uid(22), DAY + timedelta(days=2))
        others = (
            _announced(3, uid(23), DAY + timedelta(days=9)),
            _announced(4, uid(21), DAY + timedelta(days=9), user=2),
            _announced(5, uid(22), DAY + timedelta(days=9)).suppressed(NoticeReason.SUPERSEDED, T),
            _announced(6, uid(21), DAY + timedelta(days=9), kind=NoticeKind.DUE),
        )
        await decide(backend, sent, *others)
        assert await announced() == DAY
        await decide(backend, later_one)
        assert await announced() == DAY + timedelta(days=2)

    async def test_each_zone_has_its_people(self, backend: Backend) -> None:
        await group(backend)
        await say(backend, {ObligationKey(who, SHARPS): (OWED,) for who in (ANA, BEN, EVA, MAX)})
        there = replace(OWED, location_id=location_id(2))
        await say(backend, {ObligationKey(EVA, PRIVACY): (there,), ObligationKey(ANA, PRIVACY): (there,)})
        assert about_of(await owed(backend, CHICAGO)) == [(ANA, SHARPS)]
        assert about_of(await owed(backend, ANCHORAGE)) == [(ANA, PRIVACY), (BEN, SHARPS), (EVA, PRIVACY)]
        assert about_of(await owed(backend)) == [(EVA, SHARPS)]
        assert await owed(backend, "America/New_York") == []

    async def test_what_nobody_is_notified_of(self, backend: Backend) -> None:
        await group(backend)
        for relief in (ReliefAxis.WAIVED, ReliefAxis.EXEMPT, ReliefAxis.PAUSED):
            await say(backend, {ObligationKey(EVA, SHARPS): (replace(OWED, relief=relief),)})
            assert await owed(backend) == []
        for state in (
            replace(MET, from_day=DAY),
            OVERDUE,
            replace(OWED, opened_on=DAY - timedelta(days=99), due_on=DAY + timedelta(days=31)),
            replace(OWED, opened_on=DAY - timedelta(days=200), due_on=DAY - timedelta(days=98)),
            replace(OWED, opened_on=DAY - timedelta(days=15), due_on=None),
        ):
            await say(backend, {ObligationKey(EVA, SHARPS): (state,)})
            assert await owed(backend) == []
        for state in (
            replace(OWED, relief=ReliefAxis.EXTENDED),
            replace(OWED, opened_on=DAY - timedelta(days=14), due_on=None),
            replace(OWED, opened_on=DAY - timedelta(days=99), due_on=DAY + timedelta(days=30)),
            replace(OWED, opened_on=DAY - timedelta(days=200), due_on=DAY - timedelta(days=97)),
        ):
            await say(backend, {ObligationKey(EVA, SHARPS): (state,)})
            assert about_of(await owed(backend)) == [(EVA, SHARPS)]

    async def test_a_page_holds_everything_of_each_person(self, backend: Backend) -> None:
        await save(backend, *(a_user(n) for n in range(1, 5)))
        rules = [requirement_id(n) for n in (1, 2, 3)]
        every = [(user_id(n), rule) for n in (1, 2, 3, 4) for rule in rules]
        await say(backend, {ObligationKey(*each): (OWED,) for each in every})
        for limit in (1, 2, 4, 7, 50):
            found: list[tuple[UUID, UUID]] = []
            after: UUID | None = None
            while page := await owed(backend, after=after, limit=limit):
                after = page[-1].user_id
                assert sum(who == after for who, _ in about_of(page)) == 3
                found += about_of(page)
            assert found == every

    async def test_what_expires_and_is_not_replaced(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        await keep_records(backend, *(_lasting(n, days) for n, days in ((1, 10), (2, 31), (3, -1))), certified=True)
        await save(backend, *(a_credential(n, user=n - 3, expires_on=_in(n)) for n in (4, 5)))
        await save(backend, a_credential(6, user=2, expires_on=_in(6), type="license"))
        await change(backend, 4, verify)
        await change(backend, 5, verify)
        found = await backend.reader(NoticeCandidates).expiring(None, DAY, _in(30), None, 50)
        assert [(each.user_id, each.subject, each.object_id, each.due_on) for each in found] == [
            (ANA, SubjectKind.CERTIFICATE, uid(1), _in(10)),
            (ANA, SubjectKind.CREDENTIAL, uid(4), _in(4)),
            (BEN, SubjectKind.CREDENTIAL, uid(5), _in(5)),
        ]
        await keep_records(backend, _lasting(7, 300, module=1), certified=True)
        await save(backend, a_credential(8, user=1, expires_on=_in(400), issued_on=DAY - timedelta(days=1)))
        await change(backend, 8, verify)
        found = await backend.reader(NoticeCandidates).expiring(None, DAY, _in(30), None, 50)
        assert [each.object_id for each in found] == [uid(5)]

    async def test_what_a_merged_user_has_expires_for_the_person(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2), a_user(3))
        await keep_records(backend, _lasting(1, 10, user=2), _lasting(2, 20, user=1), certified=True)
        await merge(backend)
        found = await backend.reader(NoticeCandidates).expiring(None, DAY, _in(30), None, 50)
        assert about_of(found) == [(ANA, uid(1)), (ANA, uid(2))]
        await keep_records(backend, _lasting(3, 300, module=1, user=1), certified=True)
        found = await backend.reader(NoticeCandidates).expiring(None, DAY, _in(30), None, 50)
        assert about_of(found) == [(ANA, uid(2))]

    async def test_managers(self, backend: Backend) -> None:
        await group(backend)
        await save(
            backend,
            a_user(5, role=Role.MANAGER, managed_departments=("Lab",)),
            a_user(6, role=Role.ADMIN),
            a_user(7, role=Role.MANAGER),
        )
        await decide(backend, a_notice(1, user=5, object_id=user_id(5), cause="digest/2026-03-02"))
        found = await backend.reader(NoticeCandidates).managers(None, None, 50)
        assert [(each.user_id, each.object_id, *each.causes) for each in found] == [
            (user_id(5), user_id(5), "digest/2026-03-02"),
            (user_id(7), user_id(7)),
        ]
        assert await backend.reader(NoticeCandidates).managers(None, user_id(7), 50) == []
        assert await backend.reader(NoticeCandidates).managers(CHICAGO, None, 50) == []


def _in(days: int) -> date:
    return DAY + timedelta(days=days)


def _lasting(n: int, days: int, *, module: int | None = None, user: int = 1) -> Any:
    """Record n of a module, which is valid for so many days."""
    training = Training(f"Module {module or n}", "", module_id=uid(module or n))
    return a_record(n, user=user, training=training, valid_until=_in(days))


async def recipient(backend: Backend, who: UUID = ANA, day: date = DAY) -> Recipient | None:
    return await backend.reader(NoticeFacts).recipient(who, day)


@about(NoticeFacts)
class TestNoticeFacts:
    async def test_zones(self, backend: Backend) -> None:
        assert await backend.reader(NoticeFacts).zones() == [None]
        await save(backend, a_location(1), a_location(2), a_location(3, time_zone=ANCHORAGE))
        assert await backend.reader(NoticeFacts).zones() == [ANCHORAGE, CHICAGO, None]

    async def test_the_recipient(self, backend: Backend) -> None:
        await group(backend)
        assert await recipient(backend, NOBODY) is None
        plain = await recipient(backend, EVA)
        assert plain is not None
        assert (plain.email, plain.zone, plain.obstacle()) == ("user3@example.com", None, None)
        await keep(backend, NoticeSettings(ANA, (NoticeKind.DUE,), fingerprint("user1@example.com"), T))
        await change_user(backend, ANA, lambda user: user.grant(Role.MANAGER, ("Lab", "Front desk"), now=T))
        full = await recipient(backend)
        assert full is not None
        assert (full.user_id, full.zone, full.is_active, full.is_erased) == (ANA, CHICAGO, True, False)
        assert (tuple(full.declined), full.manages) == ((NoticeKind.DUE,), ("Lab", "Front desk"))
        assert (plain.is_manager, full.is_manager) == (False, True)
        assert full.refused_address == fingerprint("user1@example.com")
        for n, change_, expected in (
            (4, lambda user: None, (False, False, False)),
            (3, lambda user: user.erase(now=T), (False, True, False)),
        ):
            await change_user(backend, user_id(n), change_)
            found = await recipient(backend, user_id(n))
            assert found is not None
            assert (found.is_active, found.is_erased, found.is_invented) == expected

    async def test_an_invented_person(self, backend: Backend) -> None:
        await save(backend, a_user(1, email="ana@unifieddental.example"), a_user(2, email=None, full_name="Ben"))
        assert [each and each.is_invented for each in (await recipient(backend), await recipient(backend, BEN))] == [
            True,
            False,
        ]

    async def test_of_a_merged_user_it_is_the_person(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        await merge(backend)
        found = await recipient(backend, BEN)
        assert found is not None
        assert found.user_id == ANA

    async def test_leave_is_that_of_the_day(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        ids = iter(map(uid, range(900, 999)))

        async def work(unit: Unit) -> None:
            history = await unit.port(Histories).of(ANA, lambda: next(ids))
            origin = Origin(FactSource.SYSTEM)
            history.employment.add(EmploymentState.HIRED, DAY - timedelta(days=90), origin)
            history.employment.add(EmploymentState.ON_LEAVE, DAY, origin)
            history.employment.add(EmploymentState.RETURNED, DAY + timedelta(days=5), origin)
            await unit.port(Histories).keep([history])

        await backend.units.run(work)
        on_leave = [await recipient(backend, ANA, _in(days)) for days in (-1, 0, 4, 5)]
        assert [each and each.is_on_leave for each in on_leave] == [False, True, True, False]

    async def test_when_an_obligation_was_announced(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        asking = replace(OWED, modules=(uid(21), uid(22)))
        await say(backend, {ObligationKey(ANA, SHARPS): (asking,), ObligationKey(BEN, SHARPS): (asking,)})
        read = backend.reader(NoticeFacts).announced_at
        assert await read(ANA, uid(21), DAY) is None
        about: dict[str, Any] = {"kind": NoticeKind.ASSIGNED, "object_id": SHARPS}
        await decide(
            backend,
            a_notice(1, at=T, **about),
            a_notice(2, at=later(hours=1), **about).sent(later(hours=2)),
            a_notice(3, at=later(hours=5), **about).suppressed(NoticeReason.ON_LEAVE, later(hours=6)),
            a_notice(4, at=later(hours=5), **{**about, "object_id": PRIVACY}),
            a_notice(5, at=later(hours=5), object_id=SHARPS),
        )
        assert await read(ANA, uid(22), DAY) == later(hours=1)
        assert await read(ANA, uid(23), DAY) is None
        assert await read(ANA, uid(22), DAY - timedelta(days=1)) is None
        assert await read(BEN, uid(22), DAY) is None

    async def test_obligations(self, backend: Backend) -> None:
        await save(backend, a_user(1), approved(drafted(a_requirement(1))), approved(drafted(a_requirement(2))))
        await say(backend, {ObligationKey(ANA, SHARPS): (OWED, OVERDUE), ObligationKey(BEN, PRIVACY): (OWED,)})
        read = backend.reader(NoticeFacts).subjects
        assert await read(ANA, SubjectKind.OBLIGATION, [SHARPS, PRIVACY, NOBODY], DAY) == {
            SHARPS: SubjectFacts("Rule 1", True, OWED.due_on, 1, False)
        }
        for state in (replace(OWED, is_open=False), replace(OWED, relief=ReliefAxis.PAUSED)):
            await say(backend, {ObligationKey(ANA, SHARPS): (state,)})
            found = await read(ANA, SubjectKind.OBLIGATION, [SHARPS], DAY)
            assert [each.is_open for each in found.values()] == [False]

    async def test_enrollments(self, backend: Backend) -> None:
        await save(backend, *a_published_module(1), a_user(1), a_user(2))
        await save(backend, an_enrollment(1, 1))
        read = backend.reader(NoticeFacts).subjects
        found = await read(ANA, SubjectKind.ENROLLMENT, [uid(1)], DAY)
        assert found == {uid(1): SubjectFacts("Infection control", True)}
        assert await read(BEN, SubjectKind.ENROLLMENT, [uid(1)], DAY) == {}

        def complete(enrollment: Any) -> None:
            enrollment.completed_at = later(hours=1)

        await change_enrollment(backend, uid(1), ANA, complete)
        found = await read(ANA, SubjectKind.ENROLLMENT, [uid(1)], DAY)
        assert found == {uid(1): SubjectFacts("Infection control", False)}

    async def test_certificates(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        await keep_records(backend, _lasting(1, 10), certified=True)
        read = backend.reader(NoticeFacts).subjects
        assert await read(ANA, SubjectKind.CERTIFICATE, [uid(1), NOBODY], DAY) == {
            uid(1): SubjectFacts("Module 1", True, _in(10), serial=serial_of(1))
        }
        await keep_records(backend, _lasting(2, 300, module=1), certified=True)
        found = await read(ANA, SubjectKind.CERTIFICATE, [uid(1), uid(2)], DAY)
        assert {each: facts.is_open for each, facts in found.items()} == {uid(1): False, uid(2): True}

    async def test_credentials(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_credential(1, expires_on=_in(10)), a_credential(2, type="nitrous_permit"))
        read = backend.reader(NoticeFacts).subjects

        async def open_ones() -> dict[int, bool]:
            found = await read(ANA, SubjectKind.CREDENTIAL, [uid(1), uid(2)], DAY)
            return {each.int: facts.is_open for each, facts in found.items()}

        assert await open_ones() == {1: False, 2: False}
        await change(backend, 1, verify)
        await change(backend, 2, reject)
        assert await open_ones() == {1: True, 2: True}
        found = await read(ANA, SubjectKind.CREDENTIAL, [uid(1), uid(2)], DAY)
        assert [found[uid(n)].title for n in (1, 2)] == ["bls of Issuer 1", "nitrous permit of Issuer 2"]
        assert [found[uid(n)].reason for n in (1, 2)] == [None, UNICODE]
        await save(backend, a_credential(3, expires_on=_in(400), issued_on=DAY - timedelta(days=1)))
        await change(backend, 3, verify)
        assert await open_ones() == {1: False, 2: True}
