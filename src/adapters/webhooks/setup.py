"""What serves the ports of webhooks that need no store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.webhooks.secrets import SealedSecrets
from adapters.webhooks.sender import HttpsSender
from application.delivery.webhooks.sending import WebhookSecrets, WebhookSender
from domain.delivery.receivers import Receivers


def webhook_ports(keys: Sequence[str], *, local: bool) -> dict[type, Any]:
    """The objects by port. `keys` encrypt secrets; `local` allows receivers that are not on the public internet.

    Raises ValueError for what is no key.
    """
    receivers = Receivers(local)
    return {
        Receivers: receivers,
        WebhookSecrets: SealedSecrets(keys),
        WebhookSender: HttpsSender(receivers.may_reach),
    }
