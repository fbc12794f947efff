"""What only the demonstration has: examples that succeed on its data, and tokens of its people without a password."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from litestar import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from application.people.sign_ins.identity import TokenElsewhere
from entrypoints.http.kit.actors import is_from_here
from entrypoints.http.kit.problems import fault, invalid
from entrypoints.http.kit.replies import Reply, json_answer
from entrypoints.http.kit.requests import HttpRequest, body_of, header

SIGN_IN = "/schema/demonstration/sign-in"


@dataclass(frozen=True, slots=True)
class Example:
    """Values with which an operation succeeds: what its path and query name, and its body where it needs one."""

    names: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True)
class Demonstration:
    """Examples by operation, what other operations can name, and the addresses of people that one can sign in as."""

    examples: Mapping[str, Example]
    names: Mapping[str, str]
    people: Mapping[str, str]


def sign_in_handler(demonstration: Demonstration, issue: Callable[[str], str]) -> HTTPRouteHandler:
    """Gives a token of one of these people to the interactive page, on this machine only.

    `issue` makes the token of the person with an address.
    """

    async def sign_in(request: HttpRequest) -> ASGIApp:
        if not is_from_here(request) or header(request, b"sec-fetch-site") not in (None, "same-origin"):
            raise TokenElsewhere
        name = _name(await body_of(request))
        if name not in demonstration.people:
            raise invalid([fault("body", ["person"], f"must be one of {', '.join(demonstration.people)}")])
        return Reply(json_answer(200, {"access_token": issue(demonstration.people[name]), "token_type": "bearer"}))

    return HTTPRouteHandler(SIGN_IN, http_method=HttpMethod.POST, status_code=200)(sign_in)


def _name(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=dict[str, str]).get("person", "")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
