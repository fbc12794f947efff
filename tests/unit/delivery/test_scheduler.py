"""Scheduled jobs: each due moment once, whichever worker comes first, missed ones caught up, failures repeated."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from adapters.memory.kit.discovery import memory_units
from adapters.memory.kit.store import MemoryStore
from adapters.system import ZonedCalendar
from application.delivery.scheduler import RETRIES, Scheduler, runs_of
from application.kernel.access import Actor
from application.kernel.ports import Clock
from application.kernel.schedule import Job, discover_jobs, scheduled
from application.kernel.wiring import Miswired
from domain.kernel.schedules import Daily, Due, Every, Schedule
from kit.made_up_packages import Package
from kit.surroundings import FixedClock

NIGHTLY = Daily(time(2, 30))
BEGIN = datetime(2026, 3, 2, 18, tzinfo=UTC)
"""Noon in Chicago."""
NOTHING: dict[type, Any] = {}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class House:
    """A store, a clock, and one job, which fails as often as it has failures."""

    def __init__(self, schedule: Schedule = NIGHTLY, *, each: bool = False, longest: timedelta = HOUR) -> None:
        self.clock = FixedClock(BEGIN)
        self.done: list[Due] = []
        self.failures: list[Exception] = []
        self.hold: asyncio.Event | None = None
        self.begun = asyncio.Event()
        self.job = Job("tidy-up", schedule, self.tidy_up, longest, each)
        self._units = memory_units(MemoryStore(self.clock.now))

    async def tidy_up(self, due: Due, actor: Actor) -> None:
        """Tidies up."""
        assert actor == Actor.system()
        self.begun.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.done.append(due)

    def worker(self) -> Scheduler:
        """The scheduler of another worker."""
        runs = runs_of([self.job], NOTHING.__getitem__)
        return Scheduler(runs, self._units, self.clock, ZonedCalendar("America/Chicago"))

    def days(self) -> list[str]:
        """The days for which the job was done."""
        return [due.day.isoformat() for due in self.done]


async def test_a_job_is_done_once_for_each_due_moment() -> None:
    house = House()
    first, second = house.worker(), house.worker()
    assert [await first.once(), await second.once(), await first.once()] == [1, 0, 0]
    house.clock.advance(DAY)
    assert [await second.once(), await first.once()] == [1, 0]
    assert house.days() == ["2026-03-02", "2026-03-03"]
    assert house.done[0].at == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


async def test_workers_at_the_same_time_do_it_once() -> None:
    house = House()
    await asyncio.gather(*(house.worker().once() for _ in range(5)))
    assert house.days() == ["2026-03-02"]


@pytest.mark.parametrize(
    ("each", "days"),
    [(False, ["2026-03-02", "2026-03-06"]), (True, [f"2026-03-0{day}" for day in range(2, 7)])],
    ids=["the latest", "each"],
)
async def test_missed_moments_are_caught_up(each: bool, days: list[str]) -> None:
    house = House(each=each)
    await house.worker().once()
    house.clock.advance(4 * DAY)
    await house.worker().once()
    assert house.days() == days
    assert await house.worker().once() == 0


async def test_a_year_of_nights_with_both_changes_of_clocks() -> None:
    house = House()
    worker = house.worker()
    for _ in range(366 * 4):
        await worker.once()
        house.clock.advance(6 * HOUR)
    days = house.days()
    assert days[0] == "2026-03-02"
    assert days[-1] == "2027-03-03"
    assert len(days) == len({*days}) == 367


async def test_a_clock_that_was_years_ahead_stops_no_job() -> None:
    house = House()
    house.clock.advance(3_000 * DAY)
    await house.worker().once()
    house.clock.advance(-3_000 * DAY)
    await house.worker().once()
    house.clock.advance(DAY)
    await house.worker().once()
    assert house.days() == ["2034-05-19", "2026-03-02", "2026-03-03"]


async def test_a_clock_that_is_set_back_does_not_stop_a_worker() -> None:
    house, stop = House(Every(HOUR)), asyncio.Event()
    running = asyncio.ensure_future(house.worker().run(stop, grace=30, poll=0.001))
    await house.begun.wait()
    house.begun.clear()
    house.clock.advance(-10 * HOUR)
    async with asyncio.timeout(10):
        await house.begun.wait()
    stop.set()
    await running
    assert [each.at.hour for each in house.done] == [18, 8]


async def test_a_failed_run_is_repeated_until_it_succeeds_or_is_given_up() -> None:
    house = House()
    house.failures = [ValueError("ana@example.com"), ValueError()]
    worker = house.worker()
    assert [await worker.once(), await worker.once()] == [1, 0]
    house.clock.advance(timedelta(minutes=1))
    assert [await worker.once(), await worker.once()] == [1, 0]
    house.clock.advance(timedelta(minutes=5))
    await worker.once()
    assert house.days() == ["2026-03-02"]
    house.failures = [ValueError()] * 100
    for _ in range(30):
        house.clock.advance(HOUR)
        await worker.once()
    assert 100 - len(house.failures) == RETRIES.attempts


async def test_a_failed_run_gives_way_to_the_next_moment() -> None:
    house = House(Every(HOUR))
    house.failures = [ValueError()]
    await house.worker().once()
    house.clock.advance(HOUR)
    assert await house.worker().once() == 1
    assert [due.at for due in house.done] == [BEGIN + HOUR]


async def test_a_run_that_takes_too_long_is_cancelled_and_repeated() -> None:
    house = House(longest=timedelta(0))
    house.hold = asyncio.Event()
    assert await house.worker().once() == 1
    house.hold = None
    house.clock.advance(timedelta(minutes=1))
    assert await house.worker().once() == 1
    assert house.days() == ["2026-03-02"]


async def test_a_dead_worker_is_followed_by_another() -> None:
    house = House()
    dead, other = house.worker(), house.worker()
    claim = await dead.claim(house.job)
    assert claim is not None
    assert await other.once() == 0
    house.clock.advance(HOUR + timedelta(seconds=30))
    assert await other.once() == 1
    assert not await dead.do(house.job, claim), "its lease has ended"


async def test_a_run_that_kills_its_worker_each_time_is_given_up() -> None:
    house = House()
    for _ in range(RETRIES.attempts):
        assert await house.worker().claim(house.job) is not None
        house.clock.advance(2 * HOUR)
    assert await house.worker().once() == 1
    house.clock.advance(HOUR)
    assert await house.worker().once() == 0
    assert house.done == []


async def test_it_works_until_it_is_stopped() -> None:
    house, stop = House(), asyncio.Event()
    house.hold = asyncio.Event()
    running = asyncio.ensure_future(house.worker().run(stop, grace=30, poll=0.001))
    await house.begun.wait()
    stop.set()
    await asyncio.sleep(0)
    house.hold.set()
    await running
    assert house.days() == ["2026-03-02"]


async def test_what_does_not_end_in_time_is_repeated_later() -> None:
    house, stop = House(), asyncio.Event()
    house.hold = asyncio.Event()
    running = asyncio.ensure_future(house.worker().run(stop, grace=0, poll=0.001))
    await house.begun.wait()
    stop.set()
    await running
    assert house.done == []
    house.hold = None
    house.clock.advance(2 * HOUR)
    await house.worker().once()
    assert house.days() == ["2026-03-02"]


class TestDeclaring:
    def test_jobs_are_found_by_discovery(self) -> None:
        names = {job.name for job in discover_jobs()}
        assert names >= {"forget-answers", "sweep-enrollments", "refresh-reports", "remove-delivered"}

    @pytest.mark.parametrize(
        ("source", "told"),
        [
            (
                '@scheduled("Tidy up", HOURLY)\nasync def tidy(due, actor):\n    "Tidies."\n',
                "needs a name of lower-case",
            ),
            ('@scheduled("tidy", HOURLY)\ndef tidy(due, actor):\n    "Tidies."\n', "must be an async function"),
            ('@scheduled("tidy", HOURLY)\nasync def tidy(due, actor):\n    pass\n', "needs a docstring"),
            (
                '@scheduled("tidy", HOURLY)\nasync def tidy(due, actor):\n    "Tidies."\n'
                '@scheduled("tidy", HOURLY)\nasync def tidy_again(due, actor):\n    "Tidies."\n',
                "two jobs are named tidy",
            ),
        ],
        ids=["name", "async", "docstring", "twice"],
    )
    def test_a_wrong_declaration_stops_the_start(self, package: Package, source: str, told: str) -> None:
        head = (
            "from datetime import timedelta\nfrom application.kernel.schedule import scheduled\n"
            "from domain.kernel.schedules import Every\nHOURLY = Every(timedelta(hours=1))\n"
        )
        with pytest.raises(Miswired, match=told):
            discover_jobs(package(jobs=head + source))

    def test_what_nothing_serves_stops_the_start(self) -> None:
        @scheduled("tidy", NIGHTLY)
        async def tidy(due: Due, actor: Actor, clock: Clock) -> None:
            """Tidies."""

        with pytest.raises(Miswired, match="asks for Clock"):
            runs_of([tidy.__job__], NOTHING.__getitem__)  # type: ignore[attr-defined]  # the mark of the decorator
