"""The contract of histories of locations: versions of facts, and what is answered from them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from adapters.encoding import to_json
from application.kernel.access import Actor
from application.kernel.units import Unit
from application.people.histories.queries import HistoryReader
from application.people.locations.histories import (
    LocationHistoryReader,
    LocationHistoryView,
    ReadLocationHistory,
    read_location_history,
)
from application.people.locations.ports import LocationHistories, Locations, ShownLocation
from contracts import about
from contracts.backend import Backend
from contracts.make import NOBODY, UNICODE, T, user_id
from contracts.people.locations import a_full_location, a_location, location_id
from domain.kernel.states import State
from domain.kernel.values import EARLIEST
from domain.people.facts import FactChanged, FactSource, Origin
from domain.people.location_histories import LocationHistory, by_day
from domain.people.locations import Location, LocationNotFound, LocationProfile
from kit.surroundings import CountingIds, FixedClock

TODAY = T.date()
HR = Origin(FactSource.PERSON, user_id(9), "Typed wrong: " + " ".join(UNICODE.split()))
IDS = CountingIds()
SYSTEM = Actor.system()


def noon(day: date) -> datetime:
    """A moment of this day, wherever it is."""
    return datetime.combine(day, time(12), UTC)


async def begun(backend: Backend, *locations: Location) -> None:
    """Have these locations and the beginning of their histories."""

    async def work(unit: Unit) -> None:
        for location in locations:
            history = LocationHistory(location.id, (), IDS.new)
            history.begin(location.profile, HR)
            await unit.port(Locations).add(location)
            await unit.port(LocationHistories).keep(history)

    await backend.units.run(work)


async def hold(backend: Backend, day: date, n: int = 1, today: date = TODAY, **changes: Any) -> None:
    """Record in a unit of work of its own what holds from this day on; the location shows it."""

    async def work(unit: Unit) -> None:
        history = await unit.port(LocationHistories).of(location_id(n), IDS.new)
        history.hold(changes, day, noon(today), HR)
        if history.written:
            await unit.port(LocationHistories).keep(history)

    await backend.units.run(work)


async def use(backend: Backend, work: Callable[[LocationHistories], Awaitable[Any]]) -> Any:
    return await backend.units.run(lambda unit: work(unit.port(LocationHistories)))


async def read(backend: Backend, known_at: datetime | None = None, day: date | None = TODAY) -> LocationHistoryView:
    return await read_location_history(
        ReadLocationHistory(location_id(1), day, known_at),
        SYSTEM,
        backend.reader(HistoryReader),
        backend.reader(LocationHistoryReader),
        FixedClock(T),
    )


def bytes_of(answer: LocationHistoryView) -> bytes:
    """The answer, but for the watermark, which goes on."""
    return to_json(replace(answer, watermark=answer.known_at))


@about(LocationHistories)
class TestLocationHistories:
    @pytest.mark.parametrize("make", [a_location, a_full_location])
    async def test_versions_come_back_as_written(self, backend: Backend, make: Callable[[], Location]) -> None:
        await begun(backend, make())
        await hold(backend, TODAY, city="Leander", closed_on=date(9999, 12, 31))
        history: LocationHistory = await use(backend, lambda port: port.of(location_id(1), IDS.new))
        first, second = by_day(history.facts)
        assert (first.from_day, first.profile) == (EARLIEST, make().profile)
        assert second.profile == replace(make().profile, city="Leander", closed_on=date(9999, 12, 31))
        assert (second.source, second.reason, second.recorded_by) == (HR.source, HR.reason, HR.recorded_by)
        assert type(second.profile.state) is State
        found = await backend.reader(LocationHistoryReader).recorded(location_id(1))
        assert found is not None
        assert (found.time_zone, list(found.facts)) == (make().time_zone, [first, second])

    async def test_an_unknown_location_has_none(self, backend: Backend) -> None:
        for alone in (True, False):
            with pytest.raises(LocationNotFound):
                await use(backend, lambda port, alone=alone: port.of(NOBODY, IDS.new, alone=alone))  # type: ignore[misc]  # bound now
        assert await backend.reader(LocationHistoryReader).recorded(NOBODY) is None

    async def test_a_version_supersedes_another_once(self, backend: Backend) -> None:
        await begun(backend, a_location())
        history: LocationHistory = await use(backend, lambda port: port.of(location_id(1), IDS.new))
        await hold(backend, EARLIEST, name="West")
        history.hold({"name": "East"}, EARLIEST, noon(TODAY), HR)
        with pytest.raises(FactChanged):
            await use(backend, lambda port: port.keep(history))

    async def test_each_unit_records_at_one_moment_after_all_before(self, backend: Backend) -> None:
        await begun(backend, a_location())
        for name in ("West", "East"):
            await hold(backend, TODAY + timedelta(30), name=name)
            await hold(backend, TODAY, name=name, city=name)
        found = await backend.reader(LocationHistoryReader).recorded(location_id(1))
        assert found is not None
        moments = [each.recorded_at for each in found.facts]
        assert moments == sorted(moments)  # type: ignore[type-var]  # none is None
        assert len(set(moments)) == 5
        assert (await backend.reader(HistoryReader).watermark()).at >= moments[-1]  # type: ignore[operator]

    async def test_locations_are_gone_through_by_id_with_what_they_show(self, backend: Backend) -> None:
        await begun(backend, *(a_location(n) for n in (3, 1, 2)))
        await hold(backend, TODAY, 2, name="West")

        async def after(last: UUID | None) -> list[ShownLocation]:
            return await use(backend, lambda port: port.after(last, 2, IDS.new))  # type: ignore[no-any-return]  # what it is

        first, second = await after(None)
        assert [first.history.location_id, second.history.location_id] == [location_id(1), location_id(2)]
        assert second.shown == a_location(2).profile
        assert [each.profile.name for each in by_day(second.history.facts)] == ["Office 2", "West"]
        assert [each.history.location_id for each in await after(location_id(2))] == [location_id(3)]
        assert await after(location_id(3)) == []


@about(LocationHistoryReader)
class TestLocationHistoryReader:
    async def test_today_is_the_day_at_the_location(self, backend: Backend) -> None:
        await begun(backend, a_location(time_zone="Pacific/Guam"))
        assert (await read(backend, day=None)).as_of == a_location(time_zone="Pacific/Guam").day_of(T)

    async def test_nothing_was_known_before_it_was_recorded(self, backend: Backend) -> None:
        await begun(backend, a_location())
        answer = await read(backend, datetime(2000, 1, 1, tzinfo=T.tzinfo))
        assert (answer.known, answer.facts) == (None, [])
        assert (await read(backend, day=date(1949, 12, 31))).known is None

    @pytest.mark.parametrize("seed", range(2))
    async def test_any_history_is_answered_like_one_that_is_replayed(self, backend: Backend, seed: int) -> None:
        chance = Random(seed)  # the same in each run
        await begun(backend, a_location())
        known = Timetable(a_location().profile)
        told = [((await read(backend)).known_at, known)]
        for _ in range(8):
            changes = {name: chance.choice(values) for name, values in VALUES.items() if chance.random() < 0.6}
            day, today = (TODAY + timedelta(chance.randrange(-30, 31)) for _ in range(2))
            await hold(backend, day, today=today, **changes)
            known = known.after(changes, day, today)
            told.append(((await read(backend)).known_at, known))
        for moment, expected in told:
            for days in range(-40, 41, 8):
                day = TODAY + timedelta(days)
                answer = await read(backend, moment, day)
                assert answer.known is not None
                shown = {name: getattr(answer.known, name) for name in VALUES}
                assert shown == {name: getattr(expected.on(day), name) for name in VALUES}
                assert bytes_of(await read(backend, moment, day)) == bytes_of(answer)


VALUES: dict[str, list[Any]] = {
    "code": ["W", "E"],
    "name": ["West", "East"],
    "city": ["Austin", "Leander"],
    "state": [State.TEXAS, State.OREGON],
    "time_zone": ["America/Chicago", "America/Los_Angeles"],
}


class Timetable:
    """What a location is like on each of some days, worked out day by day."""

    def __init__(self, profile: LocationProfile, days: dict[date, LocationProfile] | None = None) -> None:
        self._first = profile
        self._days = days or {TODAY + timedelta(n): profile for n in range(-100, 101)}

    def on(self, day: date) -> LocationProfile:
        return self._days[day]

    def after(self, changes: dict[str, Any], day: date, today: date) -> Timetable:
        days = dict(self._days)
        for name, value in changes.items():
            for each in (each for each in days if each >= day):
                was = self._days.get(each - timedelta(1), self._first)
                if each > max(day, today) and getattr(self._days[each], name) != getattr(was, name):
                    break
                days[each] = replace(days[each], **{name: value})
        return Timetable(self._first, days)
