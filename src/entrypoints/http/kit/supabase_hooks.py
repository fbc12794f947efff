"""Webhooks and auth hooks from Supabase.

They are signed with a secret and carry no user's token. Their shapes are Supabase's, so they are not in our OpenAPI
document. docs/supabase.md says how to set them up.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar
from uuid import UUID

from litestar import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.units import Answer
from application.people.sign_ins.accounts import Account, EndAccount, FollowAccount, MayJoin, ReadClaims
from application.people.sign_ins.hooks import Hooks
from application.people.sign_ins.signing_in import retry_on_conflict
from entrypoints.http.kit.problems import fault, invalid, malformed
from entrypoints.http.kit.replies import JSON_HEADER, Reply, json_answer
from entrypoints.http.kit.requests import HttpRequest, body_of, header

log = logging.getLogger("unified_dental.hooks")

B = TypeVar("B", bound=BaseModel)

HOOKS = "/v1/hooks/supabase"


class _Record(BaseModel):
    """The columns of auth.users that are used; all others are dropped here, before anything could log them."""

    id: UUID
    email: str | None = None
    email_confirmed_at: AwareDatetime | None = None
    last_sign_in_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    deleted_at: AwareDatetime | None = None
    raw_user_meta_data: Any = None

    def account(self, confirms_email: bool) -> Account:
        return Account.reported(
            self.id,
            email=self.email,
            email_confirmed_at=self.email_confirmed_at,
            confirms_email=confirms_email,
            last_sign_in=self.last_sign_in_at,
            metadata=self.raw_user_meta_data,
            as_of=self.updated_at,
        )


class _Change(BaseModel):
    """A database webhook of the table auth.users."""

    type: Literal["INSERT", "UPDATE", "DELETE"]
    in_schema: Literal["auth"] = Field(alias="schema")
    table: Literal["users"]
    record: _Record | None = None
    old_record: _Record | None = None


class _Newcomer(BaseModel):
    email: str | None = None


class _BeforeUserCreated(BaseModel):
    user: _Newcomer


class _CustomAccessToken(BaseModel):
    user_id: UUID
    claims: dict[str, Any]


def hook_handlers(bus: Bus, hooks: Hooks, *, confirms_email: bool) -> list[HTTPRouteHandler]:
    """The inward hooks.

    `confirms_email` says that the project confirms an address only when its owner has proven it.
    """

    async def account_changed(request: HttpRequest) -> Answer:
        """INSERT, UPDATE and DELETE on auth.users. Any of them may come late, twice or not at all."""
        scheme, _, secret = (header(request, b"authorization") or "").partition(" ")
        hooks.verify_secret(secret if scheme.lower() == "bearer" else "")
        change = _parsed(_Change, await body_of(request))
        record = change.record if change.type != "DELETE" else change.old_record
        if record is None:
            raise invalid([fault("body", ["old_record" if change.type == "DELETE" else "record"], "is missing")])
        if change.type == "DELETE" or record.deleted_at is not None:
            outcome = await retry_on_conflict(bus, EndAccount(str(record.id)))
        else:
            outcome = await retry_on_conflict(bus, FollowAccount(record.account(confirms_email)))
        log.info("account %s: %s, %s", record.id, change.type, outcome)
        return json_answer(200, {"outcome": outcome})

    async def before_user_created(request: HttpRequest) -> Answer:
        """May this person have an account at all?"""
        asked = _parsed(_BeforeUserCreated, await _signed_body(request))
        if await bus.ask(MayJoin(asked.user.email or ""), Actor.system()):
            return json_answer(200, {})
        # Supabase reads a refusal from the body of a 200; it treats any other status as a failure of the hook.
        message = "This e-mail address is not on the roster. Ask your office manager."
        return json_answer(200, {"error": {"http_code": 403, "message": message}})

    async def custom_access_token(request: HttpRequest) -> Answer:
        """What the token must say of the person's place here."""
        asked = _parsed(_CustomAccessToken, await _signed_body(request))
        claims = dict(asked.claims)
        known = await bus.ask(ReadClaims(str(asked.user_id)), Actor.system())
        if known is not None:
            claims |= {"app_role": known.role, "department": known.department}
        # Returns every number unchanged, including those beyond 64 bits, which our own JSON never contains.
        return Answer(200, (JSON_HEADER,), json.dumps({"claims": claims}).encode())

    async def _signed_body(request: HttpRequest) -> bytes:
        raw = await body_of(request)
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        hooks.verify_signature({name: header(request, name.encode()) or "" for name in names}, raw)
        return raw

    return [
        _handler("account-changed", account_changed),
        _handler("before-user-created", before_user_created),
        _handler("custom-access-token", custom_access_token),
    ]


def _handler(name: str, answer: Callable[[HttpRequest], Awaitable[Answer]]) -> HTTPRouteHandler:
    async def handle(request: HttpRequest) -> ASGIApp:
        return Reply(await answer(request))

    return HTTPRouteHandler(f"{HOOKS}/{name}", http_method=HttpMethod.POST, status_code=200)(handle)


def _parsed(model: type[B], raw: bytes) -> B:
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        if details[0]["type"] == "json_invalid":
            raise malformed("The body is not JSON.") from None
        raise invalid(
            [fault("body", each["loc"], "is missing or not as Supabase sends it") for each in details]
        ) from None
