"""The Ed25519 keys that sign the checkpoints of the audit ledger."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from domain.audit.checkpoints import NoteMalformed, VerifierKey

SEED_BYTES = 32
DEVELOPMENT_SEED = base64.b64encode(bytes(SEED_BYTES)).decode()
"""Signs during development, so that everything can be tried. Everybody knows it: its signatures prove nothing."""


def new_seed() -> str:
    """A new private key, as AUDIT_SIGNING_KEY takes it: 32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(SEED_BYTES)).decode()


class Ed25519Keys:
    """Implements application.audit.ports.AuditKeys."""

    def __init__(self, origin: str, seed: str | None = None, former: Sequence[VerifierKey] = ()) -> None:
        """`seed` is 32 bytes in base64; without it nothing is signed. Raises ValueError, without the seed's text."""
        self.origin = origin
        self._private = None if seed is None else Ed25519PrivateKey.from_private_bytes(_bytes(seed))
        self.signer: VerifierKey | None = None
        if self._private is not None:
            self.signer = VerifierKey(origin, self._private.public_key().public_bytes_raw())
        self.trusted = (*([self.signer] if self.signer else []), *former)

    def sign(self, text: str) -> bytes:
        if self._private is None:
            raise LookupError("no key is set")
        return self._private.sign(text.encode())

    def verifies(self, key: VerifierKey, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


def configured_keys(
    origin: str, seed: str | None, path: str | None, former: Sequence[str], *, development: bool
) -> Ed25519Keys:
    """The keys of these settings. Raises ValueError, which names the setting and never shows the private key."""
    if seed is not None and path is not None:
        raise ValueError("AUDIT_SIGNING_KEY and AUDIT_SIGNING_KEY_FILE are both set: remove one")
    try:
        known = [VerifierKey.parse(text) for text in former]
    except NoteMalformed as error:
        raise ValueError(f"AUDIT_FORMER_KEYS {error}") from None
    if seed is None and path is None and development:
        return Ed25519Keys(f"{origin}/development", DEVELOPMENT_SEED, known)
    name = "AUDIT_SIGNING_KEY" if path is None else "AUDIT_SIGNING_KEY_FILE"
    try:
        return Ed25519Keys(origin, seed if path is None else Path(path).read_text(encoding="ascii"), known)
    except OSError as error:
        raise ValueError(f"{name}: {error.strerror}: {path}") from None
    except ValueError:
        raise ValueError(f"{name} must be 32 bytes in base64; `unified-dental audit-key` makes such a key") from None


def _bytes(seed: str) -> bytes:
    try:
        found = base64.b64decode(seed.strip(), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != SEED_BYTES:
        raise ValueError("must be 32 bytes in base64, as `unified-dental audit-key` prints them")
    return found
