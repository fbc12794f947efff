"""Whether real people would be stored beside those that the demonstration invents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from application.kernel.access import Actor
from application.people.users.demonstration import CountPeople

if TYPE_CHECKING:
    from entrypoints.bootstrap import Service


async def invented_people(service: Service) -> str | None:
    """What to do about the demonstration's fictional people; None when there are none."""
    census = await service.bus.ask(CountPeople(), Actor.system())
    if not census.invented:
        return None
    return (
        f"{census.invented} people in this database were invented by the demonstration, its administrator among them; "
        "use another database for real people"
    )
