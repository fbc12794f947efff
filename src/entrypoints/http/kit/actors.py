"""Authentication: the actor of a request, from a token signed by Supabase Auth or the key of a service account."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any, Protocol
from uuid import UUID

from litestar import Request

from application.kernel.access import Actor
from application.people.sign_ins.identity import NotAuthenticated, TokenElsewhere, TokenRefused
from domain.kernel.roles import Role
from entrypoints.http.kit.allowances import Refusals, address_of
from entrypoints.http.kit.requests import NOBODY, header
from entrypoints.loopback import is_loopback


class SignedIn(Protocol):
    """Identifies callers by the token or key that they send."""

    async def actor(self, token: str, request_id: str | None, client_ip: str | None) -> Actor:
        """The actor that it belongs to. Raises TokenRefused, and Forbidden when the caller may do nothing here."""

    def knows(self, token: str) -> bool:
        """Whether it was verified before, so that it costs little to do so again."""


class Authenticate(Protocol):
    """Authenticates a request."""

    async def __call__(self, request: Request[Any, Any, Any]) -> Actor:
        """Raises NotAuthenticated, and Forbidden when the person may do nothing here."""


FORWARDED = frozenset(
    {b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip", b"cdn-loop"}
)


def bearer(
    signed_in: SignedIn, refusals: Refusals, visitor: UUID | None = None, *, this_machine_only: bool = False
) -> Authenticate:
    """Authenticate by the token of the Authorization header (RFC 6750).

    An address whose tokens were refused often must wait before unknown tokens of it are verified again; tokens verified
    before are still accepted, since others may share the address. With a `visitor`, for demonstrations only, a request
    without a token comes from this learner. With `this_machine_only`, for tokens of the development issuer, requests
    from elsewhere are refused.
    """

    async def authenticate(request: Request[Any, Any, Any]) -> Actor:
        if this_machine_only and not is_from_here(request):
            raise TokenElsewhere
        value = header(request, b"authorization")
        if value is None and visitor is not None:
            return Actor(
                visitor,
                Role.AUTHENTICATED,
                request_id=request.scope["state"]["request_id"],
                client_ip=client_ip(request),
            )
        scheme, _, token = (value or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotAuthenticated(
                "Send the access token of Supabase Auth, or the key of a service account, in an Authorization header: "
                "Bearer ..."
            )
        if refusals and not signed_in.knows(token):
            refusals.check(address_of(request))
        try:
            return await signed_in.actor(token, request.scope["state"]["request_id"], client_ip(request))
        except TokenRefused:
            await refusals.count(address_of(request))
            raise

    return authenticate


def is_from_here(request: Request[Any, Any, Any]) -> bool:
    """Whether the request comes from this machine, by its peer and by the name that it calls this service.

    A proxy on this machine forwards requests of others: it is recognized by the headers that it adds, by the name that
    they asked for, or by HTTP/1.0, which no browser speaks, but nginx does if it is not configured to add headers.
    """
    client = request.scope.get("client")
    if not client or not is_loopback(client[0]) or request.scope["http_version"] == "1.0":
        return False
    hosts = []
    for name, value in request.scope["headers"]:
        if name in FORWARDED or name.startswith(b"x-forwarded-"):
            return False
        if name == b"host":
            hosts.append(re.sub(r":\d*$", "", value.decode("latin-1").strip()))
    return bool(hosts) and all(map(is_loopback, hosts))


async def visitor(request: Request[Any, Any, Any]) -> Actor:
    """The actor of public operations."""
    return Actor(NOBODY, Role.AUTHENTICATED, request_id=request.scope["state"]["request_id"])


def client_ip(request: Request[Any, Any, Any]) -> str | None:
    """The IP address that the request came from; None when it is not an IP address."""
    client = request.scope.get("client")
    return client and _ip(client[0])


@lru_cache(1_024)
def _ip(host: str) -> str | None:
    """The host, when it is an IP address: servers on a Unix socket name something else.

    An IPv6 address names no zone, which means something on one machine only and which PostgreSQL's `inet` refuses; an
    IPv4 address in the clothes of IPv6 (RFC 4291, 2.5.5.2) is that IPv4 address. So a client is one address in the
    store, on every database, in whichever form the proxy writes it.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address)))
    return str(address)
