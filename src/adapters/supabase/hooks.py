"""Verifies that a hook comes from Supabase: Standard Webhooks signatures, and the shared secret of webhooks."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from standardwebhooks.webhooks import Webhook

from application.kernel.ports import Clock
from application.people.sign_ins.hooks import HookRefused

TOLERANCE = timedelta(minutes=5)
"""How far the sender's clock may differ, by the Standard Webhooks specification."""
MIN_SECRET_BYTES = 24
"""The minimum that the specification and Supabase Auth require; used for the webhook's secret too."""
_SIGNING_SECRET = re.compile(r"(?:v1,)?whsec_([A-Za-z0-9+/]+)={0,2}")


class SupabaseHooks:
    """Implements application.people.sign_ins.hooks.Hooks.

    `signing_secrets` are as Supabase shows them, `v1,whsec_...`, several joined by `|` while one is being replaced.
    Raises ValueError, which names the setting, when a secret is not of its form or too short.
    """

    def __init__(self, clock: Clock, *, signing_secrets: str | None, webhook_secret: str | None) -> None:
        self._clock = clock
        texts = [text.strip() for text in (signing_secrets or "").split("|") if text.strip()]
        self._signers = [Webhook(_key(text)) for text in texts]
        self._webhook_secret = (webhook_secret or "").encode()
        if 0 < len(self._webhook_secret) < MIN_SECRET_BYTES:
            raise ValueError(f"SUPABASE_WEBHOOK_SECRET: it must have at least {MIN_SECRET_BYTES} characters")

    def verify_signature(self, headers: Mapping[str, str], body: bytes) -> None:
        identifier, stamp, given = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
        if not (identifier and given and re.fullmatch("[0-9]{1,12}", stamp)):
            raise HookRefused
        now = self._clock.now()
        # Compared as numbers: not every number is a date.
        if abs(int(now.timestamp()) - int(stamp)) > TOLERANCE.total_seconds():
            raise HookRefused
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise HookRefused from None
        sent_at = datetime.fromtimestamp(int(stamp), UTC)
        # Supabase joins signatures with ", " where the specification says " ".
        signatures = [each.encode() for each in re.split(r",?\s+", given)]
        for signer in self._signers:
            expected = signer.sign(identifier, sent_at, text).encode()
            if any(hmac.compare_digest(expected, signature) for signature in signatures):
                return
        raise HookRefused

    def verify_secret(self, given: str) -> None:
        if not self._webhook_secret or not hmac.compare_digest(self._webhook_secret, given.encode()):
            raise HookRefused


def _key(text: str) -> bytes:
    match = _SIGNING_SECRET.fullmatch(text)
    if match is None or len(match[1]) % 4 == 1:
        raise ValueError("SUPABASE_HOOK_SECRETS: each must look like v1,whsec_ and base64")
    # The padding may be missing, as it may for the specification's own libraries.
    key = base64.b64decode(match[1] + "=" * (-len(match[1]) % 4))
    if len(key) < MIN_SECRET_BYTES:
        raise ValueError(f"SUPABASE_HOOK_SECRETS: each must have at least {MIN_SECRET_BYTES} bytes")
    return key
