"""Reading whole lists at the command line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from entrypoints.bootstrap import Service


async def every(service: Service, query: Any) -> list[Any]:
    """What all pages of a list have, as the system sees it."""
    from application.kernel.access import Actor

    found: list[Any] = []
    while True:
        page = await service.bus.ask(query, Actor.system())
        found += page.items
        if page.next is None:
            return found
        query = replace(query, cursor=page.next)
