"""The parts of a request other than its body: path values and headers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.exceptions import InternalServerException

from application.kernel.access import Actor
from application.kernel.messages import Message, types_of
from entrypoints.http.kit.problems import client_gone

ME = "me"
NOBODY = UUID(int=0)
"""An id that does not exist."""
NO_NUMBER = 0
"""A number that does not exist: numbers count from 1."""

_CANONICAL = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

_NUMBER = re.compile("[1-9][0-9]{0,8}")

HttpRequest = Request[Any, Any, Any]


class PathValues:
    """Reads the fields of a message that the path names: ids, numbers and text. It never refuses.

    Text that is not an id or a number becomes one that does not exist, so that the answer is 404 as for a missing
    resource.
    """

    def __init__(self, message: type[Message[Any]], names: Iterable[str]) -> None:
        hints = types_of(message)
        self._kinds = {name: hints[name] for name in names}

    def read(self, path_params: Mapping[str, str], actor: Actor) -> dict[str, Any]:
        """The fields; `me` means the actor in place of a user's id. Raises PersonRequired for a service account."""
        return {name: self._value(name, text, actor) for name, text in path_params.items()}

    def _value(self, name: str, text: str, actor: Actor) -> Any:
        kind = self._kinds[name]
        if kind is UUID:
            return _id(name, text, actor)
        if kind is int:
            return int(text) if _NUMBER.fullmatch(text) else NO_NUMBER
        return text.replace("\0", "")


def _id(name: str, text: str, actor: Actor) -> UUID:
    if _CANONICAL.fullmatch(text):
        return UUID(text)
    if name == "user_id" and text == ME:
        actor.require_person("`me` is a person. A service account names people by their ids.")
        return actor.user_id or NOBODY
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
