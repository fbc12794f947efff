"""Reprojecting from the command line, on both databases."""

from __future__ import annotations

from datetime import timedelta

from application.people.histories.commands import AddPosition
from application.people.users.commands import EditUser, RegisterUser
from application.people.users.queries import ReadUser
from contracts.make import T
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
    assert said == [
        "People compared with their histories: 1. Fields that differ: 0.",
        "People compared with their histories: 1. Fields that differ: 1.",
        "People compared with their histories: 1. Fields changed: 1.",
        "People compared with their histories: 1. Fields changed: 0.",
    ]
