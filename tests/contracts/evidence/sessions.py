"""The contract of classroom sessions: the repository, which only adds, and the reader."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from application.evidence.ports import Sessions
from application.evidence.sessions.queries import SessionReader, SessionSummary, SessionView
from application.kernel.units import Unit
from contracts import about
from contracts.backend import Backend, pages, plain
from contracts.make import NOBODY, UNICODE, T, later, uid, user_id
from domain.evidence.persons import Person, Trainer
from domain.evidence.sessions import ClassroomSession, SessionNotFound
from domain.kernel.aggregate import DomainEvent

LEAST: dict[str, Any] = {
    **dict.fromkeys(("location", "summary"), ""),
    **dict.fromkeys(("recorded_by", "held_on", "location_id", "time_zone")),
}
"""What an older session says least of."""


def a_session(n: int = 1, *, at: datetime = T, **changes: Any) -> ClassroomSession:
    """The session with id n, recorded at this moment, with a value in every field."""
    given: dict[str, Any] = {
        "id": uid(n),
        "module_id": uid(900),
        "version_number": 3,
        "title": f"Session {n}",
        "starts_at": later(hours=-2),
        "ends_at": later(hours=-1, microseconds=1),
        "location": "Austin North, break room",
        "summary": UNICODE,
        "trainers": (Trainer("Dana Whitfield, RDH", UNICODE), Trainer("Kim 日本語")),
        "attendees": (
            Person(user_id(1), "Ana Müller-Núñez 🦷", "Dental hygienist", "Hygiene & Recall", "Austin, TX"),
            Person(user_id(2), None, None, None, None),
        ),
        "recorded_at": at,
        "recorded_by": user_id(9),
        "held_on": T.date(),
        "location_id": uid(60),
        "time_zone": "America/Indiana/Indianapolis",
    }
    return ClassroomSession(**{**given, **changes})


async def hold(backend: Backend, *sessions: ClassroomSession) -> None:
    """Add these in one unit of work."""

    async def work(unit: Unit) -> None:
        for session in sessions:
            await unit.port(Sessions).add(session)

    await backend.units.run(work)


@about(Sessions)
class TestSessions:
    async def test_a_session_comes_back_as_added(self, backend: Backend) -> None:
        nobody_knows = a_session(2, **LEAST)
        await hold(backend, a_session(1), nobody_knows)
        reader = backend.reader(SessionReader)
        found = [await reader.detail(uid(n)) for n in (1, 2)]
        assert [plain(each) for each in found] == [plain(SessionView.of(s)) for s in (a_session(1), nobody_knows)]

    async def test_a_session_is_found_in_the_unit_that_adds_it_and_in_later_ones(self, backend: Backend) -> None:
        added, later_one = (
            a_session(1),
            a_session(2, **LEAST),
        )
        await hold(backend, later_one)

        async def work(unit: Unit) -> None:
            sessions = unit.port(Sessions)
            await sessions.add(added)
            assert await sessions.get(uid(1)) == added
            assert await sessions.get(uid(2)) == later_one
            with pytest.raises(SessionNotFound):
                await sessions.get(NOBODY)

        await backend.units.run(work)

        async def read(unit: Unit) -> None:
            assert await unit.port(Sessions).get(uid(1)) == added

        await backend.units.run(read)

    async def test_adding_a_session_leaves_its_event(self, backend: Backend) -> None:
        async def work(unit: Unit) -> list[DomainEvent]:
            await unit.port(Sessions).add(a_session(1))
            return unit.take_events()

        assert await backend.units.run(work) == [a_session(1).held]

    async def test_hundreds_attend(self, backend: Backend) -> None:
        session = a_session(attendees=tuple(Person(user_id(n), f"Person {n}", None, None, None) for n in range(500)))
        await hold(backend, session)
        found = await backend.reader(SessionReader).detail(uid(1))
        assert found is not None
        assert plain(found.attendees) == plain(session.attendees)

    async def test_an_unknown_one_is_not_there(self, backend: Backend) -> None:
        await hold(backend, a_session(1))
        assert await backend.reader(SessionReader).detail(NOBODY) is None


@about(SessionReader)
class TestSessionPages:
    async def test_the_last_recorded_is_first(self, backend: Backend) -> None:
        sessions = {
            1: a_session(1, at=later(hours=1)),
            2: a_session(2, at=later(hours=3), starts_at=later(days=-9)),
            3: a_session(3, at=later(hours=2)),
            4: a_session(4, at=later(hours=2)),
        }
        await hold(backend, *sessions.values())
        reader = backend.reader(SessionReader)
        for size, sizes in {1: [1, 1, 1, 1], 3: [3, 1], 4: [4], 200: [4]}.items():
            found = await pages(reader.page, size)
            assert [item for page in found for item in page] == [SessionSummary.of(sessions[n]) for n in (2, 4, 3, 1)]
            assert [len(page) for page in found] == sizes

    async def test_there_may_be_none(self, backend: Backend) -> None:
        page = await backend.reader(SessionReader).page(None, 10)
        assert (page.items, page.next) == ([], None)
