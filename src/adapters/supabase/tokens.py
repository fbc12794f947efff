"""Access tokens (JSON Web Tokens in compact form, RFC 7515 and 7519), verified here, without asking the issuer.

joserfc does the cryptography; what a header may say is decided before, what the claims must say after it.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.util import urlsafe_b64decode

from adapters.supabase.claims import TokenRules, check_not_expired, identity_of
from adapters.supabase.keys import Keys, VerifyingKey
from adapters.supabase.strict_json import read_object
from application.kernel.ports import Clock
from application.people.sign_ins.identity import (
    Identity,
    KeyFetches,
    TokenAlgorithmRefused,
    TokenHeaderRefused,
    TokenMalformed,
    TokenSignatureWrong,
    TokenTooLarge,
)

MAX_REMEMBERED = 4_096
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*")
_NEVER_IN_A_HEADER = frozenset({"jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip"})
"""Header parameters that bring a key of the sender's or change what the token means."""


@dataclass(frozen=True, slots=True)
class _Header:
    algorithm: str
    kid: str | None


class SupabaseTokens:
    """Verifies with `keys`: either the published ones (JwksCache) or the old shared secret, never both.

    Who has been verified is remembered until the token expires or the keys change, for up to
    `most_remembered` tokens, so that only the first request of many pays for the cryptography.
    """

    def __init__(self, rules: TokenRules, keys: Keys, clock: Clock, most_remembered: int = MAX_REMEMBERED) -> None:
        self._rules = rules
        self._keys = keys
        self._clock = clock
        self._most_remembered = most_remembered
        self._generation = keys.generation
        # By digest, so that no valid token is kept in memory.
        self._remembered: OrderedDict[bytes, Identity] = OrderedDict()

    async def verify(self, token: str) -> Identity:
        if len(token) > self._rules.max_bytes:
            raise TokenTooLarge
        if not token.isascii():
            raise TokenMalformed
        self._keys.keep_fresh()
        digest = sha256(token.encode()).digest()
        if identity := self._recall(digest):
            return identity
        parts = _COMPACT.fullmatch(token)
        if parts is None:
            raise TokenMalformed
        header = self._header(parts[1])
        key = await self._keys.key(header.kid)
        # Keys may have changed while this waited; the algorithm is the key's, the header must agree.
        if header.algorithm != key.algorithm:
            raise TokenAlgorithmRefused
        _check_signature(token, key)
        identity = identity_of(_json(parts[2]), self._rules, self._clock.now())
        self._remember(digest, identity)
        return identity

    def knows(self, token: str) -> bool:
        return sha256(token.encode()).digest() in self._remembered

    def fetches(self) -> KeyFetches | None:
        return self._keys.fetches()

    async def close(self) -> None:
        """Close the source of keys."""
        await self._keys.close()

    def _header(self, segment: str) -> _Header:
        header = _json(segment)
        if not _NEVER_IN_A_HEADER.isdisjoint(header):
            raise TokenHeaderRefused
        match header.get("typ", "JWT"):
            case str(kind) if kind.upper() == "JWT":
                pass
            case _:
                raise TokenHeaderRefused
        match header.get("alg"):
            case str(algorithm) if algorithm in self._keys.algorithms:
                pass
            case _:
                raise TokenAlgorithmRefused
        match header.get("kid"):
            case None | str() as kid:
                return _Header(algorithm, kid)
            case _:
                raise TokenHeaderRefused

    def _recall(self, digest: bytes) -> Identity | None:
        """The identity of a token verified before. Raises TokenExpired when it has expired since."""
        self._forget_if_keys_changed()
        identity = self._remembered.get(digest)
        if identity is None:
            return None
        check_not_expired(identity, self._rules, self._clock.now())
        self._remembered.move_to_end(digest)
        return identity

    def _remember(self, digest: bytes, identity: Identity) -> None:
        self._forget_if_keys_changed()
        self._remembered[digest] = identity
        if len(self._remembered) > self._most_remembered:
            self._remembered.popitem(last=False)

    def _forget_if_keys_changed(self) -> None:
        if self._generation != self._keys.generation:
            self._remembered.clear()
            self._generation = self._keys.generation


def _json(segment: str) -> dict[str, Any]:
    try:
        return read_object(urlsafe_b64decode(segment.encode()))
    except ValueError:
        raise TokenMalformed from None


def _check_signature(token: str, key: VerifyingKey) -> None:
    # The library would also refuse unknown header parameters; RFC 7515, 4 requires ignoring them.
    registry = jws.JWSRegistry(algorithms=[key.algorithm], strict_check_header=False)
    try:
        jws.deserialize_compact(token, key.key, registry=registry)
    except BadSignatureError:
        raise TokenSignatureWrong from None
    except (JoseError, ValueError):
        raise TokenMalformed from None
