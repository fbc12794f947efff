"""A double of Supabase Auth (GoTrue behind its gateway), close enough for the real clients to sign in with.

It is an ASGI application that keeps everything in memory; `serving(double)` puts it on a loopback port.
Errors come in both of GoTrue's shapes, as the client asks for in `X-Supabase-Api-Version`.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any, Literal
from urllib.parse import parse_qsl
from uuid import UUID

import uvicorn

from application.kernel.ports import Clock
from fake_supabase.project import Refused, Session, SupabaseProject

PUBLISHABLE_KEY = "sb_publishable_double"
SECRET_KEY = "sb_secret_double"
BASE = "/auth/v1"
JWKS = "/.well-known/jwks.json"
ADMIN_USER = "/admin/users/"
_VERSION = "x-supabase-api-version"

Message = MutableMapping[str, Any]


@dataclass(frozen=True)
class Trouble:
    """What ails the endpoints whose path below /auth/v1 starts with `path`; `slow` answers after `seconds`."""

    kind: Literal["down", "slow", "garbage"]
    path: str = ""
    seconds: float = 30.0


@dataclass(frozen=True)
class Call:
    """A request, its path below /auth/v1 and its header names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def bearer(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True)
class Reply:
    """Its answer; a body that is bytes goes out as it is."""

    status: int
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)


class SupabaseDouble(SupabaseProject):
    """A project and its API. The attributes may be changed at any time; `asked` counts requests by path."""

    def __init__(self, clock: Clock, **project: Any) -> None:
        super().__init__(clock, **project)
        self.autoconfirm = True
        self.allow_anonymous = False
        self.trouble: Trouble | None = None
        self.asked: Counter[str] = Counter()
        self._routes: dict[tuple[str, str], Callable[[Call], Reply]] = {
            ("POST", "/signup"): self._sign_up,
            ("POST", "/token"): self._token,
            ("GET", "/user"): self._user,
            ("POST", "/logout"): self._log_out,
            ("GET", "/admin/users"): self._admin_users,
            ("GET", "/settings"): self._settings,
            ("GET", "/health"): self._health,
            ("GET", JWKS): self._jwks,
        }

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """The ASGI application."""
        call = await _read(scope, receive)
        self.asked[call.path] += 1
        reply = await self._troubled(call) or self._answer(call)
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        headers = {"content-type": "application/json", "content-length": str(len(body)), **reply.headers}
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": encoded})
        await send({"type": "http.response.body", "body": body})

    async def _troubled(self, call: Call) -> Reply | None:
        trouble = self.trouble
        if trouble is None or not call.path.startswith(trouble.path):
            return None
        match trouble.kind:
            case "down":
                return Reply(503, b"upstream connect error", {"content-type": "text/plain"})
            case "garbage":
                return Reply(200, b"<!doctype html><title>Maintenance</title>", {"content-type": "text/html"})
            case "slow":
                await asyncio.sleep(trouble.seconds)
                return None

    def _answer(self, call: Call) -> Reply:
        if call.path != JWKS and call.headers.get("apikey") not in (PUBLISHABLE_KEY, SECRET_KEY):
            return Reply(401, {"message": "Invalid API key", "hint": "Double check your Supabase API key."})
        route = self._routes.get((call.method, call.path))
        if call.method == "GET" and call.path.startswith(ADMIN_USER):
            route = self._admin_user
        if route is None:
            return Reply(404, b"404 page not found\n", {"content-type": "text/plain"})
        try:
            return route(call)
        except Refused as error:
            if call.headers.get(_VERSION, "") >= "2024-01-01":
                shape: dict[str, Any] = {"code": error.code, "message": error.message}
                return Reply(error.status, {**shape, **error.more}, {_VERSION: "2024-01-01"})
            shape = {"code": error.status, "error_code": error.code, "msg": error.message}
            return Reply(error.status, {**shape, **error.more})

    def _sign_up(self, call: Call) -> Reply:
        email, password, data = call.body.get("email"), call.body.get("password", ""), call.body.get("data") or {}
        if not email:
            if not self.allow_anonymous:
                raise Refused(422, "anonymous_provider_disabled", "Anonymous sign-ins are disabled")
            guest = self.add_user("", "", **data)
            guest.anonymous, guest.confirmed_at = True, None
            return Reply(200, self.grant(self.open_session(guest)))
        if self.by_email(email):
            raise Refused(422, "user_already_exists", "User already registered")
        if len(password) < 6:
            length = {"reasons": ["length"]}
            raise Refused(422, "weak_password", "Password should be at least 6 characters.", weak_password=length)
        account = self.add_user(email, password, **data)
        if self.autoconfirm:
            return Reply(200, self.grant(self.open_session(account)))
        account.confirmed_at = None
        return Reply(200, account.shown())

    def _token(self, call: Call) -> Reply:
        match call.query.get("grant_type"):
            case "password":
                return Reply(200, self._by_password(call.body.get("email", ""), call.body.get("password", "")))
            case "refresh_token":
                return Reply(200, self.refresh(call.body.get("refresh_token", "")))
            case _:
                raise Refused(400, "validation_failed", "unsupported_grant_type")

    def _by_password(self, email: str, password: str) -> dict[str, Any]:
        account = self.by_email(email)
        if account is None or account.password != password:
            raise Refused(400, "invalid_credentials", "Invalid login credentials")
        if account.banned:
            raise Refused(400, "user_banned", "User is banned")
        if account.confirmed_at is None:
            raise Refused(400, "email_not_confirmed", "Email not confirmed")
        return self.grant(self.open_session(account))

    def _user(self, call: Call) -> Reply:
        return Reply(200, self._signed_in(call).account.shown())

    def _log_out(self, call: Call) -> Reply:
        mine, scope = self._signed_in(call), call.query.get("scope", "global")
        if scope != "others":
            self.end_sessions([mine])
        if scope != "local":
            self.end_sessions(one for one in self.sessions.values() if one.account is mine.account and one is not mine)
        return Reply(204)

    def _signed_in(self, call: Call) -> Session:
        if not call.bearer:
            raise Refused(401, "no_authorization", "This endpoint requires a valid Bearer token")
        return self.session_of(call.bearer)

    def _admin_user(self, call: Call) -> Reply:
        self._require_admin(call)
        account = self.accounts.get(UUID(call.path.removeprefix(ADMIN_USER)))
        if account is None:
            raise Refused(404, "user_not_found", "User not found")
        return Reply(200, account.shown())

    def _admin_users(self, call: Call) -> Reply:
        self._require_admin(call)
        page, size = int(call.query.get("page") or 1), int(call.query.get("per_page") or 50)
        everyone = sorted(self.accounts.values(), key=lambda account: account.id, reverse=True)
        last = max(1, -(-len(everyone) // size))
        ends = {"next": page + 1, "last": last} if page < last else {"last": last}
        links = [f'<{BASE}/admin/users?page={to}&per_page={size}>; rel="{rel}"' for rel, to in ends.items()]
        shown = [account.shown() for account in everyone[(page - 1) * size : page * size]]
        headers = {"x-total-count": str(len(everyone)), "link": ", ".join(links)}
        return Reply(200, {"users": shown, "aud": "authenticated"}, headers)

    def _require_admin(self, call: Call) -> None:
        if SECRET_KEY not in (call.bearer, call.headers["apikey"]):
            raise Refused(403, "not_admin", "User not allowed")

    def _settings(self, call: Call) -> Reply:
        external = {"email": True, "phone": False, "anonymous_users": self.allow_anonymous}
        return Reply(200, {"external": external, "disable_signup": False, "mailer_autoconfirm": self.autoconfirm})

    def _health(self, call: Call) -> Reply:
        about = "GoTrue is a user registration and authentication API"
        return Reply(200, {"version": "v2.180.0", "name": "GoTrue", "description": about})

    def _jwks(self, call: Call) -> Reply:
        return Reply(200, {"keys": self.published()}, {"cache-control": "public, max-age=600"})


async def _read(scope: MutableMapping[str, Any], receive: Callable[[], Awaitable[Message]]) -> Call:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return Call(
        scope["method"],
        scope["path"].removeprefix(BASE),
        dict(parse_qsl(scope["query_string"].decode())),
        {name.decode().lower(): value.decode() for name, value in scope["headers"]},
        json.loads(body or b"{}"),
    )


@contextmanager
def serving(app: Any, lifespan: Literal["on", "off"] = "off") -> Iterator[str]:
    """The ASGI application on a loopback port, in a thread, until the end of the block; the value is its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        server = uvicorn.Server(
            uvicorn.Config(app, lifespan=lifespan, ws="none", log_config=None, timeout_graceful_shutdown=1)
        )
        # The socket takes connections already; they wait until the server has started.
        thread = Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
