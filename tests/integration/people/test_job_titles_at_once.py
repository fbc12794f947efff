"""A title is mapped while people with it are added: nobody is overlooked by both."""

from __future__ import annotations

import asyncio
from typing import Any

from adapters.system import TimeOrderedIds
from application.kernel.access import EVERYONE
from application.kernel.messages import Command
from application.people.job_codes.commands import MapJobTitle
from application.people.users.commands import RegisterUser
from application.people.users.queries import UserFilter, UserReader
from integration.backends import ADMIN, SqlBackend


async def test_everybody_has_the_code_in_whatever_order_they_come(backend: SqlBackend) -> None:
    bus = backend.bus(ids=TimeOrderedIds())
    for number in range(8):
        title = f"Title {number}"
        people: list[Command[Any]] = [RegisterUser(f"user{number}-{n}@example.com", job_title=title) for n in range(3)]
        sent = [*people[:2], MapJobTitle(title, "hygienist"), people[2]]
        await asyncio.gather(*(bus.execute(command, ADMIN) for command in sent))
    found = await backend.reader(UserReader).page(EVERYONE, UserFilter(job_codes=("hygienist",)), None, 50)
    assert len(found.items) == 24
