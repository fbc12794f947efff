"""The service with a Supabase project behind it, on the memory adapters, and its hooks as Supabase calls them."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from typing import Any

import httpx
from litestar.types import ASGIApp

from application.kernel.access import Actor
from application.people.users.queries import ListUsers, UserView
from entrypoints.bootstrap import Service, bootstrap
from entrypoints.settings import Settings
from kit.surroundings import CountingIds, FixedClock
from worlds.shared_app import served

PROJECT = "https://double.supabase.co"
LEGACY_SECRET = "the-legacy-secret-of-a-project-of-old"
WEBHOOK_SECRET = "what-the-database-webhook-sends"
HOOK_KEY = bytes(range(32))
OLD_HOOK_KEY = bytes(range(100, 140))

HOOKS = "/v1/hooks/supabase"
ACCOUNT_CHANGED = f"{HOOKS}/account-changed"
BEFORE_USER_CREATED = f"{HOOKS}/before-user-created"
CUSTOM_ACCESS_TOKEN = f"{HOOKS}/custom-access-token"


def secret_of(key: bytes) -> str:
    """The key as Supabase shows it."""
    return f"v1,whsec_{base64.b64encode(key).decode()}"


def a_service(clock: FixedClock, **settings: Any) -> Service:
    """The service for a project of old, which confirms addresses; nothing of it reaches out."""
    chosen: dict[str, Any] = {
        "database_url": "memory://",
        "supabase_url": PROJECT,
        "supabase_jwt_secret": LEGACY_SECRET,
        "supabase_confirms_email": True,
        "allowed_email_domains": "example.com",
        "supabase_webhook_secret": WEBHOOK_SECRET,
        "supabase_hook_secrets": secret_of(HOOK_KEY),
        **settings,
    }
    return bootstrap(Settings(**chosen), clock=clock, ids=CountingIds())


class Hooked:
    """A service whose hooks are called."""

    def __init__(self, service: Service, clock: FixedClock, client: httpx.AsyncClient) -> None:
        self.service = service
        self.clock = clock
        self.client = client

    async def tell(self, change: Any, authorization: str | None = f"Bearer {WEBHOOK_SECRET}") -> httpx.Response:
        """Send a database webhook."""
        headers = {} if authorization is None else {"authorization": authorization}
        return await self.client.post(ACCOUNT_CHANGED, json=change, headers=headers)

    async def call(self, hook: str, payload: Any, *, key: bytes = HOOK_KEY) -> httpx.Response:
        """Call an auth hook, signed."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return await self.send(hook, body, self.signed(body, key))

    async def send(self, hook: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """Call an auth hook with these headers."""
        return await self.client.post(hook, content=body, headers=headers)

    def signed(
        self, body: bytes, *keys: bytes, identifier: str = "msg_1", ago: timedelta = timedelta(), by: str = ", "
    ) -> dict[str, str]:
        """The headers of Standard Webhooks, with a signature by each key."""
        stamp = str(int((self.clock.now() - ago).timestamp()))
        content = f"{identifier}.{stamp}.".encode() + body
        signatures = (base64.b64encode(hmac.digest(key, content, "sha256")).decode() for key in keys)
        return {
            "webhook-id": identifier,
            "webhook-timestamp": stamp,
            "webhook-signature": by.join(f"v1,{signature}" for signature in signatures),
        }

    async def users(self) -> list[UserView]:
        """Everyone, newest first."""
        return list((await self.service.bus.ask(ListUsers(limit=200), Actor.system())).items)


@asynccontextmanager
async def hooked(**settings: Any) -> AsyncIterator[Hooked]:
    """The service with these settings, called directly."""
    clock = FixedClock()
    service = a_service(clock, **settings)
    async with _called(service, clock, served(service)) as client:
        yield client
    await service.close()


@asynccontextmanager
async def shared() -> AsyncIterator[Hooked]:
    """A service that is made once, for calls that leave nothing behind."""
    async with _called(*_made_once()) as client:
        yield client
        assert await client.users() == []


@cache
def _made_once() -> tuple[Service, FixedClock, ASGIApp]:
    clock = FixedClock()
    service = a_service(clock)
    return service, clock, served(service)


@asynccontextmanager
async def _called(service: Service, clock: FixedClock, app: ASGIApp) -> AsyncIterator[Hooked]:
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # two spellings of ASGI
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield Hooked(service, clock, client)
