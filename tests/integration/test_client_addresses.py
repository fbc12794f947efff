"""Where a request came from, as it is stored: the same text on both databases."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from application.access import Actor
from application.modules.commands import CreateModule
from contracts.make import user_id
from domain.users import Role
from entrypoints.http.actors import client_ip
from integration.backends import SqlBackend


@pytest.mark.parametrize(
    ("host", "stored"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:1.2.3.4%eth0", "1.2.3.4"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("::1.2.3.4", "::102:304"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:0DB8::0001", "2001:db8::1"),
        ("::", "::"),
        ("unknown", None),
    ],
)
async def test_an_address_is_stored_alike(backend: SqlBackend, host: str, stored: str | None) -> None:
    request = cast(Any, SimpleNamespace(scope={"client": (host, 0)}))
    actor = Actor(user_id(1), Role.ADMIN, client_ip=client_ip(request))
    await backend.bus().execute(CreateModule("Hygiene"), actor)
    (row,) = await backend.sql("SELECT client_ip FROM outbox_events")
    assert (row.client_ip if row.client_ip is None else str(row.client_ip)) == stored
