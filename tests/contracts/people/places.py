"""The contract of where people are: the day that it is there decides, wherever somebody asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from uuid import UUID

from application.catalogue.ports import AuthorsLearning
from application.evidence.certificates.queries import CertificateReader
from application.kernel.access import EVERYONE
from application.kernel.lists import Present
from application.kernel.units import Unit
from application.learning.enrollments.queries import EnrollmentReader
from application.learning.ports import Enrollments, VersionMove
from application.learning.progress.queries import ProgressReader
from application.people.ports import Staff
from contracts import about
from contracts.backend import Backend, change_module, save
from contracts.evidence.records import a_record, keep
from contracts.make import T, a_published_module, a_section, a_user, an_enrollment, cycle_id, uid, user_id
from domain.evidence.certificates import serial_of
from domain.kernel.days import LocalDays
from domain.kernel.validity import CertificateState, state_on
from domain.learning.completion import EnrollmentStatus
from kit.places import a_location, move

ZONES = (
    *("Pacific/Honolulu", "America/Los_Angeles", "America/Chicago", "America/New_York", "UTC", "Asia/Tokyo"),
    *("Pacific/Auckland", "Pacific/Kiritimati", "Etc/GMT+12"),
)
"""Of the users 1 to 9, each at a location there; the user 10 has none."""
LAST_DAY = date(2026, 7, 3)
MOMENTS = [datetime(2026, 7, *day, 30, tzinfo=UTC) for day in ((3, 11), (4, 1), (4, 6), (4, 11))]
"""At 11:30 there are three days on earth."""


async def people_everywhere(backend: Backend) -> dict[int, str | None]:
    """The time zones of the users 1 to 10."""
    for n, zone in enumerate(ZONES, start=1):
        await save(backend, a_location(uid(60_000 + n), zone), a_user(n))
        await work_at(backend, n, n)
    await save(backend, a_user(10))
    return {**dict(enumerate(ZONES, start=1)), 10: None}


async def work_at(backend: Backend, user: int, office: int | None) -> None:
    """Have the user work in the zone of ZONES with this number."""
    await move(backend, user_id(user), None if office is None else uid(60_000 + office))


@about(Staff)
class TestPlaces:
    async def test_everybody_is_where_the_location_is(self, backend: Backend) -> None:
        zones = await people_everywhere(backend)
        everybody = [*map(user_id, zones), uid(404)]

        async def look(unit: Unit) -> tuple[dict[UUID, str | None], dict[UUID, str]]:
            placed = await unit.port(Staff).placed(everybody)
            assert all(each.user.id == user for user, each in placed.items())
            return {user: each.time_zone for user, each in placed.items()}, await unit.port(Staff).time_zones(everybody)

        placed, known = await backend.units.run(look)
        assert placed == {user_id(n): zone for n, zone in zones.items()}
        assert known == {user_id(n): zone for n, zone in zones.items() if zone is not None}

    async def test_nobody_is_anywhere(self, backend: Backend) -> None:
        assert await backend.units.run(lambda unit: unit.port(Staff).placed([])) == {}
        assert await backend.units.run(lambda unit: unit.port(Staff).time_zones([])) == {}

    async def test_who_moves_is_in_the_other_zone(self, backend: Backend) -> None:
        await people_everywhere(backend)
        await work_at(backend, 1, 4)
        await work_at(backend, 2, None)
        found = await backend.units.run(lambda unit: unit.port(Staff).time_zones([user_id(1), user_id(2)]))
        assert found == {user_id(1): "America/New_York"}


@about(Enrollments, VersionMove, AuthorsLearning, ProgressReader, EnrollmentReader, CertificateReader)
class TestValidToday:
    """A record is valid to the end of its last day, where the person is today."""

    async def test_everything_that_asks_agrees_with_the_domain(self, backend: Backend) -> None:
        zones = await people_everywhere(backend)
        await trained_until(backend, LAST_DAY, zones)
        seen = set()
        for moment, home in product(MOMENTS, ("UTC", "America/Chicago")):
            at = Present(moment, home)
            today = {n: LocalDays(zone or home).day_of(moment) for n, zone in zones.items()}
            over = {n for n, day in today.items() if day > LAST_DAY}
            states = {n: state_on(day, valid_until=LAST_DAY, revoked_at=None) for n, day in today.items()}
            assert await lacking(backend, at, zones) == [over] * 5
            assert await shown(backend, at, zones) == [states] * 3
            seen |= {len(over)}
        assert len(seen) > 4

    async def test_it_is_the_place_of_today_that_counts(self, backend: Backend) -> None:
        zones = await people_everywhere(backend)
        await trained_until(backend, LAST_DAY, zones)
        at = Present(datetime(2026, 7, 4, 5, 30, tzinfo=UTC))
        assert (await shown(backend, at, {1: None}))[0][1] is CertificateState.VALID
        await work_at(backend, 1, 2)
        assert await shown(backend, at, {1: None}) == [{1: CertificateState.VALID}] * 3
        await work_at(backend, 1, 4)
        assert await shown(backend, at, {1: None}) == [{1: CertificateState.EXPIRED}] * 3
        await work_at(backend, 1, None)
        assert await shown(backend, at, {1: None}) == [{1: CertificateState.EXPIRED}] * 3


async def trained_until(backend: Backend, last_day: date, people: Iterable[int]) -> None:
    """Each has completed module 2 by a record that is valid until then, and is enrolled in module 1, which needs it."""
    for n in (1, 2):
        await save(backend, *a_published_module(n, sections=[a_section(n)]))
    await change_module(backend, uid(1), lambda module: module.require_first([uid(2)], {uid(2): ()}, now=T))
    for n in people:
        record = a_record(n, user=n, valid_until=last_day, cycle_id=cycle_id(2, n))
        await keep(backend, replace(record, training=replace(record.training, module_id=uid(2))), certified=True)
        done = an_enrollment(2, n)
        done.credit(record.id, now=T)
        await save(backend, an_enrollment(1, n), done)


async def lacking(backend: Backend, at: Present, people: Iterable[int]) -> list[set[int]]:
    """Who lacks module 2, by everything that asks."""
    everybody = {user_id(n): n for n in people}

    async def ask(unit: Unit) -> list[set[int]]:
        enrollments, learning = unit.port(Enrollments), unit.port(AuthorsLearning)
        alone, authors, lapsed = set(), set(), set()
        for user, n in everybody.items():
            if (await enrollments.eligibility(an_enrollment(1, n), at)).prerequisites:
                alone.add(n)
            if (await learning.of(user, [uid(1)], at)).lacking:
                authors.add(n)
            if (await enrollments.eligibility(await enrollments.get(uid(2), user), at)).lapsed:
                lapsed.add(n)
        finishing = await unit.port(VersionMove).finishing(uid(1), [*everybody], at)
        return [alone, authors, lapsed, {everybody[user] for user, each in finishing.items() if each.prerequisites}]

    page = await backend.reader(EnrollmentReader).of_module(EVERYONE, uid(1), None, 50, at)
    assert page is not None
    blocked = {each.user_id for each in page.items if each.enrollment_status is EnrollmentStatus.BLOCKED}
    return [*await backend.units.run(ask), {n for user, n in everybody.items() if user in blocked}]


async def shown(backend: Backend, at: Present, people: Iterable[int]) -> list[dict[int, CertificateState | None]]:
    """The states of the certificates, by everything that shows them."""
    page = await backend.reader(EnrollmentReader).of_module(EVERYONE, uid(2), None, 50, at)
    assert page is not None
    listed = {each.user_id: each.certificate_state for each in page.items}
    own, certified = dict[int, CertificateState | None](), dict[int, CertificateState | None]()
    for n in people:
        modules = await backend.reader(EnrollmentReader).of_user(EVERYONE, user_id(n), None, 50, at)
        facts = await backend.reader(CertificateReader).detail(EVERYONE, serial_of(n))
        assert modules is not None
        assert facts is not None
        (own[n],) = (each.certificate_state for each in modules.items if each.module_id == uid(2))
        certified[n] = facts.state(at)
    return [{n: listed[user_id(n)] for n in people}, own, certified]
