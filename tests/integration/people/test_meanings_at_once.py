"""A text is mapped while people with it are added: nobody is overlooked by both."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.system import TimeOrderedIds
from application.kernel.access import EVERYONE
from application.kernel.messages import Command
from application.people.job_codes.commands import MapJobTitle
from application.people.locations.names import MapLocationText
from application.people.users.commands import RegisterUser
from application.people.users.queries import UserFilter, UserReader
from contracts.backend import save
from contracts.people.locations import a_location, location_id
from integration.backends import ADMIN, SqlBackend


@pytest.mark.parametrize("kind", ["job_title", "location"])
async def test_everybody_has_what_the_text_means_in_whatever_order_they_come(backend: SqlBackend, kind: str) -> None:
    await save(backend, a_location(1))
    bus = backend.bus(ids=TimeOrderedIds())
    for number in range(8):
        text = f"Text {number}"
        some: list[dict[str, Any]] = [{"email": f"user{number}-{n}@example.com", kind: text} for n in range(3)]
        people: list[Command[Any]] = [RegisterUser(**each) for each in some]
        told = MapJobTitle(text, "hygienist") if kind == "job_title" else MapLocationText(text, location_id(1))
        await asyncio.gather(*(bus.execute(command, ADMIN) for command in (*people[:2], told, people[2])))
    page = await backend.reader(UserReader).page(EVERYONE, UserFilter(), None, 50)
    held = [each.job_code == "hygienist" or each.location_id == location_id(1) for each in page.items]
    assert held == [True] * 24
