"""What sending a webhook needs of the world outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from domain.delivery.webhook_answers import WebhookAnswer
from domain.kernel.errors import Conflict


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """What a receiver gets: the event's id, its type, when it happened, and its fields (ids, no names)."""

    id: UUID
    type: str
    occurred_at: datetime
    data: dict[str, Any]


class WebhookSender(Protocol):
    """Sends webhooks over HTTPS."""

    async def send(self, message: WebhookMessage, url: str, secrets: Sequence[str], sent_at: datetime) -> WebhookAnswer:
        """Send the message once, signed with each of the secrets; the result, also of a receiver that fails."""


class SecretsKeyMissing(Conflict):
    """The operator has not set the key that secrets are encrypted with."""

    slug = "secrets-key-missing"
    title = "Webhooks are not set up"
    sentence = (
        "Webhooks are not set up: their secrets are stored encrypted, and the service has no key for that. Its "
        "operator must set SECRETS_KEYS."
    )


class SecretUnreadable(Exception):
    """The secret was encrypted with a key that the service does not have any more."""


class WebhookSecrets(Protocol):
    """Makes the secrets that webhooks are signed with, and encrypts them."""

    def new(self) -> tuple[str, str]:
        """The text of a new secret, `whsec_...`, and the same encrypted. Raises SecretsKeyMissing."""

    def read(self, sealed: str) -> str:
        """The text of an encrypted secret. Raises SecretsKeyMissing and SecretUnreadable."""

    def renewed(self, sealed: str) -> str:
        """The same secret encrypted with the newest key. Raises SecretsKeyMissing and SecretUnreadable."""


MOST_SECONDS = timedelta(seconds=15)
"""For one attempt, from resolving the host's name to the status."""
