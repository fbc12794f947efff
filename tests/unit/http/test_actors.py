"""The actor of a request, and its network address."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from adapters.memory.kit.outbox import OUTBOX
from worlds.http import World


@pytest.mark.parametrize(
    ("client", "client_ip"),
    [
        (("203.0.113.7", 4000), "203.0.113.7"),
        (("2001:db8::1", 4000), "2001:db8::1"),
        (("2001:DB8:0:0:0:0:0:1", 4000), "2001:db8::1"),
        (("fe80::1%eth0", 4000), "fe80::1"),
        (("::ffff:203.0.113.7", 4000), "203.0.113.7"),
        (("::ffff:203.0.113.7%eth0", 4000), "203.0.113.7"),
        (("::ffff:cb00:7107", 4000), "203.0.113.7"),
        (("203.0.113.7%eth0", 4000), None),
        (("203.0.113.007", 4000), None),
        (("203.0.113.7/24", 4000), None),
        (("unix", 0), None),
        (("", 0), None),
    ],
)
async def test_the_outbox_knows_who_caused_an_event_and_from_where(
    world: World, client: tuple[str, int], client_ip: str | None
) -> None:
    app: Any = world.served()
    transport = httpx.ASGITransport(app, client=client)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as api:
        await api.post("/v1/modules", json={"title": "Hygiene"}, headers={"x-request-id": "r-1"})
    (entry,) = world.store.table(OUTBOX).rows()
    assert str(entry.actor.user_id) == "00000000-0000-7000-8000-000000000001"
    assert (entry.actor.request_id, entry.actor.client_ip) == ("r-1", client_ip)
