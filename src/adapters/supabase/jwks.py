"""The issuer's published signing keys, cached so that verifying a token never waits for the network.

Keys older than ten minutes are renewed in the background while they are still used. When the endpoint is down, slow or
invalid, the last good set stays: tokens signed with a known key keep working.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import httpx

from adapters.supabase.key_endpoint import KeyEndpoint, KeysUnusable
from adapters.supabase.keys import VerifyingKey
from application.kernel.ports import Clock
from application.people.sign_ins.identity import KeyFetches, KeysUnavailable, TokenHeaderRefused, TokenKeyUnknown

log = logging.getLogger("unified_dental.supabase")

MAX_AGE = timedelta(seconds=600)
RETRY_AFTER = timedelta(seconds=30)
"""Between two fetches that an unknown key id caused, and after a failed one."""
FIRST_RETRY_AFTER = timedelta(seconds=1)
"""After a failed fetch while there is no key at all: nobody can sign in meanwhile."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class JwksCache:
    """The keys that a JWKS endpoint publishes, for ES256 and RS256."""

    algorithms = frozenset({"ES256", "RS256"})

    def __init__(
        self, url: str, clock: Clock, *, timeout: float = 5.0, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """`timeout` is in seconds, for a whole fetch. The first fetch happens when a key is needed."""
        self.generation = 0
        self._clock = clock
        self._endpoint = KeyEndpoint(url, timeout=timeout, transport=transport)
        self._keys: dict[str, VerifyingKey] = {}
        self._renew_at = _LONG_AGO
        self._ask_again_at = _LONG_AGO
        self._fetching: asyncio.Task[None] | None = None
        self._fetched_at: datetime | None = None
        self._succeeded = self._failed = 0

    def keep_fresh(self) -> None:
        if self._clock.now() >= self._renew_at:
            self._fetch_once()

    async def key(self, kid: str | None) -> VerifyingKey:
        if kid is None:
            raise TokenHeaderRefused
        self.keep_fresh()
        if kid not in self._keys:
            await self._look_again()
        if not self._keys:
            raise KeysUnavailable
        try:
            return self._keys[kid]
        except KeyError:
            raise TokenKeyUnknown from None

    def fetches(self) -> KeyFetches | None:
        return KeyFetches(self._fetched_at, self._succeeded, self._failed)

    async def close(self) -> None:
        if self._fetching:
            self._fetching.cancel()
            await asyncio.wait({self._fetching})
        await self._endpoint.close()

    async def _look_again(self) -> None:
        """Wait for a running fetch, or start one unless an unknown key id caused one a moment ago."""
        if self._fetching is None and self._keys and (now := self._clock.now()) >= self._ask_again_at:
            self._ask_again_at = now + RETRY_AFTER
            self._fetch_once()
        if self._fetching:
            # Unlike awaiting the task, this neither cancels it with the waiting request nor raises.
            await asyncio.wait({self._fetching})

    def _fetch_once(self) -> None:
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(self._fetched)

    def _fetched(self, task: asyncio.Task[None]) -> None:
        self._fetching = None

    async def _fetch(self) -> None:
        try:
            keys = await self._endpoint.keys()
        except Exception as error:
            self._failed += 1
            reason = error if isinstance(error, KeysUnusable) else type(error).__name__
            log.warning(
                "the signing keys could not be fetched; %d known ones remain in use: %s", len(self._keys), reason
            )
            self._renew_at = self._clock.now() + (RETRY_AFTER if self._keys else FIRST_RETRY_AFTER)
            return
        self._succeeded += 1
        self._fetched_at = self._clock.now()
        if keys != self._keys:
            log.info("the signing keys have changed; there are %d now", len(keys))
            self._keys = keys
            self.generation += 1
        self._renew_at = self._clock.now() + MAX_AGE
