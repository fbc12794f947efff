"""Clocks that differ: of processes among each other, and of a process and the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from adapters.sql.kit.clock_skew import skew
from application.kernel.access import Actor
from application.kernel.answers import ForgetAnswers
from application.kernel.units import Answer, IdempotencyKey
from application.people.users.commands import RegisterUser
from entrypoints.bootstrap import Service, bootstrap
from entrypoints.preflight.of_database import Subject, clocks
from integration.backends import ADMIN, SqlBackend
from integration.running import settings_for
from kit.surroundings import FixedClock

KEY = IdempotencyKey("ana", "key-1", "0123456789abcdef" * 4)
NOT_FORGOTTEN = Answer(201, (), b"first")
Off = Callable[[timedelta], AbstractAsyncContextManager[Service]]
on_postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


async def time_of(backend: SqlBackend) -> datetime:
    """What the database's clock says."""
    read = "clock_timestamp()" if backend.on_postgresql else "strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')"
    now = (await backend.sql(f"SELECT {read}"))[0][0]  # our own words
    return now if isinstance(now, datetime) else datetime.fromisoformat(now)


@pytest.fixture
def off(url: str, backend: SqlBackend) -> Off:
    """The service in a process whose clock is so far ahead of the database's."""

    @asynccontextmanager
    async def started(by: timedelta) -> AsyncIterator[Service]:
        clock = FixedClock(await time_of(backend) + by)
        service = bootstrap(settings_for(url), clock=clock, machine=clock)
        try:
            yield service
        finally:
            await service.close()

    return started


@pytest.mark.parametrize("by", [timedelta(hours=-25), timedelta(hours=25), timedelta(days=400)])
async def test_a_process_with_another_time_forgets_no_answer_and_leaves_none_behind(off: Off, by: timedelta) -> None:
    command = RegisterUser(email="ana@example.com")

    async def once(service: Service) -> tuple[Answer, bool]:
        return await service.bus.execute_once(command, ADMIN, KEY, lambda _: NOT_FORGOTTEN, lambda _: NOT_FORGOTTEN)

    async with off(timedelta()) as right, off(by) as wrong:
        for first, second in ((right, wrong), (wrong, right)):
            await once(first)
            assert await second.bus.execute(ForgetAnswers(), Actor.system()) == 0
            assert await once(second) == (NOT_FORGOTTEN, True)


async def clock_problems(service: Service) -> list[str]:
    """What `check` says of the clocks."""
    async with service.inspection() as database:
        (finding,) = await clocks(Subject(service, database, 1))
    return list(finding.problems)


@on_postgresql
@pytest.mark.parametrize("sign", [1, -1])
async def test_how_far_the_clocks_differ_decides_what_is_said(off: Off, sign: int) -> None:
    async with off(timedelta(seconds=2 * sign)) as service:
        assert await clock_problems(service) == []
        assert await service.readiness.problems() == []
    async with off(timedelta(seconds=20 * sign)) as service:
        (problem,) = await clock_problems(service)
        assert "Synchronize both with NTP." in problem
        assert await service.readiness.problems() == []
    async with off(timedelta(seconds=90 * sign)) as service:
        (problem,) = await service.readiness.problems()
        assert ("behind" if sign == 1 else "ahead of") in problem


@pytest.mark.parametrize(
    ("before", "theirs", "after", "expected"),
    [(0, 5, 10, 0), (0, 0, 0, 0), (0, 12, 10, 2), (5, 2, 10, -3)],
)
def test_what_the_answer_took_is_no_difference(before: int, theirs: int, after: int, expected: int) -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    moments = [start + timedelta(seconds=seconds) for seconds in (before, theirs, after)]
    assert skew(*moments) == timedelta(seconds=expected)
