"""A JWKS endpoint under a test's thumb, and tokens signed with the keys that it may publish."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from joserfc.jwk import ECKey

from fake_supabase.token_forge import NOW, good_claims, signer, token_of

Answer = Callable[[], httpx.Response | Awaitable[httpx.Response]]

KEYS = {kid: ECKey.generate_key("P-256") for kid in ("first", "second", "third")}


def key_set(*kids: str) -> httpx.Response:
    keys = [{**KEYS[kid].as_dict(private=False), "kid": kid, "alg": "ES256", "use": "sig"} for kid in kids]
    return httpx.Response(200, json={"keys": keys})


class Endpoint(httpx.AsyncBaseTransport):
    """A JWKS endpoint that answers as a test wants it to; `asked` are the addresses asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.publishes("first")

    def publishes(self, *kids: str) -> None:
        self.answer: Answer = lambda: key_set(*kids)

    def hangs(self) -> asyncio.Event:
        """No answer before the event is set; then what it answered until now."""
        let_go, answer = asyncio.Event(), self.answer

        async def later() -> httpx.Response:
            await let_go.wait()
            return await _now(answer())

        self.answer = later
        return let_go

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        return await _now(self.answer())


async def _now(answer: httpx.Response | Awaitable[httpx.Response]) -> httpx.Response:
    return answer if isinstance(answer, httpx.Response) else await answer


def signed(kid: str, **claims: Any) -> str:
    return token_of({"alg": "ES256", "kid": kid}, good_claims(exp=NOW + 86_400, **claims), signer("ES256", KEYS[kid]))
