"""Minimal ASGI answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from litestar.types import Receive, Scope, Send

from adapters.encoding import to_json
from application.kernel.units import Answer

RawHeaders = tuple[tuple[bytes, bytes], ...]

JSON_HEADER = ("content-type", "application/json")

GUARDS: RawHeaders = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
NOT_A_PAGE = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
BY_TOKEN = (b"vary", b"Authorization")
PERSONAL: RawHeaders = (*GUARDS, NOT_A_PAGE, (b"cache-control", b"no-store"), BY_TOKEN)
"""For answers about people, changes, and by default: nobody stores a copy."""
CATALOGUE: RawHeaders = (*GUARDS, NOT_A_PAGE, (b"cache-control", b"private, no-cache"), BY_TOKEN)
"""For the catalogue, which differs by caller: a browser may store it and revalidates it each time."""
EVERYBODYS: RawHeaders = (*GUARDS, NOT_A_PAGE, (b"cache-control", b"no-cache"))
"""For the API's own description, which is the same for everybody."""


class Reply:
    """An ASGI application that sends one answer. `standing` are the headers that are the same for every answer of a
    route.
    """

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, answer: Answer, standing: RawHeaders = PERSONAL) -> None:
        self._status = answer.status
        self._body = answer.body
        self._headers = [*standing]
        self._headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        if answer.status not in (204, 304):
            self._headers.append((b"content-length", str(len(answer.body)).encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body, "more_body": False})


class StreamedReply(Reply):
    """Sends an answer a part at a time, as it is made. Should making it fail, the connection is cut, so that nobody
    takes half of it for all. Nothing more is made once the client is gone, or if it asks for the head alone.
    """

    __slots__ = ("_chunks",)

    def __init__(
        self, chunks: AsyncGenerator[bytes, None], headers: RawHeaders, standing: RawHeaders = PERSONAL
    ) -> None:
        self._status = 200
        self._body = b""
        self._headers = [*standing, *headers]
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head_alone = scope.get("method") == "HEAD"
        # What making it has opened is closed at once, and not whenever the memory is cleared.
        async with aclosing(self._chunks) as chunks:
            # Before the head, so that what fails at once is answered with a problem.
            chunk = await anext(chunks, b"")
            await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
            gone = asyncio.create_task(disconnected(receive))
            try:
                while chunk and not head_alone:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                    if gone.done():
                        return
                    chunk = await anext(chunks, b"")
            finally:
                gone.cancel()
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def disconnected(receive: Receive) -> None:
    """Wait until the client is gone: to send to it then fails for no server."""
    while (await receive())["type"] != "http.disconnect":
        pass


def json_answer(status: int, document: Any, *headers: tuple[str, str]) -> Answer:
    """The document as JSON; times in RFC 3339, UTC as `Z`."""
    return Answer(status, (JSON_HEADER, *headers), to_json(document))
