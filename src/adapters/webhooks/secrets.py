"""Secrets of webhooks, by the Standard Webhooks specification, encrypted with Fernet (AES-128-CBC and HMAC-SHA256)."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from application.delivery.webhooks.sending import SecretsKeyMissing, SecretUnreadable

SECRET_BYTES = 32
"""The specification asks for 24 to 64."""


class SealedSecrets:
    """Implements application.delivery.webhooks.sending.WebhookSecrets.

    `keys` encrypt: the first one what is new; what any of them has encrypted can be read. Without keys there are no
    webhooks. Raises ValueError, which does not hold the key, unless each is 32 bytes in base64 for URLs.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            fernets = [Fernet(key) for key in keys]
        except (ValueError, TypeError):
            raise ValueError(
                "each key must be 32 random bytes in base64 for URLs; `openssl rand -base64 32 | tr +/ -_` makes one"
            ) from None
        self._fernet = MultiFernet(fernets) if fernets else None

    def new(self) -> tuple[str, str]:
        text = "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        return text, self._require().encrypt(text.encode()).decode()

    def read(self, sealed: str) -> str:
        try:
            return self._require().decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SecretUnreadable from None

    def renewed(self, sealed: str) -> str:
        try:
            return self._require().rotate(sealed.encode()).decode()
        except InvalidToken:
            raise SecretUnreadable from None

    def _require(self) -> MultiFernet:
        if self._fernet is None:
            raise SecretsKeyMissing
        return self._fernet
