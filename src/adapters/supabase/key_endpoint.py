"""The address at which an issuer publishes its signing keys (JWKS), and what is wrong with it."""

from __future__ import annotations

import asyncio
import ssl
from functools import cache

import httpx

from adapters.supabase.keys import VerifyingKey, published_keys
from adapters.supabase.strict_json import read_object

MAX_BYTES = 64 * 1024
TIMEOUT = 5.0
"""Seconds for a whole fetch."""


class KeysUnusable(Exception):
    """The endpoint answered, but not with usable keys. The message may be logged; the status is that of HTTP."""

    def __init__(self, reason: str, status: int = 200) -> None:
        super().__init__(reason)
        self.status = status


class KeyEndpoint:
    """Fetches the published keys for ES256 and RS256."""

    def __init__(
        self, url: str, *, timeout: float = TIMEOUT, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """`timeout` is in seconds, for a whole fetch."""
        self._url = url
        self._timeout = timeout
        self._client = httpx.AsyncClient(
            transport=transport, timeout=timeout, follow_redirects=False, verify=_authorities()
        )

    async def keys(self) -> dict[str, VerifyingKey]:
        """The keys by id, at least one. Raises KeysUnusable, TimeoutError and the errors of httpx."""
        keys = published_keys(read_object(await self._answer()))
        if not keys:
            raise KeysUnusable("it has no key for ES256 or RS256")
        return keys

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def _answer(self) -> bytes:
        """The endpoint's answer, never compressed: a small answer could expand without limit."""
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        async with (
            asyncio.timeout(self._timeout),
            self._client.stream("GET", self._url, headers=headers) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise KeysUnusable(f"it answered {response.status_code}", response.status_code)
            if "content-encoding" in response.headers:
                raise KeysUnusable("it compressed its answer without being asked")
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise KeysUnusable(f"it answered with more than {MAX_BYTES} bytes")
            return bytes(body)


async def inspect_keys(
    auth: str, *, has_secret: bool, patience: float = TIMEOUT, transport: httpx.AsyncBaseTransport | None = None
) -> tuple[str, list[str]]:
    """What is published under `auth`, the address of the auth API, and the problems, each with its correction.

    With a shared secret the keys are not used; then any answer but a failure shows that the address is right.
    """
    url = f"{auth}/.well-known/jwks.json"
    endpoint = KeyEndpoint(url, timeout=patience, transport=transport)
    try:
        found = len(await endpoint.keys())
    except KeysUnusable as error:
        if has_secret and error.status < 500:
            return "reachable; tokens are verified with SUPABASE_JWT_SECRET", []
        if error.status != httpx.codes.OK:
            return "", [f"{url}: {error}; correct SUPABASE_URL, or resume the project"]
        return "", [
            f"{url}: {error}; change the project to signing keys, or set SUPABASE_JWT_SECRET if it still signs with "
            "its legacy secret"
        ]
    except (TimeoutError, httpx.TimeoutException):
        return "", [f"{url} does not answer within {patience:g} seconds; correct SUPABASE_URL, or the network"]
    except httpx.HTTPError as error:
        said = str(error) or type(error).__name__
        return "", [f"{url} cannot be reached: {said}; correct SUPABASE_URL, or the network"]
    except ValueError:
        return "", [f"{url} does not answer with keys; correct SUPABASE_URL"]
    finally:
        await endpoint.close()
    if has_secret:
        return f"reachable, with {found} keys, which SUPABASE_JWT_SECRET overrides", []
    return f"reachable, with {found} signing key{'s' if found > 1 else ''}", []


@cache
def _authorities() -> ssl.SSLContext:
    # Reading them takes longer than wiring the whole service.
    return httpx.create_ssl_context()
