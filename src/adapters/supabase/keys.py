"""Keys for verifying signatures. Each is bound to one algorithm; a token's header cannot choose another."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OctKey, RSAKey

from application.people.sign_ins.identity import KeyFetches

MIN_SECRET_BYTES = 32
"""HS256 needs a key of at least 256 bits (RFC 7518, 3.2)."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A key and its only algorithm. Keys are equal when algorithm and thumbprint (RFC 7638) are."""

    algorithm: str
    thumbprint: str
    key: ECKey | RSAKey | OctKey = field(repr=False, compare=False)


class Keys(Protocol):
    """A source of keys."""

    algorithms: frozenset[str]
    """The algorithms that tokens may be signed with."""

    generation: int
    """Changes whenever the keys change: then earlier verifications are void."""

    def keep_fresh(self) -> None:
        """Renew the keys in the background if they are old. Never waits."""

    async def key(self, kid: str | None) -> VerifyingKey:
        """The key of this id. Raises TokenHeaderRefused, TokenKeyUnknown or KeysUnavailable."""

    def fetches(self) -> KeyFetches | None:
        """How fetching them went; None if they are not fetched."""

    async def close(self) -> None:
        """Close what is open."""


class SharedSecret:
    """The one secret that issuer and verifier share, for HS256; `kid` means nothing. Never a public key."""

    algorithms = frozenset({"HS256"})
    generation = 0

    def __init__(self, secret: str) -> None:
        """Raises ValueError when the secret is too short, or the text of a public key."""
        raw = secret.encode()
        if len(raw) < MIN_SECRET_BYTES:
            raise ValueError(f"the secret must have at least {MIN_SECRET_BYTES} bytes")
        with warnings.catch_warnings():
            warnings.simplefilter("error", SecurityWarning)
            try:
                key = OctKey.import_key(raw)
            except SecurityWarning:
                raise ValueError("the secret must not be the text of a public key") from None
        self._key = VerifyingKey("HS256", key.thumbprint(), key)

    def keep_fresh(self) -> None:
        """A secret needs no renewal."""

    async def key(self, kid: str | None) -> VerifyingKey:
        return self._key

    def fetches(self) -> KeyFetches | None:
        return None

    async def close(self) -> None:
        """Nothing to close."""


def published_keys(document: Mapping[str, Any]) -> dict[str, VerifyingKey]:
    """The usable keys of a JSON Web Key Set (RFC 7517), by id; others are ignored. Raises ValueError when it is not
    one.
    """
    members = document.get("keys")
    if not isinstance(members, list):
        raise ValueError("not a key set")
    keys: dict[str, VerifyingKey] = {}
    for jwk in members:
        if isinstance(jwk, dict) and isinstance(kid := jwk.get("kid"), str) and (key := _usable(jwk)):
            keys.setdefault(kid, key)
    return keys


def _usable(jwk: dict[str, Any]) -> VerifyingKey | None:
    """The key if it may verify: P-256 for ES256, or RSA of at least 2048 bits for RS256, and public."""
    if "d" in jwk:
        return None
    try:
        with warnings.catch_warnings():
            # The library only warns of RSA keys that are too short.
            warnings.simplefilter("error", SecurityWarning)
            match jwk.get("kty"):
                case "EC" if jwk.get("crv") == "P-256":
                    return _verifying("ES256", ECKey.import_key(jwk))
                case "RSA":
                    return _verifying("RS256", RSAKey.import_key(jwk))
                case _:
                    return None
    except (JoseError, SecurityWarning, ValueError, TypeError, KeyError):
        return None


def _verifying(algorithm: str, key: ECKey | RSAKey) -> VerifyingKey:
    """Raises JoseError when its publisher intends the key for something else."""
    key.check_alg(algorithm)
    key.check_use("sig")
    key.check_key_op("verify")
    return VerifyingKey(algorithm, key.thumbprint(), key)
