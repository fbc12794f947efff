"""Two clients change what is known of one location at once: the second does it on what the first left, or is refused.

They meet at PostgreSQL's lock on the location, and at that on what texts mean. On SQLite writers never meet.
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from adapters.sql.people.meanings import MEANINGS
from adapters.system import TimeOrderedIds
from application.kernel.access import Actor
from application.kernel.messages import Command
from application.people.locations.commands import AddLocation, EditLocation
from application.people.locations.histories import LocationHistoryReader
from application.people.locations.names import MapLocationText, TextAsMapped
from application.people.locations.queries import LocationView
from application.people.locations.reprojecting import ReprojectLocations
from domain.kernel.errors import StaleVersion
from domain.kernel.states import State
from domain.people.facts import in_force
from domain.people.location_histories import by_day
from domain.people.location_names import LocationNameTaken
from integration.backends import ADMIN, SqlBackend, until, waiting_for_locks

PLANNED = date(2100, 1, 1)


async def added(backend: SqlBackend, code: str, name: str) -> UUID:
    new = AddLocation(code, name, "Austin", State.TEXAS, "America/Chicago")
    place: LocationView = await backend.bus(ids=TimeOrderedIds()).execute(new, ADMIN)
    return place.id


async def known(backend: SqlBackend, location_id: UUID) -> list[tuple[str, str]]:
    found = await backend.reader(LocationHistoryReader).recorded(location_id)
    assert found is not None
    return [(each.profile.name, each.profile.city) for each in by_day(in_force(found.facts))]


async def in_turn(backend: SqlBackend, other: SqlBackend, lock: str, *commands: Command[Any]) -> list[type]:
    """The kinds of outcomes of commands that wait for the same lock, and get it in this order."""
    bus, tasks = backend.bus(ids=TimeOrderedIds()), list[asyncio.Task[Any]]()

    async def all_wait() -> bool:
        return await waiting_for_locks(other) == len(tasks)

    async with other.database.engine.connect() as holder:
        await holder.execute(text(lock))
        for command in commands:
            tasks.append(asyncio.create_task(bus.execute(command, ADMIN)))
            await until(all_wait)
    return [*map(type, await asyncio.gather(*tasks, return_exceptions=True))]


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_the_second_edit_is_made_on_what_the_first_left_or_refused(
    backend: SqlBackend, other: SqlBackend
) -> None:
    place = await added(backend, "CP", "Cedar Park")
    edits = EditLocation(place, name="West"), EditLocation(place, from_day=PLANNED, city="Leander")
    lock = "SELECT FROM training.locations FOR UPDATE"
    assert await in_turn(backend, other, lock, *edits) == [LocationView, LocationView]
    assert await known(backend, place) == [("Cedar Park", "Austin"), ("West", "Austin"), ("West", "Leander")]
    seen = frozenset({3})
    stale = [EditLocation(place, seen, name=name) for name in ("North", "South")]
    assert await in_turn(backend, other, lock, *stale) == [LocationView, StaleVersion]
    assert not (await backend.bus().execute(ReprojectLocations(check=True), Actor.system())).differences


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("turned", [False, True], ids=["the plan first", "the mapping first"])
async def test_a_planned_name_is_not_mapped_to_another_location(
    backend: SqlBackend, other: SqlBackend, turned: bool
) -> None:
    place, elsewhere = await added(backend, "CP", "Cedar Park"), await added(backend, "RR", "Round Rock")
    commands = [EditLocation(place, from_day=PLANNED, name="West"), MapLocationText("west", elsewhere)]
    lock = f"SELECT pg_advisory_xact_lock({MEANINGS})"
    came = await in_turn(backend, other, lock, *(reversed(commands) if turned else commands))
    assert came == [TextAsMapped if turned else LocationView, LocationNameTaken]
    assert len(await known(backend, place)) == (1 if turned else 2)
