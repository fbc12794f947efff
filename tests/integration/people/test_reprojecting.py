"""Reprojecting from the command line, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from application.people.histories.commands import AddPosition
from application.people.locations.commands import AddLocation, EditLocation
from application.people.locations.queries import ReadLocation
from application.people.users.commands import EditUser, RegisterUser
from application.people.users.queries import ReadUser
from contracts.make import T
from domain.kernel.states import State
from entrypoints.bootstrap import bootstrap
from entrypoints.cli.reprojecting import reproject
from integration.backends import ADMIN, SqlBackend
from integration.running import settings_for
from kit.surroundings import FixedClock

TODAY = T.date()


async def test_nothing_differs_until_something_planned_begins(backend: SqlBackend, url: str) -> None:
    clock, said = FixedClock(T), list[str]()
    service = bootstrap(settings_for(url), clock=clock)
    try:
        user = await service.bus.execute(RegisterUser("ana@example.com", department="Lab", hired_on=TODAY), ADMIN)
        await service.bus.execute(EditUser(user.id, department="Claims"), ADMIN)
        planned = AddPosition(user.id, TODAY + timedelta(days=2), department="Billing", transfer=True)
        await service.bus.execute(planned, ADMIN)
        assert await reproject(service, True, said.append) == []

        clock.advance(timedelta(days=2))
        expected = [f"{user.id}: department is Claims, by the history Billing"]
        assert await reproject(service, True, said.append) == expected
        assert await reproject(service, False, said.append) == expected
        assert await reproject(service, False, said.append) == []
        assert (await service.bus.ask(ReadUser(user.id), ADMIN)).department == "Billing"
    finally:
        await service.close()
    assert [each for each in said if each.startswith("People")] == [
        "People compared with their histories: 1. Fields that differ: 0.",
        "People compared with their histories: 1. Fields that differ: 1.",
        "People compared with their histories: 1. Fields changed: 1.",
        "People compared with their histories: 1. Fields changed: 0.",
    ]


async def test_a_plan_for_a_location_is_carried_out_on_its_day_there(backend: SqlBackend, url: str) -> None:
    clock, said = FixedClock(datetime(2026, 3, 31, 12, tzinfo=UTC)), list[str]()
    service = bootstrap(settings_for(url), clock=clock)
    try:
        new = AddLocation("HON", "Honolulu", "Honolulu", State.HAWAII, "Pacific/Honolulu")
        place = await service.bus.execute(new, ADMIN)
        user = await service.bus.execute(RegisterUser("ana@example.com", location="Waikiki"), ADMIN)
        await service.bus.execute(EditLocation(place.id, from_day=date(2026, 4, 1), name="Waikiki"), ADMIN)
        assert (await service.bus.ask(ReadUser(user.id), ADMIN)).location_id == place.id, "the name means it already"
        clock.advance(timedelta(hours=21))
        assert await reproject(service, False, said.append) == [], "it is still March 31 there"
        clock.advance(timedelta(hours=1))
        expected = [f"{place.id}: name is Honolulu, by the history Waikiki"]
        assert await reproject(service, True, said.append) == expected
        assert await reproject(service, False, said.append) == expected
        assert await reproject(service, False, said.append) == []
        shown = await service.bus.ask(ReadLocation(place.id), ADMIN)
        assert (shown.name, shown.version) == ("Waikiki", 3)
    finally:
        await service.close()
    assert said[0] == "Locations compared with their histories: 1. Fields changed: 0."
