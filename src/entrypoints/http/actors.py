"""Who is asking. DEVELOPMENT ONLY until people sign in: everyone is the same administrator."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Protocol
from uuid import UUID

from litestar import Request

from application.access import Actor
from domain.users import Role
from entrypoints.settings import ConfigurationError

DEVELOPMENT_ACTOR_ID = UUID("00000000-0000-7000-8000-000000000001")


class Authenticate(Protocol):
    """Tells who sends a request."""

    async def __call__(self, request: Request[Any, Any, Any]) -> Actor:
        """Raises domain.errors.Forbidden when nobody does whom we know."""


def development_actor(environment: str) -> Authenticate:
    """Takes everyone for one administrator. Raises ConfigurationError in production."""
    if environment == "production":
        raise ConfigurationError("ENVIRONMENT is production, and this version would let everyone do everything")

    async def authenticate(request: Request[Any, Any, Any]) -> Actor:
        client = request.scope.get("client")
        return Actor(
            DEVELOPMENT_ACTOR_ID,
            Role.ADMIN,
            request_id=request.scope["state"]["request_id"],
            client_ip=client and _ip(client[0]),
        )

    return authenticate


@lru_cache(1_024)
def _ip(host: str) -> str | None:
    """The host, when it is an IP address: servers on a Unix socket name something else."""
    try:
        return str(ip_address(host))
    except ValueError:
        return None
