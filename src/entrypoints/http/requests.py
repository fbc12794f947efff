"""What a request says beside its body: who, which ids, which headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.exceptions import InternalServerException

from application.access import Actor
from entrypoints.http.problems import client_gone

ME = "me"
NOBODY = UUID(int=0)
"""An id that nothing has. Text in a path that is no id stands for it, so that it is answered like a missing one."""

_CANONICAL = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

HttpRequest = Request[Any, Any, Any]


def ids_of(path_params: Mapping[str, str], actor: Actor) -> dict[str, UUID]:
    """The ids in the path. `me` is the actor where a user is meant."""
    return {name: _id(name, text, actor) for name, text in path_params.items()}


def _id(name: str, text: str, actor: Actor) -> UUID:
    if _CANONICAL.fullmatch(text):
        return UUID(text)
    if name == "user_id" and text == ME and actor.user_id is not None:
        return actor.user_id
    return NOBODY


def header(request: HttpRequest, name: bytes) -> str | None:
    """The header, its lines joined when there are several (RFC 9110); None when it is missing."""
    values = [value for key, value in request.scope["headers"] if key == name]
    return b", ".join(values).decode("latin-1").strip() if values else None


async def body_of(request: HttpRequest) -> bytes:
    """The whole body. Raises Problem when the client leaves, RequestEntityTooLarge when it is too long."""
    try:
        return await request.body()
    except InternalServerException:
        raise client_gone() from None
