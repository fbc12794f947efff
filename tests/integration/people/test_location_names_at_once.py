"""Somebody is registered while the text is mapped: neither overlooks the other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from application.kernel.messages import Command
from application.people.locations.commands import AddLocation
from application.people.locations.names import MapLocationText
from application.people.users.commands import RegisterUser
from domain.kernel.states import State
from integration.backends import ADMIN, SqlBackend


@pytest.fixture
def url(postgresql: str) -> str:
    return postgresql


async def test_everybody_with_the_text_has_the_location_in_the_end(backend: SqlBackend) -> None:
    bus = backend.bus()
    location = await bus.execute(AddLocation("CP", "Cedar Park", "Leander", State.TEXAS, "America/Chicago"), ADMIN)
    people: list[Command[Any]] = [RegisterUser(f"user{n}@example.com", location="The park") for n in range(12)]
    at_once = [*people[:6], MapLocationText("the park", location.id), *people[6:]]
    await asyncio.gather(*(bus.execute(each, ADMIN) for each in at_once))
    assert await backend.sql("SELECT DISTINCT location_id FROM users WHERE location IS NOT NULL") == [(location.id,)]
