"""Uploaded files: on disk while they are used, never in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import fields
from email.message import Message
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from litestar.exceptions import InternalServerException
from litestar.handlers import HTTPRouteHandler

from application.kernel.bus import Bus
from entrypoints.http.kit.actors import Authenticate
from entrypoints.http.kit.bodies import Parameters, pairs_of
from entrypoints.http.kit.deadlines import prolong
from entrypoints.http.kit.endpoints import chosen, handler_of, presenter
from entrypoints.http.kit.idempotency import carry_out, idempotency_key
from entrypoints.http.kit.problems import client_gone, unsupported_media_type
from entrypoints.http.kit.replies import Reply
from entrypoints.http.kit.requests import HttpRequest, header
from entrypoints.http.kit.routing import Route, Upload

OpenFile = Callable[[Path, str, Any], Any]
"""Makes the reader of the file at the path, in this charset, to be read as said (`Upload.reading`)."""

DEFAULT_CHARSET = "utf-8"


def upload_handler(
    route: Route,
    upload: Upload,
    bus: Bus,
    authenticate: Authenticate,
    open_file: OpenFile,
    seconds: float,
) -> HTTPRouteHandler:
    """Carries out a command with the uploaded file, which must arrive within so many seconds."""
    parameters = Parameters(route.message, route.without(route.query_fields), cursor=False)
    reading = Parameters(upload.reading, frozenset(), cursor=False)
    names = {field.name for field in fields(upload.reading)}
    message: Callable[..., Any] = route.message
    present = presenter(route, bus)

    async def endpoint(request: HttpRequest) -> Reply:
        actor = await authenticate(request)
        bus.permit(route.message, actor)
        prolong(request.scope, seconds)
        pairs = pairs_of(request.scope["query_string"])
        said, _ = parameters.read([pair for pair in pairs if pair[0] not in names])
        read_as, _ = reading.read([pair for pair in pairs if pair[0] in names])
        charset = _charset(header(request, b"content-type") or "", upload)
        with NamedTemporaryFile(prefix="unified-dental-") as file:
            digest = sha256(b"" if charset == DEFAULT_CHARSET else charset.encode())

            def write(chunk: bytes) -> None:
                digest.update(chunk)
                file.write(chunk)

            try:
                async for chunk in request.stream():
                    await asyncio.to_thread(write, chunk)
            except InternalServerException:
                raise client_gone() from None
            file.flush()
            opened = open_file(Path(file.name), charset, upload.reading(**chosen(read_as)))
            command = message(**chosen(said), **{upload.field: opened})
            key = idempotency_key(request, actor, digest.digest())
            return Reply(await carry_out(bus, command, actor, key, present(command), shown_at=None))

    return handler_of(route, endpoint, request_max_body_size=upload.limit)


def _charset(content_type: str, upload: Upload) -> str:
    """The charset of the request, in lower case. Raises Problem for a media type or charset that is not supported."""
    said = Message()
    said["content-type"] = content_type or "application/octet-stream"
    text = upload.media_types[0]
    if said.get_content_type() not in upload.media_types:
        raise unsupported_media_type(" or ".join(upload.media_types))
    charset = str(said.get_content_charset(DEFAULT_CHARSET)).lower()
    if charset not in upload.charsets:
        raise unsupported_media_type(f"{text}; charset={DEFAULT_CHARSET} ({', '.join(upload.charsets)})")
    return charset
