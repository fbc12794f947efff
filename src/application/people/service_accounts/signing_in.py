"""Signing in with the key of a service account, in place of a person's token."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.kernel.access import Actor, KeyRights
from application.kernel.bounded import remember
from application.kernel.bus import Bus
from application.kernel.ports import Clock
from application.kernel.units import StoreUnavailable
from application.people.brief_cache import BriefCache
from application.people.service_accounts.commands import NoteKeyUse
from application.people.sign_ins.identity import KeyFetches, TokenRefused
from application.people.sign_ins.signing_in import SignedIn
from domain.kernel.aggregate import DomainEvent
from domain.kernel.key_scopes import KeyScope
from domain.people.service_account_events import KeyAccessEvent
from domain.people.service_account_keys import (
    BEGINNING,
    LENGTH,
    KeyState,
    ServiceAccountKey,
    digest_of,
    is_same,
    is_use_kept,
    key_id_of,
)
from domain.people.service_accounts import ServiceAccount, ServiceAccountIsDisabled

log = logging.getLogger("unified_dental.keys")

REMEMBERED = 4_096
"""Keys remembered at a time, and as many texts that were refused."""


class KeyMalformed(TokenRefused):
    slug = "key-malformed"
    title = "The key of the service account is malformed"
    sentence = "The key is not complete: its length, its characters or its checksum are wrong. Copy all of it."


class KeyUnknown(TokenRefused):
    slug = "key-unknown"
    title = "The key of the service account is unknown"
    sentence = "This service has no such key. Use a key that was made here, and that has not been replaced long ago."


class KeyExpired(TokenRefused):
    slug = "key-expired"
    title = "The key of the service account has expired"
    sentence = "The key has expired. An administrator can make another."


class KeyRevoked(TokenRefused):
    slug = "key-revoked"
    title = "The key of the service account is revoked"
    sentence = "The key is revoked. An administrator can make another."


@dataclass(frozen=True, slots=True)
class KnownKey:
    """What is known here of a key and its service account."""

    key_id: UUID
    account_id: UUID
    digest: str
    is_active: bool
    scopes: tuple[KeyScope, ...]
    departments: tuple[str, ...] | None
    created_by: UUID | None
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, account: ServiceAccount, key: ServiceAccountKey) -> KnownKey:
        return cls(
            key.id,
            account.id,
            key.digest,
            account.is_active,
            account.scopes,
            account.departments,
            key.created_by,
            key.expires_at,
            key.revoked_at,
            key.last_used_at,
        )

    def require_accepted(self, now: datetime) -> None:
        """Raises KeyRevoked, KeyExpired and ServiceAccountIsDisabled."""
        match KeyState.at(now, expires_at=self.expires_at, revoked_at=self.revoked_at):
            case KeyState.REVOKED:
                raise KeyRevoked
            case KeyState.EXPIRED:
                raise KeyExpired
        if not self.is_active:
            raise ServiceAccountIsDisabled

    @property
    def rights(self) -> KeyRights:
        return KeyRights(self.account_id, frozenset(self.scopes), self.departments, self.created_by)


class KeyReader(Protocol):
    """Reads keys, one statement a call."""

    async def by_id(self, key_id: UUID) -> KnownKey | None:
        """The key with its service account, None when there is none."""


class KeySignIn:
    """Identifies a service account by its key.

    What is known of a key is cached for as long as the rights of people are, and forgotten at once when this process
    changes a service account. Texts of keys are neither cached nor logged: the cache knows them by their digests.
    """

    def __init__(self, keys: KeyReader, bus: Bus, clock: Clock, *, most_remembered: int = REMEMBERED) -> None:
        self._keys = keys
        self._bus = bus
        self._clock = clock
        self._most_remembered = most_remembered
        self._known: BriefCache[str, KnownKey] = BriefCache(clock, most_remembered)
        self._unknown: BriefCache[str, KeyUnknown] = BriefCache(clock, most_remembered)
        self._verified: OrderedDict[str, None] = OrderedDict()
        """Digests of keys that were right, so that their requests are not made to wait for those of others."""
        self._noted: OrderedDict[UUID, datetime] = OrderedDict()
        """When this process last noted the use of a key."""
        self._changes = 0
        bus.listen(self._forget)

    async def actor(self, text: str, request_id: str | None, client_ip: str | None) -> Actor:
        """The service account whose key this is.

        Raises KeyMalformed, KeyUnknown, KeyExpired, KeyRevoked and ServiceAccountIsDisabled.
        """
        key_id = key_id_of(text)
        if key_id is None:
            raise KeyMalformed
        digest = digest_of(text)
        known = self._known.recall(digest) or await self._look_up(key_id, digest)
        now = self._clock.now()
        known.require_accepted(now)
        if not is_use_kept(known.last_used_at, now):
            await self._note(known, now)
        return Actor.machine(known.rights, request_id, client_ip)

    def knows(self, text: str) -> bool:
        """Whether the key was right before, so that it costs little to verify it again."""
        return len(text) == LENGTH and digest_of(text) in self._verified

    async def _look_up(self, key_id: UUID, digest: str) -> KnownKey:
        if refusal := self._unknown.recall(digest):
            raise refusal.with_traceback(None)
        asked_at, changes = self._clock.now(), self._changes
        known = await self._keys.by_id(key_id)
        if known is None or not is_same(digest, known.digest):
            self._unknown.keep(digest, refusal := KeyUnknown(), asked_at)
            raise refusal
        if changes == self._changes:
            # Otherwise something has changed meanwhile, and this result may be outdated.
            self._known.keep(digest, known, asked_at)
        remember(self._verified, digest, None, self._most_remembered)
        return known

    async def _note(self, known: KnownKey, now: datetime) -> None:
        """Note that the key is used, unless this process has done so a short time ago."""
        if is_use_kept(self._noted.get(known.key_id), now):
            return
        remember(self._noted, known.key_id, now, self._most_remembered)
        try:
            await self._bus.execute(NoteKeyUse(known.account_id, known.key_id), Actor.system())
        except StoreUnavailable as error:
            # Reads go on while nothing can be written; the next use after an hour is noted again.
            log.warning("the use of key %s was not noted: %s", known.key_id, type(error).__name__)

    def _forget(self, events: Sequence[DomainEvent]) -> None:
        if any(isinstance(event, KeyAccessEvent) for event in events):
            self._changes += 1
            self._known.forget()


class Callers:
    """Identifies the caller by an access token of a person, or by the key of a service account."""

    def __init__(self, people: SignedIn, machines: KeySignIn) -> None:
        self._people = people
        self._machines = machines

    async def actor(self, token: str, request_id: str | None, client_ip: str | None) -> Actor:
        """The actor that the token or key belongs to. Raises what `SignedIn.actor` and `KeySignIn.actor` raise."""
        return await self._one_for(token).actor(token, request_id, client_ip)

    def knows(self, token: str) -> bool:
        """Whether the token or key was verified before, so that it costs little to do so again."""
        return self._one_for(token).knows(token)

    def fetches(self) -> KeyFetches | None:
        """How fetching the issuer's signing keys went; None where they are not fetched."""
        return self._people.fetches()

    async def close(self) -> None:
        """Close the connections that verifying tokens keeps open."""
        await self._people.close()

    def _one_for(self, token: str) -> SignedIn | KeySignIn:
        return self._machines if token.startswith(BEGINNING) else self._people
