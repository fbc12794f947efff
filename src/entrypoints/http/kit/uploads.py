"""Uploaded files: on disk while they are used, never in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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

OpenFile = Callable[[Path, str], Any]
"""Makes the reader of the file at the path, in this charset."""

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
    message: Callable[..., Any] = route.message
    present = presenter(route, bus)

    async def endpoint(request: HttpRequest) -> Reply:
        actor = await authenticate(request)
        bus.permit(route.message, actor)
        prolong(request.scope, seconds)
        fields, _ = parameters.read(pairs_of(request.scope["query_string"]))
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
            command = message(**chosen(fields), **{upload.field: open_file(Path(file.name), charset)})
            key = idempotency_key(request, actor, digest.digest())
            return Reply(await carry_out(bus, command, actor, key, present(command), shown_at=None))

    return handler_of(route, endpoint, request_max_body_size=upload.limit)


def _charset(content_type: str, upload: Upload) -> str:
    """The charset of the request, in lower case. Raises Problem for a media type or charset that is not supported."""
    said = Message()
    said["content-type"] = content_type or "application/octet-stream"
    if said.get_content_type() != upload.media_type:
        raise unsupported_media_type(upload.media_type)
    charset = str(said.get_content_charset(DEFAULT_CHARSET)).lower()
    if charset not in upload.charsets:
        raise unsupported_media_type(f"{upload.media_type}; charset={DEFAULT_CHARSET} ({', '.join(upload.charsets)})")
    return charset
