"""Encrypting the secrets of webhooks again, after their key was replaced."""

from __future__ import annotations

from dataclasses import dataclass

from application.delivery.webhooks.ports import Webhooks
from application.delivery.webhooks.sending import SecretsKeyMissing, SecretUnreadable, WebhookSecrets
from application.kernel.access import Actor, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Command


@dataclass(slots=True)
class Resealed:
    """How many secrets were encrypted again, and how many could not be read with any of the keys."""

    count: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class ResealWebhookSecrets(Command[Resealed]):
    """Encrypt all secrets of webhooks again, with the newest key."""


@handles(ResealWebhookSecrets, allow=the_system, internal=True, raises=(SecretsKeyMissing,))
async def reseal_webhook_secrets(
    command: ResealWebhookSecrets, actor: Actor, webhooks: Webhooks, secrets: WebhookSecrets
) -> Resealed:
    """Operators have all secrets encrypted with the first of the keys, so that the others can be removed.

    The secrets stay the same. Those that none of the keys can read are left as they are.
    """
    done = Resealed(0, 0)
    for secret in [each for webhook in await webhooks.every() for each in webhook.secrets]:
        try:
            secret.sealed = secrets.renewed(secret.sealed)
            done.count += 1
        except SecretUnreadable:
            done.unreadable += 1
    return done
