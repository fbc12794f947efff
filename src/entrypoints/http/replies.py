"""Answers on their way out: the least that ASGI asks for."""

from __future__ import annotations

from typing import Any

from litestar.types import Receive, Scope, Send

from adapters.encoding import to_json
from application.units import Answer

JSON_HEADER = ("content-type", "application/json")


class Reply:
    """An ASGI application that sends one answer."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, answer: Answer) -> None:
        self._status = answer.status
        self._body = answer.body
        self._headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        if answer.status not in (204, 304):
            self._headers.append((b"content-length", str(len(answer.body)).encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body, "more_body": False})


def json_answer(status: int, document: Any, *headers: tuple[str, str]) -> Answer:
    """The document as JSON; times in RFC 3339, UTC as `Z`."""
    return Answer(status, (JSON_HEADER, *headers), to_json(document))
