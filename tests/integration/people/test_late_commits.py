"""A slow transaction that began earlier commits late: what was answered at or before the watermark stays as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from uuid import UUID

import pytest

from adapters.encoding import to_json
from application.kernel.units import Unit
from application.people.histories.ports import Histories
from application.people.histories.queries import HistoryView, ReadHistory
from application.people.job_codes.ports import JobTitles
from application.people.locations.ports import LocationHistories
from contracts.backend import save
from contracts.make import a_user, user_id
from contracts.people.location_histories import begun, noon
from contracts.people.locations import a_location, location_id
from contracts.people.meanings import LOCATIONS
from domain.kernel.values import EARLIEST
from domain.people.facts import FactSource, Origin
from domain.people.positions import Work
from integration.backends import ADMIN, SqlBackend
from kit.surroundings import CountingIds

AS_OF = date(2026, 3, 1)
HR = Origin(FactSource.PERSON)
IDS = CountingIds()


class Slow:
    """A unit of work that has written and waits with its commit."""

    def __init__(self, backend: SqlBackend, write: Callable[[Unit], Awaitable[None]]) -> None:
        self._write_first = write
        self._written, self._go_on = asyncio.Event(), asyncio.Event()
        self._running = asyncio.create_task(backend.units.run(self._write))

    async def _write(self, unit: Unit) -> None:
        await self._write_first(unit)
        self._written.set()
        await self._go_on.wait()

    async def until_written(self) -> None:
        await self._written.wait()

    async def commit(self) -> None:
        self._go_on.set()
        await self._running


def adding(who: UUID, work: Work) -> Callable[[Unit], Awaitable[None]]:
    async def write(unit: Unit) -> None:
        history = await unit.port(Histories).of(who, IDS.new)
        history.positions.add(work, HR, starts_on=AS_OF)
        await unit.port(Histories).keep([history])

    return write


def mapping(title: str, job_code: str | None) -> Callable[[Unit], Awaitable[None]]:
    async def write(unit: Unit) -> None:
        titles = unit.port(JobTitles)
        await titles.meanings([title])
        await titles.record({IDS.new(): title}, job_code, None)

    return write


def correcting(**changes: str) -> Callable[[Unit], Awaitable[None]]:
    async def write(unit: Unit) -> None:
        history = await unit.port(LocationHistories).of(location_id(1), IDS.new)
        history.hold(changes, EARLIEST, noon(AS_OF), Origin(FactSource.PERSON, reason="Typed wrong."))
        await unit.port(LocationHistories).keep(history)

    return write


async def read(backend: SqlBackend, who: UUID, known_at: datetime | None = None) -> HistoryView:
    return await backend.bus().ask(ReadHistory(who, AS_OF, known_at), ADMIN)


def told(view: HistoryView) -> bytes:
    """The answer, but for the watermark, which goes on."""
    view.watermark = view.known_at
    return to_json(view)


async def test_the_answer_of_before_is_given_again_after_the_late_commit(backend: SqlBackend) -> None:
    await save(backend, a_user(1), a_user(2))
    slow = Slow(backend, adding(user_id(1), Work("Lab")))
    await slow.until_written()
    if backend.on_postgresql:  # SQLite has one writer at a time.
        # Recorded later, and committed earlier.
        await backend.units.run(adding(user_id(2), Work("Front Desk")))
    before = await read(backend, user_id(1))
    other_before = await read(backend, user_id(2))
    assert before.positions == other_before.positions == []
    assert before.known_at == before.watermark

    await slow.commit()
    after = await read(backend, user_id(1))
    (late,) = after.positions
    assert late.recorded_at is not None
    assert before.known_at < late.recorded_at <= after.known_at
    if backend.on_postgresql:
        assert [each.department for each in (await read(backend, user_id(2))).positions] == ["Front Desk"]
    for known, who in ((before, user_id(1)), (other_before, user_id(2))):
        assert told(await read(backend, who, known.known_at)) == told(known)


@pytest.mark.parametrize("job_code", ["hygienist", None])
async def test_a_mapping_that_commits_late_is_not_in_the_answer_of_before(
    backend: SqlBackend, job_code: str | None
) -> None:
    await save(backend, a_user(1), a_user(2))
    await backend.units.run(adding(user_id(1), Work(job_title="RDH")))
    await backend.units.run(mapping("RDH", "dentist"))
    slow = Slow(backend, mapping("rdh", job_code))
    await slow.until_written()
    if backend.on_postgresql:  # Recorded later, and committed earlier.
        await backend.units.run(adding(user_id(2), Work(job_title="RDH")))
    before = await read(backend, user_id(1))
    assert [each.job_code for each in before.positions] == ["dentist"]

    await slow.commit()
    after = await read(backend, user_id(1))
    assert [each.job_code for each in after.positions] == [job_code]
    assert told(await read(backend, user_id(1), before.known_at)) == told(before)


async def test_what_a_location_was_like_is_not_in_the_answer_of_before(backend: SqlBackend) -> None:
    await save(backend, a_user(1))
    await begun(backend, a_location(1))
    await LOCATIONS.say(backend, 1, "Austin", location_id(1))
    await backend.units.run(adding(user_id(1), Work(location="Austin")))
    slow = Slow(backend, correcting(code="NEW"))
    await slow.until_written()
    if backend.on_postgresql:  # Recorded later, and committed earlier.
        await backend.units.run(mapping("RDH", "dentist"))
    before = await read(backend, user_id(1))
    assert [each.location_code for each in before.positions] == ["L1"]

    await slow.commit()
    after = await read(backend, user_id(1))
    assert [each.location_code for each in after.positions] == ["NEW"]
    assert told(await read(backend, user_id(1), before.known_at)) == told(before)


async def test_a_moment_that_is_not_settled_yet_is_taken_for_the_watermark(backend: SqlBackend) -> None:
    await save(backend, a_user(1))
    slow = Slow(backend, adding(user_id(1), Work("Lab")))
    await slow.until_written()
    first = await read(backend, user_id(1))
    eager = await read(backend, user_id(1), datetime.fromisoformat("2999-01-01T00:00:00+00:00"))
    assert eager.known_at == eager.watermark == first.watermark, "the slow transaction holds it"
    await slow.commit()
    assert (await read(backend, user_id(1))).watermark > first.watermark
