"""Whether a hook really comes from Supabase: Standard Webhooks signatures, and the shared secret of webhooks."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from standardwebhooks.webhooks import Webhook

from application.ports import Clock
from application.users.hooks import HookRefused

TOLERANCE = timedelta(minutes=5)
"""How far the sender's clock may be from ours, as the Standard Webhooks specification has it."""


class SupabaseHooks:
    """Implements application.users.hooks.Hooks.

    `signing_secrets` are as Supabase shows them, `v1,whsec_...`, several joined by `|` while one is being replaced.
    Raises ValueError when one of them is not base64.
    """

    def __init__(self, clock: Clock, *, signing_secrets: str | None, webhook_secret: str | None) -> None:
        self._clock = clock
        texts = [text.strip() for text in (signing_secrets or "").split("|") if text.strip()]
        self._signers = [Webhook(text.removeprefix("v1,")) for text in texts]
        self._webhook_secret = (webhook_secret or "").encode()

    def verify_signature(self, headers: Mapping[str, str], body: bytes) -> None:
        identifier, stamp, given = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
        if not (identifier and given and re.fullmatch(r"[0-9]{1,12}", stamp, re.ASCII)):
            raise HookRefused
        sent_at = datetime.fromtimestamp(int(stamp), UTC)
        if abs(self._clock.now() - sent_at) > TOLERANCE:
            raise HookRefused
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise HookRefused from None
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
