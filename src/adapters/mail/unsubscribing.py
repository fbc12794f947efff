"""Links that turn off one kind of notices for one person (RFC 8058), signed so that nobody else can make them."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from hashlib import sha256
from uuid import UUID

from domain.delivery.notices import NoticeKind

MIN_SECRET_BYTES = 32
_ID, _MAC = 16, 32
_PURPOSE = b"unsubscribe-v1"
"""What is signed begins with it, so that a signature made for something else means nothing here."""


class SignedLinks:
    """Implements application.delivery.notices.letters.UnsubscribeLinks.

    The first of the `secrets`, joined by `|`, signs; links signed with the others are read too, while a secret is being
    replaced. Raises ValueError, which names the setting, for one that is too short.
    """

    def __init__(self, service: str, secrets: str | None) -> None:
        given = [each.strip() for each in (secrets or "").split("|") if each.strip()]
        if any(len(each.encode()) < MIN_SECRET_BYTES for each in given):
            raise ValueError(f"MAIL_LINK_SECRETS: each secret must have at least {MIN_SECRET_BYTES} characters")
        self._service = service
        self._keys = tuple(each.encode() for each in given)

    def link(self, user_id: UUID, kind: NoticeKind) -> str | None:
        if not self._keys:
            return None
        what = user_id.bytes + kind.value.encode()
        token = urlsafe_b64encode(_signature(self._keys[0], what) + what).decode().rstrip("=")
        return f"{self._service}/v1/unsubscribe/{token}"

    def read(self, token: str) -> tuple[UUID, NoticeKind] | None:
        try:
            signed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            signature, what = signed[:_MAC], signed[_MAC:]
            if not any(hmac.compare_digest(_signature(key, what), signature) for key in self._keys):
                return None
            return UUID(bytes=what[:_ID]), NoticeKind(what[_ID:].decode())
        except (Error, ValueError):
            return None


def _signature(key: bytes, what: bytes) -> bytes:
    return hmac.digest(key, _PURPOSE + what, sha256)
