"""Where a request came from, as proxies say it and as it is stored: the same text on both databases."""

from __future__ import annotations

import httpx
import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from integration.backends import SqlBackend
from worlds.http import World


@pytest.mark.parametrize(
    ("forwarded", "stored"),
    [
        (b"203.0.113.7", "203.0.113.7"),
        (b"203.0.113.7:4000", "203.0.113.7"),
        (b"::ffff:1.2.3.4%eth0", "1.2.3.4"),
        (b"::ffff:1.2.3.4", "1.2.3.4"),
        (b"[::ffff:1.2.3.4]:80", "1.2.3.4"),
        (b"::1.2.3.4", "::102:304"),
        (b"fe80::1%eth0", "fe80::1"),
        (b"fe80::1%" + b"x" * 200, "fe80::1"),
        (b"2001:0DB8::0001", "2001:db8::1"),
        (b"::", "::"),
        (b"1.2.3.4%eth0", None),
        (b"1.2.3.4/8", None),
        (b"unknown", None),
        (b"\xff", None),
        (b"'; --", None),
    ],
    ids=lambda value: value[:30].decode("latin-1") if isinstance(value, bytes) else None,
)
async def test_an_address_is_stored_alike(backend: SqlBackend, forwarded: bytes, stored: str | None) -> None:
    app = ProxyHeadersMiddleware(World().app(bus=backend.bus()), trusted_hosts="*")  # type: ignore[arg-type]  # two spellings of ASGI
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # two spellings of ASGI
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as api:
        headers = [(b"x-forwarded-for", forwarded)]
        made = await api.post("/v1/modules", json={"title": "Hygiene"}, headers=headers)
    assert made.status_code == 201
    (row,) = await backend.sql("SELECT client_ip FROM outbox_events")
    assert (row.client_ip if row.client_ip is None else str(row.client_ip)) == stored
