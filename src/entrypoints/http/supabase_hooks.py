"""What Supabase sends us: changes of its accounts, and its auth hooks. Signed by a secret, not by a user's token.

Their shapes are Supabase's, which is why they are not in our OpenAPI document. docs/supabase.md says how to set
them up.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar

from litestar import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from application.access import Actor
from application.bus import Bus
from application.ports import Answer
from application.users.following import Account, EndAccount, FollowAccount, Followed, MayJoin, ReadClaims
from application.users.hooks import Hooks
from entrypoints.http.problems import fault, invalid
from entrypoints.http.replies import Reply, json_answer
from entrypoints.http.requests import HttpRequest, body_of, header
from entrypoints.http.strict_json import verify

log = logging.getLogger("unified_dental.hooks")

B = TypeVar("B", bound=BaseModel)

HOOKS = "/v1/hooks/supabase"


class _Metadata(BaseModel):
    full_name: str | None = None


class _Record(BaseModel):
    """The columns of auth.users that we look at; all others are dropped here, before anything could log them."""

    id: str
    email: str | None = None
    email_confirmed_at: AwareDatetime | None = None
    last_sign_in_at: AwareDatetime | None = None
    deleted_at: AwareDatetime | None = None
    raw_user_meta_data: _Metadata | None = None

    def account(self) -> Account:
        return Account(
            subject=self.id,
            email=self.email or None,
            email_confirmed=self.email_confirmed_at is not None,
            last_sign_in=self.last_sign_in_at,
            full_name=(self.raw_user_meta_data and self.raw_user_meta_data.full_name) or None,
        )


class _Change(BaseModel):
    """A database webhook of the table auth.users."""

    type: Literal["INSERT", "UPDATE", "DELETE"]
    in_schema: Literal["auth"] = Field(alias="schema")
    table: Literal["users"]
    record: _Record | None = None
    old_record: _Record | None = None


class _Newcomer(BaseModel):
    email: str = ""


class _BeforeUserCreated(BaseModel):
    user: _Newcomer


class _CustomAccessToken(BaseModel):
    user_id: str
    claims: dict[str, Any]


def hook_handlers(bus: Bus, hooks: Hooks, domains: tuple[str, ...]) -> list[HTTPRouteHandler]:
    """The inward hooks. People of these e-mail domains, in lower case, may have accounts without being listed."""

    async def account_changed(request: HttpRequest) -> Answer:
        """INSERT, UPDATE and DELETE on auth.users. Any of them may come late, twice or not at all."""
        scheme, _, secret = (header(request, b"authorization") or "").partition(" ")
        hooks.verify_secret(secret if scheme.lower() == "bearer" else "")
        change = _parsed(_Change, await body_of(request))
        record = change.record if change.type != "DELETE" else change.old_record
        if record is None:
            raise invalid([fault("body", ["old_record" if change.type == "DELETE" else "record"], "is missing")])
        outcome: Followed
        if change.type == "DELETE" or record.deleted_at is not None:
            outcome = await bus.execute(EndAccount(record.id), Actor.system())
        else:
            outcome = await bus.execute(FollowAccount(record.account()), Actor.system())
        log.info("account %s: %s, %s", record.id, change.type, outcome)
        return json_answer(200, {"outcome": outcome})

    async def before_user_created(request: HttpRequest) -> Answer:
        """May this person have an account at all?"""
        asked = _parsed(_BeforeUserCreated, await _signed_body(request))
        if await bus.ask(MayJoin(asked.user.email, domains), Actor.system()):
            return json_answer(200, {})
        # Supabase reads a refusal from the body of a 200; any other status is a failure of the hook to it.
        message = "This e-mail address is not on the roster. Ask your office manager."
        return json_answer(200, {"error": {"http_code": 403, "message": message}})

    async def custom_access_token(request: HttpRequest) -> Answer:
        """What the token shall say of the person's place here."""
        asked = _parsed(_CustomAccessToken, await _signed_body(request))
        claims = dict(asked.claims)
        known = await bus.ask(ReadClaims(asked.user_id), Actor.system())
        if known is not None:
            claims |= {"app_role": known.role, "department": known.department}
        return json_answer(200, {"claims": claims})

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
    verify(raw)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        faults = [fault("body", detail["loc"], "is missing or not as Supabase sends it") for detail in error.errors()]
        raise invalid(faults) from None
